// Package smallfile reads small files that are looked at again and again, such as consent, pause and sensors, with as few
// calls of the system as there can be: package os hands every file to the network poller and takes it back, which costs
// more than the reading. It imports nothing of the house; start at Read.
package smallfile

// Most is what Read reads of a file at most by default, in bytes.
const Most = 64 << 10
