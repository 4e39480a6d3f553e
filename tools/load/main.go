// Command load is the load programs of the coordinator's Stratum port: a fake pool, fake miners and, to measure the crew
// without the rest of the house, a crew in a process of its own. Each runs as its own process; the miners print one line
// of JSON. tools/bench runs them.
//
//	load pool   -listen 127.0.0.1:4444 -control 127.0.0.1:4445
//	load crew   -listen 127.0.0.1:3333 -pool 127.0.0.1:4444 -dir DIR [-sync]
//	load miners -connect 127.0.0.1:3333 -control 127.0.0.1:4445 -pid PID -n 10000
//
// Start reading at pool.go, then miners.go.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	parts := map[string]func(context.Context, []string) error{"pool": runPool, "miners": runMiners, "crew": runCrew}
	var part func(context.Context, []string) error
	if len(os.Args) > 1 {
		part = parts[os.Args[1]]
	}
	if part == nil {
		fmt.Fprintln(os.Stderr, "load: pool, crew or miners is expected")
		os.Exit(2)
	}
	if err := part(ctx, os.Args[2:]); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "load "+os.Args[1]+":", err)
		os.Exit(1)
	}
}
