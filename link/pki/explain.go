package pki

import (
	"crypto/x509"
	"errors"
	"strings"
	"time"

	"github.com/adit-mining/adit"
)

// Explain says in words why a handshake with a coordinator failed, nil where it was not about certificates.
// mine is the caller's own certificate, nil where it showed none.
func Explain(err error, mine *x509.Certificate, now time.Time) error {
	if e, coded := adit.AsError(err); coded {
		return e
	}
	var (
		invalid x509.CertificateInvalidError
		unknown x509.UnknownAuthorityError
		host    x509.HostnameError
	)
	switch {
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return outOfTime("the coordinator's", invalid.Cert, now, "run `adit pki rotate` on its computer")
	case errors.As(err, &invalid):
		return adit.Errorf(adit.Forbidden, "the coordinator's certificate does not count: %v", invalid)
	case errors.As(err, &unknown):
		return adit.Errorf(adit.Forbidden, "the coordinator's certificate is of a CA that this computer does not trust: join anew with `adit coop join CODE`, or name the CA with --tls-ca")
	case errors.As(err, &host):
		return adit.Errorf(adit.Forbidden, "the coordinator's certificate is for %s, not for %s: run `adit pki issue --server --host %s` on its computer, or use one of those names",
			strings.Join(Hosts(host.Certificate), ", "), host.Host, host.Host)
	}
	return remote(err, mine, now)
}

// remote reads the alert by which the coordinator refused us (RFC 8446 section 6.2; the words are crypto/tls's).
func remote(err error, mine *x509.Certificate, now time.Time) error {
	_, alert, ok := strings.Cut(err.Error(), "remote error: tls: ")
	switch {
	case !ok:
		return nil
	case mine == nil || strings.HasPrefix(alert, "certificate required"):
		return adit.Errorf(adit.Unauthorized, "the coordinator wants a certificate: join with `adit coop join CODE`, or name one with --tls-cert and --tls-key")
	case strings.HasPrefix(alert, "expired certificate"):
		return outOfTime("this computer's", mine, now, "join anew with `adit coop join CODE`, or `adit pki issue` on the coordinator's computer")
	case strings.HasPrefix(alert, "bad certificate"):
		return adit.Errorf(adit.Forbidden, "the coordinator takes %s's certificate no longer: it was revoked. Ask its operator for a new invitation", mine.Subject.CommonName)
	case strings.HasPrefix(alert, "unknown certificate authority"):
		return adit.Errorf(adit.Forbidden, "the coordinator does not know the CA of this computer's certificate: join anew with `adit coop join CODE`")
	}
	return adit.Errorf(adit.Forbidden, "the coordinator refuses this computer's certificate: %s", alert)
}

// outOfTime tells expired from not yet valid by this computer's clock, and names the clock where it may be the cause.
func outOfTime(whose string, c *x509.Certificate, now time.Time, fix string) error {
	switch {
	case c == nil:
		return adit.Errorf(adit.Forbidden, "%s certificate has expired: %s", whose, fix)
	case now.Before(c.NotBefore):
		return adit.Errorf(adit.Forbidden, "%s certificate counts from %s on and this computer's clock says %s: set the clock", whose,
			c.NotBefore.UTC().Format(time.DateTime), now.UTC().Format(time.DateTime))
	case now.After(c.NotAfter):
		return adit.Errorf(adit.Forbidden, "%s certificate has expired on %s: %s", whose, c.NotAfter.UTC().Format(time.DateTime), fix)
	}
	return adit.Errorf(adit.Forbidden, "%s certificate is out of its time (%s to %s) by the coordinator's clock, and in it by this computer's, which says %s: set the clocks", whose,
		c.NotBefore.UTC().Format(time.DateTime), c.NotAfter.UTC().Format(time.DateTime), now.UTC().Format(time.DateTime))
}
