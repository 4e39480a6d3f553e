// Package address checks payout addresses before anything is mined to them: one wrong letter in an address is money
// gone. Monero's have a checksum of their own; Bitcoin's and those of coins like it are base58check, bech32 (BIP173) or
// bech32m (BIP350), and Script makes the output that pays them.
//
// It may import the root package and golang.org/x/crypto. Start reading at Check.
package address
