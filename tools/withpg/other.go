//go:build !linux

package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Fprintln(os.Stderr, "withpg: not supported on this platform: start a PostgreSQL and set ADIT_TEST_POSTGRES to its address")
	os.Exit(125)
}
