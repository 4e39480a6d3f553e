// Package command sends orders to agents: it checks who asks and what is asked, writes the order down, sends it over the
// link with a deadline, and takes the outcome back with the program's own reason. Questions (logs, doctor) go the same
// way and are not written down.
//
// It may import device, link, store, fleet/account, fleet/inventory and the root package. Start at order.go.
package command
