//go:build randomx && cgo && linux

package main

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"slices"
	"testing"

	"github.com/adit-mining/adit/pow/randomx"
)

// TestVerifySum: what verify answers is what the bare loop computes with the same memory, for seeds one after the other.
func TestVerifySum(t *testing.T) {
	lib, err := openFor(false, true)
	if err != nil {
		t.Fatal(err)
	}
	a := &asker{lib: &catcher{Library: lib}}
	h := newHasher(a.lib, "light", 2)
	defer h.Close()
	end, err := a.serve(t.Context(), h)
	if err != nil {
		t.Fatal(err)
	}
	defer end()
	for seed := range byte(2) {
		a.seed[31] = seed
		const nonces = 7
		var blobs []string
		for n := range uint32(nonces) {
			b := make([]byte, 112)
			binary.LittleEndian.PutUint32(b[39:], n)
			blobs = append(blobs, hex.EncodeToString(b))
		}
		hashes, err := a.ask(blobs)
		if err != nil {
			t.Fatal(err)
		}
		var sum uint64
		for _, s := range hashes {
			b, err := hex.DecodeString(s)
			if err != nil || len(b) != 32 {
				t.Fatalf("%q: %v", s, err)
			}
			sum ^= binary.LittleEndian.Uint64(b[24:])
		}
		want, err := randomx.Loop(a.lib.cache, 1, 0, nonces)
		if err != nil || sum != want.Sum {
			t.Fatalf("seed %d: %#x, the loop says %#x, %v", seed, sum, want.Sum, err)
		}
		slices.Reverse(blobs) // each hash is its own blob's
		again, err := a.ask(blobs)
		if slices.Reverse(again); err != nil || !slices.Equal(again, hashes) {
			t.Fatalf("in another order: %v", err)
		}
	}
	if _, err := a.ask([]string{"zz"}); err == nil {
		t.Error("no error for what is no hex")
	}
}

func TestBenchVerify(t *testing.T) {
	var out, errs bytes.Buffer
	if code := run([]string{"bench", "--verify", "--mode", "light", "--rounds", "1", "--nonces", "3"}, nil, &out, &errs); code != 0 {
		t.Fatalf("exit %d: %s", code, errs.String())
	}
	var r verifyResult
	if err := json.Unmarshal(out.Bytes(), &r); err != nil {
		t.Fatal(err)
	}
	if r.Mode != "light" || r.Hashes != 3 || r.Hashrate <= 0 || r.Loop == nil || r.Loop.Ratio <= 0 || len(r.Runs) != 1 {
		t.Errorf("%s", out.String())
	}
	if code := run([]string{"bench", "--verify", "--mode", "turbo"}, nil, &out, &errs); code != 2 {
		t.Errorf("exit %d for a mode that is none", code)
	}
}
