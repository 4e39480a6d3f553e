// Package agent is the hands: it runs devices and mining programs on one computer for a hub anywhere.
//
// It polls devices (poll.go), keeps every reading, fact and event in a buffer until the hub has it (buffer.go,
// session.go), carries out orders and remembers what should run (order.go, desired.go), and holds mining back where
// the owner or a policy says so (pause.go). agent/proc executes programs, agent/consent knows what the owner allowed.
// It speaks link/wire messages over two bus connections and nothing else.
//
// It may import device, link, store, the root package and internal/. Start reading at agent.go.
package agent
