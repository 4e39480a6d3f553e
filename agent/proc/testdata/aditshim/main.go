// Command aditshim is a shim alone, built twice with different versions to test an upgrade.
package main

import (
	"context"
	"os"

	"github.com/adit-mining/adit/agent/proc"
)

func main() { os.Exit(proc.RunShim(context.Background(), os.Args[len(os.Args)-1])) }
