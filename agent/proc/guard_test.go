package proc

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/adit-mining/adit"
)

// tree writes files below root; "" removes one.
func tree(t *testing.T, root string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		path := filepath.Join(root, name)
		if text == "" {
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

const packageTemp = "sys/class/hwmon/hwmon3/temp1_input"

// heatTest is a guard over a fake sysfs and its own clock.
type heatTest struct {
	t    *testing.T
	root string
	g    *guard
	at   time.Time
}

func newHeat(t *testing.T, seen ...string) *heatTest {
	limit := adit.Celsius(90)
	h := &heatTest{t: t, root: t.TempDir(), at: time.Now()}
	h.g = newGuard(Guards{ThermalMax: &limit, SensorRoot: h.root}, seen, h.at)
	return h
}

func (h *heatTest) want(after time.Duration, hold Hold, words string) {
	h.t.Helper()
	h.at = h.at.Add(after)
	got, why := h.g.check(h.at, 1, true)
	if got != hold || !strings.Contains(why, words) {
		h.t.Fatalf("hold %q (%s), want %q (%s); sensor %+v", got, why, hold, words, h.g.sensor())
	}
}

func TestThermalHysteresis(t *testing.T) {
	h := newHeat(t)
	set := func(milli string) { tree(t, h.root, map[string]string{packageTemp: milli}) }
	tree(t, h.root, map[string]string{
		"sys/class/hwmon/hwmon3/name": "coretemp", "sys/class/hwmon/hwmon3/temp1_label": "Package id 0", packageTemp: "89999",
		"sys/class/hwmon/hwmon0/name": "nvme", "sys/class/hwmon/hwmon0/temp1_input": "99000", // not a CPU
		"sys/class/thermal/thermal_zone0/type": "acpitz", "sys/class/thermal/thermal_zone0/temp": "99000", // only where nothing better is
	})
	h.want(0, "", "")
	if s := h.g.sensor(); s.Celsius == nil || *s.Celsius != 89.999 || !strings.Contains(s.Words, "coretemp/Package id 0") {
		t.Errorf("sensor: %+v", s)
	}
	set("90000")
	h.want(time.Second, HoldThermal, "90 °C")
	set("85000")
	h.want(time.Hour, HoldThermal, "starts again at 80 °C")
	set("91000")
	h.want(time.Second, HoldThermal, "91 °C")
	set("40000")
	h.want(time.Second, HoldThermal, "") // an idle CPU is cool in seconds
	h.want(coolAtLeast, "", "")
}

func TestSensorThatVanishes(t *testing.T) {
	h := newHeat(t)
	tree(t, h.root, map[string]string{"sys/class/hwmon/hwmon3/name": "k10temp", packageTemp: "50000"})
	h.want(0, "", "")
	tree(t, h.root, map[string]string{packageTemp: ""})
	h.want(time.Second, "", "")
	h.want(time.Second, "", "")
	h.want(time.Second, HoldSensor, "k10temp/temp1 has vanished")
	tree(t, h.root, map[string]string{packageTemp: "999999"}) // nonsense is no reading
	h.want(time.Second, HoldSensor, "vanished")
	tree(t, h.root, map[string]string{packageTemp: "50000"})
	h.want(time.Second, "", "")
}

func TestSensorNeverSeen(t *testing.T) {
	h := newHeat(t)
	h.want(0, "", "")
	h.want(time.Hour, "", "")
	if s := h.g.sensor(); s.Celsius != nil || !strings.Contains(s.Words, "no sensor was found") {
		t.Errorf("sensor: %+v", s)
	}
	h = newHeat(t, "k10temp/temp1") // the shim before this one saw it, in this boot
	h.want(0, HoldSensor, "k10temp/temp1 has vanished")
}

func TestTwoSockets(t *testing.T) {
	root := t.TempDir()
	for _, n := range []string{"1", "2"} {
		tree(t, root, map[string]string{"sys/class/hwmon/hwmon" + n + "/name": "k10temp", "sys/class/hwmon/hwmon" + n + "/temp1_input": n + "0000"})
	}
	got := sysfs{root}.temperatures()
	if len(got) != 2 || got[0].Key == got[1].Key {
		t.Errorf("readings: %+v", got)
	}
}

func TestBattery(t *testing.T) {
	for name, c := range map[string]struct {
		files map[string]string
		want  bool
	}{
		"desktop":           {nil, false},
		"laptop, plugged":   {map[string]string{"AC/type": "Mains", "AC/online": "1", "BAT0/type": "Battery", "BAT0/status": "Charging"}, false},
		"laptop, unplugged": {map[string]string{"AC/type": "Mains", "AC/online": "0", "BAT0/type": "Battery", "BAT0/status": "Not charging"}, true},
		"no connector":      {map[string]string{"BAT0/type": "Battery", "BAT0/status": "Discharging"}, true},
		"a mouse":           {map[string]string{"hid/type": "Battery", "hid/scope": "Device", "hid/status": "Discharging"}, false},
		"desktop, USB port": {map[string]string{"usb/type": "USB", "usb/online": "0"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			for f, text := range c.files {
				tree(t, root, map[string]string{"sys/class/power_supply/" + f: text})
			}
			if got := (sysfs{root}).onBattery(); got != c.want {
				t.Errorf("on battery: %v", got)
			}
			g := newGuard(Guards{StopOnBattery: true, SensorRoot: root}, nil, time.Now())
			if hold, _ := g.check(time.Now(), 1, true); (hold == HoldBattery) != c.want {
				t.Errorf("hold: %q", hold)
			}
		})
	}
}

func TestCgroups(t *testing.T) {
	cpus, memory := 1.5, adit.Bytes(512<<20)
	spec := Spec{Name: "one", CPUMax: &cpus, MemoryMax: &memory}
	root := t.TempDir()
	dir, limits := cgroups{root, "/data/shims/one"}.limit(spec)
	if dir != "" || len(limits) != 2 || limits[0].Holds || !strings.Contains(limits[1].Words, "not held") {
		t.Errorf("without cgroups: %q %+v", dir, limits)
	}
	if dir, limits := (cgroups{root, "/data/shims/one"}).limit(Spec{Name: "one"}); dir != "" || limits != nil {
		t.Errorf("nothing asked for: %q %+v", dir, limits)
	}
	tree(t, root, map[string]string{
		"sys/fs/cgroup/cgroup.controllers":                                    "cpuset cpu io memory pids",
		"sys/fs/cgroup/cgroup.subtree_control":                                "cpu",
		"sys/fs/cgroup/user.slice/user-1000.slice/app.slice/x.scope/cpu.stat": "0",
		"proc/self/cgroup":                                                    "0::/user.slice/user-1000.slice/app.slice/x.scope",
	})
	dir, limits = cgroups{root, "/data/shims/one"}.limit(spec)
	if dir != filepath.Join(root, "sys/fs/cgroup/adit", cgroups{dir: "/data/shims/one"}.leaf("one")) {
		t.Errorf("group: %s", dir)
	}
	for _, l := range limits {
		if !l.Holds {
			t.Errorf("%+v", l)
		}
	}
	if err := join(dir, 42); err != nil {
		t.Fatal(err)
	}
	for file, want := range map[string]string{"cpu.max": "150000 100000", "memory.max": "536870912", "cgroup.procs": "42"} {
		if got := word(filepath.Join(dir, file)); got != want {
			t.Errorf("%s: %q, want %q", file, got, want)
		}
	}
	if got := unheld(limits, os.ErrPermission); got[0].Holds || got[1].Holds {
		t.Errorf("%+v", got)
	}
	// A user may not make groups at the top: the place is beside the group we run in.
	top := filepath.Join(root, "sys/fs/cgroup/adit")
	if err := os.RemoveAll(top); err != nil {
		t.Fatal(err)
	}
	tree(t, root, map[string]string{"sys/fs/cgroup/adit": "a file where no folder can be"})
	if dir, _ = (cgroups{root, "/data/shims/one"}).limit(spec); dir != filepath.Join(root, "sys/fs/cgroup/user.slice/user-1000.slice/app.slice", cgroups{dir: "/data/shims/one"}.leaf("one")) {
		t.Errorf("group of a user: %s", dir)
	}
}

// TestControlGroupsOfTwoFolders: ending what is left of a program never touches its namesake in another data directory.
func TestControlGroupsOfTwoFolders(t *testing.T) {
	root := t.TempDir()
	mount := filepath.Join(root, "sys/fs/cgroup")
	if err := errors.Join(os.MkdirAll(mount, 0o700), os.WriteFile(filepath.Join(mount, "cgroup.controllers"), []byte("cpu memory\n"), 0o600)); err != nil {
		t.Fatal(err)
	}
	limit := adit.Bytes(1 << 30)
	spec := Spec{Name: "one", MemoryMax: &limit}
	first, _ := cgroups{root, "/a/agent/shims/one"}.limit(spec)
	second, _ := cgroups{root, "/b/agent/shims/one"}.limit(spec)
	again, _ := cgroups{root, "/a/agent/shims/one"}.limit(spec)
	if first == "" || first == second || first != again {
		t.Errorf("%q and %q, again %q", first, second, again)
	}
}

// TestCalm: what comes near a limit, or cannot be seen, is looked at more often.
func TestCalm(t *testing.T) {
	h := newHeat(t)
	calm := func(when string, want bool) {
		t.Helper()
		h.want(time.Second, "", "")
		if h.g.calm() != want {
			t.Errorf("%s: calm %v", when, !want)
		}
	}
	calm("no sensor", true)
	tree(t, h.root, map[string]string{"sys/class/hwmon/hwmon3/name": "coretemp", packageTemp: "74900"})
	calm("15 °C below the limit", true)
	tree(t, h.root, map[string]string{packageTemp: "75000"})
	calm("near the limit", false)
	tree(t, h.root, map[string]string{packageTemp: "60000"})
	calm("cool again", true)
	tree(t, h.root, map[string]string{packageTemp: "none"})
	calm("no reading", false)
	tree(t, h.root, map[string]string{packageTemp: "60000"})
	calm("a reading again", true)
	tree(t, h.root, map[string]string{packageTemp: "95000"})
	h.want(time.Second, HoldThermal, "")
	tree(t, h.root, map[string]string{packageTemp: "20000"})
	h.want(time.Second, HoldThermal, "")
	if h.g.calm() {
		t.Error("calm while it is held for heat")
	}
	free := newGuard(Guards{}, nil, h.at)
	if free.check(h.at, 1, true); !free.calm() {
		t.Error("not calm without a limit")
	}
}

// TestOtherChipsAreNotAsked: reading a disk's temperature would wake the disk.
func TestOtherChipsAreNotAsked(t *testing.T) {
	root := t.TempDir()
	tree(t, root, map[string]string{
		"sys/class/hwmon/hwmon0/name": "drivetemp", "sys/class/hwmon/hwmon0/temp1_input": "30000",
		"sys/class/hwmon/hwmon1/name": "k10temp", "sys/class/hwmon/hwmon1/temp1_input": "40000",
		"sys/class/hwmon/hwmon2/name": "amdgpu", "sys/class/hwmon/hwmon2/temp1_input": "50000",
		"sys/class/thermal/thermal_zone0/type": "iwlwifi_1", "sys/class/thermal/thermal_zone0/temp": "45000",
		"sys/class/thermal/thermal_zone1/type": "x86_pkg_temp", "sys/class/thermal/thermal_zone1/temp": "41000",
	})
	s := sysfs{root}
	var keys []string
	for _, r := range append(s.hwmon(), s.zones()...) {
		keys = append(keys, r.Key)
	}
	if want := []string{"k10temp/temp1", "amdgpu/temp1", "x86_pkg_temp/zone"}; !slices.Equal(keys, want) {
		t.Errorf("asked %q, want %q", keys, want)
	}
	if got := s.temperatures(); len(got) != 3 {
		t.Errorf("%+v", got)
	}
}
