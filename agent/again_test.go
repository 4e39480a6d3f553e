package agent

import (
	"testing"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/device"
	"github.com/adit-mining/adit/link/wire"
)

// TestStartAgain: a stopped program starts with what it was started with, once, and only with consent.
func TestStartAgain(t *testing.T) {
	inRig(t, func(r *rig) {
		r.consent().up()
		r.refused(r.order(wire.VerbAgain, "m", nil), adit.NotFound, "no program named")
		r.startProgram("m")
		r.refused(r.order(wire.VerbAgain, "m", nil), adit.Conflict, "runs already")
		r.ok(r.order(wire.VerbStop, "m", nil))
		moved := []device.Pool{{URL: "stratum+tcp://127.0.0.1:9", User: "x"}}
		r.ok(r.order(wire.VerbAgain, "m", wire.AgainArgs{Pools: moved}))
		r.pass(5 * time.Second)
		u, err := r.a.unit("m")
		if err != nil {
			t.Fatal(err)
		}
		if !u.wanted() || u.running() == nil {
			t.Error("it does not run")
		}
		if got := u.view().want.Args; got.Practice || len(got.Pools) == 0 || got.Pools[0].URL == moved[0].URL {
			t.Errorf("a program of somebody's own pool was sent elsewhere: %+v", got.Pools)
		}
		r.ok(r.order(wire.VerbStop, "m", nil))
		r.ok(r.order(wire.VerbConsentRevoke, "", nil))
		r.refused(r.order(wire.VerbAgain, "m", nil), adit.NoConsent, "allow mining")
		if u.wanted() {
			t.Error("a start that was refused is still wished for")
		}
	})
}

// TestStartAgainAfterARestartOfTheAgent: what was stopped is remembered with its wishes.
func TestStartAgainAfterARestartOfTheAgent(t *testing.T) {
	inRig(t, func(r *rig) {
		r.consent().up()
		r.startProgram("m")
		r.ok(r.order(wire.VerbStop, "m", nil))
		r.end()
		r.up()
		r.ok(r.order(wire.VerbAgain, "m", nil))
		r.pass(time.Second)
		if u, err := r.a.unit("m"); err != nil || u.running() == nil {
			t.Errorf("it does not run: %v", err)
		}
	})
}

// TestIdle: a data directory is idle where neither an agent nor a program works on it.
func TestIdle(t *testing.T) {
	dir := t.TempDir()
	release, err := Idle(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Idle(dir); adit.CodeOf(err) != adit.Conflict {
		t.Errorf("twice: %v", err)
	}
	if err := release(); err != nil {
		t.Fatal(err)
	}
	release, err = Idle(dir)
	if err != nil {
		t.Fatal(err)
	}
	_ = release()
}
