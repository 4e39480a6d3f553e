package enrol

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"os"
	"strings"
	"time"
	"unicode"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop/coopv1"
	"github.com/adit-mining/adit/coop/rpc"
	"github.com/adit-mining/adit/internal/atomicfile"
	"github.com/adit-mining/adit/link/pki"
)

const (
	renewLook = 10 * time.Minute
	renewRest = time.Hour // between two renewals because of another CA
)

// keyPair is the certificate of a pair that goes together.
func keyPair(cert, key []byte) (*x509.Certificate, error) {
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return nil, err
	}
	return pair.Leaf, nil
}

// clean keeps what another computer said to one line for a terminal.
func clean(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
	if len(s) > 300 {
		s = strings.ToValidUTF8(s[:300], "")
	}
	return s
}

// Renewer keeps the certificate of a computer that joined fresh.
type Renewer struct {
	Files    pki.Files     // those of JoinedFiles
	Identity *pki.Identity // loaded from Files; it sees the new certificate by itself
	Address  string        // HOST:PORT of the coordinator
	Now      func() time.Time
	Log      *slog.Logger
}

// Run looks every ten minutes until ctx ends, and renews after two thirds of the certificate's life, or once the
// coordinator's CA was rotated. Failing does no harm before the certificate expires: it is tried again.
func (r Renewer) Run(ctx context.Context) error {
	t := time.NewTicker(renewLook)
	defer t.Stop()
	var last time.Time
	for {
		if now := r.Now(); pki.Aged(r.Identity.Leaf(), now) || r.Identity.Behind() && now.Sub(last) > renewRest {
			last = now
			if err := r.Renew(ctx); err != nil && ctx.Err() == nil {
				r.Log.WarnContext(ctx, "the certificate could not be renewed; it is tried again", "until", r.Identity.Leaf().NotAfter.Format(time.DateOnly), "err", err)
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
		}
	}
}

// Renew gets a new certificate for the same key and puts it in place. The key stays: then one file changes at a time, and
// no crash can tear the pair apart.
func (r Renewer) Renew(ctx context.Context) error {
	key, err := os.ReadFile(r.Files.Key)
	if err != nil {
		return adit.Errorf(adit.Internal, "the key cannot be read: %w", err)
	}
	csr, err := pki.RequestFor(key, r.Identity.Leaf().Subject.CommonName)
	if err != nil {
		return err
	}
	conn, explain, err := rpc.DialMutual(r.Address, r.Identity, r.Now, nil)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }() // it is of no more use either way
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	got, err := coopv1.NewEnrolClient(conn).Renew(ctx, &coopv1.EnrolRenewRequest{Csr: csr})
	if err != nil {
		return explain(err)
	}
	leaf, err := keyPair(got.GetCertificate(), key)
	if err != nil || leaf.Subject.CommonName != r.Identity.Leaf().Subject.CommonName {
		return adit.Errorf(adit.Refused, "the coordinator gave a certificate that is not this member's")
	}
	if _, err := pki.ParseCerts(got.GetCa()); err != nil {
		return err
	}
	for _, p := range []struct {
		path string
		text []byte
	}{{r.Files.CA, got.GetCa()}, {r.Files.Cert, got.GetCertificate()}} {
		if err := atomicfile.Write(p.path, p.text, 0o600); err != nil {
			return unwritable(err)
		}
	}
	r.Log.InfoContext(ctx, "the certificate was renewed", "until", leaf.NotAfter.Format(time.DateOnly))
	return nil
}
