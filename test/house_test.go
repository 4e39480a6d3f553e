//go:build linux

package test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/agent/consent"
	"github.com/adit-mining/adit/api/client"
	"github.com/adit-mining/adit/cmd/adit/app"
)

// notes collects a log.
type notes struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (n *notes) Write(b []byte) (int, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.b.Write(b)
}

func (n *notes) String() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.b.String()
}

// TestHouseInOneProcess runs the house inside the test, where the race detector and goleak see all of it: from
// consent over accepted shares to an end that leaves no goroutine, twice on the same folder.
func TestHouseInOneProcess(t *testing.T) {
	t.Setenv("PATH", fakeBin+string(filepath.ListSeparator)+os.Getenv("PATH")) // the agent finds adit-miner there
	h := newHome(t, fakeBin)
	before := goleak.IgnoreCurrent()
	for range 2 {
		oneLife(t, h)
	}
	goleak.VerifyNone(t, before)
	nothingLeft(t, h)
}

func oneLife(t *testing.T, h *home) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	log := new(notes)
	house, err := app.Open(ctx, app.Options{
		Dir: h.dir, Listen: "127.0.0.1:0", Exe: filepath.Join(fakeBin, "adit"), Miner: filepath.Join(fakeBin, "adit-miner"),
		Wants: true, Log: slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelInfo})),
	})
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- house.Run(ctx) }()
	select {
	case <-house.Ready():
	case err := <-ended:
		t.Fatalf("the house did not stand: %v\n%s", err, log)
	}
	token, err := os.ReadFile(filepath.Join(h.dir, "token"))
	if err != nil {
		t.Fatal(err)
	}
	c, err := client.New(house.URL(), strings.TrimSpace(string(token)))
	if err != nil {
		t.Fatal(err)
	}
	if err := house.Grant(ctx, consent.ViaFlag); err != nil {
		t.Fatal(err)
	}
	if err := house.StartPractice(ctx, nil); err != nil {
		t.Fatal(err)
	}
	if err := house.StartPractice(ctx, nil); err != nil {
		t.Errorf("started again: %v", err)
	}
	eventually(t, soon, func() error {
		ms, err := c.Miners(ctx)
		if err == nil && (len(ms) != 1 || !accepts(1)(ms[0])) {
			err = fmt.Errorf("%+v", ms)
		}
		return err
	})
	if _, err := app.Open(ctx, app.Options{Dir: h.dir, Listen: "127.0.0.1:0"}); adit.CodeOf(err) != adit.Conflict {
		t.Errorf("a second house on the folder: %v", err)
	}
	began := time.Now()
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("the end took %v", took)
	}
	for line := range strings.Lines(log.String()) {
		if !strings.Contains(line, "level=INFO") {
			t.Errorf("the log of a normal life: %s", line)
		}
	}
}
