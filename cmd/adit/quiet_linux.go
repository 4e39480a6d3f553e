package main

import (
	_ "unsafe" // for go:linkname

	_ "github.com/nats-io/nats-server/v2/server/pse" // whose variable it is
)

// procStatFile is where the bus's server looks once a second how busy its own process is. It begins when the program is
// loaded, in every process of this binary, and ends when the file cannot be read
// (nats-server v2, server/pse/pse_linux.go: init, periodic).
//
//go:linkname procStatFile github.com/nats-io/nats-server/v2/server/pse.procStatFile
var procStatFile string

// restLibraries ends what libraries do in the background from the start on, for a process that sleeps most of its life. It
// is to be called within the program's first second.
func restLibraries() { procStatFile = "" }
