// Package book keeps the crew's accounts: blocks that were found and what became of them, rounds that divide money among
// members, balances, payments. Amounts are whole atomic units; each round can be worked out again from the ledger of
// shares, and its hash says whether it is the same. adit computes what is to be paid and sends nothing.
//
// It may import the root package, internal, coop, coop/ledger, coop/payout, coop/view and store/sqldb. What it needs of
// others comes in by the interfaces in book.go. Where to start reading: book.go, then round.go.
package book
