package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"sync/atomic"
	"syscall"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/api"
)

// DefaultListen is where people reach adit.
const DefaultListen = "127.0.0.1:8080"

// ListenLoopback opens a listener for people, on this computer only.
func ListenLoopback(ctx context.Context, addr string) (net.Listener, error) {
	host, port, err := net.SplitHostPort(addr)
	if n, bad := strconv.ParseUint(port, 10, 16); err != nil || bad != nil || n > 65535 {
		return nil, WithHint(adit.InvalidField("--listen", "%q is not HOST:PORT", addr), "", "adit up --listen "+DefaultListen)
	}
	ip := net.ParseIP(host)
	if host == "localhost" {
		ip = net.IPv4(127, 0, 0, 1)
	}
	if ip == nil || !ip.IsLoopback() {
		return nil, WithHint(
			adit.Errorf(adit.Forbidden, "adit does not listen on %q: beyond this computer that needs an owner account and TLS, which this version does not have", addr),
			"Listen here and reach it from elsewhere through an SSH tunnel, run there:", "ssh -N -L 8080:127.0.0.1:8080 THIS-COMPUTER")
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", net.JoinHostPort(ip.String(), port))
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, WithHint(adit.Errorf(adit.Conflict, "port %s of %s is taken by another program", port, ip),
			"Name another port; 0 takes any that is free.", "adit up --listen 127.0.0.1:0")
	case errors.Is(err, syscall.EACCES):
		return nil, WithHint(adit.Errorf(adit.Forbidden, "this user may not listen on port %s", port),
			"Ports under 1024 need more rights; take a higher one.", "adit up --listen "+DefaultListen)
	case err != nil:
		return nil, WithHint(adit.Errorf(adit.Invalid, "adit cannot listen on %s: %w", addr, err), "", "adit up --listen "+DefaultListen)
	}
	return l, nil
}

// front is the handler of people's listener: it answers at once, with "starting" until the house has its own.
type front struct{ now atomic.Pointer[http.Handler] }

func (f *front) set(h http.Handler) { f.now.Store(&h) }

// ServeHTTP implements http.Handler.
func (f *front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if h := f.now.Load(); h != nil {
		(*h).ServeHTTP(w, r)
		return
	}
	starting(w, r)
}

// starting answers while the house is not ready: alive, not ready, look again in a second. The page keeps the fragment
// of a one-time link, because a reload does.
func starting(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	switch r.URL.Path {
	case "/health":
		h.Set("Content-Type", "application/json")
		fmt.Fprintln(w, `{"status":"ok"}`)
		return
	case "/ready":
		h.Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusServiceUnavailable)
		fmt.Fprintln(w, `{"status":"waiting","missing":["adit is starting"]}`)
		return
	}
	h.Set("Retry-After", "1")
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'")
	h.Set("Refresh", "1")
	w.WriteHeader(http.StatusServiceUnavailable)
	fmt.Fprintln(w, "<!doctype html><html lang=en><title>adit</title><p>adit is starting.")
}

// counter serves people until ctx ends. It takes the listener that was opened first; a later run opens the address anew.
type counter struct {
	first net.Listener
	addr  string
	front *front
	log   *slog.Logger
}

// Run implements Service.
func (c *counter) Run(ctx context.Context) error {
	l := c.first
	if c.first = nil; l == nil {
		var err error
		if l, err = ListenLoopback(ctx, c.addr); err != nil {
			return err
		}
	}
	return api.Serve(ctx, l, c.front, c.log)
}
