// Package coordinator is the crew's coordinator, whole: it wires crew, gates, gRPC service, ledger, payouts and invitations
// of one configuration into one thing that is opened and run, and shows people what it does (view.Source).
//
// It may import link, store, stratum and the rooms of coop. What it cannot have from there it is given: hashes (Checker), a
// journal. Start at coordinator.go.
package coordinator
