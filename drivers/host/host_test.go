package host

import (
	"context"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/device"
	"github.com/adit-mining/adit/device/devicetest"
)

var update = flag.Bool("update", false, "write the golden files anew")

// tree makes a fake root from a text: lines "== path" begin a file.
func tree(t testing.TB, text string) string {
	t.Helper()
	dir := t.TempDir()
	for part := range strings.SplitSeq(text, "== ") {
		name, body, ok := strings.Cut(part, "\n")
		if !ok || name == "" {
			continue
		}
		p := filepath.Join(dir, filepath.FromSlash(strings.TrimSpace(name)))
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, []byte(body), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func file(t testing.TB, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func on(t *testing.T, dir string) *Host {
	t.Helper()
	h, err := Open(device.Address{Root: dir})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestSuite(t *testing.T) {
	devicetest.Run(t, devicetest.Suite{
		Open:  func(t *testing.T) device.Device { return on(t, tree(t, file(t, "testdata/laptop.tree"))) },
		Blank: func(t *testing.T) device.Device { return on(t, t.TempDir()) },
		Known: []string{"Host"},
	})
}

// TestGolden reads each testdata/*.tree; a new case needs no Go: add a tree and run with -update.
func TestGolden(t *testing.T) {
	cases, err := filepath.Glob("testdata/*.tree")
	if err != nil || len(cases) == 0 {
		t.Fatal("no cases", err)
	}
	for _, c := range cases {
		t.Run(filepath.Base(c), func(t *testing.T) {
			s, err := on(t, tree(t, file(t, c))).Snapshot(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			s.At = time.Time{}
			got, err := json.MarshalIndent(s, "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			golden := strings.TrimSuffix(c, ".tree") + ".golden"
			if *update {
				if err := os.WriteFile(golden, append(got, '\n'), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if want := file(t, golden); strings.TrimSpace(want) != string(got) {
				t.Errorf("got %s\nwant %s", got, want)
			}
		})
	}
}

func TestUsageBetweenPolls(t *testing.T) {
	dir := tree(t, "== proc/stat\ncpu  100 0 100 700 100 0 0 0 50 0\ncpu0 1 1 1 1\n")
	h := on(t, dir)
	usage := func() *adit.Percent {
		s, err := h.Snapshot(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return s.Host.Usage
	}
	put := func(line string) {
		if err := os.WriteFile(filepath.Join(dir, "proc/stat"), []byte(line+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if u := usage(); u != nil {
		t.Errorf("the first poll knows a usage of %v", *u)
	}
	put("cpu 150 0 125 720 105 0 0 0 99 0") // 75 of 100 ticks busy; iowait is idle, guest is part of user
	if u := usage(); u == nil || *u != 75 {
		t.Errorf("usage %v, want 75", u)
	}
	if u := usage(); u != nil {
		t.Errorf("no tick has passed, yet usage is %v", *u)
	}
	put("cpu 1 0 1 1 1 0 0 0") // the counters went back, as after a resume in a container
	if u := usage(); u != nil {
		t.Errorf("counters went back, yet usage is %v", *u)
	}
	put("cpu x 0 1 1 1 0 0 0")
	if u := usage(); u != nil {
		t.Errorf("garbage, yet usage is %v", *u)
	}
}

func TestSensorsComeAndGo(t *testing.T) {
	dir := tree(t, "== sys/class/hwmon/hwmon0/temp1_input\n41000\n")
	var s sensors
	at := time.Now()
	if c, n := s.hottest(root(dir), at); n != 1 || *c != 41 {
		t.Errorf("%v of %d sensors", c, n)
	}
	if err := os.WriteFile(filepath.Join(dir, "sys/class/hwmon/hwmon0/temp2_input"), []byte("55500\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, n := s.hottest(root(dir), at.Add(rescan/2)); n != 1 {
		t.Errorf("%d sensors before the next look-around", n)
	}
	if c, n := s.hottest(root(dir), at.Add(rescan)); n != 2 || *c != 55.5 {
		t.Errorf("%v of %d sensors", c, n)
	}
	if err := os.RemoveAll(filepath.Join(dir, "sys")); err != nil {
		t.Fatal(err)
	}
	if c, n := s.hottest(root(dir), at.Add(rescan)); n != 0 || c != nil {
		t.Errorf("all are gone, yet %v of %d", c, n)
	}
}

func TestBattery(t *testing.T) {
	const bat = "== sys/class/power_supply/BAT0/type\nBattery\n== sys/class/power_supply/BAT0/capacity\n50\n"
	const off, mains = "== sys/class/power_supply/AC/online\n0\n", "== sys/class/power_supply/AC/type\nMains\n== sys/class/power_supply/AC/online\n1\n"
	for _, c := range []struct {
		name, tree         string
		none, present, bat bool
		ups                bool
	}{
		{"no such class", "", true, false, false, false},
		{"mains only", mains, false, false, false, false},
		{"mouse", "== sys/class/power_supply/hid/type\nBattery\n== sys/class/power_supply/hid/scope\nDevice\n== sys/class/power_supply/hid/status\nDischarging\n", false, false, false, false},
		{"charging", bat + "== sys/class/power_supply/BAT0/status\nCharging\n" + mains, false, true, false, false},
		{"discharging", bat + "== sys/class/power_supply/BAT0/status\nDischarging\n" + mains + off, false, true, true, false},
		{"discharging though plugged in", bat + "== sys/class/power_supply/BAT0/status\nDischarging\n" + mains, false, true, false, false},
		{"no mains reported", bat + "== sys/class/power_supply/BAT0/status\nDischarging\n", false, true, true, false},
		{"state unknown, unplugged", bat + "== sys/class/power_supply/BAT0/status\nUnknown\n" + mains + off, false, true, true, false},
		{"UPS full", "== sys/class/power_supply/ups/type\nUPS\n== sys/class/power_supply/ups/status\nFull\n" + mains, false, true, false, true},
		{"UPS gives the power", "== sys/class/power_supply/ups/type\nUPS\n== sys/class/power_supply/ups/status\nDischarging\n" + mains, false, true, true, true},
		{"UPS beside a battery", bat + "== sys/class/power_supply/BAT0/status\nFull\n== sys/class/power_supply/ups/type\nUPS\n" + mains, false, true, false, false},
		{"bay empty", bat + "== sys/class/power_supply/BAT0/present\n0\n", false, false, false, false},
	} {
		b := root(tree(t, c.tree)).battery()
		if c.none != (b == nil) || b != nil && (b.Present != c.present || b.OnBattery != c.bat || b.UPS != c.ups) {
			t.Errorf("%s: %+v", c.name, b)
		}
	}
}

func TestChargeOfUPS(t *testing.T) {
	const ups = "== sys/class/power_supply/ups/type\nUPS\n== sys/class/power_supply/ups/capacity\n"
	if b := root(tree(t, ups+"64\n")).battery(); b.Percent == nil || *b.Percent != 64 {
		t.Errorf("%+v", b)
	}
	if b := root(tree(t, ups+"much\n")).battery(); b.Percent != nil {
		t.Errorf("garbage, yet %v", *b.Percent)
	}
	if b := root(tree(t, ups+"64\n== sys/class/power_supply/BAT0/type\nBattery\n== sys/class/power_supply/BAT0/capacity\n50\n")).battery(); *b.Percent != 50 {
		t.Errorf("the UPS is counted into the battery: %v", *b.Percent)
	}
}

func TestOpenRefusesName(t *testing.T) {
	if _, err := Driver.Open(context.Background(), device.Address{Name: "No Good"}); adit.CodeOf(err) != adit.Invalid {
		t.Errorf("got %v", err)
	}
}

// TestThisComputer looks at the machine the test runs on: whatever it is, nothing may be absurd.
func TestThisComputer(t *testing.T) {
	h := on(t, "")
	s, err := h.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if s.Host.OS == "" || s.Host.Threads == nil {
		t.Errorf("%+v", s.Host)
	}
	if m, f := s.Host.MemoryTotal, s.Host.MemoryFree; m != nil && f != nil && *f > *m {
		t.Errorf("%d of %d bytes are free", *f, *m)
	}
}

func BenchmarkSnapshot(b *testing.B) {
	h, err := Open(device.Address{})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := h.Snapshot(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}
