package bitcoin

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/stratum"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// desk is a scripted pool's end of one connection.
type desk struct {
	net.Conn
	in *bufio.Scanner
}

func newDesk(c net.Conn) *desk {
	in := bufio.NewScanner(c)
	in.Buffer(nil, 1<<20)
	return &desk{c, in}
}

// next reads a request; ok is false when the client is gone.
func (d *desk) next() (m message, ok bool) {
	if !d.in.Scan() {
		return m, false
	}
	return m, json.Unmarshal(d.in.Bytes(), &m) == nil
}

func (d *desk) say(format string, args ...any) { fmt.Fprintf(d, format+"\n", args...) }

func (d *desk) notify(id string, clean bool) { d.Write(NoticeOf(testJob(id)).Append(nil, id, clean)) }

// welcome answers the greeting: configure with a mask, subscribe, authorize; a job follows. It returns what was asked.
func (d *desk) welcome(difficulty float64) (asked map[string]string) {
	asked = map[string]string{}
	for asked["mining.authorize"] == "" {
		m, ok := d.next()
		if !ok {
			return asked
		}
		asked[m.Method] = string(m.Params)
		switch m.Method {
		case "mining.configure":
			d.say(`{"id":%s,"result":{"version-rolling":true,"version-rolling.mask":"1fffe000"},"error":null}`, m.ID)
		case "mining.subscribe":
			d.say(`{"id":%s,"result":[[["mining.set_difficulty","s"],["mining.notify","sess"]],"e1010203",4],"error":null}`, m.ID)
		case "mining.authorize":
			d.say(`{"id":%s,"result":true,"error":null}`, m.ID)
		}
	}
	d.say(`{"id":null,"method":"mining.set_difficulty","params":[%v]}`, difficulty)
	d.notify("job-1", true)
	return asked
}

// hold waits until the client is gone.
func (d *desk) hold() {
	for {
		if _, ok := d.next(); !ok {
			return
		}
	}
}

// nets is a network of pipes, so that time in a synctest bubble can be virtual.
type nets struct {
	serve func(*desk)
	wait  sync.WaitGroup
	mu    sync.Mutex
	hosts []string // dialled
}

func (n *nets) dial(_ context.Context, _, host string) (net.Conn, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.hosts = append(n.hosts, host)
	if n.serve == nil {
		return nil, errors.New("connection refused")
	}
	near, far := net.Pipe()
	l := newLater(far)
	n.wait.Go(func() {
		defer l.Close()
		n.serve(newDesk(l))
	})
	return near, nil
}

// later is a pipe's end that writes without waiting for the reader, as sockets do. Close writes what waits.
type later struct {
	net.Conn
	lines chan []byte
	done  chan struct{}
}

func newLater(c net.Conn) *later {
	l := &later{c, make(chan []byte, 1000), make(chan struct{})}
	go func() {
		defer close(l.done)
		for b := range l.lines {
			c.Write(b)
		}
	}()
	return l
}

func (l *later) Write(b []byte) (int, error) {
	l.lines <- bytes.Clone(b)
	return len(b), nil
}

func (l *later) Close() error {
	close(l.lines)
	<-l.done
	return l.Conn.Close()
}

func pool(url string) Pool {
	return Pool{Pool: stratum.Pool{URL: url, User: "user.rig", Password: "hunter2"}}
}

// session runs a client against a scripted pool. Call it in a bubble where time matters.
func session(t *testing.T, p Pool, serve func(*desk), during func(ctx context.Context, c *Client, works <-chan Work)) (end error) {
	t.Helper()
	n := &nets{serve: serve}
	ctx, cancel := context.WithCancel(t.Context())
	defer n.wait.Wait()
	defer cancel()
	if p.URL == "" {
		p = pool("pool.example.com:3333")
	}
	c, err := Dial(ctx, p, n.dial, nil)
	if err != nil {
		t.Fatal(err)
	}
	works, done := make(chan Work, 100), make(chan error, 1)
	go func() { done <- c.Run(ctx, func(w Work) { works <- w }) }()
	if during != nil {
		during(ctx, c, works)
		cancel()
	}
	return <-done
}

func wants(t *testing.T, err error, code adit.Code, words ...string) {
	t.Helper()
	if err == nil || adit.CodeOf(err) != code {
		t.Fatalf("%q: %v (%v)", code, err, adit.CodeOf(err))
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Fatalf("%q is not in %q", w, err)
		}
	}
	if strings.Contains(err.Error(), "hunter2") || len(err.Error()) > 700 {
		t.Fatalf("%q", err)
	}
}

// soon fails where something does not come.
func soon[T any](t *testing.T, ch <-chan T) (v T) {
	t.Helper()
	select {
	case v = <-ch:
	case <-time.After(20 * time.Second):
		t.Fatal("it never came")
	}
	return v
}
