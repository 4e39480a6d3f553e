package app

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop"
	"github.com/adit-mining/adit/coop/ledger"
	"github.com/adit-mining/adit/store/sqldb"
)

// TestVerifyCrewAtRest reads what a coordinator left without changing a byte, tells damage from health, and keeps away
// from one that runs.
func TestVerifyCrewAtRest(t *testing.T) {
	dir := t.TempDir()
	if _, err := VerifyCrew(t.Context(), dir, ""); adit.CodeOf(err) != adit.NotFound || !strings.Contains(HintOf(err).Try, "adit coordinator") {
		t.Errorf("nothing there: %v", err)
	}
	if _, err := os.Stat(CoopDir(dir)); err == nil {
		t.Error("asking made a folder")
	}
	shares := filepath.Join(CoopDir(dir), "ledger")
	l, err := ledger.Open(t.Context(), ledger.Options{Dir: shares})
	if err != nil {
		t.Fatal(err)
	}
	for n := range uint64(200) {
		done := make(chan error, 1)
		l.Append(coop.ShareRecord{At: time.Now(), Member: "alice", WorkSeq: 1, Key: n, Difficulty: adit.HashesOf(7), Network: adit.HashesOf(1000)},
			func(_ uint64, err error) { done <- err })
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := VerifyCrew(t.Context(), dir, ""); adit.CodeOf(err) != adit.NotFound || !strings.Contains(HintOf(err).Try, "--config") {
		t.Errorf("no database: %v", err)
	}
	db, err := sqldb.Open(t.Context(), filepath.Join(CoopDir(dir), "coop.db"), sqldb.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	segment := filepath.Join(shares, "00000001.seg")
	read := func() string {
		t.Helper()
		a, err := os.ReadFile(segment)
		if err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(filepath.Join(CoopDir(dir), "coop.db"))
		if err != nil {
			t.Fatal(err)
		}
		return string(a) + string(b)
	}
	before := read()
	if v, err := VerifyCrew(t.Context(), dir, ""); err != nil || !v.OK || v.Records != 200 || v.Head == "" {
		t.Errorf("%+v, %v", v, err)
	}
	if read() != before {
		t.Error("verifying changed a file")
	}
	lock, err := TakeCoopLock(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := VerifyCrew(t.Context(), dir, ""); adit.CodeOf(err) != adit.Conflict {
		t.Errorf("while a coordinator runs: %v", err)
	}
	if err := lock.Release(); err != nil {
		t.Fatal(err)
	}
	raw := []byte(before[:strings.Index(before, "SQLite format 3")])
	raw[3000] ^= 1
	if err := os.WriteFile(segment, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	if v, err := VerifyCrew(t.Context(), dir, ""); err != nil || v.OK || len(v.Errors) != 1 || !strings.Contains(v.Errors[0], "is damaged") {
		t.Errorf("damaged: %+v, %v", v, err)
	}
}
