package pki

import (
	"crypto/x509"
	"net"
	"net/netip"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/adit-mining/adit"
)

var hostRE = regexp.MustCompile(`^(\*\.)?([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$`)

// checkHost makes a host name or address what a certificate has.
func checkHost(s string) (string, error) {
	h := strings.ToLower(strings.TrimSuffix(strings.Trim(strings.TrimSpace(s), "[]"), "."))
	if a, err := netip.ParseAddr(h); err == nil {
		if a.Zone() != "" || a.IsUnspecified() {
			return "", adit.InvalidField("host", "%q: name an address that others reach, without a zone", s)
		}
		return a.Unmap().String(), nil
	}
	if len(h) > 253 || !hostRE.MatchString(h) {
		return "", adit.InvalidField("host", "%q: use a host name or an IP address, without a port", s)
	}
	return h, nil
}

// ownHosts are the names of this computer that are in every server certificate.
func ownHosts() []string {
	out := []string{"localhost", "127.0.0.1", "::1"}
	if name, err := os.Hostname(); err == nil {
		if h, err := checkHost(name); err == nil {
			out = append(out, h)
		}
	}
	return out
}

// allHosts adds hosts to this computer's own names, each once.
func allHosts(hosts []string) ([]string, error) {
	all := ownHosts()
	for _, h := range hosts {
		c, err := checkHost(h)
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	var out []string
	for _, h := range all {
		if !slices.Contains(out, h) {
			out = append(out, h)
		}
	}
	return out, nil
}

// Hosts are the names and addresses a certificate is for.
func Hosts(c *x509.Certificate) []string {
	out := slices.Clone(c.DNSNames)
	for _, ip := range c.IPAddresses {
		out = append(out, ip.String())
	}
	return out
}

func setHosts(c *x509.Certificate, hosts []string) {
	for _, h := range hosts {
		if ip := net.ParseIP(h); ip != nil {
			c.IPAddresses = append(c.IPAddresses, ip)
		} else {
			c.DNSNames = append(c.DNSNames, h)
		}
	}
}
