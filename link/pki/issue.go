package pki

import (
	"context"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"os"
	"path/filepath"
	"regexp"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/internal/atomicfile"
)

// DefaultLife is how long a certificate counts; workers that joined renew theirs after two thirds of it.
const DefaultLife = 365 * 24 * time.Hour

const (
	leastLife = time.Hour
	mostLife  = 5 * 365 * 24 * time.Hour
)

var nameRE = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)

// ValidName reports whether a certificate, or a worker, may be called s: letters, digits, '.', '_', '-', at most 64.
func ValidName(s string) bool { return nameRE.MatchString(s) }

func checkName(field, s string) error {
	if !ValidName(s) {
		return adit.InvalidField(field, "%q: use 1 to 64 letters, digits, '.', '_', '-', beginning with a letter or digit", s)
	}
	return nil
}

// life is a wish within bounds; 0 = the default.
func life(d time.Duration) (time.Duration, error) {
	switch {
	case d == 0:
		return DefaultLife, nil
	case d < leastLife, d > mostLife:
		return 0, adit.InvalidField("life", "%s: use 1 hour to 5 years", d)
	}
	return d, nil
}

// leaf is the template of a certificate that is no CA.
func (f *Folder) leaf(name, kind string, d time.Duration) *x509.Certificate {
	now := f.now()
	t := &x509.Certificate{
		SerialNumber:          newSerial(),
		Subject:               pkix.Name{CommonName: name, Organization: []string{"adit"}},
		NotBefore:             now.Add(-backdate),
		NotAfter:              now.Add(d),
		KeyUsage:              x509.KeyUsageDigitalSignature,
		BasicConstraintsValid: true,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	if kind == KindServer {
		t.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	}
	return t
}

// sign makes a certificate of a template and writes it down. The caller is in change.
func (f *Folder) sign(a authority, t *x509.Certificate, kind string, pub any) (*x509.Certificate, error) {
	if t.NotAfter.After(a.cert.NotAfter) {
		t.NotAfter = a.cert.NotAfter
	}
	if !f.now().Before(a.cert.NotAfter) {
		return nil, adit.Errorf(adit.Conflict, "the CA has expired on %s: run `adit pki rotate`", a.cert.NotAfter.Format(time.DateOnly))
	}
	raw, err := x509.CreateCertificate(rand.Reader, t, a.cert, pub, a.key)
	if err != nil {
		return nil, adit.Errorf(adit.Internal, "signing: %w", err)
	}
	c, err := x509.ParseCertificate(raw)
	if err != nil {
		return nil, err
	}
	return c, f.note(c, kind, a.cert)
}

// Request is what Issue and Sign make a certificate of.
type Request struct {
	Name  string        // of the member
	Life  time.Duration // 0 = DefaultLife
	Again bool          // Name was revoked and is to count again; its old certificates stay revoked
}

// Issue makes key and certificate for a member and writes NAME.crt, NAME.key and ca.crt into out.
func (f *Folder) Issue(ctx context.Context, r Request, out string) (Files, *x509.Certificate, error) {
	files := Files{filepath.Join(out, r.Name+".crt"), filepath.Join(out, r.Name+".key"), filepath.Join(out, caCertFile)}
	var cert *x509.Certificate
	err := f.change(ctx, func() error {
		if err := f.may(&r); err != nil {
			return err
		}
		for _, p := range []string{files.Cert, files.Key} {
			if _, err := os.Stat(p); err == nil {
				return adit.Errorf(adit.Conflict, "%s is there already: move it away, or name another folder with --out", p)
			}
		}
		a, err := f.authority()
		if err != nil {
			return err
		}
		if err := os.MkdirAll(out, 0o700); err != nil {
			return unwritable(err)
		}
		cert, err = f.issue(a, f.leaf(r.Name, KindClient, r.Life), KindClient, files)
		return err
	})
	return files, cert, err
}

// may checks a request against the rules and the list of what was revoked.
func (f *Folder) may(r *Request) (err error) {
	if err := checkName("name", r.Name); err != nil {
		return err
	}
	if r.Name == serverName {
		return adit.InvalidField("name", "%q is the coordinator itself: choose another", r.Name)
	}
	if r.Life, err = life(r.Life); err != nil {
		return err
	}
	revoked, err := readRevoked(f.RevokedFile())
	if err != nil {
		return err
	}
	if _, ok := revoked.name(r.Name); !ok {
		return nil
	}
	if !r.Again {
		return adit.Errorf(adit.Conflict, "%s was revoked: choose another name, or let it count again with --again", r.Name)
	}
	return f.writeRevoked(revoked.without(r.Name))
}

// issue makes a key, signs it and writes key, certificate and CAs. The key is written first: a certificate without it
// would be of no use.
func (f *Folder) issue(a authority, t *x509.Certificate, kind string, to Files) (*x509.Certificate, error) {
	key, err := newKey()
	if err != nil {
		return nil, err
	}
	text, err := keyPEM(key)
	if err != nil {
		return nil, err
	}
	cert, err := f.sign(a, t, kind, &key.PublicKey)
	if err != nil {
		return nil, err
	}
	chain := []*x509.Certificate{cert}
	if kind == KindServer { // who trusts only an older CA follows the cross-signed ones, who joins finds the CA's fingerprint
		chain = append(append(chain, a.trust...), a.cross...)
	}
	if err := writePair(to, text, certsPEM(chain...)); err != nil {
		return nil, err
	}
	if to.CA == f.path(caCertFile) {
		return cert, nil
	}
	return cert, writeFile(to.CA, certsPEM(a.trust...))
}

func writePair(to Files, key, cert []byte) error {
	if err := writeFile(to.Key, key); err != nil {
		return err
	}
	return writeFile(to.Cert, cert)
}

func writeFile(path string, text []byte) error {
	if err := atomicfile.Write(path, text, 0o600); err != nil {
		return unwritable(err)
	}
	return nil
}

// Signed is a certificate for a key that was made elsewhere.
type Signed struct {
	Cert *x509.Certificate
	PEM  []byte
	CA   []byte // PEM, all CAs to trust
}

// Sign makes a member's certificate for the key of a PKCS #10 request. Nothing else of the request counts.
func (f *Folder) Sign(ctx context.Context, r Request, csr []byte) (s Signed, err error) {
	req, err := x509.ParseCertificateRequest(csr)
	if err == nil {
		err = req.CheckSignature()
	}
	if err != nil {
		return s, adit.InvalidField("csr", "not a certificate request (PKCS #10, DER) that is signed by its own key")
	}
	if err := usableKey(req.PublicKey); err != nil {
		return s, err
	}
	err = f.change(ctx, func() error {
		if err := f.may(&r); err != nil {
			return err
		}
		a, err := f.authority()
		if err != nil {
			return err
		}
		cert, err := f.sign(a, f.leaf(r.Name, KindClient, r.Life), KindClient, req.PublicKey)
		s = Signed{Cert: cert, CA: certsPEM(a.trust...)}
		if err == nil {
			s.PEM = certsPEM(cert)
		}
		return err
	})
	return s, err
}
