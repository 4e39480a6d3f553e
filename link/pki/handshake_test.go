package pki_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/link/pki"
)

// shake makes one connection and returns what each end says; nil and nil is a connection that carried a byte.
func shake(t *testing.T, server, client *tls.Config) (atServer, atClient error) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	done := make(chan error, 1)
	go func() {
		raw, err := l.Accept()
		if err != nil {
			done <- err
			return
		}
		defer raw.Close()
		_ = raw.SetDeadline(time.Now().Add(10 * time.Second))
		c := tls.Server(raw, server)
		if err = c.Handshake(); err == nil {
			_, err = c.Write([]byte("x"))
		}
		done <- err
		_, _ = io.Copy(io.Discard, c) // until the client has read the alert and hung up
	}()
	raw, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	_ = raw.SetDeadline(time.Now().Add(10 * time.Second))
	c := tls.Client(raw, client)
	if atClient = c.Handshake(); atClient == nil {
		_, atClient = c.Read(make([]byte, 1)) // in TLS 1.3 a client hears here that its certificate was refused
	}
	return <-done, atClient
}

func load(t *testing.T, f pki.Files, now func() time.Time) *pki.Identity {
	t.Helper()
	i, err := pki.Load(f, pki.IdentityOptions{Now: now})
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func at(d time.Duration) func() time.Time {
	k := newClock()
	k.add(d)
	return k.now
}

// TestHandshakes: who is let in, who is not, and what each is told.
func TestHandshakes(t *testing.T) {
	f, _ := made(t)
	other, _ := made(t)
	issue := func(name string, life time.Duration) pki.Files {
		files, _, err := f.Issue(t.Context(), pki.Request{Name: name, Life: life}, t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		return files
	}
	good, brief, gone := issue("good", 0), issue("brief", time.Hour), issue("gone", 0)
	if _, err := f.Revoke(t.Context(), "gone", ""); err != nil {
		t.Fatal(err)
	}
	foreign := other.ClientFiles()
	foreign.CA = good.CA // it trusts us, we do not trust it
	revoked, err := pki.WatchRevoked(f.RevokedFile(), nil)
	if err != nil {
		t.Fatal(err)
	}
	type end struct {
		files pki.Files
		clock time.Duration
	}
	server := f.ServerFiles()
	for _, x := range []struct {
		name           string
		server, client end
		host           string
		want           string // "" = they speak
	}{
		{"fresh", end{server, 0}, end{good, 0}, "localhost", ""},
		{"by address", end{server, 0}, end{good, 0}, "127.0.0.1", ""},
		{"the worker's clock an hour late", end{server, 0}, end{good, -time.Hour}, "localhost", ""},
		{"the coordinator's clock an hour late", end{server, -time.Hour}, end{good, 0}, "localhost", ""},
		{"both clocks an hour early", end{server, time.Hour}, end{good, time.Hour}, "localhost", ""},
		{"brief but in time", end{server, 0}, end{brief, 0}, "localhost", ""},
		{"expired", end{server, 2 * time.Hour}, end{brief, 2 * time.Hour}, "localhost", "this computer's certificate has expired"},
		{"expired by the coordinator's clock alone", end{server, 2 * time.Hour}, end{brief, 0}, "localhost", "set the clocks"},
		{"not yet valid at the coordinator", end{server, -26 * time.Hour}, end{good, -26 * time.Hour}, "localhost", "set the clock"},
		{"not yet valid at the worker", end{server, 0}, end{good, -26 * time.Hour}, "localhost", "set the clock"},
		{"the coordinator expired", end{server, 0}, end{good, 400 * 24 * time.Hour}, "localhost", "the coordinator's certificate has expired"},
		{"revoked", end{server, 0}, end{gone, 0}, "localhost", "revoked"},
		{"of a foreign CA", end{server, 0}, end{foreign, 0}, "localhost", "does not know the CA"},
		{"a foreign coordinator", end{other.ServerFiles(), 0}, end{good, 0}, "localhost", "does not trust"},
		{"another name", end{server, 0}, end{good, 0}, "elsewhere.example", "adit pki issue --server --host elsewhere.example"},
		{"a member plays the coordinator", end{good, 0}, end{good, 0}, "localhost", "certificate"},
	} {
		t.Run(x.name, func(t *testing.T) {
			s, c := load(t, x.server.files, at(x.server.clock)), load(t, x.client.files, at(x.client.clock))
			atServer, atClient := shake(t, s.Server(pki.ServerOptions{Revoked: revoked, Require: true}), c.Client(x.host))
			if x.want == "" {
				if atServer != nil || atClient != nil {
					t.Fatalf("server: %v\nclient: %v", atServer, atClient)
				}
				return
			}
			if atClient == nil {
				t.Fatalf("they speak; server: %v", atServer)
			}
			told := pki.Explain(atClient, c.Leaf(), at(x.client.clock)())
			if told == nil || !strings.Contains(told.Error(), x.want) {
				t.Errorf("%v\nbecomes %v\nwithout %q", atClient, told, x.want)
			}
		})
	}
}

func TestNoCertificate(t *testing.T) {
	f, k := made(t)
	s := load(t, f.ServerFiles(), k.now)
	ca, err := f.CA()
	if err != nil {
		t.Fatal(err)
	}
	naked := pki.Pinned(pki.PinOf(ca), "localhost", k.now)
	if atServer, atClient := shake(t, s.Server(pki.ServerOptions{}), naked); atServer != nil || atClient != nil {
		t.Errorf("who wants to enrol is refused: %v, %v", atServer, atClient)
	}
	_, atClient := shake(t, s.Server(pki.ServerOptions{Require: true}), naked)
	told := pki.Explain(atClient, nil, k.now())
	wants(t, told, adit.Unauthorized, "adit coop join")
	if pki.Explain(io.ErrUnexpectedEOF, nil, k.now()) != nil {
		t.Error("a cut is seen as a matter of certificates")
	}
	_, atClient = shake(t, s.Server(pki.ServerOptions{}), pki.Pinned(pki.Pin{1}, "localhost", k.now))
	told = pki.Explain(atClient, nil, k.now())
	wants(t, told, adit.Forbidden, "not the coordinator of the invitation")
	_, atClient = shake(t, s.Server(pki.ServerOptions{}), pki.Pinned(pki.PinOf(ca), "elsewhere.example", k.now))
	told = pki.Explain(atClient, nil, k.now())
	wants(t, told, adit.Forbidden, "elsewhere.example")
}

func TestOnlyTLS13(t *testing.T) {
	f, k := made(t)
	s, c := load(t, f.ServerFiles(), k.now), load(t, f.ClientFiles(), k.now).Client("localhost")
	c.MinVersion, c.MaxVersion = tls.VersionTLS12, tls.VersionTLS12
	if atServer, _ := shake(t, s.Server(pki.ServerOptions{}), c); atServer == nil {
		t.Error("TLS 1.2 is spoken")
	}
}

// TestRotation: nobody is cut off by a new CA, and everybody who has not renewed is named before the old one ends.
func TestRotation(t *testing.T) {
	f, k := made(t)
	old, _, err := f.Issue(t.Context(), pki.Request{Name: "attic"}, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	firstCA, _ := f.CA()
	worker, server := load(t, old, k.now), load(t, f.ServerFiles(), k.now)
	speak := func(want bool) {
		t.Helper()
		k.add(2 * time.Second) // longer than files are believed
		atServer, atClient := shake(t, server.Server(pki.ServerOptions{Require: true}), worker.Client("localhost"))
		if (atServer == nil && atClient == nil) != want {
			t.Fatalf("want %t: %v, %v", want, atServer, atClient)
		}
	}
	speak(true)
	if worker.Behind() {
		t.Error("nothing was rotated")
	}
	for range 2 { // twice: the chain of CAs grows
		if _, err := f.Rotate(t.Context()); err != nil {
			t.Fatal(err)
		}
		speak(true)
		if !worker.Behind() {
			t.Error("the worker does not see that it is behind")
		}
	}
	if atServer, atClient := shake(t, server.Server(pki.ServerOptions{}), pki.Pinned(pki.PinOf(firstCA), "localhost", k.now)); atServer != nil || atClient != nil {
		t.Errorf("a code of before the rotation is refused: %v, %v", atServer, atClient)
	}
	_, err = f.Finish(t.Context(), false)
	wants(t, err, adit.Conflict, "attic", "--cut")
	speak(true)
	csr, err := pki.RequestFor(mustRead(t, old.Key), "attic")
	if err != nil {
		t.Fatal(err)
	}
	signed, err := f.Sign(t.Context(), pki.Request{Name: "attic"}, csr)
	if err != nil {
		t.Fatal(err)
	}
	if left, err := f.Finish(t.Context(), false); err != nil || len(left) > 0 {
		t.Fatal(left, err)
	}
	speak(false)
	write(t, old.CA, signed.CA)
	write(t, old.Cert, signed.PEM)
	speak(true)
}

// TestReload: an identity takes new files as they come, and keeps the old ones while they make no sense.
func TestReload(t *testing.T) {
	f, k := made(t)
	i := load(t, f.ClientFiles(), k.now)
	before := i.Leaf()
	write(t, f.ClientFiles().Cert, []byte("nonsense"))
	k.add(2 * time.Second)
	if !i.Leaf().Equal(before) {
		t.Error("nonsense was taken")
	}
	files, fresh, err := f.Issue(t.Context(), pki.Request{Name: "fresh"}, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	write(t, f.ClientFiles().Cert, mustRead(t, files.Cert))
	write(t, f.ClientFiles().Key, mustRead(t, files.Key))
	k.add(2 * time.Second)
	if !i.Leaf().Equal(fresh) {
		t.Error("the new certificate is not in use")
	}
}

// TestRevokedIsSeen: a watched list tells of a change.
func TestRevokedIsSeen(t *testing.T) {
	f, _ := made(t)
	r, err := pki.WatchRevoked(f.RevokedFile(), nil)
	if err != nil {
		t.Fatal(err)
	}
	told := make(chan struct{}, 1)
	r.OnChange(func() { told <- struct{}{} })
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- r.Run(ctx) }()
	if _, err := f.Revoke(t.Context(), "here", ""); err != nil {
		t.Fatal(err)
	}
	select {
	case <-told:
	case <-time.After(20 * time.Second):
		t.Error("nobody told")
	}
	if e, out := r.Find(read(t, f.ClientFiles().Cert)[0]); !out || e.Name != "here" {
		t.Error(e, out)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	var none *pki.Revocations
	if _, out := none.Find(&x509.Certificate{}); out {
		t.Error("a nil list has somebody on it")
	}
}
