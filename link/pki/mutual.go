package pki

import (
	"crypto/tls"
	"crypto/x509"
	"time"

	"github.com/adit-mining/adit"
)

// ServerOptions is how a coordinator looks at its callers.
type ServerOptions struct {
	Revoked *Revocations // nil: nothing is revoked
	Require bool         // hang up on callers without a certificate; else the caller of this package looks at them
}

// Server is the TLS configuration of a coordinator: TLS 1.3, callers' certificates checked for signer, time, use and
// revocation.
func (i *Identity) Server(o ServerOptions) *tls.Config {
	base := &tls.Config{
		MinVersion:             tls.VersionTLS13,
		ClientAuth:             tls.VerifyClientCertIfGiven,
		SessionTicketsDisabled: true, // a resumed session would not be checked in full again
		NextProtos:             []string{"h2"},
		Time:                   i.now,
		VerifyConnection:       func(s tls.ConnectionState) error { return checkCaller(s, o.Revoked) },
	}
	if o.Require {
		base.ClientAuth = tls.RequireAndVerifyClientCert
	}
	base.GetConfigForClient = func(*tls.ClientHelloInfo) (*tls.Config, error) {
		cert, roots := i.current()
		c := base.Clone()
		c.GetConfigForClient = nil
		c.Certificates = []tls.Certificate{*cert}
		c.ClientCAs = roots
		return c, nil
	}
	return base
}

func checkCaller(s tls.ConnectionState, revoked *Revocations) error {
	if len(s.PeerCertificates) == 0 {
		return nil
	}
	c := s.PeerCertificates[0]
	if !ValidName(c.Subject.CommonName) {
		return adit.Errorf(adit.Forbidden, "the certificate names nobody: its common name is to be 1 to 64 letters, digits, '.', '_', '-'")
	}
	if e, ok := revoked.Find(c); ok {
		return adit.Errorf(adit.Forbidden, "%s was revoked on %s", c.Subject.CommonName, e.At.Format(time.DateOnly))
	}
	return nil
}

// Client is the TLS configuration of a worker towards a host: TLS 1.3, the coordinator's certificate checked for signer,
// time, use and name.
func (i *Identity) Client(host string) *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS13,
		ServerName: host,
		NextProtos: []string{"h2"},
		Time:       i.now,
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			cert, _ := i.current()
			return cert, nil
		},
		InsecureSkipVerify: true, //nolint:gosec // VerifyConnection does it, with the CAs as they are now
		VerifyConnection: func(s tls.ConnectionState) error {
			_, roots := i.current()
			if err := verifyServer(s, roots, host, i.now()); err != nil {
				return err
			}
			i.met(s.PeerCertificates[0])
			return nil
		},
	}
}

func verifyServer(s tls.ConnectionState, roots *x509.CertPool, host string, now time.Time) error {
	if len(s.PeerCertificates) == 0 {
		return adit.Errorf(adit.Forbidden, "the coordinator shows no certificate")
	}
	between := x509.NewCertPool()
	for _, c := range s.PeerCertificates[1:] {
		between.AddCert(c)
	}
	_, err := s.PeerCertificates[0].Verify(x509.VerifyOptions{
		Roots: roots, Intermediates: between, DNSName: host, CurrentTime: now,
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	})
	return err
}

// PinSize is the length of a Pin.
const PinSize = 16

// Pin is the beginning of a CA's fingerprint, long enough that no other CA can be made to have it.
type Pin [PinSize]byte

// PinOf is the pin of a CA.
func PinOf(ca *x509.Certificate) (p Pin) {
	f := Fingerprint(ca)
	copy(p[:], f[:])
	return p
}

// Pinned is the TLS configuration of who has no certificate yet and knows the coordinator by the pin of its CA alone.
func Pinned(p Pin, host string, now func() time.Time) *tls.Config {
	if now == nil {
		now = time.Now
	}
	return &tls.Config{
		MinVersion: tls.VersionTLS13, ServerName: host, NextProtos: []string{"h2"}, Time: now,
		InsecureSkipVerify: true, //nolint:gosec // VerifyConnection does it, against the pin
		VerifyConnection: func(s tls.ConnectionState) error {
			for _, c := range s.PeerCertificates {
				if c.IsCA && PinOf(c) == p {
					roots := x509.NewCertPool()
					roots.AddCert(c)
					return verifyServer(s, roots, host, now())
				}
			}
			return errOtherCA
		},
	}
}

var errOtherCA = adit.Errorf(adit.Forbidden, "this is not the coordinator of the invitation: its CA is another. Somebody may be in between, or it was set up anew; ask its operator for a new code")
