// Package enrol lets machines become members of a crew in one step: `adit coop invite` at the coordinator, `adit coop join
// CODE` at the machine. The code carries where the coordinator is, the pin of its CA and a secret; who joins sees the
// terms, agrees, makes its own key and gets a certificate for it.
//
// It may import the root package, link/pki, store, coop/coopv1, coop/rpc, coop/view and internal/. Where to start reading:
// code.go, then service.go (coordinator) and join.go (machine).
package enrol
