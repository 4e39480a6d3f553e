package bitcoind_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
)

// core is a node of our own that judges blocks as Bitcoin Core does, with code of its own: nothing here is shared with
// what is tested. Its chain is a counter: every block at the tip that keeps the rules is taken.
// Source of the rules and reasons: bitcoin src/validation.cpp (CheckBlock, ContextualCheckBlock, ContextualCheckBlockHeader),
// src/consensus/tx_check.cpp, src/rpc/mining.cpp.
type core struct {
	mu      sync.Mutex
	height  uint64 // of the tip
	tip     [32]byte
	hashes  map[uint64][32]byte
	blocks  map[string][]byte
	mempool [][]byte
	witness bool // segwit is active
	bits    uint32
	now     uint32
	changed chan struct{} // closed at a new tip
	chain   string
	refuse  map[string]*rpcFault // by method
	edit    func(map[string]any) // changes a template before it is sent
	calls   map[string]int
	waiting int // long polls
}

type rpcFault struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
}

func newCore(height uint64) *core {
	c := &core{height: height, tip: double([]byte(fmt.Sprint(height))), hashes: map[uint64][32]byte{}, blocks: map[string][]byte{}, witness: true,
		bits: 0x207fffff, now: 1700000000, changed: make(chan struct{}), chain: "regtest", refuse: map[string]*rpcFault{}, calls: map[string]int{}}
	c.hashes[height] = c.tip
	return c
}

// RoundTrip answers without a network, so that a test's bubble can hold it.
func (c *core) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	w := httptest.NewRecorder()
	c.ServeHTTP(w, r)
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	return w.Result(), nil
}

func (c *core) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if user, password, ok := r.BasicAuth(); !ok || user != "u" || password != "p" {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	var call struct {
		Method string            `json:"method"`
		Params []json.RawMessage `json:"params"`
	}
	if err := json.NewDecoder(r.Body).Decode(&call); err != nil {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	result, fault := c.answer(r, call.Method, call.Params)
	if fault != nil {
		w.WriteHeader(http.StatusInternalServerError)
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"result": result, "error": fault, "id": 1})
}

func (c *core) answer(r *http.Request, method string, params []json.RawMessage) (any, *rpcFault) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls[method]++
	if f := c.refuse[method]; f != nil {
		return nil, f
	}
	text := func(i int) (s string) { _ = json.Unmarshal(params[i], &s); return s }
	switch method {
	case "getblockchaininfo":
		return map[string]any{"chain": c.chain, "blocks": c.height, "headers": c.height + 10}, nil
	case "getbestblockhash":
		return shown(c.tip), nil
	case "getblockcount":
		return c.height, nil
	case "getblockhash":
		var h uint64
		_ = json.Unmarshal(params[0], &h)
		if hash, ok := c.hashes[h]; ok {
			return shown(hash), nil
		}
		return nil, &rpcFault{-8, "Block height out of range"}
	case "getblock":
		if b, ok := c.blocks[text(0)]; ok {
			return hex.EncodeToString(b), nil
		}
		return nil, &rpcFault{-1, "Block not available (pruned data)"}
	case "getblocktemplate":
		return c.template(r, params)
	case "submitblock":
		raw, err := hex.DecodeString(text(0))
		if err != nil {
			return nil, &rpcFault{-22, "Block decode failed"}
		}
		if reason := c.submit(raw); reason != "" {
			return reason, nil
		}
		return nil, nil
	}
	return nil, &rpcFault{-32601, "Method not found"}
}

func (c *core) template(r *http.Request, params []json.RawMessage) (any, *rpcFault) {
	var ask struct {
		Rules    []string `json:"rules"`
		LongPoll string   `json:"longpollid"`
	}
	if len(params) != 1 || json.Unmarshal(params[0], &ask) != nil || !slices.Contains(ask.Rules, "segwit") {
		return nil, &rpcFault{-8, "getblocktemplate must be called with the segwit rule set (call with {\"rules\": [\"segwit\"]})"}
	}
	if ask.LongPoll == shown(c.tip) {
		changed := c.changed
		c.waiting++
		c.mu.Unlock()
		select {
		case <-changed:
		case <-r.Context().Done():
		}
		c.mu.Lock()
		c.waiting--
	}
	txs := []map[string]any{}
	wids := [][32]byte{{}}
	for _, raw := range c.mempool {
		tx, _, err := parseTx(raw)
		if err != nil {
			panic(err)
		}
		txs = append(txs, map[string]any{"data": hex.EncodeToString(raw), "txid": shown(tx.id), "hash": shown(tx.wid)})
		wids = append(wids, tx.wid)
	}
	out := map[string]any{"version": 0x30000000, "previousblockhash": shown(c.tip), "transactions": txs, "coinbaseaux": map[string]string{},
		"coinbasevalue": 50e8, "longpollid": shown(c.tip), "target": fmt.Sprintf("%064x", targetOf(c.bits)), "curtime": c.now,
		"bits": fmt.Sprintf("%08x", c.bits), "height": c.height + 1, "rules": []string{"csv", "!segwit", "taproot"}, "vbrequired": 0, "mintime": c.now - 3600}
	if c.witness {
		sum := double(append(slices.Clone(rootOf(wids)), make([]byte, 32)...))
		out["default_witness_commitment"] = "6a24aa21a9ed" + hex.EncodeToString(sum[:])
	}
	if c.edit != nil {
		c.edit(out)
	}
	return out, nil
}

// submit is the judgement: "" where the block is taken.
func (c *core) submit(raw []byte) string {
	if len(raw) < 81 {
		return "rejected"
	}
	hash := double(raw[:80])
	if _, known := c.blocks[shown(hash)]; known {
		return "duplicate"
	}
	h := slices.Clone(hash[:])
	slices.Reverse(h)
	if new(big.Int).SetBytes(h).Cmp(targetOf(c.bits)) > 0 {
		return "high-hash"
	}
	txs, rest, err := parseTxs(raw[80:])
	if err != nil || len(rest) > 0 {
		return "rejected"
	}
	var ids, wids [][32]byte
	for i, tx := range txs {
		ids = append(ids, tx.id)
		if wids = append(wids, tx.wid); i == 0 {
			wids[0] = [32]byte{}
		}
	}
	cb := txs[0]
	switch {
	case !bytes.Equal(rootOf(ids), raw[36:68]):
		return "bad-txnmrklroot"
	case cb.input != ([36]byte{32: 0xff, 33: 0xff, 34: 0xff, 35: 0xff}):
		return "bad-cb-missing"
	case len(cb.script) < 2 || len(cb.script) > 100:
		return "bad-cb-length"
	case !bytes.Equal(raw[4:36], c.tip[:]):
		if _, known := c.blocks[shown([32]byte(raw[4:36]))]; known || bytes.Equal(raw[4:36], zeroTip(c)) {
			return "inconclusive"
		}
		return "prev-blk-not-found"
	case binary.LittleEndian.Uint32(raw[72:]) != c.bits:
		return "bad-diffbits"
	case binary.LittleEndian.Uint32(raw[68:]) < c.now-3600:
		return "time-too-old"
	case binary.LittleEndian.Uint32(raw[0:]) < 4:
		return "bad-version"
	case !bytes.HasPrefix(cb.script, heightScript(c.height+1)):
		return "bad-cb-height"
	}
	if reason := c.witnesses(txs, wids); reason != "" {
		return reason
	}
	if cb.paid > 50e8 {
		return "bad-cb-amount"
	}
	c.height++
	c.tip = hash
	c.hashes[c.height] = hash
	c.blocks[shown(hash)] = raw
	c.mempool = nil
	close(c.changed)
	c.changed = make(chan struct{})
	return ""
}

// zeroTip is the block below the tip, which the fake knows by its hash alone.
func zeroTip(c *core) []byte {
	h := c.hashes[c.height-1]
	return h[:]
}

// witnesses is BIP141's rule.
func (c *core) witnesses(txs []tx, wids [][32]byte) string {
	var commitment []byte
	for _, o := range txs[0].outputs {
		if len(o) >= 38 && bytes.HasPrefix(o, []byte{0x6a, 0x24, 0xaa, 0x21, 0xa9, 0xed}) {
			commitment = o[6:38] // the last one counts
		}
	}
	if c.witness && commitment != nil {
		if len(txs[0].witness) != 1 || len(txs[0].witness[0]) != 32 {
			return "bad-witness-nonce-size"
		}
		sum := double(append(slices.Clone(rootOf(wids)), txs[0].witness[0]...))
		if !bytes.Equal(sum[:], commitment) {
			return "bad-witness-merkle-match"
		}
		return ""
	}
	for _, tx := range txs {
		if len(tx.witness) > 0 {
			return "unexpected-witness"
		}
	}
	return ""
}

// heightScript is what CScript() << height makes, by counting instead of by shifting.
func heightScript(h uint64) []byte {
	if h <= 16 {
		return []byte{byte(0x50 + h)}
	}
	for size := 1; ; size++ {
		if limit := uint64(1) << (8*size - 1); h < limit { // the top bit is the sign
			b := binary.LittleEndian.AppendUint64([]byte{byte(size)}, h)
			return b[:1+size]
		}
	}
}

type tx struct {
	id, wid [32]byte
	input   [36]byte
	script  []byte
	outputs [][]byte // scripts
	paid    uint64
	witness [][]byte // of the first input
}

func parseTxs(b []byte) (out []tx, rest []byte, err error) {
	n, b, err := compact(b)
	for i := uint64(0); i < n && err == nil; i++ {
		var x tx
		if x, b, err = parseTx(b); err == nil {
			out = append(out, x)
		}
	}
	if err == nil && len(out) == 0 {
		err = errFake
	}
	return out, b, err
}

var errFake = fmt.Errorf("cut")

func compact(b []byte) (uint64, []byte, error) {
	switch {
	case len(b) == 0:
		return 0, nil, errFake
	case b[0] < 0xfd:
		return uint64(b[0]), b[1:], nil
	case b[0] == 0xfd && len(b) >= 3:
		return uint64(binary.LittleEndian.Uint16(b[1:])), b[3:], nil
	}
	return 0, nil, errFake
}

// parseTx reads one transaction and hashes it with and without its witness.
func parseTx(b []byte) (x tx, rest []byte, err error) {
	defer func() {
		if recover() != nil {
			err = errFake
		}
	}()
	start := b
	bare := slices.Clone(b[:4])
	b = b[4:]
	hasWitness := b[0] == 0 && b[1] == 1
	if hasWitness {
		b = b[2:]
	}
	body := b
	n, b, err := compact(b)
	if err != nil || n != 1 {
		return x, nil, errFake // the fake makes one input each
	}
	x.input = [36]byte(b[:36])
	size, b, _ := compact(b[36:])
	x.script = b[:size]
	b = b[size+4:]
	n, b, _ = compact(b)
	for range n {
		x.paid += binary.LittleEndian.Uint64(b)
		size, b, _ = compact(b[8:])
		x.outputs = append(x.outputs, b[:size])
		b = b[size:]
	}
	bare = append(bare, body[:len(body)-len(b)]...)
	if hasWitness {
		n, b, _ = compact(b)
		for range n {
			size, b, _ = compact(b)
			x.witness = append(x.witness, b[:size])
			b = b[size:]
		}
	}
	bare = append(bare, b[:4]...)
	b = b[4:]
	x.id, x.wid = double(bare), double(start[:len(start)-len(b)])
	return x, b, nil
}

func double(b []byte) [32]byte {
	first := sha256.Sum256(b)
	return sha256.Sum256(first[:])
}

func shown(h [32]byte) string {
	slices.Reverse(h[:])
	return hex.EncodeToString(h[:])
}

// rootOf is the merkle root, by halves.
func rootOf(l [][32]byte) []byte {
	if len(l) == 1 {
		return l[0][:]
	}
	var up [][32]byte
	for i := 0; i < len(l); i += 2 {
		up = append(up, double(append(slices.Clone(l[i][:]), l[min(i+1, len(l)-1)][:]...)))
	}
	return rootOf(up)
}

func targetOf(bits uint32) *big.Int {
	return new(big.Int).Lsh(big.NewInt(int64(bits&0xffffff)), uint(8*(bits>>24-3)))
}
