package bitcoind_test

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop/bitcoind"
	"github.com/adit-mining/adit/internal/address"
	"github.com/adit-mining/adit/internal/address/addresstest"
	"github.com/adit-mining/adit/stratum/upstream"
)

func openFake(t *testing.T, transport http.RoundTripper, o bitcoind.Options) *bitcoind.Node {
	t.Helper()
	o.Host, o.User, o.Password, o.Transport = "127.0.0.1:8332", "u", "p", transport
	if o.Address == "" {
		o.Address = addresstest.Bitcoin(t, "BTC", address.Regtest, address.Taproot)
	}
	n, err := bitcoind.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(n.Close)
	return n
}

// random makes a transaction of one input, with witness or without.
func random(r *rand.Rand, witness bool) []byte {
	some := func(n int) []byte {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(r.Uint32())
		}
		return b
	}
	b := []byte{2, 0, 0, 0}
	if witness {
		b = append(b, 0, 1)
	}
	b = append(append(append(b, 1), some(36)...), 3)
	b = append(append(append(b, some(3)...), 0xfd, 0xff, 0xff, 0xff), 1)
	b = append(append(binary.LittleEndian.AppendUint64(b, uint64(r.Uint32())), 22), some(22)...)
	if witness {
		b = append(append(append(b, 2, 71), some(71)...), append([]byte{33}, some(33)...)...)
	}
	return append(b, 0, 0, 0, 0)
}

// TestBlocksKeepTheRules mines at heights where the coinbase's number changes its width, with any number of
// transactions, and has every block judged.
func TestBlocksKeepTheRules(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	heights := []uint64{1, 2, 15, 16, 17, 75, 76, 127, 128, 255, 256, 32767, 32768, 65535, 65536, 840000, 8388607, 8388608, 1 << 24, 1<<31 - 1}
	for i, height := range heights {
		for txs := range 10 {
			c := newCore(height - 1)
			c.witness = i%4 != 3 || txs == 0
			for range txs {
				c.mempool = append(c.mempool, random(r, c.witness && r.IntN(2) == 0))
			}
			many := txs == 9 && i%5 == 0
			if many {
				for range 400 {
					c.mempool = append(c.mempool, random(r, c.witness))
				}
			}
			kind := addresstest.BitcoinKinds[(i+txs)%len(addresstest.BitcoinKinds)]
			n := openFake(t, c, bitcoind.Options{Address: addresstest.Bitcoin(t, "BTC", address.Regtest, kind)})
			conn := connect(t, n)
			s := solve(t, conn.Work(), byte(txs))
			submit(t, conn, s, adit.ShareBlock)
			if c.height != height || shown(c.tip) != s.BlockHash() {
				t.Fatalf("height %d with %d transactions: the chain has %d", height, txs, c.height)
			}
			script, _, _ := address.Script("BTC", addresstest.Bitcoin(t, "BTC", address.Regtest, kind))
			all, _, _ := parseTxs(c.blocks[s.BlockHash()][80:])
			if len(all[0].outputs[0]) != len(script) || all[0].paid != 50e8 || len(all) != len(c.mempool)+txs+1+map[bool]int{true: 400}[many] {
				t.Fatalf("height %d: the coinbase pays %d by %x; %d transactions", height, all[0].paid, all[0].outputs[0], len(all))
			}
			state, err := n.Block(t.Context(), height, s.BlockHash())
			if err != nil || !state.Main || state.Confirmations != 1 || *state.Reward != 50e8 {
				t.Fatalf("height %d: %+v, %v", height, state, err)
			}
		}
	}
}

// TestFakeJudges: the judge of these tests refuses what it should, or they would prove nothing.
func TestFakeJudges(t *testing.T) {
	f := func(want string, change func(block []byte) []byte) {
		t.Helper()
		c := newCore(500)
		c.mempool = [][]byte{random(rand.New(rand.NewPCG(3, 4)), true)}
		var sent []byte
		spy := roundTrip(func(r *http.Request) (*http.Response, error) {
			var call struct {
				Method string   `json:"method"`
				Params []string `json:"params"`
			}
			body, _ := r.GetBody()
			if json.NewDecoder(body).Decode(&call) == nil && call.Method == "submitblock" {
				sent, _ = hex.DecodeString(call.Params[0])
				w := httptest.NewRecorder()
				_, _ = w.WriteString(`{"result":"caught"}`)
				return w.Result(), nil
			}
			return c.RoundTrip(r)
		})
		spied := connect(t, openFake(t, spy, bitcoind.Options{}))
		if _, err := spied.Submit(t.Context(), solve(t, spied.Work(), 1)); err != nil || sent == nil {
			t.Fatal("the block was not caught on its way")
		}
		block := change(slices.Clone(sent))
		for nonce := uint32(0); ; nonce++ { // what was changed needs its proof anew
			binary.LittleEndian.PutUint32(block[76:], nonce)
			reason := c.submit(block)
			if reason == "high-hash" {
				continue
			}
			if reason != want {
				t.Errorf("%q, want %q", reason, want)
			}
			break
		}
		c.bits = 0x1d00ffff
		if block[0]++; c.submit(block) != "high-hash" {
			t.Error("a block without its proof of work is taken")
		}
	}
	remerkle := func(b []byte) []byte {
		txs, _, err := parseTxs(b[80:])
		if err != nil {
			t.Fatal(err)
		}
		var ids [][32]byte
		for _, x := range txs {
			ids = append(ids, x.id)
		}
		copy(b[36:], rootOf(ids))
		return b
	}
	f("", func(b []byte) []byte { return b })
	f("bad-txnmrklroot", func(b []byte) []byte { b[40]++; return b })
	f("bad-diffbits", func(b []byte) []byte { b[72]--; return b })
	f("time-too-old", func(b []byte) []byte { b[70]--; return b })
	f("prev-blk-not-found", func(b []byte) []byte { b[4]++; return b })
	at := bytes.Index
	f("bad-cb-height", func(b []byte) []byte { b[at(b, heightScript(501))+1]++; return remerkle(b) })
	f("bad-witness-merkle-match", func(b []byte) []byte { b[at(b, []byte{0xaa, 0x21, 0xa9, 0xed})+4]++; return remerkle(b) })
	f("bad-witness-merkle-match", func(b []byte) []byte { b[len(b)-10]++; return remerkle(b) }) // the witness of its transaction
	f("unexpected-witness", func(b []byte) []byte { b[at(b, []byte{0xaa, 0x21, 0xa9, 0xed})]++; return remerkle(b) })
	f("bad-witness-nonce-size", func(b []byte) []byte { // the coinbase without its witness
		i := at(b, append([]byte{1, 32}, make([]byte, 32)...))
		return remerkle(slices.Delete(slices.Delete(b, i, i+34), 85, 87))
	})
	f("bad-cb-amount", func(b []byte) []byte {
		b[at(b, binary.LittleEndian.AppendUint64(nil, 50e8))]++
		return remerkle(b)
	})
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// TestReasons turns the node's words into outcomes.
func TestReasons(t *testing.T) {
	f := func(reason string, want adit.ShareOutcome) {
		t.Helper()
		c := newCore(100)
		node := roundTrip(func(r *http.Request) (*http.Response, error) {
			body, _ := r.GetBody()
			var raw bytes.Buffer
			_, _ = raw.ReadFrom(body)
			if strings.Contains(raw.String(), `"submitblock"`) {
				w := httptest.NewRecorder()
				_ = json.NewEncoder(w).Encode(map[string]any{"result": reason, "error": nil})
				return w.Result(), nil
			}
			return c.RoundTrip(r)
		})
		conn := connect(t, openFake(t, node, bitcoind.Options{}))
		v, err := conn.Submit(t.Context(), solve(t, conn.Work(), 0))
		if err != nil || v.Outcome != want {
			t.Errorf("%q is %s, %v; want %s", reason, v.Outcome, err, want)
		}
	}
	f("high-hash", adit.ShareLowDifficulty)
	f("rejected: block hash of 12 is higher than expected max of 11", adit.ShareLowDifficulty)
	f("bad-prevblk", adit.ShareStale)
	f("prev-blk-not-found", adit.ShareStale)
	f("inconclusive-not-best-prevblk", adit.ShareStale)
	f("rejected: previous block 12 is unknown", adit.ShareStale)
	f("stale-prevblk", adit.ShareStale)
	f("duplicate", adit.ShareDuplicate)
	f("rejected: already have block 12", adit.ShareDuplicate)
	f("duplicate-invalid", adit.ShareMalformed)
	f("bad-txnmrklroot", adit.ShareMalformed)
	f("bad-witness-merkle-match", adit.ShareMalformed)
	f("time-too-new", adit.ShareMalformed)
	f("inconclusive", adit.ShareBlock) // the node does not have the height yet: the ledger asks again
}

// TestLostAnswer: a block whose answer was lost is handed in again and not counted as a duplicate.
func TestLostAnswer(t *testing.T) {
	c := newCore(100)
	lost := 0
	node := roundTrip(func(r *http.Request) (*http.Response, error) {
		res, err := c.RoundTrip(r)
		body, _ := r.GetBody()
		var raw bytes.Buffer
		_, _ = raw.ReadFrom(body)
		if strings.Contains(raw.String(), `"submitblock"`) && lost < 2 {
			lost++
			return nil, errors.New("the line was cut")
		}
		return res, err
	})
	synctest.Test(t, func(t *testing.T) {
		conn := connect(t, openFake(t, node, bitcoind.Options{}))
		submit(t, conn, solve(t, conn.Work(), 0), adit.ShareBlock)
	})
	if lost != 2 || c.height != 101 {
		t.Errorf("%d answers were lost, the chain has %d", lost, c.height)
	}
}

// run keeps a connection in a bubble; works returns what it handed out so far, stop ends it.
func run(t *testing.T, conn upstream.Conn) (works func() []*upstream.Work, stop func() error) {
	var mu sync.Mutex
	var list []*upstream.Work
	ctx, cancel := contextOf(t)
	done := make(chan error, 1)
	go func() {
		done <- conn.Run(ctx, func(w *upstream.Work) {
			mu.Lock()
			defer mu.Unlock()
			list = append(list, w)
		})
	}()
	synctest.Wait()
	works = func() []*upstream.Work {
		mu.Lock()
		defer mu.Unlock()
		return slices.Clone(list)
	}
	return works, func() error { cancel(); return <-done }
}

// called is how often a method was asked for, waits how many long polls wait.
func (c *core) called(method string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.calls[method]
}

func (c *core) waits() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.waiting
}

// pass lets the bubble's time go on until all wait again.
func pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

func (c *core) grow() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.height++
	c.tip = double(c.tip[:])
	c.hashes[c.height] = c.tip
	close(c.changed)
	c.changed = make(chan struct{})
}

func TestLongPoll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCore(100)
		conn := connect(t, openFake(t, c, bitcoind.Options{}))
		works, stop := run(t, conn)
		pass(10*time.Second + time.Millisecond)
		if c.waits() != 1 || len(works()) != 0 || c.called("getbestblockhash") != 5 {
			t.Errorf("%d long polls wait, %d works, the newest block was asked for %d times", c.waits(), len(works()), c.called("getbestblockhash"))
		}
		c.grow()
		synctest.Wait()
		if len(works()) != 1 || !works()[0].Clean || *works()[0].Height != 102 {
			t.Fatalf("a new block brought %d works at once", len(works()))
		}
		pass(time.Minute)
		if len(works()) != 2 || works()[1].Clean || *works()[1].Height != 102 || bytes.Equal(works()[1].Bitcoin.Coinbase1, works()[0].Bitcoin.Coinbase1) {
			t.Errorf("after a minute there were %d works", len(works()))
		}
		if c.waits() != 1 {
			t.Errorf("%d long polls wait", c.waits())
		}
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
}

func TestPolling(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCore(100)
		c.edit = func(m map[string]any) { delete(m, "longpollid") }
		conn := connect(t, openFake(t, c, bitcoind.Options{Refresh: 30 * time.Second}))
		works, stop := run(t, conn)
		pass(10*time.Second + time.Millisecond)
		c.grow()
		pass(500 * time.Millisecond)
		if len(works()) != 1 || !works()[0].Clean {
			t.Fatalf("a new block brought %d works", len(works()))
		}
		pass(31 * time.Second)
		if len(works()) != 2 || works()[1].Clean {
			t.Errorf("after 30 s there were %d works", len(works()))
		}
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
}

// TestHastyLongPoll: a node that answers long polls at once is not asked without pause.
func TestHastyLongPoll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCore(100)
		c.edit = func(m map[string]any) { m["longpollid"] = "always new" }
		works, stop := run(t, connect(t, openFake(t, c, bitcoind.Options{})))
		pass(10 * time.Second)
		if n := c.called("getblocktemplate"); n > 22 || len(works()) != 0 {
			t.Errorf("in 10 s it was asked %d times and %d works came", n, len(works()))
		}
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
}

// TestAwayAndBack: some misses are survived, then the connection counts as lost, with the reason.
func TestAwayAndBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCore(100)
		n := openFake(t, c, bitcoind.Options{Poll: time.Second})
		conn := connect(t, n)
		works, stop := run(t, conn)
		fail := func(f *rpcFault) {
			c.mu.Lock()
			defer c.mu.Unlock()
			for _, m := range []string{"getbestblockhash", "getblocktemplate"} {
				c.refuse[m] = f
			}
		}
		fail(&rpcFault{-28, "Verifying blocks…"})
		pass(8*time.Second + time.Millisecond)
		fail(nil)
		pass(20 * time.Second)
		c.grow()
		pass(5 * time.Second)
		if len(works()) != 1 {
			t.Errorf("after two misses %d works came", len(works()))
		}
		fail(&rpcFault{-10, "Bitcoin Core is in initial sync and waiting for blocks..."})
		pass(time.Minute)
		if err := stop(); adit.CodeOf(err) != adit.Unreachable || !strings.Contains(err.Error(), "still catching up with its network (block 101 of 111)") {
			t.Errorf("%v", err)
		}
	})
}

// TestSlow: a node that does not answer.
func TestSlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := openFake(t, roundTrip(func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		}), bitcoind.Options{})
		if _, err := n.Connect(t.Context()); adit.CodeOf(err) != adit.Timeout || !strings.Contains(err.Error(), "did not answer in time") {
			t.Errorf("%v", err)
		}
		ctx, cancel := contextOf(t)
		cancel()
		if _, err := n.Connect(ctx); err == nil || adit.CodeOf(err) == adit.Timeout {
			t.Errorf("who asked gave up: %v", err)
		}
	})
}

// TestLateLongPoll: an answer that was long on its way brings no work of a block that is not the newest any more.
func TestLateLongPoll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCore(100)
		node := roundTrip(func(r *http.Request) (*http.Response, error) {
			body, _ := r.GetBody()
			var raw bytes.Buffer
			_, _ = raw.ReadFrom(body)
			res, err := c.RoundTrip(r)
			if strings.Contains(raw.String(), "longpollid") && err == nil {
				select {
				case <-time.After(5 * time.Second):
				case <-r.Context().Done():
				}
			}
			return res, err
		})
		works, stop := run(t, connect(t, openFake(t, node, bitcoind.Options{})))
		c.grow() // answered, on its way for five seconds
		pass(time.Millisecond)
		c.grow() // found by asking
		pass(20 * time.Second)
		last := uint64(101)
		for _, w := range works() {
			if *w.Height < last {
				t.Errorf("after work for %d comes work for %d", last, *w.Height)
			}
			last = *w.Height
		}
		if last != 103 {
			t.Errorf("the newest work is for %d", last)
		}
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
}
