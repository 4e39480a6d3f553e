package stratum

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"math"
	"slices"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/stratum/jsonline"
)

// Bounds of a job, so that a pool cannot make a miner keep what it likes.
const (
	MaxBlob      = 407 // bytes; XMRig's Job::kMaxBlobSize is 408, exclusive
	maxJobID     = 128 // characters
	maxAlgorithm = 32  // characters
)

// Job is a unit of work.
type Job struct {
	ID           string
	Login        uint64 // which login it came from, counted by Failover; shares carry it back. 0 outside a Failover
	Blob         []byte // the hashing blob; the nonce lies where Algorithm.Nonce says
	Target       uint64 // a hash must be smaller, see Meets
	Algorithm    adit.Algorithm
	Height       *uint64 // nil where the pool does not tell
	SeedHash     [32]byte
	NextSeedHash *[32]byte // the key that comes next, while the pool announces it; else nil

	// Nicehash says that the last byte of the nonce belongs to the pool: only the others may change. It is found out
	// by a nonce that is not zero on arrival (Job.cpp setBlob), or switched on in Pool.
	Nicehash bool

	// Place is where this job's nonce lies and which nonces are this miner's; nil: the algorithm's place and all of them.
	// It travels as adit's own fields nonce_offset, nonce_start and nonce_end to miners that announced NonceOffset.
	Place *NoncePlace
}

// NonceOffset is adit's extension of the XMR dialect: a miner that names it in its login ("extensions": ["nonce-offset"])
// takes jobs whose nonce lies at "nonce_offset" and searches "nonce_start" to "nonce_end" alone, both included. Others
// ignore all four.
const NonceOffset = "nonce-offset"

// NoncePlace is a nonce of 4 bytes, little-endian, and a part of its values, both ends included.
type NoncePlace struct {
	Offset     int // of its first byte in the blob
	Start, End uint32
}

// nonce says where the nonce is.
func (j Job) nonce() (offset, width int, ok bool) {
	if j.Place != nil {
		return j.Place.Offset, 4, true
	}
	return j.Algorithm.Nonce()
}

// Difficulty returns the expected number of hashes for one share of this job.
func (j Job) Difficulty() uint64 { return DifficultyOf(j.Target) }

// Share makes the submission of a nonce (in the blob's byte order) and its hash.
func (j Job) Share(nonce []byte, result [32]byte) Share {
	return Share{
		JobID: j.ID, Login: j.Login, Nonce: slices.Clone(nonce), Result: result,
		Algorithm: j.Algorithm, Difficulty: j.Difficulty(),
	}
}

// WithNonce returns a copy of the blob with this nonce in place. It fails where the share could not be of this job:
// wrong width, or a changed byte that belongs to the pool.
func (j Job) WithNonce(nonce []byte) ([]byte, error) {
	off, width, ok := j.nonce()
	switch {
	case !ok:
		return nil, adit.Errorf(adit.Unsupported, "the nonce's place in a blob of %q is not known", j.Algorithm)
	case len(nonce) != width:
		return nil, adit.InvalidField("nonce", "%d bytes where %s has %d", len(nonce), j.Algorithm, width)
	case len(j.Blob) < off+width:
		return nil, adit.InvalidField("blob", "%d bytes are too few for a nonce at %d", len(j.Blob), off)
	case j.Place != nil && !j.Place.holds(nonce):
		return nil, adit.InvalidField("nonce", "%x is outside this miner's part of the job", nonce)
	case j.Nicehash && nonce[width-1] != j.Blob[off+width-1]:
		return nil, adit.InvalidField("nonce", "the last byte belongs to the pool and was changed; is nicehash mode off?")
	}
	blob := slices.Clone(j.Blob)
	copy(blob[off:], nonce)
	return blob, nil
}

// Same reports whether XMRig would take o for a repetition of j and hang up (Job.cpp isEqual): same id, blob and target.
func (j Job) Same(o Job) bool {
	return j.ID == o.ID && j.Target == o.Target && bytes.Equal(j.Blob, o.Blob) && samePlace(j.Place, o.Place)
}

func samePlace(a, b *NoncePlace) bool { return a == b || a != nil && b != nil && *a == *b }

// holds reports whether a nonce, as its bytes lie in the blob, is of this part.
func (p NoncePlace) holds(nonce []byte) bool {
	n := binary.LittleEndian.Uint32(nonce)
	return p.Start <= n && n <= p.End
}

type wireJob struct {
	Blob      string  `json:"blob"`
	ID        string  `json:"job_id"`
	Target    string  `json:"target"`
	Algorithm string  `json:"algo,omitempty"`
	Height    *uint64 `json:"height,omitempty"`
	Seed      string  `json:"seed_hash,omitempty"`
	NextSeed  string  `json:"next_seed_hash,omitempty"`
	wirePlace
}

// wirePlace is adit's own part of a job.
type wirePlace struct {
	Offset *uint32 `json:"nonce_offset,omitempty"`
	Start  *uint32 `json:"nonce_start,omitempty"`
	End    *uint32 `json:"nonce_end,omitempty"`
}

// MarshalJSON writes the wire form. Login and Nicehash do not travel; the blob's nonce tells the latter.
func (j Job) MarshalJSON() ([]byte, error) {
	w := wireJob{
		Blob: hex.EncodeToString(j.Blob), ID: j.ID, Target: FormatTarget(j.Target),
		Algorithm: string(j.Algorithm), Height: j.Height, Seed: hex.EncodeToString(j.SeedHash[:]),
	}
	if p := j.Place; p != nil {
		w.wirePlace = wirePlace{new(uint32(p.Offset)), &p.Start, &p.End}
	}
	if j.NextSeedHash != nil {
		w.NextSeed = hex.EncodeToString(j.NextSeedHash[:])
	}
	return json.Marshal(w)
}

// UnmarshalJSON reads the wire form and checks every bound. A job without "algo" is taken as rx/0.
func (j *Job) UnmarshalJSON(b []byte) error { return j.parse(b, adit.RandomX) }

// parse reads the wire form; fallback is the algorithm of a job that names none.
func (j *Job) parse(b []byte, fallback adit.Algorithm) error {
	var w wireJob
	if err := json.Unmarshal(b, &w); err != nil {
		return adit.InvalidField("job", "%v", err)
	}
	n := Job{ID: w.ID, Height: w.Height, Algorithm: adit.Algorithm(w.Algorithm)}
	if n.Algorithm == "" {
		n.Algorithm = fallback
	}
	if w.ID == "" || len(w.ID) > maxJobID {
		return adit.InvalidField("job_id", "1 to %d characters are expected, got %d", maxJobID, len(w.ID))
	}
	_, _, ok := n.Algorithm.Nonce()
	if !ok || len(w.Algorithm) > maxAlgorithm {
		return adit.Errorf(adit.Unsupported, "algo: jobs of %q are not supported; name algorithms this engine knows to the pool", jsonline.Clip(string(n.Algorithm)))
	}
	if len(w.Blob) > 2*MaxBlob {
		return adit.InvalidField("blob", "%d bytes, more than the %d a miner can take", len(w.Blob)/2, MaxBlob)
	}
	var err error
	if n.Blob, err = hex.DecodeString(w.Blob); err != nil {
		return adit.InvalidField("blob", "not hex: %v", err)
	}
	if n.Place, err = w.place(n.Algorithm); err != nil {
		return err
	}
	off, width, _ := n.nonce()
	if len(n.Blob) < off+width {
		return adit.InvalidField("blob", "%d bytes, but the nonce of %s ends at byte %d", len(n.Blob), n.Algorithm, off+width)
	}
	n.Nicehash = n.Place == nil && slices.ContainsFunc(n.Blob[off:off+width], func(b byte) bool { return b != 0 })
	if n.Target, err = ParseTarget(w.Target); err != nil {
		return err
	}
	if err := hex32(w.Seed, &n.SeedHash); err != nil {
		return adit.InvalidField("seed_hash", "%v", err)
	}
	if w.NextSeed != "" {
		n.NextSeedHash = new([32]byte)
		if err := hex32(w.NextSeed, n.NextSeedHash); err != nil {
			return adit.InvalidField("next_seed_hash", "%v", err)
		}
	}
	*j = n
	return nil
}

// place reads where the nonce lies; nil where the job says nothing of it. Each field may be left out: the offset is the
// algorithm's then, the start 0 and the end the last nonce.
func (w wirePlace) place(a adit.Algorithm) (*NoncePlace, error) {
	if w == (wirePlace{}) {
		return nil, nil
	}
	offset, width, ok := a.Nonce()
	if !ok || width != 4 {
		return nil, adit.InvalidField("nonce_offset", "the nonce of %s cannot be moved", a)
	}
	p := NoncePlace{Offset: offset, End: math.MaxUint32}
	if w.Offset != nil {
		if *w.Offset > MaxBlob-4 {
			return nil, adit.InvalidField("nonce_offset", "%d is outside of every blob", *w.Offset)
		}
		p.Offset = int(*w.Offset)
	}
	if w.Start != nil {
		p.Start = *w.Start
	}
	if w.End != nil {
		p.End = *w.End
	}
	if p.Start > p.End {
		return nil, adit.InvalidField("nonce_end", "%d is before nonce_start %d", p.End, p.Start)
	}
	return &p, nil
}

var errHex32 = errors.New("64 hex digits are expected")

func hex32(s string, into *[32]byte) error {
	if len(s) != 64 {
		return errHex32
	}
	if _, err := hex.Decode(into[:], []byte(s)); err != nil {
		return errHex32
	}
	return nil
}
