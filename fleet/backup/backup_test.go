package backup

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/store/sqldb"
	"github.com/adit-mining/adit/store/tsdb"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var at = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

const machine = "0123456789abcdef0123456789abcdef\n"

// home is a data directory with everything in it.
type home struct {
	dir, root string
	db        *sqldb.DB
	series    *tsdb.Local
	notes     []string
}

// Note implements Journal.
func (h *home) Note(_ context.Context, _ adit.Actor, kind, _, _, _ string, _ map[string]string) error {
	h.notes = append(h.notes, kind)
	return nil
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func put(t testing.TB, dir, name, content string) {
	t.Helper()
	p := filepath.Join(dir, filepath.FromSlash(name))
	must(t, os.MkdirAll(filepath.Dir(p), 0o700))
	must(t, os.WriteFile(p, []byte(content), 0o600))
}

func content(t testing.TB, dir, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
	if errors.Is(err, os.ErrNotExist) {
		return ""
	}
	must(t, err)
	return string(b)
}

var files = map[string]string{
	"policy.json": `{"p":1}`, "agent/rig.json": `{"id":"r"}`,
	"consent.json": `{"granted":true}`, "pause.json": `{}`, "token": "secret", "agent/desired.json": `{"programs":[]}`,
}

func newHome(t *testing.T) *home {
	t.Helper()
	h := &home{dir: t.TempDir(), root: t.TempDir()}
	put(t, h.root, "etc/machine-id", machine)
	var err error
	h.db, err = sqldb.Open(t.Context(), filepath.Join(h.dir, database), sqldb.Options{})
	must(t, err)
	h.series, err = tsdb.Open(filepath.Join(h.dir, series), tsdb.Options{Now: func() time.Time { return at }})
	must(t, err)
	t.Cleanup(func() { _ = errors.Join(h.series.Close(), h.db.Close()) })
	for name, c := range files {
		put(t, h.dir, name, c)
	}
	put(t, h.dir, "agent/buffer/1.seg", "frames")
	h.remember(t, "first")
	_, err = h.series.Append(t.Context(), []tsdb.Sample{{Key: tsdb.MustKey("adit_hashrate", "device", "d"), At: at.Add(-time.Minute), Value: 812}})
	must(t, err)
	return h
}

func (h *home) remember(t *testing.T, name string) {
	t.Helper()
	_, err := h.db.Exec(t.Context(), `INSERT INTO account_token (id, name, hash, scopes, created_at) VALUES (?, ?, ?, 'read', 1)`, name, name, name)
	must(t, err)
}

func (h *home) service() *Service {
	return New(Options{Dir: h.dir, DB: h.db, Series: h.series, Journal: h, Root: h.root, Now: func() time.Time { return at }})
}

// file makes a backup of the running home.
func (h *home) file(t *testing.T, history bool) string {
	t.Helper()
	job, err := h.service().Prepare(t.Context(), adit.LocalOwner("test"), history)
	must(t, err)
	var b bytes.Buffer
	must(t, job.Send(t.Context(), &b))
	must(t, job.Close())
	path := filepath.Join(t.TempDir(), job.Name())
	must(t, os.WriteFile(path, b.Bytes(), 0o600))
	return path
}

// names of the tokens in a data directory's database.
func tokens(t *testing.T, dir string) string {
	t.Helper()
	db, err := sqldb.Open(t.Context(), filepath.Join(dir, database), sqldb.Options{})
	must(t, err)
	defer func() { must(t, db.Close()) }()
	var s string
	must(t, db.QueryRow(t.Context(), `SELECT coalesce(group_concat(name, ' '), '') FROM (SELECT name FROM account_token ORDER BY name)`).Scan(&s))
	return s
}

func hashrate(t *testing.T, dir string) float64 {
	t.Helper()
	s, err := tsdb.Open(filepath.Join(dir, series), tsdb.Options{Now: func() time.Time { return at }})
	must(t, err)
	defer func() { must(t, s.Close()) }()
	got, err := s.Instant(t.Context(), `adit_hashrate{device="d"}`, at)
	must(t, err)
	if len(got) != 1 || len(got[0].Points) != 1 || got[0].Points[0].Value == nil {
		return -1
	}
	return *got[0].Points[0].Value
}

// tree is every file of a data directory with its content, but for what restores leave aside.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	must(t, filepath.WalkDir(dir, func(p string, d os.DirEntry, err error) error {
		rel, _ := filepath.Rel(dir, p)
		if err != nil || d.IsDir() {
			return err
		}
		out[filepath.ToSlash(rel)] = content(t, dir, rel)
		return nil
	}))
	return out
}

// TestEverythingComesBack: backup of a running adit, wipe, restore on the same computer and on another.
func TestEverythingComesBack(t *testing.T) {
	h := newHome(t)
	path := h.file(t, true)
	h.remember(t, "later") // after the backup
	m, err := Check(path)
	if err != nil || !m.History || m.Schema != sqldb.Version() || m.Machine == "" || strings.Contains(m.Machine, machine[:16]) {
		t.Fatalf("%+v, %v", m, err)
	}
	for _, same := range []bool{true, false} {
		dir := t.TempDir()
		finished := ""
		rep, err := Restore{Dir: dir, Root: h.root, SameMachine: same, Finish: func(_ context.Context, p string, _ Manifest) error {
			finished = filepath.Base(p)
			return nil
		}}.Run(t.Context(), path)
		if err != nil || finished != database || rep.Aside != "" {
			t.Fatalf("same %v: %+v, %v", same, rep, err)
		}
		if got := tokens(t, dir); got != "first" {
			t.Errorf("the database holds %q", got)
		}
		if got := hashrate(t, dir); got != 812 {
			t.Errorf("the hashrate was %v", got)
		}
		for name, want := range files {
			if !same && slices.Contains(local, name) {
				want = ""
			}
			if got := content(t, dir, name); got != want {
				t.Errorf("same %v: %s is %q, want %q", same, name, got, want)
			}
		}
		if same == (len(rep.LeftOut) > 0) {
			t.Errorf("same %v: left out %v", same, rep.LeftOut)
		}
		onlyOwners(t, dir)
	}
}

func onlyOwners(t *testing.T, dir string) {
	t.Helper()
	must(t, filepath.WalkDir(dir, func(p string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if info, err := d.Info(); err == nil && info.Mode().Perm()&0o077 != 0 && p != dir && !strings.Contains(p, "/tsdb/") {
			t.Errorf("%s is open to others: %v", p, info.Mode())
		}
		return nil
	}))
}

// TestWhatWasThereStaysAside: what is replaced is kept, once; what is not in the backup is left alone.
func TestWhatWasThereStaysAside(t *testing.T) {
	h := newHome(t)
	path := h.file(t, false)
	h.remember(t, "later")
	must(t, errors.Join(h.series.Close(), h.db.Close()))
	put(t, h.dir, "consent.json", "mine")
	put(t, h.dir, "before-restore-20200101T000000.000Z/adit.db", "older")
	rep, err := Restore{Dir: h.dir, Root: h.root}.Run(t.Context(), path)
	must(t, err)
	if got := tokens(t, h.dir); got != "first" {
		t.Errorf("the database holds %q", got)
	}
	if got := tokens(t, rep.Aside); got != "first later" {
		t.Errorf("aside lies %q", got)
	}
	if got := content(t, h.dir, "consent.json"); got != "mine" {
		t.Errorf("this computer's own consent is %q", got)
	}
	if got := hashrate(t, h.dir); got != 812 {
		t.Errorf("history that was not in the backup is gone: %v", got)
	}
	if content(t, h.dir, "agent/buffer/1.seg") != "" || content(t, rep.Aside, "agent/buffer/1.seg") == "" {
		t.Error("the buffer was not put aside")
	}
	left, _ := filepath.Glob(filepath.Join(h.dir, "*restore*"))
	if len(left) != 1 || left[0] != rep.Aside {
		t.Errorf("left: %v", left)
	}
}

func TestServiceAsksAndRemembers(t *testing.T) {
	h := newHome(t)
	put(t, h.dir, ".backup-left/adit.db", "of an interrupted backup")
	s := h.service()
	if content(t, h.dir, ".backup-left/adit.db") != "" {
		t.Error("what an interrupted backup left is still there")
	}
	nobody := adit.Actor{}
	if _, err := s.Prepare(t.Context(), nobody, false); adit.CodeOf(err) == "" {
		t.Error("anybody may make a backup")
	}
	reader := adit.Actor{ID: "r", Scopes: []adit.Scope{adit.ScopeRead, adit.ScopeControl}}
	if _, err := s.Prepare(t.Context(), reader, false); adit.CodeOf(err) != adit.Forbidden {
		t.Errorf("a reader's backup: %v", err)
	}
	st, err := s.Status(t.Context(), reader)
	if err != nil || st.Last != nil || st.DatabaseBytes == nil || st.HistoryBytes == nil || len(st.Copies) != 0 {
		t.Errorf("before: %+v, %v", st, err)
	}
	job, err := s.Prepare(t.Context(), adit.LocalOwner("test"), false)
	must(t, err)
	if _, err := s.Prepare(t.Context(), adit.LocalOwner("test"), false); adit.CodeOf(err) != adit.Conflict {
		t.Errorf("two at once: %v", err)
	}
	if err := job.Send(t.Context(), &broken{after: 1000}); err == nil || Last(h.dir) != nil {
		t.Errorf("half a backup is remembered as one: %v, %+v", err, Last(h.dir))
	}
	must(t, job.Send(t.Context(), new(bytes.Buffer)))
	must(t, job.Close())
	put(t, h.dir, "adit.db.before-20260101000000", "x")
	st, err = s.Status(t.Context(), reader)
	if err != nil || st.Last == nil || !st.Last.At.Equal(at) || len(st.Copies) != 1 || st.Copies[0].Bytes != 1 {
		t.Errorf("after: %+v, %v", st, err)
	}
	if !slices.Equal(h.notes, []string{"backup.made"}) {
		t.Errorf("noted: %v", h.notes)
	}
}

// broken fails after some bytes.
type broken struct{ after int }

func (b *broken) Write(p []byte) (int, error) {
	if b.after -= len(p); b.after < 0 {
		return 0, errors.New("the line is dead")
	}
	return len(p), nil
}

// TestRefusals: each leaves the data directory as it was.
func TestRefusals(t *testing.T) {
	h := newHome(t)
	path := h.file(t, true)
	must(t, errors.Join(h.series.Close(), h.db.Close()))
	before := tree(t, h.dir)
	other := t.TempDir()
	put(t, other, "etc/machine-id", strings.Repeat("f", 32))
	for name, r := range map[string]Restore{
		"another computer": {Dir: h.dir, Root: other, SameMachine: true},
		"refused database": {Dir: h.dir, Root: h.root, Finish: func(context.Context, string, Manifest) error { return errors.New("no") }},
	} {
		if _, err := r.Run(t.Context(), path); err == nil {
			t.Errorf("%s: restored", name)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := (Restore{Dir: h.dir, Root: h.root}).Run(ctx, path); !errors.Is(err, context.Canceled) {
		t.Errorf("called off: %v", err)
	}
	if _, err := (Restore{Dir: h.dir, Root: h.root}).Run(t.Context(), path+".none"); adit.CodeOf(err) != adit.NotFound {
		t.Errorf("no file: %v", err)
	}
	same(t, before, tree(t, h.dir))
}

func same(t *testing.T, before, after map[string]string) {
	t.Helper()
	for name := range after {
		if _, ok := before[name]; !ok {
			t.Errorf("%s is new", name)
		}
	}
	for name, c := range before {
		if after[name] != c {
			t.Errorf("%s changed or went", name)
		}
	}
}
