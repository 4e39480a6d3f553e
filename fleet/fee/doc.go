// Package fee keeps the ledger of what third-party mining programs take of the mining time for their authors: rounds
// that were seen, the share of the mining time they are, and how often a program was started anew, which may begin a
// round anew. adit itself takes nothing.
//
// It may import device, link, store, fleet/account, fleet/inventory and the root package; the journal and the live
// state come in by the interfaces in service.go. Start there.
package fee
