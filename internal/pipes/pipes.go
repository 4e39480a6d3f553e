// Package pipes is a network inside this process: a listener whose connections are pipes. Practice as an upstream of a
// crew needs no port with it, and tests run in virtual time.
//
// It imports the standard library only. Start reading at Listener.
package pipes

import (
	"context"
	"net"
	"net/netip"
	"sync"
)

// Listener is a net.Listener. Its methods may be called concurrently.
type Listener struct {
	conns chan net.Conn
	over  chan struct{}
	once  sync.Once
}

// Listen opens one.
func Listen() *Listener { return &Listener{conns: make(chan net.Conn), over: make(chan struct{})} }

// Accept implements net.Listener.
func (l *Listener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.over:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener.
func (l *Listener) Close() error {
	l.once.Do(func() { close(l.over) })
	return nil
}

// Addr implements net.Listener.
func (l *Listener) Addr() net.Addr { return address{} }

// Dial connects as net.Dialer.DialContext does, whatever the address.
func (l *Listener) Dial(ctx context.Context, _, _ string) (net.Conn, error) {
	near, far := net.Pipe()
	return near, l.hand(ctx, far)
}

// DialFrom connects as somebody at that IP:PORT.
func (l *Listener) DialFrom(ctx context.Context, from netip.AddrPort) (net.Conn, error) {
	near, far := net.Pipe()
	return near, l.hand(ctx, guest{far, net.TCPAddrFromAddrPort(from)})
}

func (l *Listener) hand(ctx context.Context, far net.Conn) error {
	select {
	case l.conns <- far:
		return nil
	case <-l.over:
		return net.ErrClosed
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// address has the form of an address, because logs and bans ask for one.
type address struct{}

func (address) Network() string { return "pipe" }
func (address) String() string  { return "127.0.0.1:1" }

// guest is a connection that comes from an address.
type guest struct {
	net.Conn
	from net.Addr
}

func (g guest) RemoteAddr() net.Addr { return g.from }
