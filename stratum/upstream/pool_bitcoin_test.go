package upstream

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/stratum"
	"github.com/adit-mining/adit/stratum/bitcoin"
)

// btcDesk is a scripted pool of the Bitcoin dialect, on pipes.
type btcDesk struct {
	mu    sync.Mutex
	hosts []string // dialled
	conns []chan<- string
	asked []string // lines of clients, but for the greeting
	more  chan struct{}
	wait  sync.WaitGroup
	deny  map[string]bool // hosts that do not answer
}

func newBTCDesk() *btcDesk {
	return &btcDesk{more: make(chan struct{}, 100), deny: map[string]bool{}}
}

// btcNotify is a job on block 181 of the chain (version 1) or, with a height in its coinbase, a later one.
func btcNotify(id string, height uint32, clean bool) string {
	j := &bitcoin.Job{
		PrevHash: [32]byte{9}, Coinbase1: append(append([]byte{1, 0, 0, 0, 1}, make([]byte, 32)...), 0xff, 0xff, 0xff, 0xff, 12, 3, byte(height), byte(height>>8), byte(height>>16)),
		Coinbase2: make([]byte, 30), Version: 0x20000000, Bits: 0x1a44b9f2, Time: 1700000000,
	}
	return strings.TrimSpace(string(bitcoin.NoticeOf(j).Append(nil, id, clean)))
}

func (d *btcDesk) dial(_ context.Context, _, host string) (net.Conn, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.hosts = append(d.hosts, host)
	if d.deny[host] {
		return nil, errors.New("connection refused")
	}
	near, far := net.Pipe()
	out := make(chan string, 100)
	d.conns = append(d.conns, out)
	n := len(d.conns)
	d.wait.Go(func() {
		for line := range out {
			fmt.Fprintln(far, line)
		}
		far.Close()
	})
	d.wait.Go(func() {
		in := bufio.NewScanner(far)
		for in.Scan() {
			d.hear(n, out, in.Text())
		}
		far.Close()
	})
	return near, nil
}

func (d *btcDesk) hear(n int, out chan<- string, line string) {
	var m struct {
		ID     int
		Method string
		Params []string
	}
	json.Unmarshal([]byte(line), &m)
	switch m.Method {
	case "mining.configure":
		out <- fmt.Sprintf(`{"id":%d,"result":{"version-rolling":true,"version-rolling.mask":"1fffe000"},"error":null}`, m.ID)
	case "mining.subscribe":
		out <- fmt.Sprintf(`{"id":%d,"result":[[["mining.notify","s%d"]],"e1%02x",8],"error":null}`, m.ID, n, n)
	case "mining.authorize":
		out <- fmt.Sprintf(`{"id":%d,"result":true,"error":null}`, m.ID)
		out <- `{"id":null,"method":"mining.set_difficulty","params":[0.001]}`
		out <- btcNotify("job-1", 800000, false)
	default:
		out <- fmt.Sprintf(`{"id":%d,"result":true,"error":null}`, m.ID)
		d.mu.Lock()
		d.asked = append(d.asked, line)
		d.mu.Unlock()
		d.more <- struct{}{}
	}
}

// say sends a line on the n-th connection, counted from 0; "" hangs up.
func (d *btcDesk) say(n int, line string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if line == "" {
		close(d.conns[n])
		d.conns[n] = nil
		return
	}
	d.conns[n] <- line
}

func (d *btcDesk) end() {
	d.mu.Lock()
	for _, c := range d.conns {
		if c != nil {
			close(c)
		}
	}
	d.mu.Unlock()
	d.wait.Wait()
}

func btcSource(t *testing.T, d *btcDesk) *PoolBitcoin {
	t.Helper()
	s, err := NewPoolBitcoin(bitcoin.Pool{Pool: stratum.Pool{URL: "stratum+tcp://pool.example.com:3333", User: "u"}}, d.dial, nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// A pool's jobs as Work, and shares on their way up.
func TestPoolBitcoin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newBTCDesk()
		defer d.end()
		s := btcSource(t, d)
		if s.URL() != "stratum+tcp://pool.example.com:3333" {
			t.Error(s.URL())
		}
		c, err := s.Connect(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		other, err := s.Connect(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer other.Close()
		first := c.Work()
		network, _ := bitcoin.NetworkOf(0x1a44b9f2)
		if first.Algorithm != adit.SHA256d || first.Height == nil || *first.Height != 800000 || !first.Clean || first.Blob != nil ||
			first.Share != adit.HashesOf(4294968) || first.Network == nil || *first.Network != network || first.Reward != nil || first.JobID != "job-1" {
			t.Errorf("%+v", first)
		}
		if j := first.Bitcoin; string(j.Extranonce1) != "\xe1\x01" || j.Extranonce2Size != 8 || j.VersionMask != bitcoin.RollingMask {
			t.Errorf("%+v", j)
		}
		if j := other.Work().Bitcoin; string(j.Extranonce1) != "\xe1\x02" {
			t.Errorf("two lanes search the same: %+v", j)
		}
		ctx, cancel := context.WithCancel(t.Context())
		works, done := make(chan *Work, 10), make(chan error, 1)
		go func() { done <- c.Run(ctx, func(w *Work) { works <- w }) }()
		share := bitcoin.Share{Extranonce2: []byte{0, 1, 0, 0, 0, 0, 0, 2}, Time: 1700000001, Nonce: 7, VersionBits: 0x2000, VersionMask: 0x2000}
		v, err := c.Submit(t.Context(), Solution{Work: first, Share: share})
		if err != nil || v.Outcome != adit.ShareAccepted {
			t.Fatalf("%+v %v", v, err)
		}
		<-d.more
		if !strings.Contains(d.asked[0], `["u","job-1","0001000000000002","6553f101","00000007","00002000"]`) {
			t.Errorf("%s", d.asked[0])
		}
		if v, err := other.Submit(t.Context(), Solution{Work: first, Share: share}); err != nil || v.Outcome != adit.ShareStale {
			t.Errorf("another connection's share: %+v %v", v, err)
		}
		d.say(0, btcNotify("job-2", 800001, false))
		if w := <-works; w.Clean || *w.Height != 800001 || c.Work() != w {
			t.Errorf("%+v", w)
		}
		d.say(0, `{"id":null,"method":"mining.set_extranonce","params":["ff",6]}`)
		d.say(0, btcNotify("job-2", 800001, false)) // even though the id is the same
		if w := <-works; !w.Clean || string(w.Bitcoin.Extranonce1) != "\xff" || w.Bitcoin.Extranonce2Size != 6 {
			t.Errorf("%+v", w.Bitcoin)
		}
		if v, err := c.Submit(t.Context(), Solution{Work: first, Share: share}); err != nil || v.Outcome != adit.ShareStale || len(d.asked) != 1 {
			t.Errorf("a share of the extranonce before: %+v %v", v, err)
		}
		if v, err := c.Submit(t.Context(), Solution{Work: first, Share: share, Block: true}); err != nil || v.Outcome != adit.ShareAccepted {
			t.Errorf("a block always goes: %+v %v", v, err)
		}
		if i := c.Info(); i.Ping == nil || i.Solo {
			t.Errorf("%+v", i)
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// client.reconnect is followed once, after its pause; where that host does not answer the configured one is next.
func TestPoolBitcoinRedirect(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newBTCDesk()
		defer d.end()
		s := btcSource(t, d)
		run := func(n int, say string) error {
			t.Helper()
			c, err := s.Connect(t.Context())
			if err != nil {
				return err
			}
			d.say(n, say)
			err = c.Run(t.Context(), func(*Work) {})
			c.Close()
			return err
		}
		if err := run(0, `{"id":null,"method":"client.reconnect","params":["eu.example.com",4444,30]}`); adit.CodeOf(err) != adit.Unreachable || !strings.Contains(err.Error(), "eu.example.com:4444") {
			t.Errorf("%v", err)
		}
		start := time.Now()
		d.deny["down.example.com:5555"] = true
		if err := run(1, `{"id":null,"method":"client.reconnect","params":["down.example.com","5555"]}`); err == nil {
			t.Error("it goes on")
		}
		if took := time.Since(start); took != 30*time.Second {
			t.Errorf("after %v", took)
		}
		if _, err := s.Connect(t.Context()); adit.CodeOf(err) != adit.Unreachable {
			t.Errorf("%v", err)
		}
		if err := run(2, ""); err == nil || !strings.Contains(err.Error(), "closed the connection") {
			t.Errorf("%v", err)
		}
		want := []string{"pool.example.com:3333", "eu.example.com:4444", "down.example.com:5555", "pool.example.com:3333"}
		if strings.Join(d.hosts, " ") != strings.Join(want, " ") {
			t.Errorf("%v", d.hosts)
		}
		// The pause ends with its context.
		if err := run(3, `{"id":null,"method":"client.reconnect","params":["eu.example.com",4444,300]}`); err == nil {
			t.Error("it goes on")
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := s.Connect(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%v", err)
		}
	})
}
