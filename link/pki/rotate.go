package pki

import (
	"context"
	"crypto/rand"
	"crypto/x509"
	"slices"
	"strings"

	"github.com/adit-mining/adit"
)

// Rotate makes a new CA that signs from now on. The older ones are trusted until Finish, and each signs the new one, so
// that workers who trust only an older one follow; their certificates are renewed by the new CA as they come.
func (f *Folder) Rotate(ctx context.Context) (m Made, err error) {
	err = f.change(ctx, func() error {
		before, err := f.authority()
		if err != nil {
			return err
		}
		a, err := newAuthority(f.now())
		if err != nil {
			return err
		}
		if a, err = f.cross(before, a); err != nil {
			return err
		}
		if err := f.writeAuthority(a); err != nil {
			return err
		}
		m.CA = a.cert
		return f.reissue(a, &m)
	})
	return m, err
}

// cross has the CA before sign the new one, and joins their trust.
func (f *Folder) cross(before, a authority) (authority, error) {
	now := f.now()
	a.cross = slices.Clone(before.cross)
	for _, c := range before.trust {
		if now.Before(c.NotAfter) {
			a.trust = append(a.trust, c)
		}
	}
	t := caTemplate(a.cert.Subject.CommonName, now)
	if t.NotAfter.After(before.cert.NotAfter) {
		t.NotAfter = before.cert.NotAfter
	}
	if !now.Before(t.NotAfter) {
		return a, nil // the one before has expired: nobody trusts it any more
	}
	raw, err := x509.CreateCertificate(rand.Reader, t, before.cert, &a.key.PublicKey, before.key)
	if err != nil {
		return a, err
	}
	c, err := x509.ParseCertificate(raw)
	a.cross = append(a.cross, c)
	return a, err
}

// reissue makes the certificates of this folder by a new CA.
func (f *Folder) reissue(a authority, m *Made) (err error) {
	hosts, err := allHosts(f.serverHosts())
	if err != nil {
		return err
	}
	if m.Server, err = f.issueServer(a, hosts, DefaultLife); err != nil {
		return err
	}
	certs, err := readCerts(f.ClientFiles().Cert)
	if err != nil {
		return nil //nolint:nilerr // none here: nothing to renew
	}
	r := Request{Name: certs[0].Subject.CommonName}
	if f.may(&r) != nil {
		return nil // revoked: it stays so
	}
	m.Client, err = f.issue(a, f.leaf(r.Name, KindClient, r.Life), KindClient, f.ClientFiles())
	return err
}

// Finish ends a rotation: only the newest CA is trusted. It refuses where members hold certificates of an older CA alone,
// unless cut is true; it returns their names.
func (f *Folder) Finish(ctx context.Context, cut bool) (left []string, err error) {
	err = f.change(ctx, func() error {
		a, err := f.authority()
		if err != nil {
			return err
		}
		if len(a.trust) == 1 {
			return adit.Errorf(adit.Conflict, "nothing to finish: only one CA is trusted")
		}
		if left, err = f.behind(a); err != nil {
			return err
		}
		if len(left) > 0 && !cut {
			return adit.Errorf(adit.Conflict, "%d members have not renewed yet and would be cut off: %s. Wait until they were here, or say --cut", len(left), strings.Join(left, ", "))
		}
		a.trust, a.cross = []*x509.Certificate{a.cert}, nil
		if err := f.writeAuthority(a); err != nil {
			return err
		}
		return f.reissue(a, &Made{})
	})
	return left, err
}

// behind are the members whose valid certificates are all of an older CA.
func (f *Folder) behind(a authority) ([]string, error) {
	list, err := f.List()
	if err != nil {
		return nil, err
	}
	now, newest := f.now(), fingerprintHex(a.cert)
	on := map[string]bool{}
	for _, i := range list {
		if i.Kind == KindClient && i.State(now) == "valid" {
			on[i.Name] = on[i.Name] || i.CA == newest
		}
	}
	var out []string
	for name, renewed := range on {
		if !renewed {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out, nil
}
