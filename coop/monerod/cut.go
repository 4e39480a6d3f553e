package monerod

import (
	"encoding/binary"
	"encoding/hex"
)

// stamp writes what makes this template another than all others: who mines, and a number. The extra nonce becomes 0, and
// so does the nonce, for miners take another one for a sign that its last byte is fixed.
func (b *block) stamp(instance [8]byte, number uint32) {
	clear(b.raw[b.nonceAt : b.nonceAt+4])
	copy(b.raw[b.reserveAt:], instance[:])
	binary.LittleEndian.PutUint32(b.raw[b.reserveAt+8:], number)
	binary.LittleEndian.PutUint32(b.raw[b.reserveAt+extraAt:], 0)
}

// miner returns the miner transaction with this extra nonce.
func (b *block) miner(extra uint32) []byte {
	tx := append([]byte(nil), b.raw[b.minerAt:b.minerEnd]...)
	binary.LittleEndian.PutUint32(tx[b.reserveAt-b.minerAt+extraAt:], extra)
	return tx
}

// minerHash is a transaction's id: of version 1 the hash of all bytes, of version 2 the hash of three hashes (prefix,
// signatures' base, prunable part, which is nothing here).
// Source: monero src/cryptonote_basic/cryptonote_format_utils.cpp, calculate_transaction_hash.
func (b *block) minerHash(tx []byte) [32]byte {
	if b.version == 1 {
		return keccak(tx)
	}
	prefix := keccak(tx[:b.prefixEnd-b.minerAt])
	base := keccak(tx[b.prefixEnd-b.minerAt:])
	return keccak(prefix[:], base[:], make([]byte, 32))
}

// hashing returns what is hashed for this extra nonce: header, root of the transactions' tree, their number. The nonce is
// as in the template. It keeps nothing and may be called concurrently.
func (b *block) hashing(extra uint32) []byte {
	sum := root(b.minerHash(b.miner(extra)), b.branch)
	out := make([]byte, 0, b.minerAt+32+10)
	out = append(out, b.raw[:b.minerAt]...)
	out = append(out, sum[:]...)
	return appendVarint(out, b.count)
}

// solved returns the whole block with extra nonce and nonce.
func (b *block) solved(extra, nonce uint32) []byte {
	out := append([]byte(nil), b.raw...)
	copy(out[b.minerAt:], b.miner(extra))
	binary.LittleEndian.PutUint32(out[b.nonceAt:], nonce)
	return out
}

// id is the block's hash as explorers show it: of the hashing blob with its length before it.
// Source: monero src/cryptonote_basic/cryptonote_format_utils.cpp, calculate_block_hash.
func (b *block) id(extra, nonce uint32) string {
	blob := b.hashing(extra)
	binary.LittleEndian.PutUint32(blob[b.nonceAt:], nonce)
	sum := keccak(appendVarint(nil, uint64(len(blob))), blob)
	return hex.EncodeToString(sum[:])
}

// plain is hashing of the template as it lies in raw.
func (b *block) plain() []byte {
	return b.hashing(binary.LittleEndian.Uint32(b.raw[b.reserveAt+extraAt:]))
}
