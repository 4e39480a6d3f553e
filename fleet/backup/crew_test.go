package backup

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/link/pki"
	"github.com/adit-mining/adit/store/sqldb"
)

var crewOwn = map[string]string{
	"coop/coordinator.yaml": "pools: []", "coop/switch.json": `{"on":true}`, "coop/enrol.key": "key", "token": "secret",
}

// newCrew puts a coordinator's folders into a data directory.
func newCrew(t *testing.T, dir string) *Crew {
	t.Helper()
	must(t, os.MkdirAll(filepath.Join(dir, "coop"), 0o700))
	path := filepath.Join(dir, filepath.FromSlash(crewDatabase))
	db, err := sqldb.Open(t.Context(), path, sqldb.Options{})
	must(t, err)
	_, err = db.Exec(t.Context(), `INSERT INTO account_token (id, name, hash, scopes, created_at) VALUES ('c', 'crew', 'c', 'read', 1)`)
	must(t, errors.Join(err, db.Close()))
	for name, c := range crewOwn {
		put(t, dir, name, c)
	}
	ca := pki.At(filepath.Join(dir, crewPKI), pki.Options{})
	_, err = ca.Init(t.Context(), pki.InitOptions{})
	must(t, err)
	return &Crew{
		CopyDB: func(ctx context.Context, to string) error { return sqldb.CopyFile(ctx, path, to) },
		CopyLedger: func(_ context.Context, to string) error {
			put(t, to, "00000001.seg.gz", "first shares")
			put(t, to, "00000002.seg", "newest shares")
			put(t, to, "00000003.seg.tmp", "nothing of an archive")
			return nil
		},
		CopyPKI: ca.Copy,
	}
}

func archiveOf(t *testing.T, s Source) string {
	t.Helper()
	s.At = at
	a, err := Make(t.Context(), s)
	must(t, err)
	path := filepath.Join(t.TempDir(), a.Name())
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o600)
	must(t, err)
	_, err = a.WriteTo(f)
	must(t, errors.Join(err, f.Close(), a.Close()))
	return path
}

// TestCrewComesBack: a coordinator that runs alone, onto an empty data directory and onto one that has another crew and a
// hub beside it. The hub's part stays, nothing of the other crew does.
func TestCrewComesBack(t *testing.T) {
	from := t.TempDir()
	path := archiveOf(t, Source{Dir: from, Crew: newCrew(t, from), Root: from})
	m, err := Check(path)
	if err != nil || !m.Crew || m.Format != 2 || m.Schema != sqldb.Version() || len(m.databases()) != 1 {
		t.Fatalf("%+v, %v", m, err)
	}
	other := newHome(t)
	must(t, errors.Join(other.series.Close(), other.db.Close()))
	newCrew(t, other.dir)
	put(t, other.dir, "coop/ledger/00000009.seg", "another crew's")
	put(t, other.dir, crewDatabase+"-wal", "another crew's")
	for _, dir := range []string{t.TempDir(), other.dir} {
		var finished []string
		rep, err := Restore{Dir: dir, Root: from, Finish: func(_ context.Context, p string, _ Manifest) error {
			finished = append(finished, filepath.Base(p))
			return nil
		}}.Run(t.Context(), path)
		if err != nil || strings.Join(finished, " ") != "coop.db" {
			t.Fatalf("%+v, %q, %v", rep, finished, err)
		}
		for name, want := range map[string]string{
			"coop/ledger/00000001.seg.gz": "first shares", "coop/ledger/00000002.seg": "newest shares", "coop/ledger/00000009.seg": "",
			"coop/ledger/00000003.seg.tmp": "", "coop/coordinator.yaml": "pools: []", "coop/switch.json": `{"on":true}`, "coop/enrol.key": "key",
			crewDatabase + "-wal": "", "pki/ca.key": content(t, from, "pki/ca.key"), "pki/issued.json": content(t, from, "pki/issued.json"),
		} {
			if got := content(t, dir, name); got != want {
				t.Errorf("%s is %q, want %q", name, got, want)
			}
		}
		onlyOwners(t, dir)
	}
	if got := tokens(t, other.dir); got != "first" {
		t.Errorf("the hub's database holds %q", got)
	}
	if content(t, other.dir, "agent/buffer/1.seg") == "" {
		t.Error("the hub's buffer went")
	}
	if content(t, other.dir, "token") != crewOwn["token"] {
		t.Error("the token of another computer came along")
	}
}

// TestHubWithCrew: both in one archive; a hub without a crew makes archives that an older adit reads, and leaves a crew
// alone.
func TestHubWithCrew(t *testing.T) {
	h := newHome(t)
	path := h.file(t, false)
	if m, err := Check(path); err != nil || m.Crew || m.Format != 1 {
		t.Fatalf("%+v, %v", m, err)
	}
	crew := newCrew(t, h.dir)
	_, err := Restore{Dir: h.dir, Root: h.root}.Run(t.Context(), path)
	must(t, err)
	if content(t, h.dir, "coop/switch.json") == "" || content(t, h.dir, "pki/ca.key") == "" {
		t.Error("a backup without a crew took the crew away")
	}
	both := archiveOf(t, Source{Dir: h.dir, Root: h.root, Crew: crew, CopyDB: func(ctx context.Context, to string) error {
		return sqldb.CopyFile(ctx, filepath.Join(h.dir, database), to)
	}})
	dir := t.TempDir()
	rep, err := Restore{Dir: dir, Root: h.root, SameMachine: true}.Run(t.Context(), both)
	must(t, err)
	if got := tokens(t, dir); got != "first" || content(t, dir, "token") == "" || content(t, dir, "coop/ledger/00000002.seg") == "" {
		t.Errorf("%q, %+v", got, rep)
	}
	must(t, h.db.Close())
}

// TestCrewElsewhere: with PostgreSQL there is a crew and no database in the archive, and it says so.
func TestCrewElsewhere(t *testing.T) {
	from := t.TempDir()
	crew := newCrew(t, from)
	crew.CopyDB, crew.Elsewhere = nil, "the database"
	path := archiveOf(t, Source{Dir: from, Crew: crew, Root: from})
	m, err := Check(path)
	if err != nil || m.Elsewhere != "the database" || m.Schema != 0 {
		t.Fatalf("%+v, %v", m, err)
	}
	dir := t.TempDir()
	_, err = Restore{Dir: dir, Root: from}.Run(t.Context(), path)
	must(t, err)
	if content(t, dir, crewDatabase) != "" || content(t, dir, "pki/ca.crt") == "" {
		t.Error("what is there is not what was in it")
	}
}

// TestCrewRefusals: members that no backup holds, and a crew in what says to hold none.
func TestCrewRefusals(t *testing.T) {
	for _, name := range []string{"pki/../token2", "pki/.lock", "coop/ledger/1.seg", "coop/ledger/00000001.seg/x", "coop/runtime.json", "pki/x/ca.key"} {
		if known(name) {
			t.Errorf("%q passes", name)
		}
	}
	digest := strings.Repeat("0", 64)
	m := Manifest{Program: "adit", Format: 1, Members: []Member{{Name: database, SHA256: digest}, {Name: "pki/ca.key", SHA256: digest}}}
	if err := m.check(); adit.CodeOf(err) != adit.Invalid {
		t.Errorf("a crew in a backup without one: %v", err)
	}
	m.Crew = true
	must(t, m.check())
	m.Members[1].Size = maxSmall + 1
	if err := m.check(); adit.CodeOf(err) != adit.Invalid {
		t.Errorf("a key of 16 MiB: %v", err)
	}
	from := t.TempDir()
	crew := newCrew(t, from)
	crew.CopyLedger = func(context.Context, string) error { return errors.New("no") }
	if _, err := Make(t.Context(), Source{Dir: from, Crew: crew, At: at}); err == nil || !strings.Contains(err.Error(), "coop/ledger") {
		t.Errorf("%v", err)
	}
	left, _ := filepath.Glob(filepath.Join(from, scratch+"*"))
	if len(left) != 0 {
		t.Errorf("left: %v", left)
	}
}
