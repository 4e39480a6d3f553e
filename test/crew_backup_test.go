//go:build linux

package test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/adit-mining/adit/coop/view"
)

// TestCrewBackup: a coordinator is backed up while it works and while it rests, its computer is lost, and the restored one
// is the same: members and what they are owed, every share that was acknowledged before the backup, and a worker elsewhere
// comes back with the certificate that it has.
func TestCrewBackup(t *testing.T) {
	t.Parallel()
	h, attic := newHome(t, fakeBin), newHome(t, fakeBin)
	at := [2]string{freeAddr(t), freeAddr(t)}
	s := h.coordinatorAt(at[0], at[1], "--pool-address", "practice:")
	code, errs, rc := h.adit("coop", "invite", "--name", "attic", "--host", "127.0.0.1")
	if rc != 0 {
		t.Fatalf("invite: %s", errs)
	}
	if _, errs, rc := attic.adit("coop", "join", strings.TrimSpace(code), "--yes-i-own-this-machine"); rc != 0 {
		t.Fatalf("join: %d %s", rc, errs)
	}
	w := attic.launch("worker", "--worker-id", "w1", "--threads", "1", "--yes-i-own-this-machine")
	var acked atomic.Int64
	crewMiner(t, at[0], "alice", &acked)
	crewMiner(t, at[0], "bob", new(atomic.Int64))
	s.members(soon, func(by map[string]view.Member) bool {
		return acked.Load() > 3 && by["bob"].Shares.Accepted > 0 && by["attic/w1"].Shares.Accepted > 0
	})
	for _, args := range [][]string{{"suspend", "bob", "--reason", "test"}, {"credit", "0.5"}} {
		if _, errs, rc := h.adit(append([]string{"coop"}, args...)...); rc != 0 {
			t.Fatalf("%v: %s", args, errs)
		}
	}
	owed := h.owed()
	if owed["alice"] == 0 || owed["attic/w1"] == 0 {
		t.Errorf("owed %v", owed)
	}
	before := acked.Load()
	file := filepath.Join(t.TempDir(), "running.tar.gz")
	if out, errs, rc := h.adit("backup", file); rc != 0 || !strings.Contains(out, "read back and whole") {
		t.Fatalf("backup: %d %s%s", rc, out, errs)
	}
	if _, errs, rc := h.adit("restore", "--yes", file); rc != 1 || !strings.Contains(errs, "already coordinates a crew") {
		t.Errorf("restore while it works: %d %s", rc, errs)
	}
	s.kill()
	if out, errs, rc := h.adit("coop", "ledger", "verify"); rc != 0 || !strings.Contains(out, "1 rounds worked out again") {
		t.Errorf("verify at rest: %d %s%s", rc, out, errs)
	}
	rest := filepath.Join(t.TempDir(), "rest.tar.gz")
	if out, errs, rc := h.adit("backup", rest); rc != 0 {
		t.Fatalf("backup at rest: %d %s%s", rc, out, errs)
	}
	if err := os.RemoveAll(h.dir); err != nil {
		t.Fatal(err)
	}
	for _, f := range []string{rest, file} { // the second puts the first aside
		if out, errs, rc := h.adit("restore", "--yes", "--same-machine", f); rc != 0 || !strings.Contains(out, "coop/ledger") {
			t.Fatalf("restore: %d %s%s", rc, out, errs)
		}
	}
	if got := h.ledgerOf(); got["alice"] < before || got["attic/w1"] == 0 {
		t.Errorf("%d shares of alice were acknowledged, %v are in the ledger", before, got)
	}
	s = h.coordinatorAt(at[0], at[1], "--pool-address", "practice:")
	if got := h.owed(); !maps.Equal(got, owed) {
		t.Errorf("owed %v, was %v", got, owed)
	}
	by := s.members(soon, func(by map[string]view.Member) bool {
		return by["alice"].Connections > 0 && by["attic/w1"].Status == view.Mining
	})
	if len(by) != 3 || by["bob"].Status != view.Suspended {
		t.Errorf("%v, bob is %s", slices.Collect(maps.Keys(by)), by["bob"].Status)
	}
	if out, errs, rc := h.adit("coop", "ledger", "verify"); rc != 0 {
		t.Errorf("verify: %d %s%s", rc, out, errs)
	}
	w.end(syscall.SIGTERM)
	s.end(syscall.SIGTERM)
	nothingLeft(t, h)
}

// owed is what each member is owed, by id.
func (h *home) owed() map[string]view.Atomic {
	h.t.Helper()
	out, errs, rc := h.adit("coop", "payouts", "-o", "json")
	var list []struct {
		Member string      `json:"member"`
		Owed   view.Atomic `json:"owed"`
	}
	if err := json.Unmarshal([]byte(out), &list); err != nil || len(list) == 0 {
		h.t.Fatalf("payouts: %d %v %s%s", rc, err, out, errs)
	}
	by := map[string]view.Atomic{}
	for _, m := range list {
		by[m.Member] = m.Owed
	}
	return by
}

// TestCrewBackupInHub: a hub that coordinates a crew is backed up while it works; the restored one coordinates it again by
// itself, under the same settings.
func TestCrewBackupInHub(t *testing.T) {
	t.Parallel()
	h := newHome(t, fakeBin)
	s := h.up()
	at := freeAddr(t)
	c, err := s.client.SetCoopConfig(t.Context(), view.ConfigRequest{Mode: "on", Settings: &view.SettingsRequest{
		Cluster: "friends", Pools: []view.PoolRequest{{Address: "practice:"}},
		Stratum: &view.DoorSetting{Listen: at}, GRPC: &view.DoorSetting{Listen: freeAddr(t)},
	}})
	if err != nil || !c.Running {
		t.Fatalf("%+v, %v", c, err)
	}
	var acked atomic.Int64
	crewMiner(t, at, "alice", &acked)
	accepted := func(more int64) {
		t.Helper()
		eventually(t, soon, func() error {
			if n := acked.Load(); n < more {
				return fmt.Errorf("%d shares are accepted\n%s", n, s.out)
			}
			return nil
		})
	}
	accepted(3)
	before := acked.Load()
	file := filepath.Join(t.TempDir(), "b.tar.gz")
	if out, errs, rc := h.adit("backup", file); rc != 0 {
		t.Fatalf("backup: %d %s%s", rc, out, errs)
	}
	s.end(syscall.SIGTERM)
	if err := os.RemoveAll(h.dir); err != nil {
		t.Fatal(err)
	}
	if out, errs, rc := h.adit("restore", "--same-machine", file); rc != 0 {
		t.Fatalf("restore: %d %s%s", rc, out, errs)
	}
	if got := h.ledgerOf()["alice"]; got < before {
		t.Errorf("%d shares were acknowledged, %d are in the ledger", before, got)
	}
	now := acked.Load()
	s = h.up()
	accepted(now + 1)
	if c, err := s.client.CoopConfig(t.Context()); err != nil || !c.Running || c.Settings.Cluster != "friends" {
		t.Errorf("%+v, %v", c, err)
	}
	if out, errs, rc := h.adit("coop", "ledger", "verify"); rc != 0 {
		t.Errorf("verify: %d %s%s", rc, out, errs)
	}
	s.end(syscall.SIGTERM)
	nothingLeft(t, h)
}
