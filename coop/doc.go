// Package coop will hold the crew: machines that mine as one. So far its only inhabitant is practice, an upstream of our
// own. It may import the root package, link, store and stratum; hashes are checked through a small interface that the
// program's main package fills.
package coop
