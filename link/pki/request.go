package pki

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"

	"github.com/adit-mining/adit"
)

// NewRequest makes a key and a request to sign it. The key stays where it was made.
func NewRequest(name string) (keyText, csr []byte, err error) {
	key, err := newKey()
	if err != nil {
		return nil, nil, err
	}
	if keyText, err = keyPEM(key); err != nil {
		return nil, nil, err
	}
	csr, err = request(key, name)
	return keyText, csr, err
}

// RequestFor asks to sign a key that is there already, PEM.
func RequestFor(keyText []byte, name string) (csr []byte, err error) {
	key, err := parseKey(keyText)
	if err != nil {
		return nil, err
	}
	return request(key, name)
}

func request(key *ecdsa.PrivateKey, name string) ([]byte, error) {
	return x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{Subject: pkix.Name{CommonName: name}}, key)
}

// usableKey refuses keys that TLS 1.3 does not take or that are too short.
func usableKey(pub any) error {
	switch k := pub.(type) {
	case *ecdsa.PublicKey:
		if k.Curve == elliptic.P256() || k.Curve == elliptic.P384() || k.Curve == elliptic.P521() {
			return nil
		}
	case ed25519.PublicKey:
		return nil
	case *rsa.PublicKey:
		if bits := k.N.BitLen(); bits >= 2048 && bits <= 4096 {
			return nil
		}
	}
	return adit.InvalidField("csr", "its key is not taken: use ECDSA P-256, Ed25519 or RSA of 2048 to 4096 bits")
}
