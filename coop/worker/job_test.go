package worker

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop/coopv1"
	"github.com/adit-mining/adit/stratum"
)

func TestJobOf(t *testing.T) {
	j, err := jobOf(workOf("a"))
	if err != nil || j.Target != math.MaxUint64 || *j.Height != 7 || j.NextSeedHash != nil {
		t.Fatalf("%+v, %v", j, err)
	}
	seed := &coopv1.JobMessage{JobId: "s", Blob: make([]byte, 76), Target: []byte{0, 0, 0, 1}, SeedHash: make([]byte, 32)}
	if j, err = jobOf(seed); err != nil || *j.Place != (stratum.NoncePlace{Offset: 39, End: math.MaxUint32}) || j.Height != nil || j.Algorithm != adit.RandomX {
		t.Errorf("a job of the seed: %+v, %v", j, err)
	}
	if want := uint64(math.MaxUint64) / (math.MaxUint32 / (1 << 24)); j.Target != want {
		t.Errorf("its target is %x, want %x", j.Target, want)
	}
	long := strings.Repeat("x", maxJobID+1)
	for field, spoil := range map[string]func(*coopv1.JobMessage){
		"job_id":       func(m *coopv1.JobMessage) { m.JobId = long },
		"blob":         func(m *coopv1.JobMessage) { m.Blob = nil },
		"target":       func(m *coopv1.JobMessage) { m.Target = make([]byte, 8) },
		"seed_hash":    func(m *coopv1.JobMessage) { m.SeedHash = m.SeedHash[1:] },
		"next_seed":    func(m *coopv1.JobMessage) { m.NextSeed = []byte{1} },
		"height":       func(m *coopv1.JobMessage) { *m.Height = -1 },
		"nonce_end":    func(m *coopv1.JobMessage) { m.NonceEnd = m.NonceStart - 1 },
		"nonce_offset": func(m *coopv1.JobMessage) { m.NonceOffset = 77 },
	} {
		m := workOf("a")
		spoil(m)
		_, err := jobOf(m)
		if e, ok := adit.AsError(err); !ok || e.Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
	m := workOf("a")
	m.Algo = "sha256d"
	if _, err := jobOf(m); adit.CodeOf(err) != adit.Unsupported {
		t.Errorf("sha256d: %v", err)
	}
}

// FuzzJob: whatever a coordinator sends, a job is made that can be mined and told on, or an error.
func FuzzJob(f *testing.F) {
	for _, m := range []*coopv1.JobMessage{workOf("a"), {}, {Idle: true}} {
		b, err := proto.Marshal(m)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var m coopv1.JobMessage
		if proto.Unmarshal(b, &m) != nil {
			return
		}
		j, err := jobOf(&m)
		if err != nil {
			return
		}
		raw, err := j.MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		var again stratum.Job
		if err := again.UnmarshalJSON(raw); err != nil {
			t.Fatalf("the engine refuses %s: %v", raw, err)
		}
		if !again.Same(j) {
			t.Fatalf("the engine reads %+v as %+v", j, again)
		}
	})
}

// TestHome: a computer keeps its id, and no id works twice at a time.
func TestHome(t *testing.T) {
	data := t.TempDir()
	a, err := OpenHome(data, "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := OpenHome(data, ""); adit.CodeOf(err) != adit.Conflict || !strings.Contains(err.Error(), "--worker-id") {
		t.Errorf("the second: %v", err)
	}
	b, err := OpenHome(data, "second")
	if err != nil || b.Dir != filepath.Join(data, "worker", "second") {
		t.Fatalf("%+v, %v", b, err)
	}
	if _, err := OpenHome(data, "second"); adit.CodeOf(err) != adit.Conflict {
		t.Errorf("the second's second: %v", err)
	}
	for _, h := range []*Home{a, b} {
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	}
	again, err := OpenHome(data, "")
	if err != nil || again.ID != a.ID || !validID(again.ID) {
		t.Fatalf("it was %s and is %+v, %v", a.ID, again, err)
	}
	_ = again.Close()
	for _, id := range []string{"../x", "a/b", ".x", "a b", strings.Repeat("x", 65)} {
		if _, err := OpenHome(data, id); adit.CodeOf(err) != adit.Invalid {
			t.Errorf("%q: %v", id, err)
		}
	}
	if err := os.WriteFile(filepath.Join(data, "worker", ".id"), []byte("../../etc\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if h, err := OpenHome(data, ""); err != nil || !validID(h.ID) {
		t.Errorf("a damaged id: %+v, %v", h, err)
	} else {
		_ = h.Close()
	}
}
