package verify

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"io"

	"github.com/adit-mining/adit"
)

// Bounds of a request. A blob is bounded as in xmrig (Job::kMaxBlobSize, 407 bytes at most).
const (
	MaxBlobs = 256
	MaxBlob  = 407
	MaxLine  = 256 << 10 // of a request or an answer, in bytes
)

// request asks for the hashes of blobs.
type request struct {
	ID    uint64         `json:"id"`
	Algo  adit.Algorithm `json:"algo"`
	Seed  string         `json:"seed"`
	Blobs []string       `json:"blobs"`
}

// answer has either hashes, one per blob, or an error.
type answer struct {
	ID     uint64   `json:"id"`
	Hashes []string `json:"hashes,omitempty"`
	Error  string   `json:"error,omitempty"`
}

// task is a request that was checked.
type task struct {
	id    uint64
	algo  adit.Algorithm
	seed  [32]byte
	blobs [][]byte
}

// parseRequest checks a line. The id is returned with an error too, where it could be read.
func parseRequest(line []byte) (task, error) {
	var r request
	d := json.NewDecoder(bytes.NewReader(line))
	if err := d.Decode(&r); err != nil {
		return task{id: r.ID}, adit.InvalidField("request", "not the JSON that is expected: %v", err)
	}
	t := task{id: r.ID, algo: r.Algo}
	if _, err := d.Token(); err != io.EOF {
		return t, adit.InvalidField("request", "more than one JSON object on a line")
	}
	if n, err := hex.Decode(t.seed[:], trim(r.Seed, 64)); err != nil || n != 32 || len(r.Seed) != 64 {
		return t, adit.InvalidField("seed", "must be 64 hex digits")
	}
	return t, t.setBlobs(r.Blobs)
}

func (t *task) setBlobs(blobs []string) error {
	if len(blobs) == 0 || len(blobs) > MaxBlobs {
		return adit.InvalidField("blobs", "%d are not between 1 and %d", len(blobs), MaxBlobs)
	}
	for i, s := range blobs {
		if len(s) == 0 || len(s) > 2*MaxBlob {
			return adit.InvalidField("blobs", "blob %d has %d hex digits, allowed are 2 to %d", i, len(s), 2*MaxBlob)
		}
		b, err := hex.DecodeString(s)
		if err != nil {
			return adit.InvalidField("blobs", "blob %d is not hex: %v", i, err)
		}
		t.blobs = append(t.blobs, b)
	}
	return nil
}

// trim keeps hex.Decode within its buffer, whatever was sent.
func trim(s string, n int) []byte { return []byte(s[:min(len(s), n)]) }

// hashes reads the answer to n blobs.
func (a answer) hashes(n int) ([][32]byte, error) {
	if a.Error != "" {
		return nil, adit.Errorf(adit.Refused, "the verifier says: %s", a.Error)
	}
	if len(a.Hashes) != n {
		return nil, adit.Errorf(adit.Internal, "the verifier answered %d hashes to %d blobs", len(a.Hashes), n)
	}
	out := make([][32]byte, n)
	for i, s := range a.Hashes {
		if m, err := hex.Decode(out[i][:], trim(s, 64)); err != nil || m != 32 || len(s) != 64 {
			return nil, adit.Errorf(adit.Internal, "the verifier answered %q, which is no hash", s)
		}
	}
	return out, nil
}
