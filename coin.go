package adit

import (
	"strings"
	"time"
)

// Header is the shape of what a chain hashes to find a block.
type Header string

// The shapes.
const (
	// HeaderCryptoNote is a block header of varints, the tree hash of the transactions and their number.
	// Source: monero src/cryptonote_basic/cryptonote_format_utils.cpp, get_block_hashing_blob.
	HeaderCryptoNote Header = "cryptonote"
	// HeaderBitcoin is 80 bytes: version, previous block, merkle root, time, bits, nonce.
	// Source: bitcoin src/primitives/block.h, CBlockHeader.
	HeaderBitcoin Header = "bitcoin"
)

// Addresses names the check that a coin's addresses go through (internal/address).
type Addresses string

// The checks.
const (
	AddressesMonero  Addresses = "monero"  // Monero's base58 in blocks with Keccak-256
	AddressesBitcoin Addresses = "bitcoin" // base58check, bech32 and bech32m, with prefixes of the coin
)

// Coin is one row of the table of chains that adit knows.
type Coin struct {
	Symbol    string    // "XMR"
	Name      string    // "Monero"
	Algorithm Algorithm // what its chain hashes

	Header      Header
	NonceOffset int // of the nonce in what is hashed, bytes
	NonceWidth  int // bytes, little-endian

	// RandomX's key is the hash of an earlier block, see SeedHeight. 0 = the algorithm has no key.
	SeedInterval uint64
	SeedLag      uint64

	Maturity  uint64        // confirmations (1 = the block is the tip) after which a block's reward can be spent
	Decimals  int           // one coin is 10^Decimals atomic units
	Unit      string        // name of the atomic unit
	BlockTime time.Duration // the chain aims at one block in this time

	Addresses Addresses

	// Mined says that a mining program which adit starts on a rig can mine it. The others are known to the crew alone: for
	// miners that bring their own hardware or program.
	Mined bool
}

// Coins is the table; a new coin is a new row. Sources of the rows:
//
//   - XMR: monero src/cryptonote_config.h (CRYPTONOTE_MINED_MONEY_UNLOCK_WINDOW, CRYPTONOTE_DISPLAY_DECIMAL_POINT,
//     DIFFICULTY_TARGET_V2), src/crypto/rx-slow-hash.c (SEEDHASH_EPOCH_BLOCKS, SEEDHASH_EPOCH_LAG).
//   - BTC: bitcoin src/consensus/consensus.h (COINBASE_MATURITY), src/consensus/amount.h (COIN),
//     src/kernel/chainparams.cpp (nPowTargetSpacing).
//   - SYL: github.com/opensyria/OpenSY at 2de3d7a953ef: src/consensus/params.h (nRandomXKeyBlockInterval 32,
//     GetRandomXKeyBlockHeight), src/kernel/chainparams.cpp (RandomX from block 1, blocks of two minutes),
//     src/consensus/consensus.h, src/consensus/amount.h. Its doc/randomx-hardfork.md names another interval (64); what
//     its code does counts.
var Coins = []Coin{
	{Symbol: "XMR", Name: "Monero", Algorithm: RandomX, Header: HeaderCryptoNote, NonceOffset: 39, NonceWidth: 4,
		SeedInterval: 2048, SeedLag: 64 + 1, Maturity: 60, Decimals: 12, Unit: "piconero", BlockTime: 2 * time.Minute,
		Addresses: AddressesMonero, Mined: true},
	{Symbol: "BTC", Name: "Bitcoin", Algorithm: SHA256d, Header: HeaderBitcoin, NonceOffset: 76, NonceWidth: 4,
		Maturity: 100, Decimals: 8, Unit: "satoshi", BlockTime: 10 * time.Minute, Addresses: AddressesBitcoin},
	{Symbol: "SYL", Name: "OpenSY", Algorithm: RandomX, Header: HeaderBitcoin, NonceOffset: 76, NonceWidth: 4,
		SeedInterval: 32, SeedLag: 32, Maturity: 100, Decimals: 8, Unit: "qirsh", BlockTime: 2 * time.Minute,
		Addresses: AddressesBitcoin},
}

// CoinNamed finds a coin by symbol or name, in any case.
func CoinNamed(s string) (Coin, bool) {
	for _, c := range Coins {
		if strings.EqualFold(c.Symbol, s) || strings.EqualFold(c.Name, s) {
			return c, true
		}
	}
	return Coin{}, false
}

// MinedCoins are the rows that adit's mining programs can be started for; the first is what is mined where none is named.
func MinedCoins() []Coin {
	var out []Coin
	for _, c := range Coins {
		if c.Mined {
			out = append(out, c)
		}
	}
	return out
}

// MinedCoinNamed is CoinNamed among MinedCoins.
func MinedCoinNamed(s string) (Coin, bool) {
	if c, ok := CoinNamed(s); ok && c.Mined {
		return c, true
	}
	return Coin{}, false
}

// SeedHeight is the height of the block whose hash is the key (seed) for a block at this height; ok is false where the
// algorithm has no key. The first blocks of a chain have its first block's hash.
// Source: monero src/crypto/rx-slow-hash.c rx_seedheight; OpenSY src/consensus/params.h GetRandomXKeyBlockHeight.
func (c Coin) SeedHeight(height uint64) (seed uint64, ok bool) {
	if c.SeedInterval == 0 {
		return 0, false
	}
	if height < c.SeedLag {
		return 0, true
	}
	return (height - c.SeedLag) / c.SeedInterval * c.SeedInterval, true
}

// PlacedByAlgorithm reports whether the nonce lies where every miner of the algorithm puts it. Where not, only a miner
// that takes the place from the job can mine the coin.
func (c Coin) PlacedByAlgorithm() bool {
	offset, width, ok := c.Algorithm.Nonce()
	return ok && offset == c.NonceOffset && width == c.NonceWidth
}
