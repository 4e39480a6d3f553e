package coordinator

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"syscall"

	"golang.org/x/sync/errgroup"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop"
	"github.com/adit-mining/adit/coop/gate"
	"github.com/adit-mining/adit/coop/rpc"
	"github.com/adit-mining/adit/link/pki"
	"github.com/adit-mining/adit/stratum/port"
)

// doors are where members connect.
type doors struct {
	grpc    net.Listener // nil = closed
	rpc     *rpc.Server
	revoked *pki.Revocations // nil = nobody has a certificate
	pki     *pki.Folder      // whose certificates are shown and kept fresh; nil = the configuration's files

	stratum net.Listener // nil = closed
	gate    stratumGate
	dialect string
	secure  bool // Stratum takes TLS, too
	made    bool // certificates were made just now

	metrics     net.Listener // nil = closed
	metricsPath string
}

// stratumGate is the gate of one dialect.
type stratumGate interface {
	coop.Gate
	Serve(ctx context.Context, ln net.Listener) error
	Sessions() int
}

func (c *Coordinator) openDoors(ctx context.Context) error {
	if err := c.openGRPC(ctx); err != nil {
		return err
	}
	if err := c.openStratum(ctx); err != nil {
		return err
	}
	return c.openMetrics(ctx)
}

func (c *Coordinator) openGRPC(ctx context.Context) (err error) {
	cfg, d := c.o.Config, &c.doors
	if cfg.GRPC.Listen == "" {
		return nil
	}
	o := rpc.Options{
		Crew: c.crew, Commander: c.crew, Cluster: c.cluster, Anonymous: !cfg.GRPC.TLS.Enabled || !cfg.GRPC.TLS.RequireClientCert,
		MaxWorkers: cfg.GRPC.MaxWorkers, Heartbeat: cfg.Workers.Heartbeat, Timeout: cfg.Workers.Timeout,
		MaxShareRate: cfg.Shares.MaxRate, Observe: c.o.Metrics.GRPC, Log: c.o.Log,
	}
	if cfg.GRPC.TLS.Enabled {
		if o.Identity, err = c.identity(ctx, cfg.GRPC.TLS.Cert, cfg.GRPC.TLS.Key, cfg.GRPC.TLS.CA); err != nil {
			return err
		}
		if d.revoked, err = pki.WatchRevoked(pki.At(c.o.PKI, pki.Options{}).RevokedFile(), c.o.Log); err != nil {
			return err
		}
		o.Revoked = d.revoked
	}
	if d.grpc, err = listen(ctx, "grpc.listen", cfg.GRPC.Listen); err != nil {
		return err
	}
	if cfg.GRPC.TLS.Enabled && pki.At(c.o.PKI, pki.Options{}).Signed(o.Identity.Leaf()) { // else a code's pin would not fit
		if o.Register, err = c.openEnrol(d.grpc.Addr().String()); err != nil {
			return err
		}
	}
	d.rpc, err = rpc.New(o)
	return err
}

// cluster is what a worker is told of the crew.
func (c *Coordinator) cluster() rpc.Cluster {
	cfg := c.o.Config
	out := rpc.Cluster{ID: cfg.Cluster.ID, Name: cfg.Cluster.Name, JobTimeout: cfg.Jobs.Timeout, Coin: cfg.Coin.Symbol, Algorithm: cfg.Coin.Algorithm}
	if cfg.Shares.Target != nil {
		out.Target = *cfg.Shares.Target
	}
	return out
}

// identity loads the coordinator's certificate: that of the configuration, else that of the data directory, which is made
// where there is none.
func (c *Coordinator) identity(ctx context.Context, cert, key, ca string) (*pki.Identity, error) {
	files := pki.Files{Cert: cert, Key: key, CA: ca}
	if cert == "" {
		own := pki.At(c.o.PKI, pki.Options{})
		if !own.Exists() {
			if _, err := own.Init(ctx, pki.InitOptions{}); err != nil && adit.CodeOf(err) != adit.Conflict {
				return nil, err
			}
			c.doors.made = true
		}
		if err := own.Tend(ctx); err != nil { // a pair that a crash tore apart could not be loaded
			return nil, err
		}
		c.doors.pki = own
		files = own.ServerFiles()
		if ca != "" {
			files.CA = ca
		}
	}
	return pki.Load(files, pki.IdentityOptions{Log: c.o.Log})
}

func (c *Coordinator) openStratum(ctx context.Context) (err error) {
	cfg, d := c.o.Config, &c.doors
	if cfg.Stratum.Listen == "" {
		return nil
	}
	o := port.Options{Log: c.o.Log}
	if t := cfg.Stratum.TLS; t.Enabled {
		id, err := c.identity(ctx, t.Cert, t.Key, t.CA)
		if err != nil {
			return err
		}
		o.TLS = minersTLS(id)
		d.secure = true
	}
	if cfg.Coin.Algorithm == adit.SHA256d {
		d.gate, d.dialect = gate.NewBitcoin(gate.BitcoinOptions{Crew: c.crew, Port: o}), "bitcoin"
	}
	if d.gate == nil {
		d.gate, d.dialect = gate.NewXMR(gate.XMROptions{Crew: c.crew, Port: o}), "xmr"
	}
	d.stratum, err = listen(ctx, "stratum.listen", cfg.Stratum.Listen)
	return err
}

// minersTLS shows the certificate to whoever comes: miners have none of their own.
func minersTLS(id *pki.Identity) *tls.Config {
	c := id.Server(pki.ServerOptions{})
	c.ClientAuth = tls.NoClientCert
	c.MinVersion, c.NextProtos = tls.VersionTLS12, nil // what miners speak
	return c
}

func listen(ctx context.Context, field, at string) (net.Listener, error) {
	ln, err := new(net.ListenConfig).Listen(ctx, "tcp", at)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, adit.Errorf(adit.Conflict, "%s: %s is taken by another program: choose another port", field, at)
	case errors.Is(err, syscall.EACCES):
		return nil, adit.Errorf(adit.Forbidden, "%s: this user may not listen on %s: take a port above 1023", field, at)
	case err != nil:
		return nil, adit.InvalidField(field, "cannot listen on %s: %v", at, err)
	}
	return ln, nil
}

func (c *Coordinator) runDoors(ctx context.Context, g *errgroup.Group) {
	d := &c.doors
	if d.grpc != nil {
		g.Go(func() error { return d.rpc.Serve(ctx, d.grpc) })
	}
	if d.revoked != nil {
		g.Go(func() error { return d.revoked.Run(ctx) })
	}
	if d.pki != nil {
		g.Go(func() error { return d.pki.Keep(ctx, c.o.Log) })
	}
	if d.stratum != nil {
		g.Go(func() error { return d.gate.Serve(ctx, d.stratum) })
	}
	if d.metrics != nil {
		g.Go(func() error { return c.serveMetrics(ctx) })
	}
}

func (c *Coordinator) closeDoors() (err error) {
	for _, l := range []net.Listener{c.doors.grpc, c.doors.stratum, c.doors.metrics} {
		if l == nil {
			continue
		}
		if e := l.Close(); e != nil && !errors.Is(e, net.ErrClosed) {
			err = errors.Join(err, e)
		}
	}
	return err
}

func (d *doors) words() (out []string) {
	if d.stratum != nil {
		kind := ""
		if d.secure {
			kind = ", plain or TLS"
		}
		out = append(out, "Miners:   stratum+tcp://"+d.stratum.Addr().String()+kind)
	}
	if d.grpc != nil {
		out = append(out, "Workers:  "+d.grpc.Addr().String()+"; invite one: adit coop invite")
	}
	if d.metrics != nil {
		out = append(out, "Metrics:  http://"+d.metrics.Addr().String()+d.metricsPath+" with a token: adit token create --scope metrics")
	}
	if d.made {
		out = append(out, "          certificates were made for it, see adit pki list")
	}
	return out
}
