package port

import (
	"crypto/tls"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/internal/pipes"
	"github.com/adit-mining/adit/internal/selfsigned"
)

func TestTalk(t *testing.T) {
	modes(t, func(t *testing.T, wrap func(net.Listener) net.Listener) {
		e := newEcho()
		_, address := open(t, wrap, Options{Handler: e, TLS: &tls.Config{Certificates: []tls.Certificate{selfsigned.Loopback(t)}}})
		raw, err := tls.Dial("tcp", address, &tls.Config{InsecureSkipVerify: true})
		if err != nil {
			t.Fatal(err)
		}
		for version, c := range map[string]*caller{"": visit(t, address), "TLS 1.3": as(t, raw)} {
			c.say("hello")
			c.expect(t, "welcome "+version)
			io.WriteString(c, "one\r\n\n  two  \nthr")
			c.expect(t, "one")
			c.expect(t, "two")
			io.WriteString(c, "ee\n")
			c.expect(t, "three")
			// What comes while a handler is busy elsewhere waits its turn.
			io.WriteString(c, "wait\nfour\nwait\nfive\nhal")
			for _, want := range []string{"waited", "four", "waited", "five"} {
				c.expect(t, want)
			}
			io.WriteString(c, "f\n")
			c.expect(t, "half")
			long := strings.Repeat("x", 16<<10)
			c.say("%s", long)
			c.expect(t, long)
			c.say("bye")
			c.expect(t, "so long")
			c.expect(t, "")
		}
		until(t, "both ends are known", func() bool { return len(e.ends()) == 2 })
		for _, cause := range e.ends() {
			if cause != "said bye" {
				t.Error(cause)
			}
		}
	})
}

// However a stream is cut, the lines come out as they went in.
func TestPieces(t *testing.T) {
	modes(t, func(t *testing.T, wrap func(net.Listener) net.Listener) {
		_, address := open(t, wrap, Options{Handler: newEcho(), Rate: 1e9, Burst: 1 << 30})
		c := visit(t, address)
		c.say("hello")
		c.line()
		r := rand.New(rand.NewPCG(1, 2))
		var want []string
		var all strings.Builder
		for i := range 500 { // less than the backlog may hold
			line := fmt.Sprintf("%d-%s", i, strings.Repeat("y", r.IntN(200)))
			if i%17 == 0 {
				line = "wait"
				want = append(want, "waited")
			} else {
				want = append(want, line)
			}
			all.WriteString(line + "\n")
		}
		var sending sync.WaitGroup
		sending.Go(func() {
			for rest := all.String(); rest != ""; {
				n := min(1+r.IntN(2000), len(rest))
				io.WriteString(c, rest[:n])
				rest = rest[n:]
			}
		})
		for _, w := range want {
			c.expect(t, w)
		}
		sending.Wait()
	})
}

func TestFaults(t *testing.T) {
	modes(t, func(t *testing.T, wrap func(net.Listener) net.Listener) {
		_, address := open(t, wrap, Options{Handler: newEcho(), Rate: 1, Burst: 20})
		for name, x := range map[string]struct{ say, last string }{
			"long":       {strings.Repeat("x", 16<<10+1) + "\n", "16384 bytes"},
			"never ends": {strings.Repeat("x", 20<<10), "16384 bytes"},
			"flood":      {strings.Repeat("a\n", 40), "a flood"},
			"newlines":   {strings.Repeat("\n", 40), "a flood"},
			"TLS":        {"\x16\x03\x01\x02\x00", ""},
			"cut":        {"cut\n", ""},
		} {
			t.Run(name, func(t *testing.T) {
				c := visit(t, address)
				io.WriteString(c, x.say)
				last := ""
				for {
					line, err := c.in.ReadString('\n')
					if err == nil {
						last = strings.TrimSpace(line)
						continue
					}
					if err != io.EOF && x.last != "" {
						t.Fatalf("reset before the last words: %v", err)
					}
					break
				}
				if x.last != "" && !strings.Contains(last, x.last) || x.last == "" && strings.HasPrefix(last, "!") {
					t.Fatalf("last words: %q", last)
				}
			})
		}
	})
}

// Time-outs on shared pollers; those of goroutines are measured in virtual time below.
func TestPatienceShared(t *testing.T) {
	e := newEcho()
	_, address := open(t, func(l net.Listener) net.Listener { return l },
		Options{Handler: e, LoginTime: 300 * time.Millisecond, IdleTime: time.Second})
	silent, idle, begun := visit(t, address), visit(t, address), visit(t, address)
	start := time.Now()
	idle.say("hello")
	idle.line()
	begun.say("hello")
	begun.line()
	var dripping sync.WaitGroup
	dripping.Go(func() {
		for range 200 {
			if _, err := io.WriteString(begun, "."); err != nil {
				return
			}
			<-time.After(20 * time.Millisecond)
		}
	})
	for name, x := range map[string]struct {
		c    *caller
		from time.Duration
	}{"silent": {silent, 250 * time.Millisecond}, "drips": {begun, 250 * time.Millisecond}, "idle": {idle, 900 * time.Millisecond}} {
		x.c.expect(t, "")
		if took := time.Since(start); took < x.from || took > 15*time.Second {
			t.Errorf("%s: ended after %v", name, took)
		}
	}
	dripping.Wait()
	until(t, "both are closed", func() bool { return len(e.ends()) == 2 })
	for _, cause := range e.ends() {
		if cause != errBegun.Error() && cause != errIdle.Error() {
			t.Error(cause)
		}
	}
}

func TestPatience(t *testing.T) {
	for name, x := range map[string]struct {
		login bool
		drip  string // one byte per second
		after time.Duration
	}{
		"says nothing":       {false, "", 10 * time.Second},
		"drips its login":    {false, "hello from me", 10 * time.Second},
		"idle after login":   {true, "", 600 * time.Second},
		"drips after login":  {true, "hello from me", 10 * time.Second},
		"drips TLS":          {false, "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\x00\x00", 10 * time.Second},
		"drips empty things": {false, " \r \r \r \r \r \r \r", 10 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			cert := selfsigned.Loopback(t)
			synctest.Test(t, func(t *testing.T) {
				l := pipes.Listen()
				v := New(Options{Handler: newEcho(), TLS: &tls.Config{Certificates: []tls.Certificate{cert}}})
				done := make(chan error, 1)
				go func() { done <- v.Serve(t.Context(), l) }()
				c := come(t, l, "192.0.2.1:1")
				start := time.Now()
				if x.login {
					c.say("hello")
					c.line()
				}
				var dripping sync.WaitGroup
				dripping.Go(func() {
					for i := range len(x.drip) {
						if _, err := io.WriteString(c, x.drip[i:i+1]); err != nil {
							return
						}
						time.Sleep(time.Second) // virtual
					}
				})
				for c.line() != "" {
				}
				if took := time.Since(start); took != x.after {
					t.Errorf("ended after %v, want %v", took, x.after)
				}
				c.Close()
				dripping.Wait()
				l.Close()
				if err := <-done; adit.CodeOf(err) != adit.Internal {
					t.Errorf("a listener closed by others: %v", err)
				}
			})
		})
	}
}

// Bans hold on every port that shares the guard, in both modes.
func TestBannedAddress(t *testing.T) {
	modes(t, func(t *testing.T, wrap func(net.Listener) net.Listener) {
		g := NewGuard(BanRule{Loopback: true, For: time.Hour})
		e := newEcho()
		_, one := open(t, wrap, Options{Handler: e, Guard: g})
		_, two := open(t, wrap, Options{Handler: e, Guard: g})
		c := visit(t, one)
		c.say("hello")
		c.line()
		for range 30 {
			e.all()[0].Judge(adit.ShareMalformed)
		}
		c.expect(t, "")
		until(t, "it is closed", func() bool { return len(e.ends()) == 1 })
		for _, address := range []string{one, two} {
			again := visit(t, address)
			if line := again.line(); !strings.HasPrefix(line, "! the address is banned for another ") {
				t.Errorf("heard %q", line)
			}
			again.expect(t, "")
		}
	})
}

// Who does not read is cut, and nobody waits for it.
func TestSlowReader(t *testing.T) {
	modes(t, func(t *testing.T, wrap func(net.Listener) net.Listener) {
		for _, stop := range []bool{false, true} { // or goes on until the backlog is full
			e := newEcho()
			_, address := open(t, wrap, Options{Handler: e, WriteTime: 200 * time.Millisecond})
			c := visit(t, address)
			c.say("hello")
			c.line()
			s := e.all()[0]
			line := []byte(strings.Repeat("z", 8<<10) + "\n")
			var slowest time.Duration
			for deadline := time.Now().Add(20 * time.Second); len(e.ends()) == 0; {
				if time.Now().After(deadline) {
					t.Fatal("who never reads stays")
				}
				s.mu.Lock()
				waits := s.out != nil
				s.mu.Unlock()
				if stop && waits { // the kernel may yet take it; if not it is cut
					<-time.After(time.Millisecond)
					continue
				}
				begin := time.Now()
				s.Send(line)
				slowest = max(slowest, time.Since(begin))
			}
			if slowest > time.Second {
				t.Errorf("the sender waited %v", slowest)
			}
			until(t, "it is closed", func() bool { return len(e.ends()) == 1 })
		}
	})
}

// A reader that is slow for a while gets everything, in order.
func TestBacklog(t *testing.T) {
	modes(t, func(t *testing.T, wrap func(net.Listener) net.Listener) {
		e := newEcho()
		_, address := open(t, wrap, Options{Handler: e})
		c := visit(t, address)
		c.Conn.(*net.TCPConn).SetReadBuffer(64 << 10)
		c.say("hello")
		c.line()
		s := e.all()[0]
		n := 0
		for queued := 0; queued < 40<<10; n++ { // until something waits here, not only in the kernel
			if !s.Send(fmt.Appendf(nil, "%d %s\n", n, strings.Repeat("w", 1000))) {
				t.Fatal("cut")
			}
			s.mu.Lock()
			if s.out != nil {
				queued = len(s.out.bytes)
			}
			s.mu.Unlock()
			if s.wire != nil && n > 200 {
				break
			}
			if n%50 == 0 {
				runtime.Gosched()
			}
		}
		for i := range n {
			if line := c.line(); !strings.HasPrefix(line, fmt.Sprintf("%d ", i)) {
				t.Fatalf("%d: %.20q", i, line)
			}
		}
	})
}

func TestTooMany(t *testing.T) {
	modes(t, func(t *testing.T, wrap func(net.Listener) net.Listener) {
		_, address := open(t, wrap, Options{Handler: newEcho(), MaxConns: 2})
		for range 2 {
			c := visit(t, address)
			c.say("hello")
			c.line()
		}
		c := visit(t, address)
		if line := c.line(); line != "" {
			t.Fatal(line)
		}
	})
}

// Many come at once, talk, are cut, and come again.
func TestStorm(t *testing.T) {
	const callers, rounds = 1500, 3
	e := newEcho()
	v, address := open(t, func(l net.Listener) net.Listener { return l }, Options{Handler: e})
	for round := range rounds {
		before := runtime.NumGoroutine()
		var all sync.WaitGroup
		conns := make([]*caller, callers)
		for i := range conns {
			all.Go(func() {
				c, err := net.Dial("tcp", address)
				if err != nil {
					t.Error(err)
					return
				}
				c.SetDeadline(time.Now().Add(60 * time.Second))
				conns[i] = &caller{c, bufioSmall(c)}
				conns[i].say("hello")
				if got := conns[i].line(); got != "welcome " {
					t.Errorf("heard %q", got)
				}
			})
		}
		all.Wait()
		if t.Failed() {
			return
		}
		if n := v.Conns(); n != callers {
			t.Fatalf("%d connections", n)
		}
		if pollable {
			until(t, "no goroutine for each connection", func() bool { return runtime.NumGoroutine() <= before+10 })
		}
		var cut sync.WaitGroup
		if round == 0 { // the server cuts
			for _, s := range e.all() {
				cut.Go(func() { s.Close(fmt.Errorf("round %d", round), round%2 == 0) })
			}
		}
		for _, c := range conns {
			if round == 0 {
				c.line()
			}
			c.Close()
		}
		cut.Wait()
		until(t, "all are gone", func() bool { return v.Conns() == 0 && len(e.all()) == 0 })
	}
	if e.opened != callers*rounds {
		t.Errorf("%d opened", e.opened)
	}
}
