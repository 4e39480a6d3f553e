package bitcoind_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop/bitcoind"
	"github.com/adit-mining/adit/internal/address"
	"github.com/adit-mining/adit/internal/address/addresstest"
	"github.com/adit-mining/adit/internal/shared"
	"github.com/adit-mining/adit/stratum/bitcoin"
)

func contextOf(t *testing.T) (context.Context, context.CancelFunc) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	return ctx, cancel
}

func TestTemplatesThatCannotBeUsed(t *testing.T) {
	f := func(words string, edit func(map[string]any)) {
		t.Helper()
		c := newCore(100)
		c.mempool = [][]byte{{2, 0, 0, 0, 1, 36: 0, 41: 0, 46: 0, 47: 0, 50: 0}}
		c.edit = edit
		_, err := openFake(t, c, bitcoind.Options{}).Connect(t.Context())
		if err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("%v, want %q", err, words)
		}
	}
	set := func(key string, v any) func(map[string]any) { return func(m map[string]any) { m[key] = v } }
	f("previousblockhash is no hash", set("previousblockhash", "abc"))
	f("bits are no target", set("bits", "zz"))
	f("bits are no target", set("bits", "21ffffff"))
	f("bits are no target", set("bits", "00000000"))
	f("target and bits differ", set("target", strings.Repeat("0", 63)+"1"))
	f("target and bits differ", set("target", "1"))
	f("coinbasevalue is missing", set("coinbasevalue", nil))
	f("coinbasevalue is missing", set("coinbasevalue", uint64(1<<63)))
	f("height or curtime", set("height", 0))
	f("height or curtime", set("curtime", uint64(1)<<40))
	f(`the rule "signet"`, set("rules", []string{"csv", "!segwit", "!signet"}))
	f("default_witness_commitment is not the one", set("default_witness_commitment", "6a24aa21a9ed"+strings.Repeat("00", 32)))
	f("transaction 1 is not hex", set("transactions", []map[string]any{{"data": "xyz"}}))
	f("transaction 1 is not the one of its hash", set("transactions", []map[string]any{{"data": strings.Repeat("00", 60), "hash": strings.Repeat("00", 32)}}))
	f("what no Bitcoin node would", set("height", "high"))
	f("what no Bitcoin node would", set("transactions", map[string]any{"a": 1}))
}

func TestRefusalsInWords(t *testing.T) {
	f := func(fault *rpcFault, code adit.Code, words string) {
		t.Helper()
		c := newCore(100)
		c.refuse["getblocktemplate"] = fault
		_, err := openFake(t, c, bitcoind.Options{}).Connect(t.Context())
		if adit.CodeOf(err) != code || !strings.Contains(err.Error(), words) {
			t.Errorf("%v, want %q", err, words)
		}
	}
	f(&rpcFault{-10, "in initial sync"}, adit.Unreachable, "still catching up with its network (block 100 of 110)")
	f(&rpcFault{-9, "is not connected!"}, adit.Unreachable, "has no connection to its network")
	f(&rpcFault{-28, "Loading block index…"}, adit.Unreachable, "is starting (Loading block index… (-28))")
	f(&rpcFault{-32601, "Method not found"}, adit.Refused, "is no Bitcoin node that can give work")
	f(&rpcFault{-7, "Out of memory\x1b[2J"}, adit.Refused, "gives no work: Out of memory [2J (-7)")
}

func TestHTTPTroubleInWords(t *testing.T) {
	f := func(status int, body, words string) {
		t.Helper()
		n := openFake(t, roundTrip(func(*http.Request) (*http.Response, error) {
			w := httptest.NewRecorder()
			w.WriteHeader(status)
			_, _ = w.WriteString(body)
			return w.Result(), nil
		}), bitcoind.Options{})
		if _, err := n.Connect(t.Context()); err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("%d %q: %v, want %q", status, body, err, words)
		}
	}
	f(401, "", "refuses the login")
	f(403, "", "lets this computer not ask")
	f(503, "Work queue depth exceeded", "has too much to do")
	f(404, "<html>", "is this its RPC port?")
	f(302, "", "is this its RPC port?")
	f(200, "<html>", "what no Bitcoin node would")
	f(200, "", "what no Bitcoin node would")
	f(200, "{}", "what no Bitcoin node would")
	f(200, `{"result":17}`, "what no Bitcoin node would")
	f(500, `{"result":null,"error":"no"}`, "what no Bitcoin node would")
}

func TestOptions(t *testing.T) {
	f := func(o bitcoind.Options, words string) {
		t.Helper()
		if _, err := bitcoind.New(o); adit.CodeOf(err) != adit.Invalid || !strings.Contains(err.Error(), words) {
			t.Errorf("%v, want %q", err, words)
		}
	}
	good := addresstest.Bitcoin(t, "BTC", address.Mainnet, address.Taproot)
	f(bitcoind.Options{Host: "h:1"}, "it is empty")
	f(bitcoind.Options{Host: "h:1", Address: good, Coin: "XMR"}, "XMR is none")
	f(bitcoind.Options{Host: "h:1", Address: good, Coin: "SYL"}, "it is an address of Bitcoin (mainnet), not of OpenSY")
	f(bitcoind.Options{Host: "h:1", Address: address.EncodeSegwit("bc", 2, make([]byte, 20))}, "anybody could take")
	f(bitcoind.Options{Host: "h", Address: good}, "host and port of the Bitcoin node")
	f(bitcoind.Options{Host: "h:0", Address: good}, "host and port")
	f(bitcoind.Options{Host: "h:1", Address: good, Tag: strings.Repeat("x", 33)}, "at most 32")
	f(bitcoind.Options{Host: "h:1", Address: good, Password: "p"}, "user's name")
	var o bitcoind.Options
	for _, s := range []string{"bitcoind://", "monerod://h:1", "bitcoind://u:hunter2@h:1/wallet", "bitcoind://u:hunter%2@h:1"} {
		if err := o.ParseAddress(s); adit.CodeOf(err) != adit.Invalid || strings.Contains(err.Error(), "hunter") {
			t.Errorf("%s: %v", s, err)
		}
	}
	if err := o.ParseAddress("bitcoind://u:a%40b@[::1]:8332"); err != nil || o.Host != "[::1]:8332" || o.User != "u" || o.Password != "a@b" {
		t.Errorf("%+v, %v", o.Host, err)
	}
}

// TestVectors puts real blocks together from what their pools handed out: the header that would be handed in is the real
// one, and coinbases begin with the height in the form that we write.
func TestVectors(t *testing.T) {
	var file struct {
		Vectors []struct {
			Height    uint64            `json:"height"`
			Subscribe map[string]any    `json:"subscribe_result"`
			Notify    []json.RawMessage `json:"notify_params"`
			Submit    []string          `json:"submit_params"`
			Expect    struct {
				Coinbase string `json:"coinbase_txid_raw"`
				Header   string `json:"header_hex"`
			} `json:"expect"`
		} `json:"vectors"`
	}
	if err := json.Unmarshal(shared.Read(t, "vectors/stratum-v1-e2e.json"), &file); err != nil {
		t.Fatal(err)
	}
	heights := 0
	for _, v := range file.Vectors {
		text := func(i int) (s string) { _ = json.Unmarshal(v.Notify[i], &s); return s }
		raw := func(s string) []byte {
			b, err := hex.DecodeString(s)
			if err != nil {
				t.Fatal(err)
			}
			return b
		}
		word := func(s string) uint32 { return binary.BigEndian.Uint32(raw(s)) }
		j := &bitcoin.Job{Coinbase1: raw(text(2)), Coinbase2: raw(text(3)), Version: word(text(5)), Bits: word(text(6)), Extranonce1: raw(v.Subscribe["extranonce1"].(string))}
		for i, w := 0, raw(text(1)); i < 32; i += 4 {
			binary.LittleEndian.PutUint32(j.PrevHash[i:], binary.BigEndian.Uint32(w[i:]))
		}
		var list []string
		_ = json.Unmarshal(v.Notify[4], &list)
		for _, b := range list {
			j.Branches = append(j.Branches, [32]byte(raw(b)))
		}
		share := bitcoin.Share{Extranonce2: raw(v.Submit[2]), Time: word(v.Submit[3]), Nonce: word(v.Submit[4])}
		block := bitcoind.BlockOf(j, share)
		if hex.EncodeToString(block[:80]) != v.Expect.Header || block[80] != 1 {
			t.Errorf("block %d: the header is %x", v.Height, block[:80])
		}
		if id := double(block[81:]); hex.EncodeToString(id[:]) != v.Expect.Coinbase {
			t.Errorf("block %d: the coinbase is %x", v.Height, id)
		}
		if v.Height >= 227931 { // BIP34 holds from there on
			heights++
			if !bytes.HasPrefix(block[81+42:], bitcoind.PushHeight(v.Height)) {
				t.Errorf("block %d: the real coinbase has its height in another form", v.Height)
			}
		}
	}
	if heights == 0 {
		t.Error("no vector has its height in its coinbase")
	}
}

// FuzzTemplate feeds what a node might say. Where work comes of it, it must be work that fits itself.
func FuzzTemplate(f *testing.F) {
	c := newCore(100)
	answer, _ := c.template(httptest.NewRequest(http.MethodPost, "/", nil), []json.RawMessage{json.RawMessage(`{"rules":["segwit"]}`)})
	good, _ := json.Marshal(answer)
	f.Add(good)
	f.Add([]byte(`{"height":1}`))
	f.Add([]byte(`{"coinbaseaux":{"flags":"0a2f503253482f627463642f"},"height":5,"curtime":9,"coinbasevalue":0,"bits":"207fffff","previousblockhash":"` + strings.Repeat("11", 32) + `"}`))
	payout := addresstest.BitcoinOf(f, "BTC", address.Regtest, address.Taproot, make([]byte, 32))
	f.Fuzz(func(t *testing.T, raw []byte) {
		n, err := bitcoind.New(bitcoind.Options{Host: "h:1", User: "u", Password: "p", Address: payout, Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			w := httptest.NewRecorder()
			_, _ = w.WriteString(`{"result":`)
			_, _ = w.Write(raw)
			_, _ = w.WriteString(`}`)
			return w.Result(), nil
		})})
		if err != nil {
			t.Fatal(err)
		}
		conn, err := n.Connect(t.Context())
		if err != nil {
			return
		}
		j := conn.Work().Bitcoin
		coinbase := j.Coinbase(make([]byte, 8))
		if h := j.Height(); h == nil && j.Version >= 2 || len(coinbase) < 60 || coinbase[41] > 100 {
			t.Fatalf("work without a sound coinbase: %x", coinbase)
		}
		if _, ok := bitcoin.TargetOfBits(j.Bits); !ok || conn.Work().Share.IsZero() {
			t.Fatalf("work without a target: %x", j.Bits)
		}
	})
}

// FuzzPaid reads blocks that a node might give; the judge of these tests reads them in its own way.
func FuzzPaid(f *testing.F) {
	for _, witness := range []bool{false, true} {
		cb := random(rand.New(rand.NewPCG(5, 6)), witness)
		f.Add(append(append(make([]byte, 80), 1), cb...))
	}
	f.Fuzz(func(t *testing.T, block []byte) {
		sum, ok := bitcoind.Paid(block)
		if len(block) < 81 {
			if ok {
				t.Fatal("nothing was paid by nothing")
			}
			return
		}
		if _, rest, err := compact(block[80:]); err == nil && ok {
			if x, _, err := parseTx(rest); err == nil && x.paid != sum {
				t.Fatalf("%d, and %d by another reader", sum, x.paid)
			}
		}
	})
}
