package account

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/store/sqldb"
	"github.com/adit-mining/adit/store/sqldb/sqltest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fixture is a service with a clock that the test sets.
type fixture struct {
	*Service
	now   time.Time
	token string
	file  string
}

func open(t *testing.T, db *sqldb.DB, file string) *fixture {
	t.Helper()
	f := &fixture{now: time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC), file: file}
	s, err := Open(context.Background(), Options{DB: db, TokenFile: file, Now: func() time.Time { return f.now }})
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	f.Service, f.token = s, strings.TrimSpace(string(b))
	return f
}

func TestTokenFile(t *testing.T) {
	db := sqltest.Open(t, sqltest.SQLite(t))
	file := filepath.Join(t.TempDir(), "token")
	f := open(t, db, file)
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if len(f.token) != 43 {
		t.Errorf("a token of %d characters is not 32 bytes of base64url", len(f.token))
	}
	if err := os.Chmod(file, 0o644); err != nil {
		t.Fatal(err)
	}
	if again := open(t, db, file); again.token != f.token {
		t.Error("the token changed with a restart")
	}
	if info, _ := os.Stat(file); info.Mode().Perm() != 0o600 {
		t.Error("a token file open to others is left so")
	}
	for _, bad := range []string{"", "short", strings.Repeat("?", 43)} {
		if err := os.WriteFile(file, []byte(bad), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(context.Background(), Options{DB: db, TokenFile: file}); adit.CodeOf(err) != adit.Invalid {
			t.Errorf("a token file with %q: %v", bad, err)
		}
	}
}

func TestAuthenticate(t *testing.T) {
	f := open(t, sqltest.Open(t, sqltest.SQLite(t)), filepath.Join(t.TempDir(), "token"))
	ctx := context.Background()
	for name, c := range map[string]Credentials{
		"nothing": {}, "another bearer": {Bearer: f.token + "x"}, "another password": {Password: "x"}, "another cookie": {Cookie: "x"},
		"the token as a cookie": {Cookie: f.token}, "a huge cookie": {Cookie: strings.Repeat("x", 1<<20)}, "a prefix": {Bearer: f.token[:42]},
	} {
		if a, err := f.Authenticate(ctx, c); adit.CodeOf(err) != adit.Unauthorized || a.ID != "" {
			t.Errorf("%s: %+v, %v", name, a, err)
		}
	}
	for name, c := range map[string]Credentials{"bearer": {Bearer: f.token}, "password": {Password: f.token}} {
		if a, err := f.Authenticate(ctx, c); err != nil || a.May(adit.ScopeOwner) != nil {
			t.Errorf("%s: %+v, %v", name, a, err)
		}
	}
}

func TestLinksAndSessions(t *testing.T) {
	sqltest.Each(t, func(t *testing.T, db *sqldb.DB) {
		ctx, file := context.Background(), filepath.Join(t.TempDir(), "token")
		f := open(t, db, file)
		if _, _, err := f.NewLogin(ctx, adit.Actor{}); adit.CodeOf(err) != adit.Unauthorized {
			t.Errorf("nobody gets a link: %v", err)
		}
		if _, _, err := f.NewLogin(ctx, adit.Actor{ID: "x", Scopes: []adit.Scope{adit.ScopeRead}}); adit.CodeOf(err) != adit.Forbidden {
			t.Errorf("a reader gets a link: %v", err)
		}
		link, _, err := f.NewLogin(ctx, adit.LocalOwner("terminal"))
		if err != nil {
			t.Fatal(err)
		}
		cookie, until, err := f.Redeem(ctx, link, "")
		if err != nil || until.Sub(f.now) != SessionLife {
			t.Fatalf("%v %v", until, err)
		}
		if _, _, err := f.Redeem(ctx, link, ""); adit.CodeOf(err) != adit.Unauthorized {
			t.Errorf("a link works twice: %v", err)
		}
		if a, err := f.Authenticate(ctx, Credentials{Cookie: cookie}); err != nil || a.Via != "browser" {
			t.Errorf("%+v %v", a, err)
		}
		f = open(t, db, file) // a restart
		if _, err := f.Authenticate(ctx, Credentials{Cookie: cookie}); err != nil {
			t.Errorf("a restart ends sessions: %v", err)
		}
		var kept string
		if err := db.QueryRow(ctx, `SELECT hash FROM account_session`).Scan(&kept); err != nil || strings.Contains(kept, cookie) || len(kept) != 64 {
			t.Errorf("the database holds %q, %v", kept, err)
		}
		f.now = f.now.Add(SessionLife)
		if _, err := f.Authenticate(ctx, Credentials{Cookie: cookie}); adit.CodeOf(err) != adit.Unauthorized {
			t.Errorf("a session does not end: %v", err)
		}
		cookie, _, err = f.Redeem(ctx, f.token, "")
		if err != nil {
			t.Fatalf("the token of the file opens no session: %v", err)
		}
		if err := f.Logout(ctx, adit.LocalOwner("browser"), cookie); err != nil {
			t.Fatal(err)
		}
		if _, err := f.Authenticate(ctx, Credentials{Cookie: cookie}); adit.CodeOf(err) != adit.Unauthorized {
			t.Errorf("a session lives after its logout: %v", err)
		}
		var n int
		if err := db.QueryRow(ctx, `SELECT COUNT(*) FROM account_session`).Scan(&n); err != nil || n != 0 {
			t.Errorf("%d sessions stay for ever, %v", n, err)
		}
	})
}

func TestLinksExpireAndAreBounded(t *testing.T) {
	f := open(t, sqltest.Open(t, sqltest.SQLite(t)), filepath.Join(t.TempDir(), "token"))
	ctx, owner := context.Background(), adit.LocalOwner("terminal")
	link, until, err := f.NewLogin(ctx, owner)
	if err != nil || until.Sub(f.now) != LinkLife {
		t.Fatal(until, err)
	}
	for range maxLinks - 1 {
		if _, _, err := f.NewLogin(ctx, owner); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := f.NewLogin(ctx, owner); adit.CodeOf(err) != adit.Conflict {
		t.Errorf("links without end: %v", err)
	}
	f.now = until
	if _, _, err := f.Redeem(ctx, link, ""); adit.CodeOf(err) != adit.Unauthorized {
		t.Errorf("a link that is too old works: %v", err)
	}
	if _, _, err := f.NewLogin(ctx, owner); err != nil {
		t.Errorf("old links are in the way: %v", err)
	}
}

// TestNewTokenEndsSessions: who removes the token file shuts everybody out.
func TestNewTokenEndsSessions(t *testing.T) {
	db, file := sqltest.Open(t, sqltest.SQLite(t)), filepath.Join(t.TempDir(), "token")
	f := open(t, db, file)
	ctx := context.Background()
	cookie, _, err := f.Redeem(ctx, f.token, "")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	f = open(t, db, file)
	if _, err := f.Authenticate(ctx, Credentials{Cookie: cookie}); adit.CodeOf(err) != adit.Unauthorized {
		t.Errorf("%v", err)
	}
}
