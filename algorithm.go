package adit

// Algorithm is a hash function's id as miners write it: "rx/0", "kawpow", "sha256d".
type Algorithm string

// Algorithms named in code; others are data.
const (
	RandomX   Algorithm = "rx/0" // Monero's RandomX
	RandomXV2 Algorithm = "rx/2" // RandomX v2, not yet in Monero's fork table
	SHA256d   Algorithm = "sha256d"
)

// Nonce says where the nonce of this algorithm's hashing blob lies: byte offset and width.
// ok is false for an algorithm whose layout adit does not know.
// Source: xmrig Job::nonceOffset and nonceSize (rx/*: offset 39, 4 bytes); sha256d: the end of Bitcoin's 80-byte header.
func (a Algorithm) Nonce() (offset, width int, ok bool) {
	switch a {
	case RandomX, RandomXV2, "rx/wow", "rx/arq", "rx/graft", "rx/sfx":
		return 39, 4, true
	case SHA256d:
		return 76, 4, true
	}
	return 0, 0, false
}
