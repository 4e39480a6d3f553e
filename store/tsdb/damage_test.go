package tsdb_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/adit-mining/adit/store/tsdb"
)

// TestTornLogIsRepaired cuts and garbles the end of the write-ahead log, as a power cut does.
func TestTornLogIsRepaired(t *testing.T) {
	for name, damage := range map[string]func([]byte) []byte{
		"cut":     func(b []byte) []byte { return b[:len(b)-7] },
		"garbled": func(b []byte) []byte { return append(b[:len(b)-16], bytes.Repeat([]byte{0xa5}, 16)...) },
		"zeros":   func(b []byte) []byte { return append(b[:len(b)-16], make([]byte, 16)...) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			now := func() time.Time { return noon.Add(time.Hour) }
			db, err := tsdb.Open(dir, tsdb.Options{Now: now})
			if err != nil {
				t.Fatal(err)
			}
			k := tsdb.MustKey("m")
			for i := range 60 {
				put(t, db, at(k, noon.Add(time.Duration(i)*time.Second), float64(i)))
			}
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
			tear(t, dir, damage)
			var log bytes.Buffer
			db = open(t, dir, tsdb.Options{Now: now, Log: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelInfo}))})
			put(t, db, at(k, noon.Add(2*time.Minute), 1))
			list, err := db.History(t.Context(), tsdb.HistoryQuery{Metric: "m", From: noon, To: noon.Add(3 * time.Minute), Step: time.Second})
			known := 0
			for _, p := range one(t, list, err).Points {
				if p.Value != nil {
					known++
				}
			}
			if known < 59 || known > 61 {
				t.Errorf("%d of 60 samples and a new one are left, want all but the torn one", known)
			}
		})
	}
}

func tear(t *testing.T, dir string, damage func([]byte) []byte) {
	t.Helper()
	segments, _ := filepath.Glob(filepath.Join(dir, "wal", "0*"))
	if len(segments) == 0 {
		t.Fatal("there is no write-ahead log")
	}
	last := segments[len(segments)-1]
	b, err := os.ReadFile(last)
	if err != nil || len(b) < 200 {
		t.Fatalf("%s holds %d bytes (%v)", last, len(b), err)
	}
	if err := os.WriteFile(last, damage(b), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestReopenReadsBlocksAndLog writes a day, so that part lies in blocks and part in the log, and opens it again.
func TestReopenReadsBlocksAndLog(t *testing.T) {
	dir, c := t.TempDir(), &clock{noon}
	db, err := tsdb.Open(dir, tsdb.Options{Now: c.now})
	if err != nil {
		t.Fatal(err)
	}
	k := tsdb.MustKey("m")
	for i := range 24 * 60 {
		c.at = noon.Add(time.Duration(i) * time.Minute)
		put(t, db, at(k, c.at, float64(i)))
	}
	awaitBlocks(t, dir, c.at)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	db = open(t, dir, tsdb.Options{Now: c.now})
	list, err := db.History(t.Context(), tsdb.HistoryQuery{Metric: "m", From: noon, To: noon.Add(24 * time.Hour), Step: time.Minute})
	for i, p := range one(t, list, err).Points {
		if p.Value == nil || *p.Value != float64(i) {
			t.Fatalf("minute %d is lost", i)
		}
	}
}

// awaitBlocks waits until the engine, which does so beside the appends, has written all but the newest hours into
// blocks and merged what is due.
func awaitBlocks(t testing.TB, dir string, newest time.Time) {
	t.Helper()
	deadline := time.NewTimer(2 * time.Minute)
	defer deadline.Stop()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !written(dir, newest.Add(-4*time.Hour)) {
		select {
		case <-tick.C:
		case <-deadline.C:
			t.Fatal("the newest hours do not get into blocks")
		}
	}
}

func written(dir string, until time.Time) bool {
	metas, _ := filepath.Glob(filepath.Join(dir, "01*", "meta.json"))
	for _, name := range metas {
		var meta struct {
			MaxTime int64 `json:"maxTime"`
		}
		b, err := os.ReadFile(name)
		if err == nil && json.Unmarshal(b, &meta) == nil && meta.MaxTime >= until.UnixMilli() {
			return true
		}
	}
	return false
}
