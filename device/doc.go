// Package device says what a device can do: an ASIC, a GPU, a host, a meter, or a mining program ("software").
//
// A Driver opens a Device; a Device gives Snapshots and, through small one-method interfaces, abilities (As[Pauser](d)).
// Software drivers only describe: Launch renders what to execute, and agent/proc alone executes it.
// It may import the root package only. Start reading at device.go, then snapshot.go.
package device
