package app

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"path/filepath"
	"testing"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop/config"
	"github.com/adit-mining/adit/coop/view"
	"github.com/adit-mining/adit/fleet/journal"
	"github.com/adit-mining/adit/store/sqldb"
)

// TestCrewSwitchedAgainAndAgain: the coordinator before has ended when the next one opens the same ledger, and neither how
// it ended nor a browser that went away stops the role.
func TestCrewSwitchedAgainAndAgain(t *testing.T) {
	dir := t.TempDir()
	db, err := sqldb.Open(t.Context(), filepath.Join(dir, "hub.db"), sqldb.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	h := &House{o: Options{Dir: dir, Log: slog.New(slog.DiscardHandler)}, db: db, journal: &journal.Service{DB: db}, counter: &counter{front: new(front)}}
	r := newCoopRole(h)
	h.coop = r
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- r.Run(ctx) }()
	gone, away := context.WithCancel(ctx)
	away()
	q := view.ConfigRequest{Mode: "on", Settings: &view.SettingsRequest{
		Coin: "XMR", Pools: []view.PoolRequest{{Address: "practice:"}},
		Stratum: &view.DoorSetting{Listen: "127.0.0.1:0"}, GRPC: &view.DoorSetting{},
	}}
	for i := range 12 {
		got, err := r.SetConfig(gone, adit.LocalOwner("test"), q)
		if err != nil || !got.Running {
			t.Fatalf("turn %d: running %v, %v", i, got.Running, err)
		}
		if i%4 != 3 {
			continue
		}
		if got, err = r.SetConfig(gone, adit.LocalOwner("test"), view.ConfigRequest{Mode: "off"}); err != nil || got.Running {
			t.Fatalf("turn %d, off: running %v, %v", i, got.Running, err)
		}
	}
	select {
	case err := <-ended:
		t.Fatalf("the role ended: %v", err)
	default:
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
}

// TestCrewThatFails: a coordinator runs once; after a failure the next Run works with a fresh one.
func TestCrewThatFails(t *testing.T) {
	dir := t.TempDir()
	db, err := sqldb.Open(t.Context(), filepath.Join(dir, "hub.db"), sqldb.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	h := &House{o: Options{Dir: dir, Log: slog.New(slog.DiscardHandler)}, db: db, journal: &journal.Service{DB: db}, counter: &counter{front: new(front)}}
	r := newCoopRole(h)
	h.coop = r
	_, err = r.SetConfig(t.Context(), adit.LocalOwner("test"), view.ConfigRequest{Mode: "on", Settings: &view.SettingsRequest{
		Pools: []view.PoolRequest{{Address: "practice:"}}, Stratum: &view.DoorSetting{Listen: "127.0.0.1:0"}, GRPC: &view.DoorSetting{},
	}})
	if err != nil {
		t.Fatal(err)
	}
	first := r.now
	r.broke(first, errors.New("the disk went away"))
	if c, err := r.Config(t.Context(), adit.LocalOwner("test")); err != nil || c.Running || c.Why != "the disk went away" || c.Mode != "on" {
		t.Errorf("%+v, %v", c, err)
	}
	if tried, err := r.reopen(t.Context()); !tried || err != nil || r.now == nil || r.now == first {
		t.Errorf("%v %v", tried, err)
	}
	if tried, err := r.reopen(t.Context()); tried || err != nil {
		t.Errorf("opened twice: %v", err)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
}

// TestLoneHint: who leads a crew is told the flag of that command where the port for people is taken.
func TestLoneHint(t *testing.T) {
	ln, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	_, err = Open(t.Context(), Options{Dir: t.TempDir(), Listen: ln.Addr().String(), Log: slog.New(slog.DiscardHandler), Coordinator: new(config.Coordinator)})
	if h := HintOf(err); h == nil || h.Try != "adit coordinator --dashboard-listen 127.0.0.1:0" {
		t.Errorf("%v, hint %+v", err, h)
	}
}
