package main

import (
	"bytes"
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// ready is `ready`: it waits until the adit of the script's data directory and its agent answer.
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

// fill is `fill FILE…`: it writes the script's address into files where ADDRESS stands.
func fill(ts *testscript.TestScript, _ bool, args []string) {
	for _, name := range args {
		filled := strings.ReplaceAll(ts.ReadFile(name), "ADDRESS", ts.Getenv("ADDRESS"))
		ts.Check(os.WriteFile(ts.MkAbs(name), []byte(filled), 0o600))
	}
}

// TestExpectedAsks: only a loss asks, only on a terminal, and only y or yes goes on; an estimate that cannot be made is
// passed over.
func TestExpectedAsks(t *testing.T) {
	t.Parallel()
	yes, no := true, false
	for _, c := range []struct {
		what             string
		loss             *bool
		terminal, agreed bool
		typed            string
		err              error
		goes, asked      bool
	}{
		{"a loss, y", &yes, true, false, "y\n", nil, true, true}, {"a loss, n", &yes, true, false, "n\n", nil, false, true},
		{"a loss, Enter", &yes, true, false, "\n", nil, false, true}, {"a loss, end of input", &yes, true, false, "", nil, false, true},
		{"a loss, --yes", &yes, true, true, "", nil, true, false}, {"a loss, in a script", &yes, false, false, "", nil, true, false},
		{"a gain", &no, true, false, "", nil, true, false}, {"unknown", nil, true, false, "", nil, true, false},
		{"no estimate", nil, true, false, "", os.ErrNotExist, true, false},
	} {
		var said bytes.Buffer
		cli := &cli{in: strings.NewReader(c.typed), out: &said, err: &said, terminal: c.terminal}
		goes := cli.expected(t.Context(), c.agreed, func(context.Context) (string, *bool, error) { return "Estimate now: …", c.loss, c.err })
		asked := strings.Contains(said.String(), "Start anyway? [y/N]")
		if goes != c.goes || asked != c.asked || (c.err == nil) != strings.Contains(said.String(), "Estimate now") {
			t.Errorf("%s: goes %v, asked %v: %q", c.what, goes, asked, said.String())
		}
	}
}
