package monerod_test

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"math"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop/monerod"
	"github.com/adit-mining/adit/internal/address/addresstest"
	"github.com/adit-mining/adit/stratum/upstream"
)

func openFake(t testing.TB, transport http.RoundTripper, o monerod.Options) *monerod.Node {
	t.Helper()
	o.Host, o.Address, o.Transport = "127.0.0.1:18081", addresstest.Monero(t), transport
	n, err := monerod.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(n.Close)
	return n
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// TestExtraNonces rebuilds blobs of blocks with any number of transactions, and the block that is handed in.
func TestExtraNonces(t *testing.T) {
	for txs := range 70 {
		d := newDaemon(3000000, txs)
		c := connect(t, openFake(t, d, monerod.Options{}))
		w := c.Work()
		for _, n := range []uint32{0, 1, 255, 256, 1 << 31, math.MaxUint32} {
			s := upstream.Solution{Work: w, Extra: n, Nonce: 0xa0b0c0d0 + n}
			if o := submit(t, c, s); o != adit.ShareBlock {
				t.Fatalf("%d transactions, extra nonce %d: %s", txs, n, o)
			}
			block := d.blocks[len(d.blocks)-1]
			at := len(d.header()) + len(d.miner(nil))
			reserve := block[at : at+16]
			if binary.LittleEndian.Uint32(reserve[12:]) != n {
				t.Fatalf("the reserve is %x for extra nonce %d", reserve, n)
			}
			if got, want := w.Blob.Cut(n), d.hashing(reserve); !bytes.Equal(got, want) {
				t.Fatalf("%d transactions, extra nonce %d: %x, want %x", txs, n, got, want)
			}
			want := d.block(reserve)
			binary.LittleEndian.PutUint32(want[39:], s.Nonce)
			if !bytes.Equal(block, want) {
				t.Fatalf("%d transactions, extra nonce %d: the block is %x, want %x", txs, n, block, want)
			}
			blob := w.Blob.Cut(n)
			binary.LittleEndian.PutUint32(blob[39:], s.Nonce)
			id := fast(binary.AppendUvarint(nil, uint64(len(blob))), blob)
			if s.BlockHash() != hex.EncodeToString(id[:]) {
				t.Fatalf("the block's hash is %s", s.BlockHash())
			}
		}
	}
}

// TestTemplatesDiffer: the same node, the same second, the same address: no two works have a hash in common.
func TestTemplatesDiffer(t *testing.T) {
	d := newDaemon(100, 3)
	one, two := openFake(t, d, monerod.Options{}), openFake(t, d, monerod.Options{})
	seen := map[string]bool{}
	for range 5 {
		for _, n := range []*monerod.Node{one, two} {
			b := connect(t, n).Work().Blob
			if seen[string(b.Bytes)] || seen[string(b.Cut(1))] {
				t.Fatal("two works search the same hashes")
			}
			seen[string(b.Bytes)], seen[string(b.Cut(1))] = true, true
		}
	}
}

func TestWorkOfATemplate(t *testing.T) {
	f := func(fields map[string]any, check func(w *upstream.Work) bool) {
		t.Helper()
		d := newDaemon(100, 0)
		d.fields = fields
		if w := connect(t, openFake(t, d, monerod.Options{})).Work(); !check(w) {
			t.Errorf("%v: %+v %+v", fields, w, w.Blob)
		}
	}
	f(nil, func(w *upstream.Work) bool {
		return *w.Network == adit.HashesOf(1000) && w.Share == adit.HashesOf(1000) && w.Blob.Target == math.MaxUint64/1000 && *w.Reward == 600000000000 && *w.Height == 100
	})
	f(map[string]any{"wide_difficulty": "0x400000000000000000", "difficulty": 0, "difficulty_top64": 64}, func(w *upstream.Work) bool {
		return *w.Network == adit.Hashes{Hi: 64} && w.Blob.Target == 1
	})
	f(map[string]any{"wide_difficulty": "", "difficulty": 5, "difficulty_top64": 2}, func(w *upstream.Work) bool {
		return *w.Network == adit.Hashes{Hi: 2, Lo: 5}
	})
	f(map[string]any{"expected_reward": nil}, func(w *upstream.Work) bool { return w.Reward == nil })
	f(map[string]any{"seed_hash": strings.Repeat("ab", 32), "next_seed_hash": strings.Repeat("cd", 32)}, func(w *upstream.Work) bool {
		return w.Blob.Seed[0] == 0xab && w.Blob.NextSeed != nil && w.Blob.NextSeed[31] == 0xcd
	})
}

func TestTemplatesThatCannotBeUsed(t *testing.T) {
	good := newDaemon(100, 2)
	block, hashing := good.block(make([]byte, 16)), good.hashing(make([]byte, 16))
	at := len(good.header()) + len(good.miner(nil))
	change := func(b []byte, i int, v byte) string {
		b = slices.Clone(b)
		b[i] = v
		return hex.EncodeToString(b)
	}
	f := func(words, key string, v any) {
		t.Helper()
		d := newDaemon(100, 2)
		d.fields[key] = v
		_, err := openFake(t, d, monerod.Options{}).Connect(t.Context())
		if err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("%s = %.80v: %v, want %q", key, v, err, words)
		}
	}
	f("status is not OK", "status", "BUSY")
	f("--bootstrap-daemon-address", "untrusted", true)
	f("wide_difficulty is no number", "wide_difficulty", "0xzz")
	f("wide_difficulty is no number", "wide_difficulty", "0x1"+strings.Repeat("0", 32))
	f("the difficulty is missing", "wide_difficulty", "0x0")
	f("prev_hash is no hash", "prev_hash", "12")
	f("prev_hash is not that of", "prev_hash", strings.Repeat("12", 32))
	f("seed_hash is no hash", "seed_hash", "")
	f("next_seed_hash is no hash", "next_seed_hash", "x")
	f("blocktemplate_blob is not hex", "blocktemplate_blob", "x")
	f("blockhashing_blob is not hex", "blockhashing_blob", "x")
	f("blockhashing_blob is longer", "blockhashing_blob", strings.Repeat("00", 408))
	f("blockhashing_blob is not the one", "blockhashing_blob", change(hashing, 50, 0x77))
	f("blockhashing_blob is not the one", "blocktemplate_blob", change(block, 1, 17))
	f("layout that adit does not know", "blocktemplate_blob", "")
	f("layout that adit does not know", "blocktemplate_blob", hex.EncodeToString(block[:len(block)-1]))
	f("layout that adit does not know", "blocktemplate_blob", hex.EncodeToString(append(slices.Clone(block), 0)))
	f("layout that adit does not know", "blocktemplate_blob", change(block, 43, 3)) // version of the transaction
	for _, offset := range []int{-1, 0, at - 1, at + 1, len(block), math.MaxInt} {
		f("layout that adit does not know", "reserved_offset", offset)
	}
	f("what no Monero node would", "height", "high")
	f("what no Monero node would", "reserved_offset", 1.5)
	d := newDaemon(100, 2)
	early := append(binary.AppendUvarint([]byte{16, 16}, 17), block[7:]...)
	d.fields = map[string]any{"blocktemplate_blob": hex.EncodeToString(early), "blockhashing_blob": "00", "reserved_offset": at - 4}
	if _, err := openFake(t, d, monerod.Options{}).Connect(t.Context()); err == nil || !strings.Contains(err.Error(), "is the node's clock right?") {
		t.Errorf("a nonce elsewhere: %v", err)
	}
}

func TestRefusalsInWords(t *testing.T) {
	f := func(fault *rpcFault, code adit.Code, words string) {
		t.Helper()
		d := newDaemon(100, 0)
		d.fail(fault, "get_block_template")
		_, err := openFake(t, d, monerod.Options{}).Connect(t.Context())
		if adit.CodeOf(err) != code || !strings.Contains(err.Error(), words) {
			t.Errorf("%v, want %q", err, words)
		}
	}
	f(&rpcFault{-9, "Core is busy"}, adit.Unreachable, "still catching up with its network (block 12 of 3000000)")
	f(&rpcFault{-4, "Failed to parse wallet address"}, adit.Invalid, "pool.wallet: ")
	f(&rpcFault{-12, "Mining to subaddress is not supported yet"}, adit.Invalid, "pool.wallet: ")
	f(&rpcFault{-32601, "Method not found"}, adit.Refused, "gives no work: Method not found (-32601)")
}

// run keeps a connection in a bubble; works returns what it handed out so far, stop ends it.
func run(t *testing.T, c upstream.Conn) (works func() []*upstream.Work, stop func() error) {
	var mu sync.Mutex
	var list []*upstream.Work
	ctx, cancel := contextOf(t)
	done := make(chan error, 1)
	go func() {
		done <- c.Run(ctx, func(w *upstream.Work) {
			mu.Lock()
			defer mu.Unlock()
			list = append(list, w)
		})
	}()
	works = func() []*upstream.Work {
		mu.Lock()
		defer mu.Unlock()
		return slices.Clone(list)
	}
	return works, func() error { cancel(); return <-done }
}

// pass lets the bubble's time go on until all wait again.
func pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

func TestFollowsTheChain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDaemon(100, 5)
		works, stop := run(t, connect(t, openFake(t, d, monerod.Options{})))
		pass(10*time.Second + time.Millisecond)
		if n := d.called("get_height"); n != 20 || len(works()) != 0 {
			t.Errorf("in 10 s it was asked %d times, %d works", n, len(works()))
		}
		d.grow()
		pass(500 * time.Millisecond)
		if l := works(); len(l) != 1 || !l[0].Clean || *l[0].Height != 101 {
			t.Fatalf("a new block brought %d works", len(l))
		}
		pass(21 * time.Second)
		if l := works(); len(l) != 2 || l[1].Clean || *l[1].Height != 101 {
			t.Errorf("after 20 s there were %d works", len(l))
		}
		d.mu.Lock()
		d.tip = fast([]byte("another block of the same height"))
		d.mu.Unlock()
		pass(time.Second)
		if l := works(); len(l) != 3 || !l[2].Clean {
			t.Error("a chain that turned brought no clean work")
		}
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
}

func TestMissesAreSurvived(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDaemon(100, 0)
		var mu sync.Mutex
		cut := 0
		set := func(n int) { mu.Lock(); defer mu.Unlock(); cut = n }
		c := connect(t, openFake(t, roundTrip(func(r *http.Request) (*http.Response, error) {
			mu.Lock()
			defer mu.Unlock()
			if cut > 0 {
				cut--
				return nil, errors.New("the line was cut")
			}
			return d.RoundTrip(r)
		}), monerod.Options{}))
		works, stop := run(t, c)
		set(2)
		d.grow()
		pass(2 * time.Second)
		if len(works()) != 1 {
			t.Errorf("after two misses %d works came", len(works()))
		}
		set(3)
		pass(2 * time.Second)
		if err := stop(); adit.CodeOf(err) != adit.Unreachable || !strings.Contains(err.Error(), "cannot be reached or hung up") {
			t.Errorf("after three misses: %v", err)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		d := newDaemon(100, 0)
		_, stop := run(t, connect(t, openFake(t, d, monerod.Options{})))
		d.fail(&rpcFault{-9, "Core is busy"}, "get_block_template")
		d.grow()
		pass(5 * time.Second)
		if err := stop(); err == nil || !strings.Contains(err.Error(), "catching up") {
			t.Errorf("a node that fell behind: %v", err)
		}
	})
}

func TestSlowNode(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := openFake(t, roundTrip(func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		}), monerod.Options{})
		if _, err := n.Connect(t.Context()); adit.CodeOf(err) != adit.Timeout || !strings.Contains(err.Error(), "did not answer in time") {
			t.Errorf("%v", err)
		}
	})
}

// TestSubmitted: what becomes of a block where the node is busy, the line is cut, or another block came first.
func TestSubmitted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDaemon(100, 0)
		c := connect(t, openFake(t, d, monerod.Options{}))
		w := c.Work()
		d.fail(&rpcFault{-9, "Core is busy"}, "submit_block")
		if _, err := c.Submit(t.Context(), upstream.Solution{Work: w, Nonce: 1}); err == nil || d.called("submit_block") != 4 {
			t.Errorf("a busy node was asked %d times: %v", d.called("submit_block"), err)
		}
		d.fail(nil, "submit_block")
		if o := submit(t, c, upstream.Solution{Work: w, Nonce: 1}); o != adit.ShareBlock {
			t.Errorf("a block that was not judged before is %s", o)
		}
		d.orphans = true
		if o := submit(t, c, upstream.Solution{Work: w, Nonce: 2}); o != adit.ShareStale {
			t.Errorf("a block beside the chain is %s", o)
		}
		d.fail(&rpcFault{-7, "Block not accepted"}, "submit_block")
		if o := submit(t, c, upstream.Solution{Work: w, Nonce: 3}); o != adit.ShareMalformed {
			t.Errorf("a wrong block is %s", o)
		}
		if o := submit(t, c, upstream.Solution{Work: w, Nonce: 4, Result: [32]byte{31: 1}}); o != adit.ShareLowDifficulty {
			t.Errorf("a poor hash is %s", o)
		}
		if _, err := c.Submit(t.Context(), upstream.Solution{Work: &upstream.Work{}}); err == nil {
			t.Error("work of somebody else is taken")
		}
	})
}

func TestHTTPTrouble(t *testing.T) {
	f := func(status int, body, words string) {
		t.Helper()
		n := openFake(t, roundTrip(func(*http.Request) (*http.Response, error) {
			w := httptest.NewRecorder()
			w.WriteHeader(status)
			_, _ = w.WriteString(body)
			return w.Result(), nil
		}), monerod.Options{})
		if _, err := n.Connect(t.Context()); err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("%d %q: %v, want %q", status, body, err, words)
		}
	}
	f(401, "", "wants a login: write monerod://USER:PASSWORD@127.0.0.1:18081")
	f(404, "nothing", "is this its RPC port?")
	f(200, "ERROR", "what no Monero node would")
	f(200, `{"result":{"status":"OK","difficulty":-1}}`, "what no Monero node would")
	f(200, `[]`, "what no Monero node would")
}

// FuzzTemplate feeds blocks that a node might give. Where work comes of one it must be that of the block.
func FuzzTemplate(f *testing.F) {
	for _, txs := range []int{0, 1, 5} {
		d := newDaemon(100, txs)
		f.Add(d.block(make([]byte, 16)), len(d.header())+len(d.miner(nil)))
	}
	f.Fuzz(func(t *testing.T, raw []byte, at int) {
		blob, err := monerod.Hashing(slices.Clone(raw), at)
		if err == nil && (len(blob) < 76 || !bytes.HasPrefix(raw, blob[:39]) || at < 43 || at+16 > len(raw)) {
			t.Fatalf("%x of %x at %d", blob, raw, at)
		}
	})
}
