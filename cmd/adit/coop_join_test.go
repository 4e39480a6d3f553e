package main

import (
	"context"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// crewed is `crewed`: it waits until the coordinator that a script started in the background answers.
func crewed(ts *testscript.TestScript, _ bool, _ []string) {
	t := time.NewTicker(100 * time.Millisecond)
	defer t.Stop()
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	for ts.Exec("adit", "coop", "status") != nil {
		select {
		case <-ctx.Done():
			ts.Fatalf("the coordinator does not come up")
		case <-t.C:
		}
	}
}

// keep is `keep NAME`: what the last command printed becomes a variable.
func keep(ts *testscript.TestScript, _ bool, args []string) {
	ts.Setenv(args[0], strings.TrimSpace(ts.ReadFile("stdout")))
}
