package monerod_test

import (
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"sync"

	"golang.org/x/crypto/sha3"
)

// daemon is a node of our own for what a real one does not do on demand: blocks with transactions, key changes, trouble.
// It rebuilds what is hashed in its own way.
type daemon struct {
	mu      sync.Mutex
	height  uint64 // of the next block
	tip     [32]byte
	txs     [][32]byte
	fields  map[string]any // of a template, over its own
	refuse  map[string]*rpcFault
	status  string
	calls   map[string]int
	blocks  [][]byte // handed in
	orphans bool     // what is handed in comes too late
}

type rpcFault struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
}

func newDaemon(height uint64, txs int) *daemon {
	d := &daemon{height: height, tip: fast([]byte{byte(height)}), refuse: map[string]*rpcFault{}, status: "OK", calls: map[string]int{}, fields: map[string]any{}}
	for i := range txs {
		d.txs = append(d.txs, fast([]byte{byte(i), byte(i >> 8)}))
	}
	return d
}

func fast(parts ...[]byte) (sum [32]byte) {
	h := sha3.NewLegacyKeccak256()
	for _, p := range parts {
		h.Write(p)
	}
	h.Sum(sum[:0])
	return sum
}

// Pieces of the template: header, miner transaction's prefix up to the reserve, and what follows it.
func (d *daemon) header() []byte {
	b := binary.AppendUvarint([]byte{16, 16}, 1700000000)
	return append(append(b, d.tip[:]...), 0, 0, 0, 0)
}

func (d *daemon) miner(reserve []byte) []byte {
	b := binary.AppendUvarint([]byte{2}, d.height+60)
	b = binary.AppendUvarint(append(b, 1, 0xff), d.height)
	b = binary.AppendUvarint(append(b, 1), 600000000000)
	b = append(append(b, 3), make([]byte, 33)...)
	b = append(b, byte(33+2+len(reserve)))
	b = append(append(b, 1), make([]byte, 32)...)
	return append(append(b, 2, byte(len(reserve))), reserve...)
}

func (d *daemon) block(reserve []byte) []byte {
	b := append(append(d.header(), d.miner(reserve)...), 0)
	b = binary.AppendUvarint(b, uint64(len(d.txs)))
	for _, h := range d.txs {
		b = append(b, h[:]...)
	}
	return b
}

// hashing is what is to be hashed with this reserve.
func (d *daemon) hashing(reserve []byte) []byte {
	prefix := fast(d.miner(reserve))
	base := fast([]byte{0})
	leaves := append([][32]byte{fast(prefix[:], base[:], make([]byte, 32))}, d.txs...)
	root := treeOf(leaves)
	return binary.AppendUvarint(append(d.header(), root[:]...), uint64(len(leaves)))
}

// treeOf is the tree of monero's src/crypto/tree-hash.c, without shortcuts.
func treeOf(l [][32]byte) [32]byte {
	if len(l) == 1 {
		return l[0]
	}
	power := 1
	for power*2 < len(l) {
		power *= 2
	}
	row := append([][32]byte(nil), l[:2*power-len(l)]...)
	for i := 2*power - len(l); i < len(l); i += 2 {
		row = append(row, fast(l[i][:], l[i+1][:]))
	}
	if len(row) == 1 {
		return row[0]
	}
	return treeOf(row)
}

func (d *daemon) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	w := httptest.NewRecorder()
	d.mu.Lock()
	defer d.mu.Unlock()
	if r.URL.Path == "/get_height" {
		d.calls["get_height"]++
		_ = json.NewEncoder(w).Encode(map[string]any{"hash": hex.EncodeToString(d.tip[:]), "height": d.height, "status": d.status})
		return w.Result(), nil
	}
	var call struct {
		Method string          `json:"method"`
		Params json.RawMessage `json:"params"`
	}
	_ = json.NewDecoder(r.Body).Decode(&call)
	d.calls[call.Method]++
	result, fault := d.answer(call.Method, call.Params)
	if f := d.refuse[call.Method]; f != nil {
		result, fault = nil, f
	}
	out := map[string]any{"jsonrpc": "2.0", "id": "0"}
	if fault != nil {
		out["error"] = fault
	} else {
		out["result"] = result
	}
	_ = json.NewEncoder(w).Encode(out)
	return w.Result(), nil
}

func (d *daemon) answer(method string, params json.RawMessage) (any, *rpcFault) {
	switch method {
	case "get_block_template":
		reserve := make([]byte, 16)
		out := map[string]any{"blocktemplate_blob": hex.EncodeToString(d.block(reserve)), "blockhashing_blob": hex.EncodeToString(d.hashing(reserve)),
			"difficulty": 1000, "difficulty_top64": 0, "wide_difficulty": "0x3e8", "height": d.height, "reserved_offset": len(d.header()) + len(d.miner(nil)),
			"expected_reward": 600000000000, "prev_hash": hex.EncodeToString(d.tip[:]), "seed_hash": hex.EncodeToString(make([]byte, 32)), "next_seed_hash": "", "status": d.status, "untrusted": false}
		for k, v := range d.fields {
			out[k] = v
		}
		return out, nil
	case "get_info":
		return map[string]any{"height": 12, "target_height": 3000000}, nil
	case "submit_block":
		var list []string
		_ = json.Unmarshal(params, &list)
		raw, err := hex.DecodeString(list[0])
		if err != nil {
			return nil, &rpcFault{-6, "Wrong block blob"}
		}
		d.blocks = append(d.blocks, raw)
		return map[string]any{"status": d.status}, nil
	case "get_block_header_by_hash":
		return map[string]any{"status": "OK", "block_header": map[string]any{"hash": "", "orphan_status": d.orphans, "depth": 3, "height": d.height, "reward": 7}}, nil
	}
	return nil, &rpcFault{-32601, "Method not found"}
}

func (d *daemon) grow() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.height++
	d.tip = fast(d.tip[:])
}

func (d *daemon) called(method string) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.calls[method]
}

func (d *daemon) fail(f *rpcFault, methods ...string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, m := range methods {
		d.refuse[m] = f
	}
}
