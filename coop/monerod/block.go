package monerod

import "errors"

// block is a template of the node, read only as far as mining needs it.
// Source: monero src/cryptonote_basic/cryptonote_basic.h (serialization of block and transaction_prefix),
// src/cryptonote_basic/tx_extra.h.
type block struct {
	raw     []byte
	nonceAt int // of the 4 bytes of nonce; the header ends after them

	minerAt   int // where the miner transaction begins
	prefixEnd int // of its prefix
	minerEnd  int // of all of it
	version   uint64

	reserveAt int // of our bytes in its extra

	branch [][32]byte // siblings of the miner transaction up to the root of the tree, see tree.go
	count  uint64     // transactions, the miner's counted
}

const (
	reserveSize = 16 // instance 8 | number of the template 4 | extra nonce 4
	extraAt     = 12 // of the extra nonce in the reserve
)

var errLayout = errors.New("the block template has a layout that adit does not know")

// readBlock reads a template whose reserve of reserveSize bytes lies at reserveAt.
func readBlock(raw []byte, reserveAt int) (*block, error) {
	if reserveAt < 0 || reserveAt > len(raw) {
		return nil, errLayout
	}
	b := &block{raw: raw, reserveAt: reserveAt}
	r := &reader{b: raw}
	for range 3 { // major version, minor version, timestamp
		r.varint()
	}
	r.skip(32) // previous block
	b.nonceAt = r.at
	r.skip(4)
	b.minerAt = r.at
	b.readMiner(r)
	n := r.varint()
	if n > uint64(len(raw)/32) {
		return nil, errLayout
	}
	hashes := make([][32]byte, 1, n+1)
	for range n {
		if h := r.skip(32); len(h) == 32 {
			hashes = append(hashes, [32]byte(h))
		}
	}
	if r.bad || r.at != len(raw) {
		return nil, errLayout
	}
	b.branch, b.count = branch(hashes), n+1
	return b, nil
}

func (b *block) readMiner(r *reader) {
	b.version = r.varint()
	r.varint() // unlock time
	if b.version != 1 && b.version != 2 || r.varint() != 1 || r.byte() != 0xff {
		r.bad = true // txin_gen alone
	}
	r.varint() // height
	outputs := r.varint()
	for i := uint64(0); i < outputs && !r.bad; i++ {
		r.varint() // amount
		switch r.byte() {
		case 2: // txout_to_key
			r.skip(32)
		case 3: // txout_to_tagged_key
			r.skip(33)
		default:
			r.bad = true
		}
	}
	size := r.varint()
	if size > uint64(len(r.b)-r.at) {
		r.bad = true
		return
	}
	b.readExtra(&reader{b: r.b[:r.at+int(size)], at: r.at}, r)
	r.skip(int(size))
	b.prefixEnd = r.at
	if b.version == 2 && r.byte() != 0 { // RCTTypeNull: a miner transaction hides nothing
		r.bad = true
	}
	b.minerEnd = r.at
}

// readExtra makes sure that our reserve lies in the extra's nonce field: what we write there breaks nothing.
func (b *block) readExtra(r, outer *reader) {
	found := false
	for r.at < len(r.b) && !r.bad {
		switch r.byte() {
		case 0: // padding to the end
			r.at = len(r.b)
		case 1: // public key
			r.skip(32)
		case 4: // additional public keys
			n := r.varint()
			if n > uint64(len(r.b)/32) {
				r.bad = true
				break
			}
			r.skip(32 * int(n))
		case 2, 3, 0xde: // nonce; merge mining; what Minergate wrote
			field := r.b[r.at-1]
			n := r.varint()
			if n > uint64(len(r.b)-r.at) {
				r.bad = true
				break
			}
			found = found || field == 2 && b.reserveAt >= r.at && b.reserveAt+reserveSize <= r.at+int(n)
			r.skip(int(n))
		default:
			r.bad = true
		}
	}
	outer.bad = outer.bad || r.bad || !found
}

// reader walks through bytes; after something that does not fit, bad is set and everything it returns is zero.
type reader struct {
	b   []byte
	at  int
	bad bool
}

func (r *reader) skip(n int) []byte {
	if r.bad || n < 0 || n > len(r.b)-r.at {
		r.bad = true
		return nil
	}
	r.at += n
	return r.b[r.at-n : r.at]
}

func (r *reader) byte() byte {
	if b := r.skip(1); len(b) == 1 {
		return b[0]
	}
	return 0
}

// varint reads seven bits a byte, the lowest first. Source: monero src/common/varint.h, which refuses overlong forms too.
func (r *reader) varint() (v uint64) {
	for shift := 0; ; shift += 7 {
		c := r.byte()
		if shift == 63 && c > 1 || c == 0 && shift > 0 {
			r.bad = true
		}
		if r.bad {
			return 0
		}
		v |= uint64(c&0x7f) << shift
		if c < 0x80 {
			return v
		}
	}
}

func appendVarint(b []byte, v uint64) []byte {
	for v >= 0x80 {
		b = append(b, byte(v)|0x80)
		v >>= 7
	}
	return append(b, byte(v))
}
