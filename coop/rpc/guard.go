package rpc

import (
	"context"
	"crypto/x509"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"
	"google.golang.org/grpc/credentials"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/link/pki"
)

// Connections without a certificate serve to enrol only: few, and not for long.
const (
	strangersMost   = 64
	strangersPerIP  = 8
	strangersStay   = time.Minute
	expiredLookEach = 10 * time.Second
	lingerTime      = time.Second
)

// conns does the handshakes and knows all connections, so that those of a member who was revoked can be cut.
type conns struct {
	credentials.TransportCredentials
	o   *Options
	log *rate.Limiter

	mu      sync.Mutex
	all     map[*conn]struct{}
	strange map[netip.Addr]int // those without a certificate, by address
	count   int                // of them
	swept   time.Time
}

// conn is one connection after its handshake.
type conn struct {
	net.Conn
	raw   net.Conn
	owner *conns
	cert  *x509.Certificate // nil = a stranger
	from  netip.Addr
	since time.Time
	once  sync.Once
}

func newConns(o *Options) *conns {
	cfg := o.Identity.Server(pki.ServerOptions{Revoked: o.Revoked})
	return &conns{
		TransportCredentials: credentials.NewTLS(cfg), o: o, log: rate.NewLimiter(rate.Every(time.Second), 10),
		all: map[*conn]struct{}{}, strange: map[netip.Addr]int{},
	}
}

// ServerHandshake implements credentials.TransportCredentials.
func (c *conns) ServerHandshake(raw net.Conn) (net.Conn, credentials.AuthInfo, error) {
	h := &held{Conn: raw}
	tlsConn, info, err := c.TransportCredentials.ServerHandshake(h)
	if err != nil {
		c.refused(raw, err)
		linger(raw)
		return nil, nil, err
	}
	h.free.Store(true)
	k := &conn{Conn: tlsConn, raw: raw, owner: c, since: c.o.Now()}
	if a, err := netip.ParseAddrPort(raw.RemoteAddr().String()); err == nil {
		k.from = a.Addr().Unmap()
	}
	if t, ok := info.(credentials.TLSInfo); ok && len(t.State.PeerCertificates) > 0 {
		k.cert = t.State.PeerCertificates[0]
	}
	if err := c.add(k); err != nil {
		_ = tlsConn.Close()
		c.refused(raw, err)
		return nil, nil, err
	}
	return k, info, nil
}

// held is a connection that a failed handshake does not close: linger comes first, then its owner closes it.
type held struct {
	net.Conn
	free atomic.Bool
}

func (h *held) Close() error {
	if !h.free.Load() {
		return nil
	}
	return h.Conn.Close()
}

// linger lets a refused caller read why: closed with unread bytes a connection is reset, and the alert is lost on the way.
func linger(raw net.Conn) {
	w, ok := raw.(interface{ CloseWrite() error })
	if !ok || w.CloseWrite() != nil {
		return
	}
	_ = raw.SetReadDeadline(time.Now().Add(lingerTime))
	_, _ = io.CopyN(io.Discard, raw, maxReceive)
}

// Clone implements credentials.TransportCredentials; the server does not use it.
func (c *conns) Clone() credentials.TransportCredentials { return c }

func (c *conns) refused(raw net.Conn, err error) {
	c.o.Observe("handshake", "refused", 0)
	if c.log.Allow() {
		c.o.Log.Info("a connection was refused", "from", raw.RemoteAddr().String(), "why", cut(err.Error(), 200))
	} else if c.o.Log.Enabled(context.Background(), slog.LevelDebug) {
		c.o.Log.Debug("a connection was refused", "from", raw.RemoteAddr().String(), "why", cut(err.Error(), 200))
	}
}

func (c *conns) add(k *conn) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if k.cert == nil && !c.o.Anonymous {
		if c.count >= strangersMost || c.strange[k.from] >= strangersPerIP {
			return adit.Errorf(adit.Refused, "too many connections without a certificate")
		}
		c.count++
		c.strange[k.from]++
	}
	c.all[k] = struct{}{}
	return nil
}

// Close implements net.Conn.
func (k *conn) Close() error {
	k.once.Do(func() { k.owner.remove(k) })
	return k.Conn.Close()
}

func (c *conns) remove(k *conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.all, k)
	if k.cert == nil && !c.o.Anonymous {
		c.count--
		if c.strange[k.from]--; c.strange[k.from] <= 0 {
			delete(c.strange, k.from)
		}
	}
}

// cutRevoked closes the connections of certificates that were taken back.
func (c *conns) cutRevoked() {
	c.cut("its certificate was revoked", func(k *conn) bool {
		if k.cert == nil {
			return false
		}
		_, revoked := c.o.Revoked.Find(k.cert)
		return revoked
	})
}

// sweep closes strangers who stay, and now and then connections whose certificate has expired meanwhile.
func (c *conns) sweep(now time.Time) {
	if !c.o.Anonymous {
		c.cut("it came without a certificate and stayed", func(k *conn) bool { return k.cert == nil && now.Sub(k.since) > strangersStay })
	}
	if now.Sub(c.swept) < expiredLookEach {
		return
	}
	c.swept = now
	c.cut("its certificate has expired", func(k *conn) bool { return k.cert != nil && now.After(k.cert.NotAfter) })
}

func (c *conns) cut(why string, which func(*conn) bool) {
	var out []*conn
	c.mu.Lock()
	for k := range c.all {
		if which(k) {
			out = append(out, k)
		}
	}
	c.mu.Unlock()
	for _, k := range out {
		name := ""
		if k.cert != nil {
			name = k.cert.Subject.CommonName
		}
		c.o.Log.Info("a connection was cut", "from", k.from, "member", name, "why", why)
		_ = k.raw.Close() // TLS's own Close would first wait for a peer that stalls
		_ = k.Close()
	}
}
