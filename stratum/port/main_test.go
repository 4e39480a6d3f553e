package port

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/adit-mining/adit/internal/pipes"
)

func TestMain(m *testing.M) {
	if address := os.Getenv("PORT_CROWD"); address != "" {
		crowdIn(address, os.Getenv("PORT_CROWD_SIZE"))
		return
	}
	goleak.VerifyTestMain(m)
}

// echo answers each line with itself; some lines do more.
type echo struct {
	mu     sync.Mutex
	conns  map[*Conn]bool // open
	causes []error
	lines  int
	opened int
}

func newEcho() *echo { return &echo{conns: map[*Conn]bool{}} }

func (e *echo) Open(c *Conn) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.conns[c] = true
	e.opened++
	c.Data = new(int)
	return nil
}

func (e *echo) Line(c *Conn, line []byte) {
	*c.Data.(*int)++ // a race would show: lines of one connection come one after the other
	e.mu.Lock()
	e.lines++
	e.mu.Unlock()
	switch text := string(line); {
	case text == "hello":
		c.Settle()
		c.Send([]byte("welcome " + c.TLS() + "\n"))
	case text == "bye":
		c.Send([]byte("so long\n"))
		c.Close(errors.New("said bye"), true)
	case text == "cut":
		c.Close(errors.New("cut"), false)
	case text == "wait":
		c.Pause()
		go func() {
			c.Send([]byte("waited\n"))
			c.Resume()
		}()
	default:
		c.Send(append([]byte(text), '\n'))
	}
}

func (e *echo) Closed(c *Conn, cause error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.conns[c] {
		panic("closed twice, or never opened")
	}
	delete(e.conns, c)
	e.causes = append(e.causes, cause)
}

func (e *echo) all() (all []*Conn) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for c := range e.conns {
		all = append(all, c)
	}
	return all
}

func (e *echo) ends() (all []string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, err := range e.causes {
		all = append(all, err.Error())
	}
	return all
}

// plain hides that a listener is one of TCP, so that each connection gets a goroutine.
type plain struct{ net.Listener }

// modes runs a test with shared pollers (where there are any) and with a goroutine for each connection.
func modes(t *testing.T, f func(t *testing.T, wrap func(net.Listener) net.Listener)) {
	t.Run("shared", func(t *testing.T) { f(t, func(l net.Listener) net.Listener { return l }) })
	t.Run("each", func(t *testing.T) { f(t, func(l net.Listener) net.Listener { return plain{l} }) })
}

// open starts a server and returns its address; its end is checked.
func open(t *testing.T, wrap func(net.Listener) net.Listener, o Options) (*Server, string) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if o.Words == nil {
		o.Words = func(cause error) []byte { return []byte("! " + cause.Error() + "\n") }
	}
	v := New(o)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- v.Serve(ctx, wrap(ln)) }()
	t.Cleanup(func() {
		begin := time.Now()
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if took := time.Since(begin); took > 5*time.Second {
			t.Errorf("the server took %v to end", took)
		}
		if n := v.Conns(); n != 0 {
			t.Errorf("%d connections are left", n)
		}
		if e, ok := o.Handler.(*echo); ok {
			if n := len(e.all()); n != 0 {
				t.Errorf("%d connections were not closed for the handler", n)
			}
		}
	})
	return v, ln.Addr().String()
}

type caller struct {
	net.Conn
	in *bufio.Reader
}

func visit(t *testing.T, address string) *caller {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	return as(t, c)
}

func as(t *testing.T, c net.Conn) *caller {
	t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(30 * time.Second))
	return &caller{c, bufio.NewReaderSize(c, 64<<10)}
}

func (c *caller) say(format string, args ...any) { fmt.Fprintf(c, format+"\n", args...) }

// line returns the next line, "" at the end.
func (c *caller) line() string {
	s, err := c.in.ReadString('\n')
	if err != nil {
		return ""
	}
	return strings.TrimSuffix(s, "\n")
}

func (c *caller) expect(t *testing.T, want string) {
	t.Helper()
	if got := c.line(); got != want {
		t.Fatalf("heard %q, want %q", got, want)
	}
}

// until polls a condition.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !ok(); {
		if time.Now().After(deadline) {
			t.Fatalf("not in time: %s", what)
		}
		<-time.After(time.Millisecond)
	}
}

// come connects somebody who is at an address.
func come(t *testing.T, l *pipes.Listener, from string) *caller {
	t.Helper()
	near, err := l.DialFrom(t.Context(), netip.MustParseAddrPort(from))
	if err != nil {
		t.Fatal(err)
	}
	return &caller{near, bufio.NewReader(near)}
}

func bufioSmall(c net.Conn) *bufio.Reader { return bufio.NewReaderSize(c, 64) }
