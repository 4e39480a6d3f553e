package tsdb_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/adit-mining/adit/store/tsdb"
)

// TestSnapshotIsADatabase: a copy made while samples come holds those that were there, and opens by itself; that of an
// empty database too.
func TestSnapshotIsADatabase(t *testing.T) {
	now := &clock{noon.Add(time.Minute)}
	db := open(t, t.TempDir(), tsdb.Options{Now: now.now})
	empty := filepath.Join(t.TempDir(), "empty")
	if err := db.Snapshot(t.Context(), empty); err != nil {
		t.Fatal(err)
	}
	k := tsdb.MustKey("adit_watts", "device", "d")
	put(t, db, at(k, noon, 7))
	copied := filepath.Join(t.TempDir(), "copy")
	if err := db.Snapshot(t.Context(), copied); err != nil {
		t.Fatal(err)
	}
	put(t, db, at(k, noon.Add(30*time.Second), 8))
	for dir, want := range map[string]int{empty: 0, copied: 1} {
		got, err := open(t, dir, tsdb.Options{Now: now.now}).Instant(t.Context(), "adit_watts", noon.Add(time.Minute))
		if err != nil || len(got) != want {
			t.Fatalf("%v, %v; want %d series", got, err, want)
		}
		if want == 1 && values(got[0]) != "7" {
			t.Errorf("it holds %s", values(got[0]))
		}
	}
}
