package pki

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/adit-mining/adit"
)

// serverName is the common name of coordinators' certificates; TLS looks at the hosts only.
const serverName = "coordinator"

// InitOptions is what Init makes.
type InitOptions struct {
	Hosts  []string      // further names and addresses of the coordinator
	Client string        // name of the certificate for workers on this computer; "" = the computer's name
	Life   time.Duration // of both certificates, 0 = DefaultLife
	Again  bool          // there is an authority already: make a new one, and nothing it gave out counts any more
}

// Made is what Init, IssueServer and Rotate made.
type Made struct {
	CA     *x509.Certificate
	Server *x509.Certificate
	Client *x509.Certificate // nil: not made anew
}

// Init makes the authority, a certificate for the coordinator and one for workers on this computer.
func (f *Folder) Init(ctx context.Context, o InitOptions) (m Made, err error) {
	hosts, err := allHosts(o.Hosts)
	if err != nil {
		return m, err
	}
	if o.Life, err = life(o.Life); err != nil {
		return m, err
	}
	if o.Client == "" {
		o.Client = thisComputer()
	}
	if err := checkName("name", o.Client); err != nil {
		return m, err
	}
	err = f.change(ctx, func() error {
		if f.Exists() && !o.Again {
			return adit.Errorf(adit.Conflict, "there is a certificate authority already; renew with `adit pki rotate`, add names with `adit pki issue --server --host NAME`, begin anew with --again")
		}
		a, err := newAuthority(f.now())
		if err != nil {
			return err
		}
		if err := f.writeAuthority(a); err != nil {
			return err
		}
		m.CA = a.cert
		if m.Server, err = f.issueServer(a, hosts, o.Life); err != nil {
			return err
		}
		m.Client, err = f.issue(a, f.leaf(o.Client, KindClient, o.Life), KindClient, f.ClientFiles())
		return err
	})
	return m, err
}

// thisComputer is the computer's name as a certificate may have it.
func thisComputer() string {
	name, _ := os.Hostname()
	name, _, _ = strings.Cut(name, ".")
	if len(name) > 64 {
		name = name[:64]
	}
	if !ValidName(name) {
		return "this-computer"
	}
	return name
}

// ThisComputer is the name a certificate for this computer has where none is chosen.
func ThisComputer() string { return thisComputer() }

// writeAuthority puts the CAs in place, the key last but the cross-signed ones: until then the old key still signs.
func (f *Folder) writeAuthority(a authority) error {
	text, err := keyPEM(a.key)
	if err != nil {
		return err
	}
	if err := writeFile(f.path(caCertFile), certsPEM(a.trust...)); err != nil {
		return err
	}
	if len(a.cross) > 0 {
		err = writeFile(f.path(crossFile), certsPEM(a.cross...))
	} else if err = os.Remove(f.path(crossFile)); absentFile(err) {
		err = nil
	}
	if err != nil {
		return unwritable(err)
	}
	return writeFile(f.path(caKeyFile), text)
}

func (f *Folder) issueServer(a authority, hosts []string, d time.Duration) (*x509.Certificate, error) {
	t := f.leaf(serverName, KindServer, d)
	setHosts(t, hosts)
	return f.issue(a, t, KindServer, f.ServerFiles())
}

// IssueServer makes the coordinator's certificate anew, with the names it has and further ones. A running coordinator
// takes it at its next connection.
func (f *Folder) IssueServer(ctx context.Context, hosts []string, d time.Duration) (m Made, err error) {
	if d, err = life(d); err != nil {
		return m, err
	}
	err = f.change(ctx, func() error {
		a, err := f.authority()
		if err != nil {
			return err
		}
		all, err := allHosts(append(f.serverHosts(), hosts...))
		if err != nil {
			return err
		}
		m.CA = a.cert
		m.Server, err = f.issueServer(a, all, d)
		return err
	})
	return m, err
}

// serverHosts are those of the coordinator's certificate, none where there is none.
func (f *Folder) serverHosts() []string {
	certs, err := readCerts(f.ServerFiles().Cert)
	if err != nil {
		return nil
	}
	return Hosts(certs[0])
}

// AddHost makes sure that the coordinator's certificate is for a host, and returns the host as it stands there.
func (f *Folder) AddHost(ctx context.Context, host string) (string, error) {
	h, err := checkHost(host)
	if err != nil {
		return "", err
	}
	if !f.Exists() {
		return "", f.noCA()
	}
	if slices.Contains(f.serverHosts(), h) {
		return h, nil
	}
	_, err = f.IssueServer(ctx, []string{h}, 0)
	return h, err
}

// Tend renews the certificates of coordinator and workers on this computer after two thirds of their lives, and mends a
// pair that a crash tore apart. A coordinator calls it at its start and once a day.
func (f *Folder) Tend(ctx context.Context) error {
	if !f.Exists() {
		return nil
	}
	if f.due(f.ServerFiles()) {
		if _, err := f.IssueServer(ctx, nil, 0); err != nil {
			return err
		}
	}
	certs, err := readCerts(f.ClientFiles().Cert)
	if err != nil || !f.due(f.ClientFiles()) {
		return nil //nolint:nilerr // it was removed by somebody who does not want it
	}
	return f.change(ctx, func() error {
		a, err := f.authority()
		if err != nil {
			return err
		}
		r := Request{Name: certs[0].Subject.CommonName}
		if err := f.may(&r); err != nil {
			return nil //nolint:nilerr // revoked: it stays so
		}
		_, err = f.issue(a, f.leaf(r.Name, KindClient, r.Life), KindClient, f.ClientFiles())
		return err
	})
}

// tendEvery is how often Keep looks.
const tendEvery = 12 * time.Hour

// Keep tends until ctx ends. What fails is told and tried again; the certificates that are there stay in use.
func (f *Folder) Keep(ctx context.Context, log *slog.Logger) error {
	t := time.NewTicker(tendEvery)
	defer t.Stop()
	for {
		if err := f.Tend(ctx); err != nil && ctx.Err() == nil {
			log.WarnContext(ctx, "the certificates could not be renewed; it is tried again", "err", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
		}
	}
}

func (f *Folder) due(p Files) bool {
	pair, err := tls.LoadX509KeyPair(p.Cert, p.Key)
	return err != nil || Aged(pair.Leaf, f.now())
}

// Aged reports whether a certificate is due for renewal: two thirds of its life are over.
func Aged(c *x509.Certificate, now time.Time) bool {
	return now.After(c.NotAfter.Add(-c.NotAfter.Sub(c.NotBefore) / 3))
}
