package stratum

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/stratum/jsonline"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// testJob is a Monero-like job whose blob depends on n.
func testJob(n int, difficulty uint64) Job {
	blob := make([]byte, 76)
	blob[0], blob[1], blob[75] = 16, 16, 1
	blob[50], blob[51] = byte(n>>8), byte(n)
	height := uint64(3000000 + n)
	return Job{
		ID: fmt.Sprintf("job-%d", n), Blob: blob, Target: TargetOf(difficulty), Algorithm: adit.RandomX,
		Height: &height, SeedHash: [32]byte{1, 2, 3},
	}
}

func jobLine(j Job) string {
	return strings.TrimSuffix(string(jsonline.Encode(wireNotification{Version: "2.0", Method: "job", Params: j})), "\n")
}

// easy is a result that meets every target.
func easy(n byte) (r [32]byte) { r[0] = n; return r }

// nets is a network of pipes, so that time in a synctest bubble can be virtual.
type nets struct {
	mu    sync.Mutex
	hosts map[string]func(net.Conn) // absent or nil: connection refused
	dials map[string]int
	wait  sync.WaitGroup
}

func newNets() *nets { return &nets{hosts: map[string]func(net.Conn){}, dials: map[string]int{}} }

func (n *nets) set(host string, serve func(net.Conn)) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.hosts[host] = serve
}

func (n *nets) count(host string) int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.dials[host]
}

func (n *nets) Dial(_ context.Context, _, host string) (net.Conn, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.dials[host]++
	serve := n.hosts[host]
	if serve == nil {
		return nil, errors.New("connection refused")
	}
	near, far := net.Pipe()
	n.wait.Go(func() {
		defer far.Close()
		serve(far)
	})
	return near, nil
}

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

// next reads a request; ok is false when the miner is gone.
func (d *desk) next() (m message, ok bool) {
	if !d.in.Scan() {
		return m, false
	}
	return m, json.Unmarshal(d.in.Bytes(), &m) == nil
}

func (d *desk) say(format string, args ...any) { fmt.Fprintf(d, format+"\n", args...) }

// login answers the login with a job.
func (d *desk) login(j Job, extensions ...string) bool {
	m, ok := d.next()
	if !ok {
		return false
	}
	raw, _ := json.Marshal(j)
	ext, _ := json.Marshal(extensions)
	d.say(`{"id":%s,"jsonrpc":"2.0","error":null,"result":{"id":"sess","status":"OK","extensions":%s,"job":%s}}`, m.ID, ext, raw)
	return true
}

// drain answers every request with OK until the miner is gone.
func (d *desk) drain() {
	for {
		m, ok := d.next()
		if !ok {
			return
		}
		d.say(`{"id":%s,"jsonrpc":"2.0","error":null,"result":{"status":"OK"}}`, m.ID)
	}
}

// listen serves each connection on a real socket and returns its URL.
func listen(t *testing.T, serve func(net.Conn)) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var wait sync.WaitGroup
	wait.Go(func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			wait.Go(func() {
				defer c.Close()
				serve(c)
			})
		}
	})
	t.Cleanup(func() { ln.Close(); wait.Wait() })
	return "stratum+tcp://" + ln.Addr().String()
}

func dial(t *testing.T, p Pool) (*Client, error) {
	t.Helper()
	if p.User == "" {
		p.User = "tester"
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	return Dial(ctx, p, nil, nil)
}

// wants fails unless err has the code and the words.
func wants(t *testing.T, err error, code adit.Code, words ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want %s", code)
	}
	if adit.CodeOf(err) != code {
		t.Fatalf("code %s of %q, want %s", adit.CodeOf(err), err, code)
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Fatalf("%q does not say %q", err, w)
		}
	}
}

func hold(c net.Conn) { io.Copy(io.Discard, c) }

func mustAddr(s string) netip.AddrPort { return netip.MustParseAddrPort(s) }

func unmarshal(b []byte, v any) error { return json.Unmarshal(b, v) }
