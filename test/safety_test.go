//go:build linux

package test

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/adit-mining/adit/api/body"
	"github.com/adit-mining/adit/link/wire"
)

// TestSafetyOfARunningAdit looks at a real adit that mines for practice: rows 5.1 (names), 5.5 (fees), 5.8 (user), 5.16
// (ports) and 5.17 (connections) of the safety conventions, by what adit itself says and by what the system says.
func TestSafetyOfARunningAdit(t *testing.T) {
	t.Parallel()
	h := newHome(t, fakeBin)
	s := h.up("--practice", "--yes-i-own-this-machine")
	m := s.miner(soon, accepts(0))

	w := statusWords(t, *m.PID)
	if w["Name"] != "adit-miner" || w["NoNewPrivs"] != "1" {
		t.Errorf("name %q, no new privileges %q", w["Name"], w["NoNewPrivs"])
	}
	for _, sort := range []string{"up", "shim"} {
		for _, pid := range h.pids(sort) {
			if name := statusWords(t, pid)["Name"]; name != "adit" {
				t.Errorf("%s is named %q", sort, name)
			}
		}
	}
	if strings.Trim(w["CapEff"], "0") != "" && os.Geteuid() == 0 {
		t.Errorf("the engine has the capabilities %s", w["CapEff"])
	}
	p, err := s.client.Policy(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if os.Geteuid() == 0 {
		if p.RunAs == "" || strings.HasPrefix(w["Uid"], "0") || strings.Contains(w["Uid"], " 0") || w["Groups"] != "" {
			t.Errorf("run as %q: uid %s, groups %q", p.RunAs, w["Uid"], w["Groups"])
		}
	}
	if p.Use != wire.UseIdle || !p.Policy.Battery.Pause || p.Policy.Thermal.MaxCelsius != 90 {
		t.Errorf("the defaults of a PC: %+v", p)
	}
	found(t, s)
	c, err := s.client.Connections(t.Context())
	if err != nil || len(c.List) != 0 || !strings.Contains(c.Words, "nothing of adit is connected") {
		t.Errorf("%+v %v", c, err)
	}
	eventually(t, 2*soon, func() error {
		l, err := s.client.Fees(t.Context())
		if err != nil || len(l.Programs) != 1 || l.Programs[0].Source != "none" || l.AditPercent != 0 {
			return fmt.Errorf("%+v %w", l, err)
		}
		return nil
	})
	for _, verb := range []string{"policy", "fees", "security", "connections"} {
		if out, errs, code := h.adit(verb); code != 0 || len(out) < 20 {
			t.Errorf("adit %s: %d %s %s", verb, code, out, errs)
		}
	}
	out, errs, code := h.adit("policy", "set", "--cpu", "half", "--max-celsius", "80")
	if code != 0 || !strings.Contains(out, "at most 50 %") || !strings.Contains(out, "80 °C") {
		t.Errorf("%d %s %s", code, out, errs)
	}
	if _, errs, code := h.adit("policy", "set", "--max-celsius", "200"); code != 2 && code != 1 || !strings.Contains(errs, "105") {
		t.Errorf("200 °C: %d %s", code, errs)
	}
	s.end(syscall.SIGINT)
	if out, errs, code := h.adit("policy"); code != 0 || !strings.Contains(out, "half") {
		t.Errorf("without an adit: %d %s %s", code, out, errs)
	}
}

// found is the security check of a fresh adit: nothing to mend.
func found(t *testing.T, s *server) {
	t.Helper()
	r, err := s.client.Security(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if r.Crit > 0 || len(r.Checks) < 7 {
		t.Errorf("%+v", r)
	}
	names := map[string]body.Finding{}
	for _, f := range r.Checks {
		names[f.Name] = f
	}
	for _, name := range []string{"consent", "files", "user", "adit's ports", "programs' ports", "program practice", "arguments", "limits"} {
		if f, ok := names[name]; !ok || f.State == "crit" || f.State == "warn" && f.Fix == "" {
			t.Errorf("%s: %+v", name, f)
		}
	}
}

// statusWords reads /proc/PID/status.
func statusWords(t *testing.T, pid int) map[string]string {
	t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for l := range strings.Lines(string(b)) {
		k, v, _ := strings.Cut(l, ":")
		out[k] = strings.Join(strings.Fields(v), " ")
	}
	return out
}
