package bitcoind

import "github.com/adit-mining/adit/stratum/bitcoin"

// merkle is Bitcoin's tree over transactions' hashes: pairs are joined, an odd last one with itself.
// Source: bitcoin src/consensus/merkle.cpp.
func merkle(row [][32]byte) [32]byte {
	row = append([][32]byte(nil), row...)
	for len(row) > 1 {
		if len(row)%2 == 1 {
			row = append(row, row[len(row)-1])
		}
		for i := range len(row) / 2 {
			row[i] = join(row[2*i], row[2*i+1])
		}
		row = row[:len(row)/2]
	}
	return row[0]
}

// branches are the siblings of the first transaction on its way to the root; others are all the transactions after it.
func branches(others [][32]byte) (out [][32]byte) {
	row := append([][32]byte{{}}, others...) // the first one is never read
	for len(row) > 1 {
		out = append(out, row[1])
		if len(row)%2 == 1 {
			row = append(row, row[len(row)-1])
		}
		for i := 1; i < len(row)/2; i++ {
			row[i] = join(row[2*i], row[2*i+1])
		}
		row = row[:len(row)/2]
	}
	return out
}

func join(a, b [32]byte) [32]byte {
	var pair [64]byte
	copy(pair[:32], a[:])
	copy(pair[32:], b[:])
	return bitcoin.Sum(pair[:])
}
