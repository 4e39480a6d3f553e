package pki

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/adit-mining/adit"
)

// lookEvery is how often, at most, the files are looked at.
const lookEvery = time.Second

// Identity is one end of a connection: a certificate, its key and the CAs it trusts. The files are read again when they
// change; where they cannot be read then, the old ones stay in use and the log says so.
type Identity struct {
	files Files
	now   func() time.Time
	log   *slog.Logger

	mu     sync.Mutex
	looked time.Time
	stamps [3]stamp
	cert   *tls.Certificate
	roots  *x509.CertPool
	other  []byte // issuer of the last coordinator seen, as it stands in its certificate; nil = none was
}

type stamp struct {
	size int64
	at   time.Time
}

// IdentityOptions of Load; the zero value is right.
type IdentityOptions struct {
	Now func() time.Time
	Log *slog.Logger // nil: silent
}

// Load reads an identity. Its errors name the file and the fix.
func Load(f Files, o IdentityOptions) (*Identity, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	i := &Identity{files: f, now: o.Now, log: o.Log}
	i.stamps = f.stamps()
	cert, roots, err := f.load()
	if err != nil {
		return nil, err
	}
	i.cert, i.roots, i.looked = cert, roots, o.Now()
	return i, nil
}

func (f Files) load() (*tls.Certificate, *x509.CertPool, error) {
	for _, p := range []struct{ path, field, what string }{
		{f.Cert, "tls.cert", "the certificate"}, {f.Key, "tls.key", "its key"}, {f.CA, "tls.ca", "the CAs to trust"},
	} {
		if p.path == "" {
			return nil, nil, adit.InvalidField(p.field, "name the file with %s (PEM)", p.what)
		}
		switch _, err := os.Stat(p.path); {
		case absentFile(err):
			return nil, nil, adit.InvalidField(p.field, "there is no file %s; make certificates with `adit pki init` on the coordinator's computer, `adit coop join CODE` on a worker's, and leave cert, key and ca out: then those are used", p.path)
		case err != nil:
			return nil, nil, adit.InvalidField(p.field, "%v", err)
		}
	}
	cert, err := tls.LoadX509KeyPair(f.Cert, f.Key)
	if err != nil {
		return nil, nil, adit.InvalidField("tls.cert", "%s and %s do not go together: %v", f.Cert, f.Key, err)
	}
	cas, err := readCerts(f.CA)
	if err != nil {
		return nil, nil, adit.InvalidField("tls.ca", "%s: %v", f.CA, err)
	}
	roots := x509.NewCertPool()
	for _, c := range cas {
		roots.AddCert(c)
	}
	return &cert, roots, nil
}

func (f Files) stamps() (out [3]stamp) {
	for n, p := range []string{f.Cert, f.Key, f.CA} {
		if i, err := os.Stat(p); err == nil {
			out[n] = stamp{i.Size(), i.ModTime()}
		}
	}
	return out
}

// current are the certificate and the CAs as they are now.
func (i *Identity) current() (*tls.Certificate, *x509.CertPool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if now := i.now(); now.Sub(i.looked) >= lookEvery || now.Before(i.looked) {
		i.looked = now
		i.look()
	}
	return i.cert, i.roots
}

func (i *Identity) look() {
	s := i.files.stamps()
	if s == i.stamps {
		return
	}
	cert, roots, err := i.files.load()
	if err != nil { // half of a pair was replaced, or nonsense was: the next look may find both
		i.log.Warn("new certificates cannot be read; the old ones stay in use", "err", err)
		return
	}
	i.stamps, i.cert, i.roots = s, cert, roots
	i.log.Info("new certificates are in use", "name", cert.Leaf.Subject.CommonName, "until", cert.Leaf.NotAfter.Format(time.DateOnly))
}

// Leaf is the certificate itself.
func (i *Identity) Leaf() *x509.Certificate {
	cert, _ := i.current()
	return cert.Leaf
}

// Files are where it was read from.
func (i *Identity) Files() Files { return i.files }

// Behind reports whether the coordinator that was last spoken to is signed by another CA than this certificate: its CA was
// rotated, and this one is to be renewed.
func (i *Identity) Behind() bool {
	leaf := i.Leaf()
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.other != nil && !bytes.Equal(i.other, leaf.RawIssuer)
}

func (i *Identity) met(server *x509.Certificate) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.other = server.RawIssuer
}
