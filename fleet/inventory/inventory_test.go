package inventory

import (
	"context"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/device"
	"github.com/adit-mining/adit/link/wire"
	"github.com/adit-mining/adit/store/sqldb"
	"github.com/adit-mining/adit/store/sqldb/sqltest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestPresence(t *testing.T) {
	sqltest.Each(t, func(t *testing.T, db *sqldb.DB) {
		ctx, now := context.Background(), time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
		clock := func() time.Time { return now }
		s, err := Open(ctx, db, clock)
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := s.Home(); ok {
			t.Error("a home without a rig")
		}
		s.Heard("rig1") // never met: no ghost
		if len(s.All()) != 0 {
			t.Error("a sign of life made a rig")
		}
		first := now
		if err := s.Met(ctx, wire.Hello{Rig: "rig1", Name: "desk", Hostname: "desk.lan", OS: "linux", Arch: "amd64", Program: "1"}); err != nil {
			t.Fatal(err)
		}
		now = now.Add(MissedAlive*AliveEvery - time.Millisecond)
		if on, _ := s.Online("rig1"); !on {
			t.Error("blind too early")
		}
		now = now.Add(time.Millisecond)
		if on, last := s.Online("rig1"); on || !last.Equal(first) {
			t.Errorf("three signs missed: %v, %v", on, last)
		}
		s.Heard("rig1")
		if home, ok := s.Home(); !ok || home.ID != "rig1" || !home.Online {
			t.Errorf("%+v", home)
		}
		if err := s.Known(ctx, "rig1", device.Info{Name: "m", Kind: device.KindSoftware, Driver: "d", Title: "T"}); err != nil {
			t.Fatal(err)
		}
		now = now.Add(time.Hour)
		s.Heard("rig1")
		if err := s.Flush(ctx); err != nil {
			t.Fatal(err)
		}
		seen := now
		again, err := Open(ctx, db, clock)
		if err != nil {
			t.Fatal(err)
		}
		rigs, err := again.Rigs(ctx, adit.LocalOwner("test"))
		if err != nil || len(rigs) != 1 || rigs[0].Online || !rigs[0].LastSeen.Equal(seen) || !rigs[0].FirstSeen.Equal(first) || rigs[0].Hostname != "desk.lan" {
			t.Errorf("after a restart: %+v %v", rigs, err)
		}
		devices, err := again.Devices(ctx, adit.LocalOwner("test"))
		if err != nil || len(devices) != 1 || devices[0].ID != "rig1/m" || devices[0].Info.Title != "T" {
			t.Errorf("%+v %v", devices, err)
		}
	})
}

// TestHome: of several rigs the one that can be heard, then the oldest.
func TestHome(t *testing.T) {
	ctx, now := context.Background(), time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	s, err := Open(ctx, sqltest.Open(t, sqltest.SQLite(t)), func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []adit.RigID{"z", "a"} {
		if err := s.Met(ctx, wire.Hello{Rig: id, Name: string(id)}); err != nil {
			t.Fatal(err)
		}
		now = now.Add(time.Second)
	}
	if h, _ := s.Home(); h.ID != "z" {
		t.Errorf("home is %s", h.ID)
	}
	now = now.Add(time.Minute)
	s.Heard("a")
	if h, _ := s.Home(); h.ID != "a" {
		t.Errorf("home is %s", h.ID)
	}
}

func TestNobodyReads(t *testing.T) {
	ctx := context.Background()
	s, err := Open(ctx, sqltest.Open(t, sqltest.SQLite(t)), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Rigs(ctx, adit.Actor{}); adit.CodeOf(err) != adit.Unauthorized {
		t.Error(err)
	}
	if _, err := s.Devices(ctx, adit.Actor{}); adit.CodeOf(err) != adit.Unauthorized {
		t.Error(err)
	}
}
