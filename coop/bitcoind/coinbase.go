package bitcoind

import (
	"encoding/binary"

	"github.com/adit-mining/adit/stratum/bitcoin"
)

const (
	extranonceSize = 8   // bytes in the coinbase's script that are the miners'
	maxScript      = 100 // bytes of a coinbase's script (bitcoin src/consensus/tx_check.cpp, "bad-cb-length")
)

// coinbase is the transaction that pays for a block, before its extranonce is known.
type coinbase struct {
	height     uint64
	tag        []byte
	aux        []byte // left out where there is no room
	script     []byte
	value      uint64
	commitment []byte // nil = no witnesses are committed to
}

// tag names the crew, this coordinator and this template in a coinbase.
func (n *Node) tag(number uint32) []byte {
	return binary.BigEndian.AppendUint32(append([]byte(n.o.Tag), n.instance[:]...), number)
}

// build returns what comes before and after the extranonce, without witness.
func (c *coinbase) build() (before, after []byte) {
	head := pushHeight(c.height)
	tail := append(push(c.tag), extranonceSize) // the push of the extranonce ends the script
	if len(head)+len(c.aux)+len(tail)+extranonceSize <= maxScript {
		head = append(head, c.aux...)
	}
	head = append(head, tail...)

	before = binary.LittleEndian.AppendUint32(nil, 2) // version
	before = append(before, 1)                        // one input, of nothing
	before = append(before, make([]byte, 32)...)
	before = append(before, 0xff, 0xff, 0xff, 0xff)
	before = append(before, byte(len(head)+extranonceSize))
	before = append(before, head...)

	after = append(after, 0xff, 0xff, 0xff, 0xff) // sequence
	outputs := byte(1)
	if c.commitment != nil {
		outputs = 2
	}
	after = appendOutput(append(after, outputs), c.value, c.script)
	if c.commitment != nil {
		after = appendOutput(after, 0, c.commitment)
	}
	return before, append(after, 0, 0, 0, 0) // lock time
}

func appendOutput(b []byte, value uint64, script []byte) []byte {
	b = binary.LittleEndian.AppendUint64(b, value)
	return append(appendSize(b, uint64(len(script))), script...)
}

// pushHeight is BIP34's height: a push of the least bytes of a signed little-endian number, where 1 to 16 are opcodes.
// Source: bitcoin src/script/script.h, CScript << int64_t and CScriptNum::serialize.
func pushHeight(height uint64) []byte {
	switch {
	case height == 0:
		return []byte{0} // OP_0
	case height <= 16:
		return []byte{0x50 + byte(height)} // OP_1 to OP_16
	}
	var number []byte
	for v := height; v > 0; v >>= 8 {
		number = append(number, byte(v))
	}
	if number[len(number)-1]&0x80 != 0 { // the highest bit would be the sign
		number = append(number, 0)
	}
	return push(number)
}

// push is a push of fewer than 76 bytes.
func push(b []byte) []byte { return append([]byte{byte(len(b))}, b...) }

// appendSize writes Bitcoin's CompactSize. Source: bitcoin src/serialize.h.
func appendSize(b []byte, v uint64) []byte {
	switch {
	case v < 0xfd:
		return append(b, byte(v))
	case v <= 0xffff:
		return binary.LittleEndian.AppendUint16(append(b, 0xfd), uint16(v))
	case v <= 0xffffffff:
		return binary.LittleEndian.AppendUint32(append(b, 0xfe), uint32(v))
	}
	return binary.LittleEndian.AppendUint64(append(b, 0xff), v)
}

// block writes the whole block of a solution. With a commitment the coinbase carries the reserved value of 32 zeros as its
// only witness (BIP141); without one it must have none.
func (t *template) block(s bitcoin.Share) []byte {
	header := t.job.Header(s)
	cb := t.job.Coinbase(s.Extranonce2)
	out := make([]byte, 0, len(header)+len(cb)+len(t.txs)+64)
	out = appendSize(append(out, header[:]...), t.count)
	if !t.witness {
		return append(append(out, cb...), t.txs...)
	}
	out = append(append(out, cb[:4]...), 0, 1) // marker and flag after the version
	out = append(out, cb[4:len(cb)-4]...)
	out = append(append(out, 1, 32), make([]byte, 32)...)
	out = append(out, cb[len(cb)-4:]...)
	return append(out, t.txs...)
}
