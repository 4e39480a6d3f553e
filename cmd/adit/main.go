// Command adit is everything for people and servers: it runs the house (`adit up`) and asks it (`adit status`, …).
//
// One file per subcommand; root.go builds the tree, exit.go turns errors into words and exit codes, server.go finds
// the running adit, output.go prints tables, JSON and YAML. The wiring of the house is in package app.
package main

import (
	"context"
	"os"
)

func main() {
	keepPrivate()
	os.Exit(Main(context.Background(), system()))
}
