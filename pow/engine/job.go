package engine

import (
	"math"
	"slices"

	"github.com/adit-mining/adit"
)

// maxBlob bounds a hashing blob. Source: xmrig Job::kMaxBlobSize (408, exclusive).
const maxBlob = 407

// Job is what to hash.
type Job struct {
	ID        string         // the pool's name for it, given back with each share
	Algorithm adit.Algorithm // must be one of the library's
	Blob      []byte         // the hashing blob; its nonce bytes are replaced
	Target    uint64         // a hash wins when the LE u64 of its bytes 24..31 is below
	Seed      [32]byte       // chooses cache and dataset
	NextSeed  *[32]byte      // the seed that comes next, where the pool says so; nil: unknown
	Height    *uint64        // block height, nil: unknown

	// Nonce is where the nonce lies; nil takes the algorithm's place.
	Nonce *NoncePlace
	// Nicehash keeps the nonce's highest byte as it is in the blob. It is turned on by itself when the blob's nonce
	// is not zero. Source: xmrig Job::setBlob.
	Nicehash bool
	// Range, where set, are the only nonces that are tried, each once, both ends included; what stands in the blob then
	// means nothing, and Nicehash is not used. nil: all there are.
	Range *NonceRange
	// Tag is the caller's own and comes back with each share.
	Tag any
	// Limit is how many nonces to try at most; 0: all there are.
	Limit uint64
}

// NoncePlace is the place of a little-endian nonce in a blob, in bytes.
type NoncePlace struct{ Offset, Width int }

// NonceRange is a part of the nonces of a job, both ends included, as the nonce's bytes read little-endian.
type NonceRange struct{ Start, End uint64 }

// size is how many nonces there are. Only the whole of 64 bits has more than fit; they can never be tried.
func (r NonceRange) size() uint64 {
	if r.End-r.Start == math.MaxUint64 {
		return math.MaxUint64
	}
	return r.End - r.Start + 1
}

// place returns where the nonce is, or the error that makes the job unusable.
func (j Job) place() (NoncePlace, error) {
	p := NoncePlace{}
	if j.Nonce != nil {
		p = *j.Nonce
	} else {
		var ok bool
		if p.Offset, p.Width, ok = j.Algorithm.Nonce(); !ok {
			return p, adit.InvalidField("algorithm", "the nonce's place is not known for %q", j.Algorithm)
		}
	}
	switch {
	case p.Width < 1 || p.Width > 8 || p.Offset < 0:
		return p, adit.InvalidField("nonce", "offset %d with width %d is not a place for a nonce", p.Offset, p.Width)
	case len(j.Blob) > maxBlob:
		return p, adit.InvalidField("blob", "%d bytes are more than %d", len(j.Blob), maxBlob)
	case len(j.Blob) < p.Offset+p.Width:
		return p, adit.InvalidField("blob", "%d bytes have no room for a nonce at %d..%d", len(j.Blob), p.Offset, p.Offset+p.Width-1)
	case j.Range != nil && j.Range.Start > j.Range.End:
		return p, adit.InvalidField("nonce_end", "%d is before the start %d", j.Range.End, j.Range.Start)
	case j.Range != nil && p.Width < 8 && j.Range.End>>(8*p.Width) != 0:
		return p, adit.InvalidField("nonce_end", "%d does not fit into %d bytes", j.Range.End, p.Width)
	}
	return p, nil
}

// check says why the engine cannot work on the job, nil when it can.
func (j Job) check(lib Library) error {
	if !slices.Contains(lib.Algorithms(), j.Algorithm) {
		return adit.Errorf(adit.Unsupported, "algorithm %q: this engine computes %v", j.Algorithm, lib.Algorithms())
	}
	if j.Target == 0 {
		return adit.InvalidField("target", "no hash is below 0")
	}
	_, err := j.place()
	return err
}
