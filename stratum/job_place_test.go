package stratum

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/adit-mining/adit"
)

// TestPlace: a job that says where its nonce lies keeps saying so, and takes shares of its own part alone.
func TestPlace(t *testing.T) {
	j := testJob(1, 64)
	j.Blob = bytes.Repeat([]byte{7}, 80) // OpenSY: the nonce is the header's end
	j.Place = &NoncePlace{Offset: 76, Start: 0x05000000, End: 0x05ffffff}
	b, err := json.Marshal(j)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{`"nonce_offset":76`, `"nonce_start":83886080`, `"nonce_end":100663295`} {
		if !strings.Contains(string(b), part) {
			t.Errorf("%s is not in %s", part, b)
		}
	}
	var got Job
	if err := json.Unmarshal(b, &got); err != nil {
		t.Fatal(err)
	}
	if got.Place == nil || *got.Place != *j.Place || got.Nicehash || !got.Same(j) {
		t.Errorf("%+v came back as %+v", j, got)
	}
	blob, err := got.WithNonce([]byte{1, 2, 3, 5})
	if err != nil || !bytes.Equal(blob[76:], []byte{1, 2, 3, 5}) || !bytes.Equal(blob[:76], j.Blob[:76]) {
		t.Errorf("%x, %v", blob, err)
	}
	if _, err := got.WithNonce([]byte{1, 2, 3, 6}); adit.CodeOf(err) != adit.Invalid {
		t.Errorf("a nonce of somebody else: %v", err)
	}
	other := got
	other.Place = &NoncePlace{Offset: 76, Start: 0x06000000, End: 0x06ffffff}
	if got.Same(other) {
		t.Error("another part counts as the same job, and would never be sent")
	}
	if plain := testJob(1, 64); strings.Contains(string(mustJSON(plain)), "nonce_") {
		t.Error("a plain job tells of places")
	}
}

func TestPlaceDefaultsAndBounds(t *testing.T) {
	with := func(fields string) ([]byte, error) {
		raw := string(mustJSON(testJob(1, 64)))
		var j Job
		err := json.Unmarshal([]byte(strings.TrimSuffix(raw, "}")+","+fields+"}"), &j)
		if err != nil || j.Place == nil {
			return nil, err
		}
		return mustJSON(j), nil
	}
	if b, err := with(`"nonce_start":9`); err != nil || !bytes.Contains(b, []byte(`"nonce_offset":39,"nonce_start":9,"nonce_end":4294967295`)) {
		t.Errorf("%s, %v", b, err)
	}
	for field, text := range map[string]string{
		"nonce_offset": `"nonce_offset":404`,
		"blob":         `"nonce_offset":200`,
		"nonce_end":    `"nonce_start":9,"nonce_end":8`,
		"job":          `"nonce_start":4294967296`,
	} {
		_, err := with(text)
		if e, ok := adit.AsError(err); !ok || e.Field != field {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// TestPlaceUnasked: a pool that moves the nonce of a miner that never offered it would get worthless shares.
func TestPlaceUnasked(t *testing.T) {
	j := testJob(1, 64)
	j.Place = &NoncePlace{Offset: 40, End: 9}
	for _, extensions := range [][]string{nil, {NonceOffset}} {
		c := &Client{pool: Pool{Extensions: extensions}}
		var got *Job
		err := c.newJob(mustJSON(j), func(j Job) { got = &j })
		if offered := extensions != nil; offered != (err == nil) || offered != (got != nil) {
			t.Errorf("%v: %+v, %v", extensions, got, err)
		}
	}
}
