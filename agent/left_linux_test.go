package agent

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/adit-mining/adit/link/wire"
)

// TestStopLeft ends what an agent left, without another agent, whatever became of the records.
func TestStopLeft(t *testing.T) {
	h := newHouse(t)
	pid := h.leave()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if err := StopLeft(t.Context(), Options{Dir: h.dir, Exe: exe}); err != nil {
		t.Fatal(err)
	}
	if alive(pid) || h.desired("m") != wantStopped {
		t.Errorf("alive %v, desired %q", alive(pid), h.desired("m"))
	}
	if err := StopLeft(t.Context(), Options{Dir: t.TempDir(), Exe: exe}); err != nil {
		t.Error("nothing was ever started:", err)
	}
}

// TestDamagedSpec: a program whose record is damaged is ended and started anew, and can be stopped.
func TestDamagedSpec(t *testing.T) {
	h := newHouse(t)
	pid := h.leave()
	if err := os.WriteFile(filepath.Join(shimDir(h.dir), "m", "spec.json"), []byte(`{"broken`), 0o600); err != nil {
		t.Fatal(err)
	}
	h.up()
	h.until("it is started anew", func() bool { return h.pid() != 0 && h.pid() != pid && h.works("hashing")() })
	if alive(pid) {
		t.Error("the old program mines on where no order reaches it")
	}
	if !slices.ContainsFunc(h.hub.events(evAgent), func(text string) bool { return strings.Contains(text, "its spec cannot be read") }) {
		t.Error("nobody was told")
	}
	pid = h.pid()
	h.do(wire.VerbStop, "m", nil)
	if alive(pid) {
		t.Error("it was told to be stopped and runs")
	}
}

// leave starts a program and ends the agent over it.
func (h *house) leave() (pid int) {
	h.t.Helper()
	h.up()
	h.do(wire.VerbStart, "", wire.StartArgs{Driver: "native", Name: "m", Pools: somePool})
	h.until("it hashes", h.works("hashing"))
	pid = h.pid()
	h.end()
	if !alive(pid) {
		h.t.Fatal("the program ended with the agent")
	}
	return pid
}
