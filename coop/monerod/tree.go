package monerod

import "golang.org/x/crypto/sha3"

// keccak is CryptoNote's fast hash: Keccak-256 with the original padding.
func keccak(parts ...[]byte) (sum [32]byte) {
	h := sha3.NewLegacyKeccak256()
	for _, p := range parts {
		h.Write(p)
	}
	h.Sum(sum[:0])
	return sum
}

// branch returns the siblings of the first leaf on its way to the root of CryptoNote's transaction tree. The first leaf
// itself is not read, so that it can change later.
//
// The tree of n leaves first joins so many of the last leaves in pairs that a power of two remains (the largest below
// n), then halves that. Source: monero src/crypto/tree-hash.c.
func branch(leaves [][32]byte) (siblings [][32]byte) {
	n := len(leaves)
	if n < 2 {
		return nil
	}
	keep := 1
	for keep*2 < n {
		keep *= 2
	}
	row := make([][32]byte, keep)
	alone := 2*keep - n // leaves that are not joined in the first step
	copy(row, leaves[:alone])
	for i, j := alone, alone; i < keep; i, j = i+1, j+2 {
		if j == 0 {
			siblings = append(siblings, leaves[1])
		} else {
			row[i] = keccak(leaves[j][:], leaves[j+1][:])
		}
	}
	for ; len(row) > 1; row = row[:len(row)/2] {
		siblings = append(siblings, row[1])
		for i := 1; i < len(row)/2; i++ {
			row[i] = keccak(row[2*i][:], row[2*i+1][:])
		}
	}
	return siblings
}

// root joins the first leaf with its siblings.
func root(leaf [32]byte, siblings [][32]byte) [32]byte {
	for _, s := range siblings {
		leaf = keccak(leaf[:], s[:])
	}
	return leaf
}
