package account

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/store/sqldb"
	"github.com/adit-mining/adit/store/sqldb/sqltest"
)

// notes is a journal in memory.
type notes struct{ lines []string }

func (n *notes) Note(_ context.Context, actor adit.Actor, kind, _, subject, text string, data map[string]string) error {
	n.lines = append(n.lines, fmt.Sprint(actor.ID, kind, subject, text, data))
	return nil
}

func TestTokens(t *testing.T) {
	sqltest.Each(t, func(t *testing.T, db *sqldb.DB) {
		ctx, owner := context.Background(), adit.LocalOwner("terminal")
		f := open(t, db, filepath.Join(t.TempDir(), "token"))
		book := &notes{}
		f.o.Journal = book
		tok, secret, err := f.NewToken(ctx, owner, TokenWish{Name: " grafana ", Scopes: []adit.Scope{adit.ScopeMetrics}, Expires: 90 * 24 * time.Hour})
		if err != nil || tok.Name != "grafana" || !strings.HasPrefix(secret, "adit_") || len(secret) != 48 || tok.ExpiresAt.Sub(f.now) != 90*24*time.Hour {
			t.Fatalf("%+v %q %v", tok, secret, err)
		}
		for _, c := range []Credentials{{Bearer: secret}, {Password: secret}} {
			a, err := f.Authenticate(ctx, c)
			if err != nil || a.ID != "token:"+tok.ID || a.Name != "grafana" || a.May(adit.ScopeMetrics) != nil || a.May(adit.ScopeRead) == nil {
				t.Errorf("%+v %v", a, err)
			}
		}
		var kept string
		if err := db.QueryRow(ctx, `SELECT hash FROM account_token`).Scan(&kept); err != nil || strings.Contains(kept, secret[5:]) || len(kept) != 64 {
			t.Errorf("the database holds %q, %v", kept, err)
		}
		list, err := f.Tokens(ctx, owner)
		if err != nil || len(list) != 1 || list[0].UsedAt == nil || !list[0].UsedAt.Equal(f.now) || !slices.Equal(list[0].Scopes, tok.Scopes) {
			t.Errorf("%+v %v", list, err)
		}
		f.now = f.now.Add(90 * 24 * time.Hour)
		if _, err := f.Authenticate(ctx, Credentials{Bearer: secret}); adit.CodeOf(err) != adit.Unauthorized {
			t.Errorf("a token does not end: %v", err)
		}
		tok, secret, err = f.NewToken(ctx, owner, TokenWish{Scopes: []adit.Scope{adit.ScopeControl, adit.ScopeControl}})
		if err != nil || tok.ExpiresAt != nil || !slices.Equal(tok.Scopes, []adit.Scope{adit.ScopeControl, adit.ScopeRead}) || tok.Name == "" {
			t.Errorf("%+v %v", tok, err)
		}
		ended, stop := f.Ended(Credentials{Bearer: secret})
		defer stop()
		if err := f.Revoke(ctx, owner, tok.ID); err != nil {
			t.Fatal(err)
		}
		select {
		case <-ended:
		default:
			t.Error("who waits for the end of a token is not told")
		}
		if _, err := f.Authenticate(ctx, Credentials{Bearer: secret}); adit.CodeOf(err) != adit.Unauthorized {
			t.Errorf("a revoked token works: %v", err)
		}
		if err := f.Revoke(ctx, owner, tok.ID); adit.CodeOf(err) != adit.NotFound {
			t.Errorf("twice: %v", err)
		}
		if all := strings.Join(book.lines, "\n"); len(book.lines) != 3 || strings.Contains(all, secret[5:20]) || !strings.Contains(all, "token.revoked") {
			t.Errorf("the journal says %q", all)
		}
	})
}

func TestTokensRefused(t *testing.T) {
	ctx, owner := context.Background(), adit.LocalOwner("terminal")
	f := open(t, sqltest.Open(t, sqltest.SQLite(t)), filepath.Join(t.TempDir(), "token"))
	metrics := []adit.Scope{adit.ScopeMetrics}
	for field, w := range map[string]TokenWish{
		"scopes":    {},
		"name":      {Scopes: metrics, Name: "a\nb"},
		"expiresIn": {Scopes: metrics, Expires: time.Second},
	} {
		_, _, err := f.NewToken(ctx, owner, w)
		if e, ok := adit.AsError(err); !ok || e.Code != adit.Invalid || e.Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
	for _, w := range []TokenWish{{Scopes: []adit.Scope{"root"}}, {Scopes: metrics, Name: strings.Repeat("a", 65)}, {Scopes: metrics, Expires: 2 * maxLife}} {
		if _, _, err := f.NewToken(ctx, owner, w); adit.CodeOf(err) != adit.Invalid {
			t.Errorf("%+v: %v", w, err)
		}
	}
	reader := adit.Actor{ID: "r", Name: "r", Scopes: []adit.Scope{adit.ScopeRead, adit.ScopeControl, adit.ScopeMetrics}}
	_, _, err := f.NewToken(ctx, reader, TokenWish{Scopes: metrics})
	_, listing := f.Tokens(ctx, reader)
	_, logins := f.Logins(ctx, reader, Credentials{})
	for name, err := range map[string]error{"create": err, "list": listing, "revoke": f.Revoke(ctx, reader, "x"), "logins": logins, "end": f.EndLogin(ctx, reader, "x")} {
		if adit.CodeOf(err) != adit.Forbidden {
			t.Errorf("%s by a reader: %v", name, err)
		}
	}
	for range maxTokens {
		if _, _, err := f.NewToken(ctx, owner, TokenWish{Scopes: metrics}); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := f.NewToken(ctx, owner, TokenWish{Scopes: metrics}); adit.CodeOf(err) != adit.Conflict {
		t.Errorf("tokens without end: %v", err)
	}
	for _, bad := range []string{"adit_", "adit_" + strings.Repeat("a", 43), "adit_" + strings.Repeat("a", 1<<20)} {
		if _, err := f.Authenticate(ctx, Credentials{Bearer: bad}); adit.CodeOf(err) != adit.Unauthorized {
			t.Errorf("a made-up token: %v", err)
		}
	}
}

func TestLogins(t *testing.T) {
	sqltest.Each(t, func(t *testing.T, db *sqldb.DB) {
		ctx, owner := context.Background(), adit.LocalOwner("terminal")
		f := open(t, db, filepath.Join(t.TempDir(), "token"))
		first, _, err := f.Redeem(ctx, f.token, "Firefox\x1b[2J "+strings.Repeat("x", 500))
		if err != nil {
			t.Fatal(err)
		}
		f.now = f.now.Add(time.Minute)
		second, _, err := f.Redeem(ctx, f.token, "curl")
		if err != nil {
			t.Fatal(err)
		}
		list, err := f.Logins(ctx, owner, Credentials{Cookie: first})
		if err != nil || len(list) != 2 || list[0].Agent != "curl" || list[0].Current || !list[1].Current || list[1].SeenAt != nil {
			t.Fatalf("%+v %v", list, err)
		}
		if a := list[1].Agent; !strings.HasPrefix(a, "Firefox[2J x") || len(a) != maxAgent {
			t.Errorf("kept of the browser's name: %q", a)
		}
		ended, stop := f.Ended(Credentials{Cookie: first})
		defer stop()
		if err := f.EndLogin(ctx, owner, list[1].ID); err != nil {
			t.Fatal(err)
		}
		select {
		case <-ended:
		default:
			t.Error("the browser's open connections are not told")
		}
		if _, err := f.Authenticate(ctx, Credentials{Cookie: first}); adit.CodeOf(err) != adit.Unauthorized {
			t.Errorf("a login that was ended works: %v", err)
		}
		if _, err := f.Authenticate(ctx, Credentials{Cookie: second}); err != nil {
			t.Errorf("the other login: %v", err)
		}
		if err := f.EndLogin(ctx, owner, list[1].ID); adit.CodeOf(err) != adit.NotFound {
			t.Errorf("twice: %v", err)
		}
	})
}

// TestForgottenWatchers: a wish that was forgotten leaves nothing behind.
func TestForgottenWatchers(t *testing.T) {
	var w watchers
	_, a := w.add("x")
	ended, b := w.add("x")
	a()
	a()
	w.end("x")
	<-ended
	b()
	if len(w.open) != 0 {
		t.Errorf("%v", w.open)
	}
}

// A database that cannot be written, on a full disk say, must not sign everybody out.
func TestEntryWithoutWriting(t *testing.T) {
	ctx, owner := context.Background(), adit.LocalOwner("terminal")
	db := sqltest.Open(t, sqltest.SQLite(t))
	f := open(t, db, filepath.Join(t.TempDir(), "token"))
	cookie, _, err := f.Redeem(ctx, f.token, "")
	if err != nil {
		t.Fatal(err)
	}
	_, secret, err := f.NewToken(ctx, owner, TokenWish{Scopes: []adit.Scope{adit.ScopeRead}})
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range []string{"account_session", "account_token"} {
		if _, err := db.Exec(ctx, `CREATE TRIGGER full_`+table+` BEFORE UPDATE ON `+table+` BEGIN SELECT RAISE(ABORT, 'full'); END`); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []Credentials{{Cookie: cookie}, {Bearer: secret}} {
		if _, err := f.Authenticate(ctx, c); err != nil {
			t.Errorf("%+v: %v", c, err)
		}
	}
	list, err := f.Tokens(ctx, owner)
	if err != nil || len(list) != 1 || list[0].UsedAt != nil {
		t.Errorf("the last use was written after all: %+v, %v", list, err)
	}
}
