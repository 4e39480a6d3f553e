package rpc

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"net/netip"
	"strings"
	"unicode"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/status"

	"github.com/adit-mining/adit/coop"
	"github.com/adit-mining/adit/link/pki"
)

// caller is who stands behind a connection.
type caller struct {
	cert   *x509.Certificate // nil = none was shown
	remote netip.AddrPort
	tls    string // "TLS 1.3", "" = plain
}

// Caller tells the certificate and the address behind a call; cert is nil where none was shown. Services added by
// Options.Register use it: what it returns was verified.
func Caller(ctx context.Context) (cert *x509.Certificate, remote netip.AddrPort) {
	c := callerOf(ctx)
	return c.cert, c.remote
}

func callerOf(ctx context.Context) (c caller) {
	p, ok := peer.FromContext(ctx)
	if !ok {
		return c
	}
	if p.Addr != nil {
		c.remote, _ = netip.ParseAddrPort(p.Addr.String())
	}
	if info, ok := p.AuthInfo.(credentials.TLSInfo); ok {
		c.tls = tls.VersionName(info.State.Version)
		if len(info.State.PeerCertificates) > 0 {
			c.cert = info.State.PeerCertificates[0]
		}
	}
	return c
}

// admitted finds the caller and refuses who may not speak here at all.
func (s *Server) admitted(ctx context.Context) (caller, error) {
	c := callerOf(ctx)
	switch {
	case c.cert == nil && !s.o.Anonymous:
		return c, status.Error(codes.Unauthenticated, "a certificate is needed: join with `adit coop join CODE`, or name one with --tls-cert and --tls-key")
	case c.cert == nil:
		return c, nil
	}
	if _, revoked := s.o.Revoked.Find(c.cert); revoked {
		return c, status.Error(codes.PermissionDenied, "the certificate was revoked")
	}
	if now := s.o.Now(); now.After(c.cert.NotAfter) {
		return c, status.Error(codes.Unauthenticated, "the certificate has expired")
	}
	return c, nil
}

// member is the member that the caller means by a worker id: "WORKER", or "NAME/WORKER" with its own NAME.
func (c caller) member(id string) (coop.MemberID, string, error) {
	name, worker, long := strings.Cut(id, "/")
	switch {
	case !long:
		worker = id
	case c.cert == nil || name != c.cert.Subject.CommonName:
		return "", "", status.Errorf(codes.PermissionDenied, "worker_id: %q is not under the caller's own certificate", short(id))
	}
	if !pki.ValidName(worker) {
		return "", "", status.Errorf(codes.InvalidArgument, "worker_id: %q: use 1 to 64 letters, digits, '.', '_', '-', beginning with a letter or digit", short(worker))
	}
	if c.cert == nil {
		return coop.MemberID(worker), worker, nil
	}
	return coop.MemberID(c.cert.Subject.CommonName + "/" + worker), worker, nil
}

func (c caller) fingerprint() string {
	if c.cert == nil {
		return ""
	}
	f := pki.Fingerprint(c.cert)
	return hex.EncodeToString(f[:])
}

// short keeps what a stranger sent from filling logs and answers.
func short(s string) string { return cut(s, 80) }

func cut(s string, most int) string {
	s = strings.ToValidUTF8(s, "?")
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, s)
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "")
	}
	return s
}
