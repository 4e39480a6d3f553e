package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/adit-mining/adit/cmd/adit/app"
	"github.com/adit-mining/adit/internal/address/addresstest"
)

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

// line is one command line of TestProfileCommands: what is typed, how it ends, what is told, and what must not be.
type line struct {
	args     []string
	code     int
	out, err string // each must be in it; "" = whatever
	never    string // must be in neither
}

// TestProfileCommands types what a person would, against an adit that runs in this process and mines nothing.
func TestProfileCommands(t *testing.T) {
	t.Parallel()
	dir, files := t.TempDir(), t.TempDir()
	h, err := app.Open(t.Context(), app.Options{Dir: dir, Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- h.Run(ctx) }()
	defer func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}()
	<-h.Ready()
	h.Computer(t.Context()) // the agent has spoken

	wallet := addresstest.Monero(t)
	file := func(name, content string) string {
		p := filepath.Join(files, name)
		if err := os.WriteFile(p, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return p
	}
	const pool = "stratum+tcp://pool.example:3333"
	good := `{"pool": "` + pool + `", "wallet": "` + wallet + `"`
	create := func(more ...string) []string { return append([]string{"profile", "create"}, more...) }
	out := filepath.Join(files, "out.yaml")
	for _, l := range []line{
		{args: []string{"profile", "frob"}, code: 2, err: `there is no command "frob"`},
		{args: create("desk"), code: 2, err: "--pool is missing"},
		{args: create("desk", "--pool", pool), code: 2, err: "--address is missing: adit has no wallet of its own"},
		{args: create("desk", "--pool", "pool.example", "--address", wallet), code: 2, err: "--pool: write it as stratum+tcp://HOST:PORT"},
		{args: create("desk", "--pool", pool, "--address", wallet, "--set", "cpuPriority"), code: 2, err: "write KEY=VALUE"},
		{args: create("desk", "--pool", pool, "--address", "not-an-address"), code: 2, err: "wallet:", never: "not-an-address"},
		{args: create("desk", "--pool", pool, "--address", wallet, "--set", "cpuPriority=9"), code: 2, err: "cpuPriority: it must be from 0 to 5"},
		{args: create("desk", "--type", "nobody", "--pool", pool, "--address", wallet), code: 2, err: "minerType: there is no mining program of that name"},
		{args: create("desk", "--file", file("odd.yaml", "- a\n")), code: 2, err: "odd.yaml is"},
		{args: create("desk", "--file", file("bomb.yaml", "a: &a [x, x]\nb: [*a, *a]\n")), code: 2, err: "bomb.yaml is neither JSON nor YAML"},
		{args: create("desk", "--file", filepath.Join(files, "nothing.json")), code: 4, err: "cannot be read"},
		{args: []string{"profile", "list"}, out: "No profile yet"},
		{args: create("Desk 1", "--pool", pool, "--pool", "stratum+ssl://b.example:443", "--address", wallet, "--threads", "2", "--password", "hush-hush"),
			out: "The profile Desk 1 is saved. Start it: adit profile start desk-1"},
		{args: create("desk 1", "--pool", pool, "--address", wallet), code: 1, err: "there is a profile of that name already"},
		{args: []string{"profile", "list"}, out: "Desk 1  native   stratum+tcp://pool.example:3333  no       no               1"},
		{args: []string{"profile", "show", "desk-1"}, out: "(kept, not shown)", never: "hush-hush"},
		{args: []string{"profile", "show", "desk 1", "-o", "json"}, out: `"instance": "desk-1"`, never: "hush-hush"},
		{args: []string{"profile", "check", "desk-1"}, out: "It could be started, like this:", never: "hush-hush"},
		{args: []string{"profile", "edit", "desk-1"}, code: 2, err: "nothing to change"},
		{args: []string{"profile", "edit", "desk-1", "--threads", "3", "--description", "text", "--autostart"}, out: "saved as version 2"},
		{args: []string{"profile", "edit", "desk-1", "--set", "nosuchkey=1"}, code: 2, err: "nosuchkey"},
		{args: []string{"profile", "versions", "desk-1"}, out: "threads 2 -> 3", never: "hush-hush"},
		{args: []string{"profile", "revert", "desk-1", "zero"}, code: 2, err: `"zero" is no version`},
		{args: []string{"profile", "revert", "desk-1", "99"}, code: 4, err: "no version of that number"},
		{args: []string{"profile", "revert", "desk-1", "1"}, out: "is as it was in version 1; that is version 3 now"},
		{args: []string{"profile", "show", "desk-1"}, out: "autostart  no"},
		{args: []string{"profile", "edit", "desk-1", "--unset", "password"}, out: "version 4"},
		{args: []string{"profile", "show", "desk-1"}, out: "threads", never: "(kept, not shown)"},
		{args: []string{"profile", "show", "nobody"}, code: 4, err: `there is no profile "nobody"`},
		{args: []string{"profile", "export", "--file", out}, err: "Written to"},
		{args: []string{"profile", "import", out}, out: "there already"},
		{args: []string{"profile", "import", file("cut.json", `[{"name": "a", "minerType": "native", "config": {`)}, code: 2, err: "it is cut off"},
		{args: []string{"profile", "import", file("refused.json", `[{"name": "a", "minerType": "native", "config": {"pool": "`+pool+`", "wallet": ""}}]`)},
			code: 2, out: "wallet: give your own payout address", err: "1 of 1 entries were refused"},
		{args: []string{"profile", "import", file("half.json", `[{"name": "a", "minerType": "native", "config": {}}, {"name": "b", "minerType": "native", "config": `+good+`}}]`)},
			code: 3, out: "made", err: "1 of 2 entries were refused"},
		{args: []string{"config", "print"}, code: 2, err: "name a PROFILE, or a program with --last"},
		{args: []string{"config", "print", "desk-1"}, out: `"pool": "stratum+tcp://pool.example:3333"`},
		{args: []string{"config", "print", "--last", "native"}, code: 4, err: "nothing was started yet"},
		{args: []string{"config", "validate", file("bad.json", good+`, "threads": 5000}`)}, code: 2, err: "threads: it must be 0 to 1024"},
		{args: []string{"config", "validate", file("typo.json", good+`, "thread": 5}`)}, code: 2, err: "thread: there is no such key"},
		{args: []string{"config", "validate", file("good.json", good+`}`)}, out: "It could be started, like this:"},
		{args: []string{"config", "schema", "-o", "yaml"}, out: "donateLevel:"},
		{args: []string{"pools"}, out: "adit gets nothing from any pool"},
		{args: []string{"settings", "set", "power", "7"}, code: 2, err: `"power" is no setting`},
		{args: []string{"settings", "set", "power.pricePerKwh", "0.28"}, out: "power.pricePerKwh is 0.28 now"},
		{args: []string{"settings", "get", "power.pricePerKwh"}, out: "0.28\n"},
		{args: []string{"settings", "set", "power.watts", "140"}},
		{args: []string{"settings", "get", "-o", "json"}, out: `"watts": 140`},
		{args: []string{"settings", "set", "power.watts", "many"}, code: 2, err: "power.watts: it cannot be a text"},
		{args: []string{"settings", "set", "power.wats", "1"}, code: 2, err: "wats: there is no such setting"},
		{args: []string{"settings", "get", "power.wats"}, code: 4, err: `there is no setting "power.wats"`},
		{args: []string{"estimate", "desk-1"}, out: "Estimate now: revenue unknown, 0.94 EUR/day power -> result unknown"},
		{args: []string{"estimate", "nobody"}, code: 4, err: `there is no profile "nobody"`},
		// Nobody allowed mining: it is not started. What it would cost was said before, and no question kept the script.
		{args: []string{"profile", "start", "desk-1"}, code: 5, err: "0.94 EUR/day power"},
		{args: []string{"profile", "start", "nobody"}, code: 4},
		{args: []string{"profile", "delete", "desk-1"}, code: 2, err: "adit profile delete desk-1 --yes"},
		{args: []string{"profile", "delete", "desk-1", "--yes"}, out: "The profile Desk 1 is deleted."},
		{args: []string{"profile", "delete", "b", "--yes"}},
		{args: []string{"profile", "list", "-o", "json"}, out: "[]\n"},
	} {
		var stdout, stderr bytes.Buffer
		c := &cli{args: append([]string{"--data-dir", dir}, l.args...), in: strings.NewReader(""), out: &stdout, err: &stderr, env: func(string) string { return "" }}
		code := Main(t.Context(), c)
		if code != l.code || !strings.Contains(stdout.String(), l.out) || !strings.Contains(stderr.String(), l.err) ||
			l.never != "" && strings.Contains(stdout.String()+stderr.String(), l.never) {
			t.Errorf("adit %s: exit code %d, want %d\n--- stdout, wants %q\n%s--- stderr, wants %q\n%s", strings.Join(l.args, " "), code, l.code, l.out, &stdout, l.err, &stderr)
		}
	}
	if st, err := os.Stat(out); err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", st, err)
	}
}
