package coordinator

import (
	"context"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop/config"
	"github.com/adit-mining/adit/coop/view"
	"github.com/adit-mining/adit/store/sqldb"
)

// easy says of every blob that it hashes to nearly nothing.
type easy struct{}

func (easy) Hash(_ context.Context, _ adit.Algorithm, _ [32]byte, blobs [][]byte) ([][32]byte, error) {
	return make([][32]byte, len(blobs)), nil
}

// optionsOf are those of a configuration's text in a fresh folder.
func optionsOf(t *testing.T, yaml string) Options {
	t.Helper()
	c, err := config.LoadCoordinator(config.Source{File: "c.yaml", Data: []byte(yaml)})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	db, err := sqldb.Open(t.Context(), filepath.Join(dir, "coop.db"), sqldb.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return Options{Config: c, Dir: dir, PKI: filepath.Join(dir, "pki"), DB: db, Checker: easy{}}
}

const onPractice = "pool: {address: 'practice:'}\nstratum: {listen: '127.0.0.1:0'}\ngrpc: {listen: '127.0.0.1:0'}\n"

// TestOpenSaysWhichPort: a port that another program has is named with its key, and what Open took before is given back.
func TestOpenSaysWhichPort(t *testing.T) {
	ln, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	at := ln.Addr().String()
	for field, yaml := range map[string]string{
		"stratum.listen": "pool: {address: 'practice:'}\nstratum: {listen: '" + at + "'}\ngrpc: {listen: '127.0.0.1:0'}\n",
		"grpc.listen":    "pool: {address: 'practice:'}\nstratum: {listen: '127.0.0.1:0'}\ngrpc: {listen: '" + at + "'}\n",
	} {
		o := optionsOf(t, yaml)
		_, err := Open(t.Context(), o)
		if adit.CodeOf(err) != adit.Conflict || !strings.Contains(err.Error(), field) || !strings.Contains(err.Error(), at) {
			t.Errorf("%s: %v", field, err)
		}
		o.Config.Stratum.Listen, o.Config.GRPC.Listen = "127.0.0.1:0", ""
		c, err := Open(t.Context(), o) // the ledger's lock is free again
		if err != nil {
			t.Fatalf("after %s: %v", field, err)
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestCrewOnPractice: a crew works on practice, shows its job and takes orders, and ends without a trace.
func TestCrewOnPractice(t *testing.T) {
	c, err := Open(t.Context(), optionsOf(t, onPractice))
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- c.Run(ctx) }()
	actor := adit.LocalOwner("test")
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	late := time.After(30 * time.Second)
	for {
		g, err := c.Glance(ctx, actor)
		if err != nil {
			t.Fatal(err)
		}
		if g.Job != nil {
			if len(g.Doors) != 2 || len(g.Upstreams) != 1 || g.Upstreams[0].URL != "practice:" {
				t.Errorf("doors %v, upstreams %v", g.Doors, g.Upstreams)
			}
			break
		}
		select {
		case <-late:
			t.Fatal("practice gave no work")
		case <-tick.C:
		}
	}
	if jobs, err := c.Jobs(ctx, actor, 5); err != nil || len(jobs) == 0 {
		t.Errorf("jobs %v, %v", jobs, err)
	}
	if m, err := c.Members(ctx, actor); err != nil || m == nil || len(m) != 0 {
		t.Errorf("members %v, %v", m, err)
	}
	if s, err := c.Shares(ctx, actor, view.ShareQuery{Limit: 5}); err != nil || s == nil || len(s) != 0 {
		t.Errorf("shares %v, %v", s, err)
	}
	if err := c.Suspend(ctx, actor, "nobody", ""); adit.CodeOf(err) != adit.NotFound {
		t.Errorf("suspend nobody: %v", err)
	}
	if err := c.SetPolicy(ctx, actor, "nobody", "never"); adit.CodeOf(err) != adit.Invalid {
		t.Errorf("a wrong policy: %v", err)
	}
	if _, err := c.Glance(ctx, adit.Actor{}); err == nil {
		t.Error("a stranger may look")
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}
