package bitcoin

import (
	"encoding/hex"
	"encoding/json"
	"math"
	"slices"
	"testing"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/internal/shared"
)

// vector is a block as notify and submit.
type vector struct {
	Height    uint64
	Subscribe struct {
		Extranonce1 string `json:"extranonce1"`
		Size        int    `json:"extranonce2_size"`
	} `json:"subscribe_result"`
	Notify []json.RawMessage `json:"notify_params"`
	Submit []json.RawMessage `json:"submit_params"`
	Expect struct {
		Coinbase string  `json:"coinbase_txid_raw"`
		Root     string  `json:"merkle_root_raw"`
		Header   string  `json:"header_hex"`
		Hash     string  `json:"hash_display"`
		Share    float64 `json:"share_difficulty"`
		Network  float64 `json:"network_difficulty"`
	}
}

func vectors(t testing.TB) []vector {
	var f struct{ Vectors []vector }
	if err := json.Unmarshal(shared.Read(t, "vectors/stratum-v1-e2e.json"), &f); err != nil {
		t.Fatal(err)
	}
	if len(f.Vectors) < 6 {
		t.Fatalf("%d vectors", len(f.Vectors))
	}
	return f.Vectors
}

func (v vector) job(t testing.TB) *Job {
	t.Helper()
	one, err := hex.DecodeString(v.Subscribe.Extranonce1)
	if err != nil {
		t.Fatal(err)
	}
	j := &Job{Extranonce1: one, Extranonce2Size: v.Subscribe.Size}
	if err := j.parseNotify(v.Notify); err != nil {
		t.Fatal(err)
	}
	return j
}

func display(hash [32]byte) string {
	slices.Reverse(hash[:])
	return hex.EncodeToString(hash[:])
}

// near compares what we say with what doubles say.
func near(a, b float64) bool { return math.Abs(a/b-1) < 1e-9 }

// Real blocks, from mining.notify and mining.submit to the hash that is in the chain.
func TestVectors(t *testing.T) {
	for _, v := range vectors(t) {
		j := v.job(t)
		s, worker, err := parseSubmit(v.Submit, 0)
		if err != nil || worker != "worker.1" || s.JobID != "job1" {
			t.Fatalf("%+v %q %v", s, worker, err)
		}
		if o, text := j.Check(s); o != "" {
			t.Fatalf("height %d: %s %s", v.Height, o, text)
		}
		coinbase, root, header, hash := Sum(j.Coinbase(s.Extranonce2)), j.MerkleRoot(s.Extranonce2), j.Header(s), j.Hash(s)
		for what, x := range map[string][2]string{
			"coinbase": {hex.EncodeToString(coinbase[:]), v.Expect.Coinbase},
			"root":     {hex.EncodeToString(root[:]), v.Expect.Root},
			"header":   {hex.EncodeToString(header[:]), v.Expect.Header},
			"hash":     {display(hash), v.Expect.Hash},
		} {
			if x[0] != x[1] {
				t.Errorf("height %d: %s is %s, want %s", v.Height, what, x[0], x[1])
			}
		}
		if !j.Solves(hash) {
			t.Errorf("height %d: a block of the chain does not solve it", v.Height)
		}
		network, ok := NetworkOf(j.Bits)
		if !ok || !near(Difficulty(network), v.Expect.Network) {
			t.Errorf("height %d: network %v, want %v", v.Height, Difficulty(network), v.Expect.Network)
		}
		share := HashDifficulty(hash)
		if !near(Difficulty(share), v.Expect.Share) {
			t.Errorf("height %d: share %v, want %v", v.Height, Difficulty(share), v.Expect.Share)
		}
		if !Meets(hash, share) || Meets(hash, share.Add(adit.HashesOf(1))) || share.Cmp(network) < 0 {
			t.Errorf("height %d: %v is not the highest difficulty met", v.Height, share)
		}
		// BIP34 heights came with version 2.
		switch h := j.Height(); {
		case j.Version >= 2 && (h == nil || *h != v.Height):
			t.Errorf("height %d is read as %v", v.Height, h)
		case j.Version < 2 && h != nil:
			t.Errorf("height %d of version 1 is read as %d", v.Height, *h)
		}
		again(t, j, v)
		narrow(t, j, s)
	}
}

// again encodes what was read and reads it anew.
func again(t *testing.T, j *Job, v vector) {
	t.Helper()
	for _, clean := range []bool{true, false} {
		m, err := parseMessage(NoticeOf(j).Append(nil, "job1", clean))
		if err != nil || m.Method != "mining.notify" {
			t.Fatalf("%+v %v", m, err)
		}
		l, err := m.list()
		if err != nil {
			t.Fatal(err)
		}
		for i := range 8 {
			var got, want any
			json.Unmarshal(l[i], &got)
			json.Unmarshal(v.Notify[i], &want)
			a, _ := json.Marshal(got)
			b, _ := json.Marshal(want)
			if string(a) != string(b) {
				t.Errorf("height %d: parameter %d becomes %s, was %s", v.Height, i, a, b)
			}
		}
		if string(l[8]) != map[bool]string{true: "true", false: "false"}[clean] {
			t.Errorf("clean is %s", l[8])
		}
	}
}

// narrow finds the same header through a member's slice of the job.
func narrow(t *testing.T, j *Job, s Share) {
	t.Helper()
	want := j.Hash(s)
	for n := range len(s.Extranonce2) {
		part := j.Narrow(s.Extranonce2[:n])
		mine := s
		mine.Extranonce2 = s.Extranonce2[n:]
		if o, text := part.Check(mine); o != "" || part.Hash(mine) != want {
			t.Errorf("a slice of %d bytes: %s %s", n, o, text)
		}
		up := j.Widen(s.Extranonce2[:n], mine)
		if o, text := j.Check(up); o != "" || j.Hash(up) != want || up.JobID != j.ID {
			t.Errorf("back from a slice of %d bytes: %+v %s %s", n, up, o, text)
		}
	}
}

// Headers of the chain hash to what the chain says, and meet their own bits exactly.
func TestHeaders(t *testing.T) {
	var f struct {
		Vectors []struct {
			Height     uint64
			Header     string `json:"header_hex"`
			Display    string `json:"hash_display"`
			Raw        string `json:"hash_raw"`
			Bits       string
			Difficulty float64
		}
	}
	if err := json.Unmarshal(shared.Read(t, "vectors/sha256d.json"), &f); err != nil || len(f.Vectors) < 10 {
		t.Fatalf("%d vectors, %v", len(f.Vectors), err)
	}
	for _, v := range f.Vectors {
		raw, err := hex.DecodeString(v.Header)
		if err != nil {
			t.Fatal(err)
		}
		hash := Sum(raw)
		if hex.EncodeToString(hash[:]) != v.Raw || display(hash) != v.Display {
			t.Errorf("height %d: %x", v.Height, hash)
		}
		bits, err := parseWord(v.Bits, "bits")
		if err != nil {
			t.Fatal(err)
		}
		target, ok := TargetOfBits(bits)
		if !ok || !target.Met(hash) {
			t.Errorf("height %d does not meet %s", v.Height, v.Bits)
		}
		raw[76]++
		if worse := Sum(raw); target.Met(worse) {
			t.Errorf("height %d: another nonce meets it, too", v.Height)
		}
		if network, _ := NetworkOf(bits); !near(Difficulty(network), v.Difficulty) {
			t.Errorf("height %d: %v, want %v", v.Height, Difficulty(network), v.Difficulty)
		}
	}
}
