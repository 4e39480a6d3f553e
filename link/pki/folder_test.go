package pki_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/link/pki"
)

// clock is a time that tests move.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

func newClock() *clock { return &clock{at: time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)} }

func made(t *testing.T, hosts ...string) (*pki.Folder, *clock) {
	t.Helper()
	k := newClock()
	f := pki.At(filepath.Join(t.TempDir(), "pki"), pki.Options{Now: k.now})
	if _, err := f.Init(t.Context(), pki.InitOptions{Hosts: hosts, Client: "here"}); err != nil {
		t.Fatal(err)
	}
	return f, k
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

func TestInit(t *testing.T) {
	f, _ := made(t, "Mine.Example.", "192.0.2.7", "[2001:db8::1]")
	certs := read(t, f.ServerFiles().Cert)
	for _, h := range []string{"localhost", "127.0.0.1", "::1", "mine.example", "192.0.2.7", "2001:db8::1"} {
		if err := certs[0].VerifyHostname(h); err != nil {
			t.Error(err)
		}
	}
	if runtime.GOOS != "windows" {
		entries, _ := os.ReadDir(f.Dir())
		for _, e := range entries {
			if i, err := e.Info(); err != nil || i.Mode().Perm() != 0o600 {
				t.Errorf("%s has mode %v", e.Name(), i.Mode())
			}
		}
	}
	_, err := f.Init(t.Context(), pki.InitOptions{})
	wants(t, err, adit.Conflict, "adit pki rotate", "--again")
	before, _ := f.CA()
	if _, err = f.Init(t.Context(), pki.InitOptions{Again: true}); err != nil {
		t.Fatal(err)
	}
	if after, _ := f.CA(); pki.PinOf(before) == pki.PinOf(after) {
		t.Error("--again kept the old CA")
	}
	list, err := f.List()
	if err != nil || len(list) != 4 {
		t.Errorf("%d listed, %v", len(list), err)
	}
}

func read(t *testing.T, path string) []*x509.Certificate {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	certs, err := pki.ParseCerts(text)
	if err != nil {
		t.Fatal(err)
	}
	return certs
}

func TestBadInputIsExplained(t *testing.T) {
	empty := pki.At(filepath.Join(t.TempDir(), "pki"), pki.Options{})
	_, err := empty.List()
	wants(t, err, adit.NotFound, "adit pki init")
	for _, h := range []string{"", "two words", "0.0.0.0", "a..b", "http://x", "host:50051", "fe80::1%eth0", strings.Repeat("a", 300)} {
		_, err := empty.Init(t.Context(), pki.InitOptions{Hosts: []string{h}})
		wants(t, err, adit.Invalid, "host")
	}
	if empty.Exists() {
		t.Error("a refused init left an authority")
	}
	f, _ := made(t)
	for _, r := range []pki.Request{{Name: ""}, {Name: "a/b"}, {Name: "../x"}, {Name: strings.Repeat("a", 65)}, {Name: "coordinator"}} {
		_, _, err := f.Issue(t.Context(), r, t.TempDir())
		wants(t, err, adit.Invalid, "name")
	}
	_, _, err = f.Issue(t.Context(), pki.Request{Name: "a", Life: time.Minute}, t.TempDir())
	wants(t, err, adit.Invalid, "life")
	_, err = f.Revoke(t.Context(), "nobody", "")
	wants(t, err, adit.NotFound, "adit pki list")
	_, err = f.Revoke(t.Context(), "coordinator", "")
	wants(t, err, adit.Invalid, "serial")
	_, err = f.Finish(t.Context(), false)
	wants(t, err, adit.Conflict, "nothing to finish")
}

func TestIssueNeverOverwrites(t *testing.T) {
	f, _ := made(t)
	dir := t.TempDir()
	files, cert, err := f.Issue(t.Context(), pki.Request{Name: "attic"}, dir)
	if err != nil || !files.There() || cert.Subject.CommonName != "attic" {
		t.Fatal(files, err)
	}
	_, _, err = f.Issue(t.Context(), pki.Request{Name: "attic"}, dir)
	wants(t, err, adit.Conflict, "attic.crt", "--out")
	if _, err := pki.Load(files, pki.IdentityOptions{}); err != nil {
		t.Error(err)
	}
}

// TestManyAtOnce: several processes, here several folders, change one authority and lose nothing.
func TestManyAtOnce(t *testing.T) {
	f, k := made(t)
	var all sync.WaitGroup
	for n := range 6 {
		all.Go(func() {
			other := pki.At(f.Dir(), pki.Options{Now: k.now})
			if _, _, err := other.Issue(context.Background(), pki.Request{Name: fmt.Sprint("m", n)}, t.TempDir()); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	list, err := f.List()
	if err != nil || len(list) != 8 {
		t.Errorf("%d listed, want 8: %v", len(list), err)
	}
}

func TestSign(t *testing.T) {
	f, _ := made(t)
	key, csr, err := pki.NewRequest("whatever")
	if err != nil {
		t.Fatal(err)
	}
	s, err := f.Sign(t.Context(), pki.Request{Name: "loft"}, csr)
	if err != nil || s.Cert.Subject.CommonName != "loft" || s.Cert.IsCA || len(s.Cert.DNSNames) > 0 {
		t.Fatal(s.Cert, err)
	}
	if _, err := pki.RequestFor(key, "loft"); err != nil {
		t.Error(err)
	}
	_, err = f.Sign(t.Context(), pki.Request{Name: "loft"}, []byte("nonsense"))
	wants(t, err, adit.Invalid, "csr")
	_, err = f.Sign(t.Context(), pki.Request{Name: "loft"}, append(slices.Clone(csr[:len(csr)-2]), 1, 2))
	wants(t, err, adit.Invalid, "csr")
	weak, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Skip("this Go makes no weak keys:", err)
	}
	csr, err = x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, weak)
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.Sign(t.Context(), pki.Request{Name: "loft"}, csr)
	wants(t, err, adit.Invalid, "csr")
}

func TestRevokeAndAgain(t *testing.T) {
	f, _ := made(t)
	_, first, err := f.Issue(t.Context(), pki.Request{Name: "attic"}, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if taken, err := f.Revoke(t.Context(), "attic", "sold"); err != nil || len(taken) != 1 || taken[0].Reason != "sold" {
		t.Fatal(taken, err)
	}
	_, err = f.Revoke(t.Context(), "attic", "")
	wants(t, err, adit.Conflict, "revoked already")
	_, _, err = f.Issue(t.Context(), pki.Request{Name: "attic"}, t.TempDir())
	wants(t, err, adit.Conflict, "--again")
	_, second, err := f.Issue(t.Context(), pki.Request{Name: "attic", Again: true}, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	r, err := pki.WatchRevoked(f.RevokedFile(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, out := r.Find(first); !out {
		t.Error("the first certificate counts again")
	}
	if _, out := r.Find(second); out {
		t.Error("the second certificate does not count")
	}
	serial := second.SerialNumber.Text(16)
	if _, err := f.Revoke(t.Context(), serial[:10], ""); err != nil {
		t.Error(err)
	}
	r.Look()
	if _, out := r.Find(second); !out {
		t.Error("a serial was revoked and counts")
	}
}

// TestBrokenListLetsNobodyIn: a list that cannot be read, or vanished, is not an empty list.
func TestBrokenListLetsNobodyIn(t *testing.T) {
	f, _ := made(t)
	_, cert, err := f.Issue(t.Context(), pki.Request{Name: "attic"}, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Revoke(t.Context(), "attic", ""); err != nil {
		t.Fatal(err)
	}
	r, err := pki.WatchRevoked(f.RevokedFile(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(f.RevokedFile(), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	r.Look()
	if _, out := r.Find(cert); !out {
		t.Error("a broken list let a revoked member in")
	}
	_, err = pki.WatchRevoked(f.RevokedFile(), nil)
	wants(t, err, adit.Invalid, "revoked.json")
	_, _, err = f.Issue(t.Context(), pki.Request{Name: "attic"}, t.TempDir())
	wants(t, err, adit.Invalid, "revoked.json")
	if err := os.Remove(f.RevokedFile()); err != nil {
		t.Fatal(err)
	}
	r.Look()
	if _, out := r.Find(cert); !out {
		t.Error("a list that vanished let a revoked member in")
	}
}

// TestTornRotation: the CAs are in place and the key is still the old one, as a crash leaves them.
func TestTornRotation(t *testing.T) {
	f, _ := made(t)
	before, _ := f.CA()
	key, err := os.ReadFile(filepath.Join(f.Dir(), "ca.key"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Rotate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(f.Dir(), "ca.key"), key, 0o600); err != nil {
		t.Fatal(err)
	}
	if now, err := f.CA(); err != nil || pki.PinOf(now) != pki.PinOf(before) {
		t.Errorf("%v", err)
	}
	if _, _, err := f.Issue(t.Context(), pki.Request{Name: "x"}, t.TempDir()); err != nil {
		t.Error(err)
	}
}

// TestTend renews what is old and mends what a crash tore apart.
func TestTend(t *testing.T) {
	f, k := made(t, "mine.example")
	server, client := read(t, f.ServerFiles().Cert)[0], read(t, f.ClientFiles().Cert)[0]
	if err := f.Tend(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !read(t, f.ServerFiles().Cert)[0].Equal(server) {
		t.Error("a fresh certificate was renewed")
	}
	k.add(300 * 24 * time.Hour)
	if err := f.Tend(t.Context()); err != nil {
		t.Fatal(err)
	}
	renewed := read(t, f.ServerFiles().Cert)[0]
	if renewed.Equal(server) || renewed.VerifyHostname("mine.example") != nil || read(t, f.ClientFiles().Cert)[0].Equal(client) {
		t.Error("old certificates were not renewed with their names")
	}
	if err := os.WriteFile(f.ServerFiles().Key, mustRead(t, f.ClientFiles().Key), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := f.Tend(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := pki.Load(f.ServerFiles(), pki.IdentityOptions{}); err != nil {
		t.Error(err)
	}
}

func mustRead(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestLoadNamesTheFile(t *testing.T) {
	f, _ := made(t)
	s, c := f.ServerFiles(), f.ClientFiles()
	for _, x := range []struct {
		files pki.Files
		want  string
	}{
		{pki.Files{Cert: "", Key: s.Key, CA: s.CA}, "tls.cert"},
		{pki.Files{Cert: s.Cert, Key: filepath.Join(t.TempDir(), "none"), CA: s.CA}, "tls.key"},
		{pki.Files{Cert: s.Cert, Key: c.Key, CA: s.CA}, "do not go together"},
		{pki.Files{Cert: s.Cert, Key: s.Key, CA: s.Key}, "tls.ca"},
	} {
		_, err := pki.Load(x.files, pki.IdentityOptions{})
		wants(t, err, adit.Invalid, x.want)
	}
}

func FuzzParseCerts(f *testing.F) {
	dir := pki.At(filepath.Join(f.TempDir(), "pki"), pki.Options{})
	if _, err := dir.Init(context.Background(), pki.InitOptions{}); err != nil {
		f.Fatal(err)
	}
	text, err := os.ReadFile(dir.ServerFiles().Cert)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"))
	f.Add([]byte(""))
	f.Fuzz(func(t *testing.T, b []byte) {
		if certs, err := pki.ParseCerts(b); (err == nil) != (len(certs) > 0) {
			t.Errorf("%d certificates and %v", len(certs), err)
		}
	})
}

// write replaces a file as adit does, so that its stamp changes even within one tick of a coarse clock.
func write(t *testing.T, path string, text []byte) {
	t.Helper()
	before, _ := os.Stat(path)
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	if before != nil {
		later := before.ModTime().Add(time.Second)
		if err := os.Chtimes(path, later, later); err != nil {
			t.Fatal(err)
		}
	}
}
