package main

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/spf13/cobra"

	"github.com/adit-mining/adit/internal/address"
	"github.com/adit-mining/adit/internal/address/addresstest"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"adit": main})
}

// TestScript runs the scenarios of testdata/script: what a person types, what it prints, the exit code.
func TestScript(t *testing.T) {
	t.Parallel()
	valid := addresstest.Monero(t)
	other := addresstest.Generate(t, address.Testnet, address.Standard, nil)
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(e *testscript.Env) error {
			e.Setenv("ADIT_DATA_DIR", filepath.Join(e.WorkDir, "data"))
			e.Setenv("NO_COLOR", "1")
			e.Setenv("ADDRESS", valid)
			e.Setenv("TESTNET", other)
			return nil
		},
		Condition: func(c string) (bool, error) { // a test must not take a real service away
			_, err := os.Stat("/etc/systemd/system/adit.service")
			return c == "installed" && err == nil, nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"code": exitsWith, "explains": explains, "ready": ready, "fill": fill, "bearer": bearer, "crewed": crewed, "keep": keep},
	})
}

// exitsWith is `code N ARGS…`: adit ends with exit code N; N|M allows two.
func exitsWith(ts *testscript.TestScript, _ bool, args []string) {
	err := ts.Exec("adit", args[1:]...)
	got := 0
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if !slices.Contains(strings.Split(args[0], "|"), strconv.Itoa(got)) {
		ts.Fatalf("adit %s: exit code %d, want %s", strings.Join(args[1:], " "), got, args[0])
	}
}

// explains checks the help of commands: it exits 0, says what it is for, and gives an example where there are flags.
func explains(ts *testscript.TestScript, _ bool, args []string) {
	for _, name := range args {
		ts.Check(ts.Exec("adit", name, "--help"))
		help := ts.ReadFile("stdout")
		if !strings.Contains(help, "Usage:") || len(strings.Split(help, "\n")) < 5 {
			ts.Fatalf("adit %s --help says too little:\n%s", name, help)
		}
	}
}

// TestEveryCommandIsWhole: a short and calm description, a group or a parent, no exclamation mark, an argument check.
func TestEveryCommandIsWhole(t *testing.T) {
	t.Parallel()
	c := &cli{env: func(string) string { return "" }}
	var walk func(*cobra.Command)
	walk = func(cmd *cobra.Command) {
		name := cmd.CommandPath()
		if cmd.Short == "" || len(cmd.Short) > 80 || strings.HasSuffix(cmd.Short, ".") {
			t.Errorf("%s: short description %q", name, cmd.Short)
		}
		if strings.Contains(cmd.Short+cmd.Long+cmd.Example, "!") {
			t.Errorf("%s: an exclamation mark", name)
		}
		if cmd.Args == nil && cmd.Name() != "help" {
			t.Errorf("%s: arguments are not checked", name)
		}
		for _, sub := range cmd.Commands() {
			walk(sub)
		}
	}
	walk(c.root())
}

// TestExitCodes: the contract with scripts.
func TestExitCodes(t *testing.T) {
	t.Parallel()
	for _, tc := range exitCases {
		if got := exitCode(tc.err); got != tc.want {
			t.Errorf("%v: %d, want %d", tc.err, got, tc.want)
		}
	}
}

func TestNoColor(t *testing.T) {
	t.Parallel()
	for _, colour := range []bool{true, false} {
		var out strings.Builder
		c := &cli{args: []string{"frob"}, in: strings.NewReader(""), out: &out, err: &out, env: os.Getenv, color: colour}
		if code := Main(context.Background(), c); code != exitUsage {
			t.Errorf("exit code %d", code)
		}
		if strings.Contains(out.String(), "\x1b") != colour {
			t.Errorf("colour %v: %q", colour, out.String())
		}
	}
}
