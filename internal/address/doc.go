// Package address checks payout addresses before anything is mined to them: one wrong letter in an address is money
// gone. Only Monero is known so far. It may import the root package and golang.org/x/crypto. Start reading at Check.
package address
