// Package agent is the hands: it runs devices and mining programs on one computer for a hub anywhere.
//
// It polls devices (poll.go, reading.go), keeps every reading, fact and event until the hub holds it (agent/outbox,
// session.go), carries out orders and remembers what should run (order.go, verb.go, desired.go), adopts what an earlier
// agent left and starts anew what was lost (adopt.go, tend.go), and makes programs follow the owner's word (permit.go,
// look.go), which holds whatever else fails (halt.go).
// agent/proc executes programs and holds their guards, agent/consent knows what the owner allowed, agent/policy when
// mining must rest, agent/install which programs are there and whether they are what they were, agent/doctor and
// agent/socket what is wrong with the computer and who is connected. It speaks link/wire messages over two bus
// connections and nothing else.
//
// It may import device, link, store, the root package and internal/. Start reading at agent.go, then unit.go.
package agent
