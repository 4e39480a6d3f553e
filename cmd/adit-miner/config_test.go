package main

import (
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/internal/shared"
)

// TestRefusals: what is wrong is named with its field, and nothing is mined by default.
func TestRefusals(t *testing.T) {
	dir := t.TempDir()
	file := func(text string) string {
		p := filepath.Join(dir, "c.json")
		if err := os.WriteFile(p, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return p
	}
	const pool = "stratum+tcp://example.org:3333"
	for name, c := range map[string]struct {
		args  []string
		field string
	}{
		"nothing":      {[]string{"mine"}, "pools"},
		"no user":      {[]string{"--pool", pool}, "user"},
		"no port":      {[]string{"--pool", "stratum+tcp://example.org", "--user", "x"}, "pool"},
		"scheme":       {[]string{"--pool", "http://example.org:1", "--user", "x"}, "pool"},
		"fingerprint":  {[]string{"--pool", pool, "--user", "x", "--tls-fingerprint", "00"}, "tls-fingerprint"},
		"threads":      {[]string{"--pool", "127.0.0.1:1", "--threads", "-1"}, "cpu.threads"},
		"nice":         {[]string{"--pool", "127.0.0.1:1", "--nice", "20"}, "cpu.nice"},
		"affinity":     {[]string{"--pool", "127.0.0.1:1", "--affinity", "0,x"}, "affinity"},
		"no token":     {[]string{"--pool", "127.0.0.1:1", "--http-port", "0"}, "http.access-token"},
		"no file":      {[]string{"--config", filepath.Join(dir, "absent")}, "config"},
		"left over":    {[]string{"mine", "--pool", "127.0.0.1:1", "more"}, "arguments"},
		"command":      {[]string{"dig"}, "command"},
		"unknown flag": {[]string{"--wallet", "x"}, "flag"},
		"bad sum":      {[]string{"bench", "--sum", "x"}, "sum"},
		"no known sum": {[]string{"bench", "--check", "--nonces", "7"}, "check"},
		"file garbage": {[]string{"--config", file(`{"pools":`)}, "config"},
	} {
		var errs strings.Builder
		if code := run(c.args, strings.NewReader(""), io.Discard, &errs); code != 2 || !strings.Contains(errs.String(), c.field) {
			t.Errorf("%s: exit %d, %q does not name %q", name, code, errs.String(), c.field)
		}
	}
	for name, text := range map[string]string{
		"host":      `{"http":{"enabled":true,"host":"0.0.0.0","access-token":"x"},"pools":[{"url":"127.0.0.1:1"}]}`,
		"keepalive": `{"pools":[{"url":"127.0.0.1:1","keepalive":"often"}]}`,
		"two":       `{"pools":[{"url":"127.0.0.1:1"}]} {}`,
		"port":      `{"http":{"port":70000},"pools":[{"url":"127.0.0.1:1"}]}`,
	} {
		c, err := parseConfig([]byte(text))
		if err == nil {
			err = c.check()
		}
		if adit.CodeOf(err) != adit.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestOptions: the command line wins over the file; backups keep their order; the token comes from the environment.
func TestOptions(t *testing.T) {
	file := filepath.Join(t.TempDir(), "c.json")
	text := `{"http":{"enabled":true,"access-token":"t"},"cpu":{"threads":7,"huge-pages":false},"randomx":{"mode":"light"},
		"pools":[{"url":"127.0.0.1:1"},{"url":"example.org:2","user":"u","keepalive":true,"tls":true,"nicehash":true}]}`
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c, _, err := mineOptions([]string{"--config", file, "--threads", "3", "--affinity", "0,1"}, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if *c.CPU.Threads != 3 || len(c.CPU.Affinity) != 2 || *c.CPU.HugePages || c.RandomX.Mode != "light" || c.HTTP.Token != "t" {
		t.Errorf("%+v", c)
	}
	ps, err := pools(c.Pools)
	if err != nil || len(ps) != 2 {
		t.Fatal(ps, err)
	}
	if p := ps[1]; p.URL != "stratum+ssl://example.org:2" || !p.Nicehash || p.Keepalive != time.Minute || p.User != "u" {
		t.Errorf("%+v", p)
	}
	if ps[0].User == "" {
		t.Error("a pool on this computer needs some login")
	}
	t.Setenv("ADIT_MINER_TOKEN", "from the environment")
	c, _, err = mineOptions([]string{"--pool", "127.0.0.1:1", "--pool", "[::1]:2", "--http-port", "0", "--threads", "0"}, io.Discard)
	if err != nil || len(c.Pools) != 2 || c.Pools[1].URL != "[::1]:2" || c.HTTP.Token != "from the environment" || c.CPU.Threads != nil {
		t.Errorf("%+v %v", c, err)
	}
}

func TestHelp(t *testing.T) {
	for _, args := range [][]string{nil, {"help"}, {"--help"}} {
		var out strings.Builder
		if code := run(args, nil, &out, io.Discard); code != 0 || !strings.Contains(out.String(), "adit-miner verify") {
			t.Errorf("%v: exit %d, %q", args, code, out.String())
		}
	}
	for _, command := range []string{"mine", "verify", "bench"} {
		var errs strings.Builder
		if code := run([]string{command, "--help"}, nil, io.Discard, &errs); code != 0 || !strings.Contains(errs.String(), "-threads") {
			t.Errorf("%s: exit %d, %q", command, code, errs.String())
		}
	}
}

// TestLines: nothing a pool says can write a line of its own or a terminal code.
func TestLines(t *testing.T) {
	var out strings.Builder
	newLogger(&out).Warn("rejected (1/1)", "reason", "bad\n[2026] accepted\x1b[31m", "empty", "", "pool", "h:1")
	want := "]  warn  rejected (1/1) reason=\"bad [2026] accepted [31m\" pool=h:1\n"
	if got := out.String(); !strings.HasSuffix(got, want) || strings.Count(got, "\n") != 1 {
		t.Errorf("got %q", got)
	}
}

func TestBest(t *testing.T) {
	var r results
	for _, d := range []uint64{5, 9, 1, 9, 7, 3, 2, 8, 6, 4, 100, 0} {
		r.accepted(d, 0)
	}
	b, _ := json.Marshal(r.top())
	if string(b) != "[100,9,9,8,7,6,5,4,3,2]" {
		t.Errorf("best %s", b)
	}
}

func TestBenchSize(t *testing.T) {
	for s, want := range map[string]float64{"250K": 250e3, "1M": 1e6, "10m": 10e6, "20000": 20000} {
		if got, err := benchSize(s); err != nil || got != want {
			t.Errorf("%s: %v %v", s, got, err)
		}
	}
	for _, s := range []string{"", "K", "-1", "1G", "x"} {
		if _, err := benchSize(s); err == nil {
			t.Errorf("%q is taken", s)
		}
	}
	if m := xmrigDone.FindStringSubmatch(" bench    benchmark finished in 245.254 seconds (1019.4 h/s) hash sum = 7D6054757BB08A63"); m == nil || m[1] != "245.254" {
		t.Errorf("XMRig's line is not read: %v", m)
	}
}

// keysOf lists every key of a JSON value as a path; arrays count by their first element.
func keysOf(prefix string, v any, into map[string]bool) {
	switch v := v.(type) {
	case map[string]any:
		for k, w := range v {
			into[prefix+"/"+k] = true
			keysOf(prefix+"/"+k, w, into)
		}
	case []any:
		if len(v) > 0 {
			keysOf(prefix+"[]", v[0], into)
		}
	}
}

// lacking are the keys of the fixture that ours has not.
func lacking(t *testing.T, fixture string, ours any) (missing []string) {
	t.Helper()
	b, err := json.Marshal(ours)
	if err != nil {
		t.Fatal(err)
	}
	var theirs, mine any
	if err := json.Unmarshal(shared.Read(t, fixture), &theirs); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &mine); err != nil {
		t.Fatal(err)
	}
	have, want := map[string]bool{}, map[string]bool{}
	keysOf("", mine, have)
	keysOf("", theirs, want)
	if len(want) < 10 {
		t.Fatal("the fixture is empty")
	}
	for k := range want {
		if !have[k] {
			missing = append(missing, k)
		}
	}
	return missing
}

// FuzzConfig: whatever a file or a PUT holds, it is read or refused, and what is accepted can be used.
func FuzzConfig(f *testing.F) {
	f.Add([]byte(`{"pools":[{"url":"stratum+tcp://127.0.0.1:3333","keepalive":60}],"cpu":{"threads":2}}`))
	f.Add([]byte(`{"http":{"enabled":true}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := parseConfig(b)
		if err != nil || c.check() != nil {
			return
		}
		if ps, err := pools(c.Pools); err != nil || len(ps) == 0 {
			t.Fatalf("accepted, but no pools: %v", err)
		}
	})
}
