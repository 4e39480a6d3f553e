package engine

import "github.com/adit-mining/adit"

// Library is a hash function with its memory. pow/randomx is one; tests use a fake.
type Library interface {
	// Algorithms are what the library computes.
	Algorithms() []adit.Algorithm
	// OpenCache makes the light-mode memory of a seed (RandomX: 256 MiB, Argon2). It blocks for up to a second.
	OpenCache(seed []byte) (Cache, error)
	// OpenDataset reserves the fast-mode memory (RandomX: 2080 MiB), not filled yet.
	OpenDataset() (Dataset, error)
	// DatasetSize is what OpenDataset reserves.
	DatasetSize() adit.Bytes
}

// Cache is the light-mode memory of one seed. It may be used by many threads at once.
type Cache interface {
	// VM makes a hasher in light mode, for one thread.
	VM() (VM, error)
	// Pages are the reserved huge pages under it.
	Pages() Pages
	// Close frees it; no VM or Fill may use it any more.
	Close()
}

// Dataset is the fast-mode memory of one seed. It may be filled again for another seed once nobody uses it.
type Dataset interface {
	// Items is how many items there are to fill.
	Items() uint64
	// Fill computes count items from first; different ranges may be filled at the same time.
	Fill(c Cache, first, count uint64)
	// VM makes a hasher in fast mode, for one thread; the dataset must be full.
	VM() (VM, error)
	// Pages are the reserved huge pages under it.
	Pages() Pages
	// Close frees it; no VM may use it any more.
	Close()
}

// VM hashes for one thread. First starts a hash; Next finishes the running one into out and starts the next at the same
// time; Last finishes the running one. Inputs may be reused as soon as a call returns.
type VM interface {
	First(input []byte)
	Next(input []byte, out *[32]byte)
	Last(out *[32]byte)
	// Pages are the reserved huge pages under it.
	Pages() Pages
	Close()
}

// Pages counts reserved huge pages: how many were got, how many would be best.
type Pages struct{ Got, Want int }

func (p Pages) plus(q Pages) Pages { return Pages{p.Got + q.Got, p.Want + q.Want} }
