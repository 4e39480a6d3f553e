package stratum

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"net"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/internal/wording"
)

// link is what the connecting itself taught.
type link struct {
	ip          string
	version     string // of TLS
	fingerprint string
}

// connect opens TCP and, where the URL asks for it, TLS.
func connect(ctx context.Context, p Pool, dial DialFunc) (net.Conn, link, error) {
	a, err := p.address()
	if err != nil {
		return nil, link{}, err
	}
	if dial == nil {
		dial = (&net.Dialer{}).DialContext
	}
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	conn, err := dial(ctx, "tcp", a.host)
	if err != nil {
		return nil, link{}, unreachable(ctx, a.host, err)
	}
	ln := link{ip: hostOf(conn.RemoteAddr())}
	if !a.tls {
		return conn, ln, nil
	}
	secure := tls.Client(conn, tlsConfig(a.name, p.Fingerprint, nil))
	if err := secure.HandshakeContext(ctx); err != nil {
		conn.Close()
		var coded *adit.Error
		var plain tls.RecordHeaderError
		switch {
		case errors.As(err, &coded):
			return nil, link{}, coded
		case errors.As(err, &plain):
			return nil, link{}, adit.Errorf(adit.Refused, "%s does not speak TLS on this port; use stratum+tcp:// or the pool's TLS port", a.host)
		}
		return nil, link{}, unreachable(ctx, a.host, err)
	}
	state := secure.ConnectionState()
	ln.version = tls.VersionName(state.Version)
	ln.fingerprint = fingerprint(state.PeerCertificates[0])
	return secure, ln, nil
}

func unreachable(ctx context.Context, host string, err error) error {
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return adit.Errorf(adit.Timeout, "%s did not take the connection within %s", host, wording.Length(connectTimeout))
	case ctx.Err() != nil:
		return ctx.Err()
	}
	return adit.Errorf(adit.Unreachable, "%s cannot be reached: %w", host, err)
}

// tlsConfig checks the pool's certificate: by its fingerprint where one is given and nothing else then, as XMRig does;
// else by the system's roots. XMRig takes any certificate when no fingerprint is given; adit does not, and tells how
// to pin a self-signed one instead. roots nil is the system.
func tlsConfig(name, pin string, roots *x509.CertPool) *tls.Config {
	c := &tls.Config{ServerName: name, MinVersion: tls.VersionTLS12}
	c.InsecureSkipVerify = true // VerifyConnection does it
	c.VerifyConnection = func(s tls.ConnectionState) error {
		leaf := s.PeerCertificates[0]
		seen := sha256.Sum256(leaf.Raw)
		if pin != "" {
			want, err := parseFingerprint(pin)
			if err != nil {
				return err
			}
			if subtle.ConstantTimeCompare(want[:], seen[:]) != 1 {
				return adit.Errorf(adit.Refused, "the pool's certificate is not the pinned one: its fingerprint is %x, configured is %x. Somebody may sit between; ask the pool before you change the pin", seen, want)
			}
			return nil
		}
		between := x509.NewCertPool()
		for _, cert := range s.PeerCertificates[1:] {
			between.AddCert(cert)
		}
		if _, err := leaf.Verify(x509.VerifyOptions{DNSName: name, Roots: roots, Intermediates: between}); err != nil {
			return adit.Errorf(adit.Refused, "the pool's certificate cannot be verified (%w). Many pools sign their own: compare this fingerprint with the pool's web site and set it as tls-fingerprint: %x", err, seen)
		}
		return nil
	}
	return c
}

func fingerprint(cert *x509.Certificate) string {
	sum := sha256.Sum256(cert.Raw)
	return hex.EncodeToString(sum[:])
}

// hostOf returns the address without port.
func hostOf(a net.Addr) string {
	if host, _, err := net.SplitHostPort(a.String()); err == nil {
		return host
	}
	return a.String()
}
