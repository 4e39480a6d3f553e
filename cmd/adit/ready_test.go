package main

import (
	"context"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// ready is `ready`: it waits until the adit that a script started in the background answers and knows its agent.
func ready(ts *testscript.TestScript, _ bool, _ []string) {
	t := time.NewTicker(100 * time.Millisecond)
	defer t.Stop()
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	for {
		if ts.Exec("adit", "status", "-o", "json") == nil && strings.Contains(ts.ReadFile("stdout"), `"running": true`) &&
			ts.Exec("adit", "list", "--available", "-o", "json") == nil {
			return
		}
		select {
		case <-ctx.Done():
			ts.Fatalf("adit does not come up")
		case <-t.C:
		}
	}
}
