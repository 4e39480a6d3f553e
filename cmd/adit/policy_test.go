package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/adit-mining/adit/agent/policy"
	"github.com/adit-mining/adit/api/body"
	"github.com/adit-mining/adit/link/wire"
)

// TestPolicyWithoutAServer: the policy is a file of this computer; it can be read and changed where no adit runs.
func TestPolicyWithoutAServer(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	out, code := typed(dir, "policy")
	if code != 0 || !strings.Contains(out, "No adit runs here") || !strings.Contains(out, "for 5 min (logind, x11, terminals)") {
		t.Errorf("%d %s", code, out)
	}
	out, code = typed(dir, "policy", "set", "--cpu", "all", "--idle", "on", "--idle-after", "90s", "--idle-sources", "x11,terminals", "--battery", "off",
		"--max-celsius", "75", "--resume-below", "60", "--fan-stop", "off", "--cpu-percent", "25", "-o", "json")
	var p body.Policy
	if err := json.Unmarshal([]byte(out), &p); err != nil || code != 0 {
		t.Fatalf("%d %s %v", code, out, err)
	}
	got, damaged := policy.Read(filepath.Join(dir, "policy.json"))
	if damaged != "" || !got.Idle.Enabled || got.Idle.AfterSeconds != 90 || len(got.Idle.Sources) != 2 || got.Battery.Pause || got.Thermal.FanStop ||
		*got.Thermal.ResumeBelow != 60 || *got.CPU.MaxPercent != 25 || p.Use != wire.UseOther {
		t.Errorf("%+v %q", got, damaged)
	}
	for _, args := range [][]string{
		{"set"}, {"set", "--cpu", "everything"}, {"set", "--idle", "maybe"}, {"set", "--max-celsius", "7"}, {"set", "--idle-after", "1s"},
		{"set", "--idle-sources", "webcam"}, {"set", "--user", "root"}, {"set", "--cpu-percent", "0"}, {"nonsense"},
	} {
		if out, code := typed(dir, append([]string{"policy"}, args...)...); code == 0 || out == "" {
			t.Errorf("%v: %d %s", args, code, out)
		}
	}
	if now, _ := policy.Read(filepath.Join(dir, "policy.json")); now.Thermal.MaxCelsius != 75 {
		t.Errorf("a refused change was written: %+v", now)
	}
	if err := os.WriteFile(filepath.Join(dir, "policy.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, _ := typed(dir, "policy"); !strings.Contains(out, "the safe defaults hold") {
		t.Error(out)
	}
}

// TestUpUse: a wrong --cpu is refused before anything is opened.
func TestUpUse(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "none")
	if out, code := typed(dir, "up", "--cpu", "most"); code != exitUsage || !strings.Contains(out, "use idle, half or all") {
		t.Errorf("%d %s", code, out)
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("the data directory was made")
	}
}
