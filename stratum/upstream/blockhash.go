package upstream

import (
	"encoding/binary"
	"encoding/hex"
	"slices"

	"golang.org/x/crypto/sha3"

	"github.com/adit-mining/adit/stratum/bitcoin"
)

// BlockHash is the hash of the block that a solution makes, as the chain's explorers show it; "" where the work's layout
// is none that adit knows. For Monero it needs no node: the hash is that of the hashing blob with its length before it
// (monero src/cryptonote_basic/cryptonote_format_utils.cpp, calculate_block_hash). A header of Bitcoin's shape is hashed
// with sha256d, whatever its chain's proof of work is.
func (s Solution) BlockHash() string {
	switch {
	case s.Work.Bitcoin != nil:
		return backwards(s.Work.Bitcoin.Hash(s.Share))
	case s.Work.Blob == nil:
		return ""
	}
	b := s.Work.Blob
	var blob []byte
	if b.Cut != nil {
		blob = b.Cut(s.Extra)
	} else {
		blob = slices.Clone(b.Bytes)
	}
	if b.NonceWidth != 4 || len(blob) < b.NonceOffset+b.NonceWidth {
		return ""
	}
	binary.LittleEndian.PutUint32(blob[b.NonceOffset:], s.Nonce)
	switch {
	case b.NonceOffset == 39:
		h := sha3.NewLegacyKeccak256()
		h.Write(binary.AppendUvarint(nil, uint64(len(blob))))
		h.Write(blob)
		return hex.EncodeToString(h.Sum(nil))
	case b.NonceOffset == bitcoin.HeaderSize-4 && len(blob) == bitcoin.HeaderSize:
		return backwards(bitcoin.Sum(blob))
	}
	return ""
}

func backwards(h [32]byte) string {
	slices.Reverse(h[:])
	return hex.EncodeToString(h[:])
}
