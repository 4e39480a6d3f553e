package policy

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/link/wire"
)

func TestFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "policy.json")
	if p, damaged := Read(path); damaged != "" || !reflect.DeepEqual(p, Default()) {
		t.Errorf("absent: %+v %q", p, damaged)
	}
	use, cool := wire.UseHalf, 70.0
	p, err := Default().Apply(wire.PolicyChange{Use: &use, Thermal: &wire.ThermalChange{ResumeBelow: &cool}})
	if err != nil {
		t.Fatal(err)
	}
	if err := Write(path, p); err != nil {
		t.Fatal(err)
	}
	got, damaged := Read(path)
	if damaged != "" || !reflect.DeepEqual(got, p) || got.Use() != wire.UseHalf || *got.Thermal.ResumeBelow != 70 {
		t.Errorf("%+v %q", got, damaged)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info.Mode(), err)
	}
	p.Thermal.MaxCelsius = 300
	if err := Write(path, p); adit.CodeOf(err) != adit.Invalid {
		t.Errorf("300 °C: %v", err)
	}
	if now, _ := Read(path); !reflect.DeepEqual(now, got) {
		t.Error("a refused policy was written")
	}
	if err := Write(filepath.Join(path, "x"), got); adit.CodeOf(err) != adit.Refused {
		t.Errorf("where no file can be: %v", err)
	}
}

// TestDamagedFileIsSafe is row 5.4: what cannot be read never means "mine without limits".
func TestDamagedFileIsSafe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "policy.json")
	for what, text := range map[string]string{
		"empty": "", "half": `{"idle":{"enabled":fal`, "garbage": "\x00\xff", "list": "[]", "newer": `{"version":9,"idle":{"enabled":false,"afterSeconds":300}}`,
		"no limit": `{"thermal":{"maxCelsius":999}}`, "root": `{"user":"root"}`, "no patience": `{"idle":{"enabled":true,"afterSeconds":0}}`,
		"large": `{"idle":{"enabled":false}}` + strings.Repeat(" ", maxFile), "source": `{"idle":{"enabled":false,"afterSeconds":300,"sources":["webcam"]}}`,
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if p, damaged := Read(path); damaged == "" || !reflect.DeepEqual(p, Default()) {
			t.Errorf("%s: %+v %q", what, p, damaged)
		}
	}
	if err := os.WriteFile(path, []byte(`{"battery":{"pause":false}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if p, damaged := Read(path); damaged != "" || p.Battery.Pause || !p.Idle.Enabled || len(p.Idle.Sources) != 3 {
		t.Errorf("a part alone leaves the rest as it is by default: %+v %q", p, damaged)
	}
}

func TestChanges(t *testing.T) {
	n, f, on := 5, 30.0, true
	half, ninety, hundred, zero := 50.0, 90.0, 100.0, 0.0
	for field, c := range map[string]wire.PolicyChange{
		"use": {Use: new(string)}, "idle.afterSeconds": {Idle: &wire.IdleChange{AfterSeconds: &n}},
		"idle.sources":       {Idle: &wire.IdleChange{Sources: []string{"x11", "x11"}}},
		"thermal.maxCelsius": {Thermal: &wire.ThermalChange{MaxCelsius: &f}}, "thermal.gpuMaxCelsius": {Thermal: &wire.ThermalChange{GPUMaxCelsius: &f}},
		"thermal.resumeBelow": {Thermal: &wire.ThermalChange{ResumeBelow: &ninety}}, "cpu.maxPercent": {CPU: &wire.CPUChange{MaxPercent: &zero}},
	} {
		_, err := Default().Apply(c)
		if e, ok := adit.AsError(err); !ok || e.Code != adit.Invalid || e.Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
	for _, user := range []string{"root", "0", "-x", "a b", "a;b", strings.Repeat("x", 33)} {
		if _, err := Default().Apply(wire.PolicyChange{User: &user}); adit.CodeOf(err) != adit.Invalid {
			t.Errorf("user %q: %v", user, err)
		}
	}
	p, err := Default().Apply(wire.PolicyChange{CPU: &wire.CPUChange{MaxPercent: &half}})
	if err != nil || p.Use() != wire.UseOther || *p.CPU.MaxPercent != 50 {
		t.Errorf("%+v %v", p, err)
	}
	if p, err = p.Apply(wire.PolicyChange{CPU: &wire.CPUChange{MaxPercent: &hundred}, Battery: &wire.BatteryChange{Pause: &on}}); err != nil || p.Use() != wire.UseIdle {
		t.Errorf("%+v %v", p, err)
	}
	for _, use := range []string{wire.UseAll, wire.UseHalf, wire.UseIdle} {
		if p, err = p.Apply(wire.PolicyChange{Use: &use}); err != nil || p.Use() != use {
			t.Errorf("%s: %+v %v", use, p, err)
		}
	}
}
