package enrol_test

import (
	"context"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop"
	"github.com/adit-mining/adit/coop/coopv1"
	"github.com/adit-mining/adit/coop/enrol"
	"github.com/adit-mining/adit/coop/rpc"
	"github.com/adit-mining/adit/coop/view"
	"github.com/adit-mining/adit/link/pki"
	"github.com/adit-mining/adit/store/sqldb"
	"github.com/adit-mining/adit/store/sqldb/sqltest"
)

var owner = adit.LocalOwner("test")

// house is a coordinator's port that takes in members.
type house struct {
	t       *testing.T
	ca      *pki.Folder
	service *enrol.Service
	db      *sqldb.DB
	dir     string
	addr    string
	revoked *pki.Revocations

	mu    sync.Mutex
	ahead time.Duration
	terms enrol.Terms
	notes []string
}

func (h *house) now() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return time.Now().Add(h.ahead)
}

func (h *house) later(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ahead += d
}

func (h *house) setTerms(t enrol.Terms) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.terms = t
}

func (h *house) Note(_ context.Context, a adit.Actor, kind, _, subject, text string, data map[string]string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.notes = append(h.notes, a.Name+" "+kind+" "+subject+" "+text)
	return nil
}

// nobody is a crew that seats nobody: here only certificates count.
type nobody struct{}

func (nobody) Join(context.Context, coop.Gate, coop.Hello) (coop.Seat, error) {
	return nil, adit.Errorf(adit.Unreachable, "no work")
}

func open(t *testing.T, db *sqldb.DB) *house {
	t.Helper()
	h := &house{t: t, db: db, dir: t.TempDir(), terms: enrol.Terms{
		Operator: "Ada", ClusterID: "c1", ClusterName: "The Crew", Coin: "XMR", Algorithm: "rx/0", Fee: "1.5 %", PayoutRule: "PPLNS over two blocks",
	}}
	h.ca = pki.At(filepath.Join(h.dir, "pki"), pki.Options{Now: h.now})
	if _, err := h.ca.Init(t.Context(), pki.InitOptions{Client: "here"}); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	h.addr = l.Addr().String()
	h.service = h.open()
	if h.revoked, err = pki.WatchRevoked(h.ca.RevokedFile(), nil); err != nil {
		t.Fatal(err)
	}
	id, err := pki.Load(h.ca.ServerFiles(), pki.IdentityOptions{Now: h.now})
	if err != nil {
		t.Fatal(err)
	}
	server, err := rpc.New(rpc.Options{
		Crew: nobody{}, Identity: id, Revoked: h.revoked, Now: h.now,
		Register: func(r grpc.ServiceRegistrar) { coopv1.RegisterEnrolServer(r, h.service.Server()) },
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var owned sync.WaitGroup
	owned.Go(func() {
		if err := server.Serve(ctx, l); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(func() { cancel(); owned.Wait() })
	return h
}

func (h *house) open() *enrol.Service {
	h.t.Helper()
	s, err := enrol.New(enrol.Options{
		DB: h.db, CA: h.ca, Listen: h.addr, Dir: h.dir, Journal: h, Now: h.now,
		Terms: func() enrol.Terms { h.mu.Lock(); defer h.mu.Unlock(); return h.terms },
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return s
}

func (h *house) invite(r view.InviteRequest) view.NewInvite {
	h.t.Helper()
	n, err := h.service.Invite(h.t.Context(), owner, r)
	if err != nil {
		h.t.Fatal(err)
	}
	return n
}

func (h *house) options(code string) enrol.JoinOptions {
	return enrol.JoinOptions{Code: code, Data: h.t.TempDir(), Now: h.now, Agree: func(context.Context, enrol.Offer) error { return nil }}
}

func (h *house) states() (out []string) {
	h.t.Helper()
	list, err := h.service.Invites(h.t.Context(), owner)
	if err != nil {
		h.t.Fatal(err)
	}
	for _, i := range list {
		out = append(out, i.State)
	}
	return out
}

func wants(t *testing.T, err error, code adit.Code, parts ...string) {
	t.Helper()
	if adit.CodeOf(err) != code {
		t.Errorf("%v is %q, not %q", err, adit.CodeOf(err), code)
	}
	for _, p := range parts {
		if err == nil || !strings.Contains(err.Error(), p) {
			t.Errorf("%v says nothing of %q", err, p)
		}
	}
}

func TestJoin(t *testing.T) {
	t.Parallel()
	sqltest.Each(t, func(t *testing.T, db *sqldb.DB) {
		h := open(t, db)
		n := h.invite(view.InviteRequest{Name: "attic"})
		if n.State != "open" || n.By != "owner" || n.Uses != 1 || !strings.HasSuffix(n.Command, n.Code) {
			t.Errorf("%+v", n)
		}
		o := h.options(n.Code)
		var seen enrol.Offer
		o.Agree = func(_ context.Context, x enrol.Offer) error { seen = x; return nil }
		c, err := enrol.Join(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		if seen.Terms != h.terms || seen.Member != "attic" || seen.Address != h.addr {
			t.Errorf("%+v", seen)
		}
		if c.Member != "attic" || c.Coordinator != h.addr || c.TermsHash != h.terms.Hash() || c.AgreedAt.IsZero() {
			t.Errorf("%+v", c)
		}
		if back, err := enrol.Joined(o.Data); err != nil || back.Member != "attic" || back.Terms != h.terms {
			t.Errorf("%+v, %v", back, err)
		}
		files, err := enrol.WorkerFiles(o.Data)
		if err != nil || files != enrol.JoinedFiles(o.Data) {
			t.Error(files, err)
		}
		if runtime.GOOS != "windows" {
			for _, p := range []string{files.Cert, files.Key, files.CA, filepath.Join(o.Data, "worker", "crew.json")} {
				if i, err := os.Stat(p); err != nil || i.Mode().Perm() != 0o600 {
					t.Error(p, err)
				}
			}
		}
		list, err := h.service.Invites(t.Context(), owner)
		if err != nil || list[0].State != "used" || list[0].Used != 1 || list[0].UsedBy != "127.0.0.1" || list[0].UsedAt == nil {
			t.Errorf("%+v, %v", list, err)
		}
		if by, err := h.service.InvitedBy(t.Context()); err != nil || by["attic"] != "owner" {
			t.Error(by, err)
		}
		var hash, terms string
		var agreed int64
		if err := db.QueryRow(t.Context(), `SELECT terms_hash, terms, agreed_at FROM coop_invite_use WHERE name = ?`, "attic").Scan(&hash, &terms, &agreed); err != nil ||
			hash != h.terms.Hash() || !strings.Contains(terms, "PPLNS over two blocks") || agreed == 0 {
			t.Error(hash, terms, agreed, err)
		}
		_, err = enrol.Join(t.Context(), o)
		wants(t, err, adit.Conflict, "The Crew", "--again")
		o.Again = true
		_, err = enrol.Join(t.Context(), o)
		wants(t, err, adit.Forbidden, "does not hold")
		if len(h.notes) != 2 || !strings.Contains(h.notes[1], "coop.joined attic") {
			t.Errorf("%q", h.notes)
		}
	})
}

// TestSecretIsNotKept: neither the code nor its secret is in the database.
func TestSecretIsNotKept(t *testing.T) {
	t.Parallel()
	h := open(t, sqltest.Open(t, sqltest.SQLite(t)))
	n := h.invite(view.InviteRequest{})
	c, err := enrol.ParseCode(n.Code)
	if err != nil {
		t.Fatal(err)
	}
	var hash string
	if err := h.db.QueryRow(t.Context(), `SELECT hash FROM coop_invite WHERE id = ?`, n.ID).Scan(&hash); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(hash, string(c.Secret[:])) || strings.Contains(hash, n.Code) || len(hash) != 64 {
		t.Error(hash)
	}
	if err := os.Remove(filepath.Join(h.dir, "enrol.key")); err != nil {
		t.Fatal(err)
	}
	h.service = h.open() // another key: the same secret means nothing any more
	n2 := h.invite(view.InviteRequest{})
	if n2.Code == n.Code {
		t.Error("the same code twice")
	}
}

func TestWhatDoesNotHold(t *testing.T) {
	t.Parallel()
	h := open(t, sqltest.Open(t, sqltest.SQLite(t)))
	expired := h.invite(view.InviteRequest{Name: "a", Seconds: seconds(60)})
	h.later(2 * time.Minute)
	_, err := enrol.Join(t.Context(), h.options(expired.Code))
	wants(t, err, adit.Forbidden, "does not hold")
	revoked := h.invite(view.InviteRequest{Name: "b"})
	if err := h.service.RevokeInvite(t.Context(), owner, revoked.ID); err != nil {
		t.Fatal(err)
	}
	_, err = enrol.Join(t.Context(), h.options(revoked.Code))
	wants(t, err, adit.Forbidden, "does not hold")
	wants(t, h.service.RevokeInvite(t.Context(), owner, revoked.ID), adit.Conflict, "revoked already")
	wants(t, h.service.RevokeInvite(t.Context(), owner, "none"), adit.NotFound)
	if got := strings.Join(h.states(), " "); got != "revoked expired" {
		t.Error(got)
	}
	made := h.invite(view.InviteRequest{})
	c, _ := enrol.ParseCode(made.Code)
	c.Secret[0]++
	_, err = enrol.Join(t.Context(), h.options(c.String()))
	wants(t, err, adit.Forbidden, "does not hold")
	c.Secret[0]--
	c.Pin[0]++
	_, err = enrol.Join(t.Context(), h.options(c.String()))
	wants(t, err, adit.Forbidden, "not the coordinator of the invitation")
	c.Pin[0]--
	c.Port = 1
	_, err = enrol.Join(t.Context(), h.options(c.String()))
	wants(t, err, adit.Unreachable, "127.0.0.1:1")
	if h.states()[0] != "open" {
		t.Error("a failed try used the invitation up")
	}
}

// TestNoAgreementNothingDone: who does not agree leaves no trace, and the code still holds.
func TestNoAgreementNothingDone(t *testing.T) {
	t.Parallel()
	h := open(t, sqltest.Open(t, sqltest.SQLite(t)))
	n := h.invite(view.InviteRequest{Name: "attic"})
	o := h.options(n.Code)
	o.Agree = func(context.Context, enrol.Offer) error { return adit.Errorf(adit.NoConsent, "no") }
	_, err := enrol.Join(t.Context(), o)
	wants(t, err, adit.NoConsent)
	if _, err := enrol.Joined(o.Data); adit.CodeOf(err) != adit.NotFound || enrol.JoinedFiles(o.Data).There() || h.states()[0] != "open" {
		t.Error(err, h.states())
	}
	o.Agree = func(context.Context, enrol.Offer) error { // the operator changes the terms while they are read
		changed := h.terms
		changed.Fee = "50 %"
		h.setTerms(changed)
		return nil
	}
	_, err = enrol.Join(t.Context(), o)
	wants(t, err, adit.Conflict, "terms have changed")
	if h.states()[0] != "open" {
		t.Error("used up")
	}
}

func TestUsesAndNames(t *testing.T) {
	t.Parallel()
	h := open(t, sqltest.Open(t, sqltest.SQLite(t)))
	three := 3
	n := h.invite(view.InviteRequest{Uses: &three})
	join := func(name string) error {
		o := h.options(n.Code)
		o.Name = name
		c, err := enrol.Join(t.Context(), o)
		if err == nil && c.Member != name {
			t.Errorf("%+v", c)
		}
		return err
	}
	if err := join("one"); err != nil {
		t.Fatal(err)
	}
	wants(t, join("one"), adit.Conflict, "already", "--name")
	wants(t, join("coordinator"), adit.Invalid, "coordinator")
	wants(t, join("a/b"), adit.Invalid, "name")
	if _, err := h.ca.Revoke(t.Context(), "one", ""); err != nil {
		t.Fatal(err)
	}
	wants(t, join("one"), adit.Invalid, "revoked")
	var all sync.WaitGroup
	var mu sync.Mutex
	joined := 0
	for _, name := range []string{"two", "three", "four", "five"} { // two places are left
		all.Go(func() {
			if err := join(name); err == nil {
				mu.Lock()
				joined++
				mu.Unlock()
			} else if adit.CodeOf(err) != adit.Forbidden {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if joined != 2 || h.states()[0] != "used" {
		t.Errorf("%d joined, %v", joined, h.states())
	}
}

// TestLostAnswer: the same key gets its certificate again, another one does not.
func TestLostAnswer(t *testing.T) {
	t.Parallel()
	h := open(t, sqltest.Open(t, sqltest.SQLite(t)))
	n := h.invite(view.InviteRequest{Name: "attic"})
	c, _ := enrol.ParseCode(n.Code)
	conn, _, err := rpc.DialPinned(h.addr, c.Pin, h.now, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	api := coopv1.NewEnrolClient(conn)
	_, csr, err := pki.NewRequest("attic")
	if err != nil {
		t.Fatal(err)
	}
	const digits = "0123456789abcdef"
	secret := ""
	for _, b := range c.Secret {
		secret += string(digits[b>>4]) + string(digits[b&15])
	}
	ask := &coopv1.EnrolJoinRequest{Secret: secret, Csr: csr, TermsHash: h.terms.Hash()}
	for range 2 {
		if _, err := api.Join(t.Context(), ask); err != nil {
			t.Fatal(err)
		}
	}
	_, other, err := pki.NewRequest("attic")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := api.Join(t.Context(), &coopv1.EnrolJoinRequest{Secret: secret, Csr: other, TermsHash: h.terms.Hash()}); err == nil {
		t.Error("an invitation for one took two")
	}
	h.later(2 * time.Hour)
	if _, err := api.Join(t.Context(), ask); err == nil {
		t.Error("the answer can be asked for for ever")
	}
	if _, err := api.Join(t.Context(), &coopv1.EnrolJoinRequest{Secret: secret, Csr: []byte("x"), TermsHash: h.terms.Hash()}); err == nil {
		t.Error("nonsense was signed")
	}
	if _, err := api.Renew(t.Context(), &coopv1.EnrolRenewRequest{Csr: csr}); err == nil {
		t.Error("somebody without a certificate renewed one")
	}
}

// TestGuessing: whoever tries codes is slowed down; others are not.
func TestGuessing(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	take, fine, size := enrol.Tries(func() time.Time { return at })
	bad, good := netip.MustParseAddr("203.0.113.9"), netip.MustParseAddr("203.0.113.10")
	n := 0
	for take(bad) {
		fine(bad)
		n++
	}
	if n != 5 {
		t.Errorf("%d guesses", n)
	}
	if !take(good) || take(bad) {
		t.Error("the wrong one is slowed down")
	}
	at = at.Add(enrol.TryEvery)
	if !take(bad) || take(bad) {
		t.Error("one more after a while")
	}
	if !take(netip.MustParseAddr("2001:db8::1")) || !take(netip.Addr{}) {
		t.Error("refused")
	}
	for i := range 3 * enrol.MostTried {
		take(netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}))
	}
	if size() > enrol.MostTried {
		t.Errorf("%d addresses are remembered", size())
	}
	h := open(t, sqltest.Open(t, sqltest.SQLite(t)))
	made := h.invite(view.InviteRequest{})
	c, _ := enrol.ParseCode(made.Code)
	c.Secret[3]++
	var err error
	for range 6 {
		_, err = enrol.Join(t.Context(), h.options(c.String()))
	}
	wants(t, err, adit.Refused, "wait a minute")
}

// TestRenewAndRotate: a member renews by itself, also when the CA was rotated, and a revoked one does not.
func TestRenewAndRotate(t *testing.T) {
	t.Parallel()
	h := open(t, sqltest.Open(t, sqltest.SQLite(t)))
	o := h.options(h.invite(view.InviteRequest{Name: "attic"}).Code)
	if _, err := enrol.Join(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	files := enrol.JoinedFiles(o.Data)
	id, err := pki.Load(files, pki.IdentityOptions{Now: h.now})
	if err != nil {
		t.Fatal(err)
	}
	r := enrol.Renewer{Files: files, Identity: id, Address: h.addr, Now: h.now, Log: discard}
	before := id.Leaf()
	if _, err := h.ca.Rotate(t.Context()); err != nil {
		t.Fatal(err)
	}
	h.later(2 * time.Second) // longer than files are believed
	if err := r.Renew(t.Context()); err != nil {
		t.Fatal(err)
	}
	h.later(2 * time.Second)
	if id.Leaf().Equal(before) {
		t.Error("the old certificate is still in use")
	}
	if left, err := h.ca.Finish(t.Context(), false); err != nil || len(left) > 0 {
		t.Fatal(left, err)
	}
	h.later(2 * time.Second)
	if err := r.Renew(t.Context()); err != nil || id.Behind() {
		t.Error(err, id.Behind())
	}
	if _, err := h.ca.Revoke(t.Context(), "attic", ""); err != nil {
		t.Fatal(err)
	}
	h.revoked.Look()
	wants(t, r.Renew(t.Context()), adit.Forbidden, "revoked")
}

// TestHostIsMadeToFit: the coordinator's certificate is for the host that a code names.
func TestHostIsMadeToFit(t *testing.T) {
	t.Parallel()
	h := open(t, sqltest.Open(t, sqltest.SQLite(t)))
	n := h.invite(view.InviteRequest{Host: "Mine.Example"})
	if c, err := enrol.ParseCode(n.Code); err != nil || c.Host != "mine.example" {
		t.Errorf("%+v, %v", c, err)
	}
	text, err := os.ReadFile(h.ca.ServerFiles().Cert)
	if err != nil {
		t.Fatal(err)
	}
	certs, err := pki.ParseCerts(text)
	if err != nil || certs[0].VerifyHostname("mine.example") != nil || certs[0].VerifyHostname("localhost") != nil {
		t.Error(pki.Hosts(certs[0]), err)
	}
	o := h.options(n.Code)
	o.Dial = func(ctx context.Context, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "tcp", h.addr)
	}
	h.later(2 * time.Second)
	if _, err := enrol.Join(t.Context(), o); err != nil {
		t.Error(err)
	}
}

func TestBadRequests(t *testing.T) {
	t.Parallel()
	h := open(t, sqltest.Open(t, sqltest.SQLite(t)))
	zero, many := 0, 1001
	for field, r := range map[string]view.InviteRequest{
		"name":    {Name: "a b"},
		"seconds": {Seconds: seconds(1)},
		"uses":    {Uses: &zero},
		"host":    {Host: "http://x"},
	} {
		_, err := h.service.Invite(t.Context(), owner, r)
		wants(t, err, adit.Invalid, field)
	}
	_, err := h.service.Invite(t.Context(), owner, view.InviteRequest{Uses: &many})
	wants(t, err, adit.Invalid, "uses")
	reader := adit.Actor{ID: "x", Name: "x", Scopes: []adit.Scope{adit.ScopeRead}}
	_, err = h.service.Invite(t.Context(), reader, view.InviteRequest{})
	wants(t, err, adit.Forbidden)
	wants(t, h.service.RevokeInvite(t.Context(), reader, "x"), adit.Forbidden)
	_, err = h.service.Invites(t.Context(), adit.Actor{})
	wants(t, err, adit.Unauthorized)
	if _, err := h.service.Invites(t.Context(), reader); err != nil {
		t.Error(err)
	}
	if len(h.states()) != 0 {
		t.Error("a refused invitation was written")
	}
	_, err = enrol.WorkerFiles(t.TempDir())
	wants(t, err, adit.NotFound, "adit coop join", "--tls-cert")
	if f, err := enrol.WorkerFiles(h.dir); err != nil || f != h.ca.ClientFiles() {
		t.Error(f, err)
	}
}

func seconds(n float64) *float64 { return &n }

var discard = slog.New(slog.DiscardHandler)
