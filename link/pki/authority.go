package pki

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"math/big"
	"os"
	"time"

	"github.com/adit-mining/adit"
)

const (
	caLife = 10 * 365 * 24 * time.Hour

	// backdate is how long before now a certificate begins, so that a computer whose clock is late, or set to the wrong
	// zone, can use it at once.
	backdate = 24 * time.Hour
)

// authority is the CA that signs now.
type authority struct {
	cert  *x509.Certificate
	key   *ecdsa.PrivateKey
	trust []*x509.Certificate // all CAs that count, the newest first
	cross []*x509.Certificate // newer CAs, signed by older ones
}

// Fingerprint is the SHA-256 of a certificate.
func Fingerprint(c *x509.Certificate) [32]byte { return sha256.Sum256(c.Raw) }

// fingerprintHex is a fingerprint as people compare it.
func fingerprintHex(c *x509.Certificate) string {
	f := Fingerprint(c)
	return hex.EncodeToString(f[:])
}

func newSerial() *big.Int {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails since Go 1.24
	b[0] &= 0x7f
	b[15] |= 1 // never zero
	return new(big.Int).SetBytes(b[:])
}

func newKey() (*ecdsa.PrivateKey, error) { return ecdsa.GenerateKey(elliptic.P256(), rand.Reader) }

func caTemplate(name string, now time.Time) *x509.Certificate {
	return &x509.Certificate{
		SerialNumber:          newSerial(),
		Subject:               pkix.Name{CommonName: name, Organization: []string{"adit"}},
		NotBefore:             now.Add(-backdate),
		NotAfter:              now.Add(caLife),
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign | x509.KeyUsageDigitalSignature,
		BasicConstraintsValid: true,
		IsCA:                  true,
		MaxPathLen:            -1, // newer CAs are signed by older ones when they are rotated
	}
}

// newAuthority makes a CA. Its name holds a part of its serial: two CAs of one crew must not be mistaken for another.
func newAuthority(now time.Time) (authority, error) {
	key, err := newKey()
	if err != nil {
		return authority{}, err
	}
	t := caTemplate("", now)
	t.Subject.CommonName = "adit crew CA " + hex.EncodeToString(t.SerialNumber.Bytes()[:4])
	raw, err := x509.CreateCertificate(rand.Reader, t, t, &key.PublicKey, key)
	if err != nil {
		return authority{}, err
	}
	cert, err := x509.ParseCertificate(raw)
	return authority{cert: cert, key: key, trust: []*x509.Certificate{cert}}, err
}

// authority reads the CA of the folder.
func (f *Folder) authority() (authority, error) {
	key, err := readKey(f.path(caKeyFile))
	switch {
	case absentFile(err):
		return authority{}, f.noCA()
	case err != nil:
		return authority{}, err
	}
	a := authority{key: key}
	if a.trust, err = readCerts(f.path(caCertFile)); err != nil {
		return authority{}, err
	}
	if a.cross, err = readCerts(f.path(crossFile)); err != nil && !absentFile(err) {
		return authority{}, err
	}
	for _, c := range a.trust { // after a crash within a rotation the key may belong to the second
		if pub, ok := c.PublicKey.(*ecdsa.PublicKey); ok && pub.Equal(&key.PublicKey) {
			a.cert = c
			return a, nil
		}
	}
	return authority{}, adit.Errorf(adit.Conflict, "%s does not belong to %s: put both back from a backup, or run `adit pki init --again`", caKeyFile, caCertFile)
}

// CA is the certificate of the CA that signs now.
func (f *Folder) CA() (*x509.Certificate, error) {
	a, err := f.authority()
	return a.cert, err
}

// Signed reports whether a certificate is of one of the CAs that count.
func (f *Folder) Signed(c *x509.Certificate) bool {
	a, err := f.authority()
	if err != nil {
		return false
	}
	for _, ca := range a.trust {
		if c.CheckSignatureFrom(ca) == nil {
			return true
		}
	}
	return false
}

// Trusted are the CAs that count, PEM, the newest first.
func (f *Folder) Trusted() ([]byte, error) {
	a, err := f.authority()
	if err != nil {
		return nil, err
	}
	return certsPEM(a.trust...), nil
}

func certsPEM(certs ...*x509.Certificate) []byte {
	var b bytes.Buffer
	for _, c := range certs {
		_ = pem.Encode(&b, &pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}) // a Buffer does not fail
	}
	return b.Bytes()
}

func keyPEM(key *ecdsa.PrivateKey) ([]byte, error) {
	raw, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: raw}), nil
}

// ParseCerts reads all certificates of a PEM text.
func ParseCerts(text []byte) ([]*x509.Certificate, error) {
	var out []*x509.Certificate
	for len(bytes.TrimSpace(text)) > 0 {
		var b *pem.Block
		if b, text = pem.Decode(text); b == nil {
			break
		}
		if b.Type != "CERTIFICATE" {
			continue
		}
		c, err := x509.ParseCertificate(b.Bytes)
		if err != nil {
			return nil, adit.Errorf(adit.Invalid, "not a certificate: %w", err)
		}
		out = append(out, c)
	}
	if len(out) == 0 {
		return nil, adit.Errorf(adit.Invalid, "no certificate in PEM form is in it")
	}
	return out, nil
}

func readCerts(path string) ([]*x509.Certificate, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	out, err := ParseCerts(text)
	if err != nil {
		return nil, adit.Errorf(adit.Invalid, "%s: %w", path, err)
	}
	return out, nil
}

func readKey(path string) (*ecdsa.PrivateKey, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	key, err := parseKey(text)
	if err != nil {
		return nil, adit.Errorf(adit.Invalid, "%s: %w", path, err)
	}
	return key, nil
}

func parseKey(text []byte) (*ecdsa.PrivateKey, error) {
	b, _ := pem.Decode(text)
	if b == nil {
		return nil, adit.Errorf(adit.Invalid, "no key in PEM form is in it")
	}
	any, err := x509.ParsePKCS8PrivateKey(b.Bytes)
	key, ok := any.(*ecdsa.PrivateKey)
	if err != nil || !ok {
		return nil, adit.Errorf(adit.Invalid, "not a key of adit's making (PKCS #8, ECDSA)")
	}
	return key, nil
}
