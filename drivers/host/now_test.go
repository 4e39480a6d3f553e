package host

import (
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"testing"
	"time"

	"github.com/adit-mining/adit/device"
)

func put(t *testing.T, dir, name, body string) {
	t.Helper()
	p := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(p, []byte(body), 0o644); err != nil {
		t.Fatal(err)
	}
}

func look(t *testing.T, h *Host) *device.Host {
	t.Helper()
	s, err := h.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return s.Host
}

func TestMSR(t *testing.T) {
	const flags = "== proc/cpuinfo\nprocessor\t: 0\nflags\t\t: fpu msr sse2\n"
	const loaded, writes = flags + "== dev/cpu/0/msr\n\n", "== sys/module/msr/parameters/allow_writes\n"
	for _, c := range []struct{ name, tree, want string }{
		{"nothing is known", "", ""},
		{"ARM", "== proc/cpuinfo\nprocessor\t: 0\nFeatures\t: fp asimd msr\n", ""},
		{"a processor without", "== proc/cpuinfo\nflags\t\t: fpu msrlist\n", ""},
		{"not loaded", flags, device.MSRNotLoaded},
		{"hidden from a container", flags + writes + "on\n", ""},
		{"on", loaded + writes + "on\n", device.MSRWritable},
		{"default", loaded + writes + "default\n", device.MSRWritable},
		{"off", loaded + writes + "off\n", device.MSRReadOnly},
		{"before Linux 5.9", loaded, device.MSRWritable},
		{"garbage", loaded + writes + "\x00maybe\n", device.MSRLoaded},
		{"empty", loaded + writes, device.MSRLoaded},
		{"unreadable", loaded + "== sys/module/msr/parameters/allow_writes/in-the-way\n\n", device.MSRLoaded}, // a folder: readable to nobody, not even root
		{"locked down", loaded + writes + "on\n== sys/kernel/security/lockdown\nnone [integrity] confidentiality\n", device.MSRReadOnly},
		{"not locked down", loaded + writes + "on\n== sys/kernel/security/lockdown\n[none] integrity confidentiality\n", device.MSRWritable},
	} {
		if got := look(t, on(t, tree(t, c.tree))).MSR; got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestNUMANodes(t *testing.T) {
	const node = "== sys/devices/system/node/"
	two := 2
	for _, c := range []struct {
		name, tree string
		want       *int
	}{
		{"absent", "", nil},
		{"none", node + "online\n0\n", nil},
		{"garbage", node + "node0x/cpulist\n0\n" + node + "nodes/cpulist\n0\n", nil},
		{"two", node + "node0/cpulist\n0-3\n" + node + "node1/cpulist\n4-7\n" + node + "has_cpu\n0-1\n", &two},
	} {
		if got := look(t, on(t, tree(t, c.tree))).NUMANodes; !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

func TestFans(t *testing.T) {
	const hw = "== sys/class/hwmon/hwmon"
	h := on(t, tree(t, hw+"0/name\nnct6798\n"+hw+"0/fan1_input\n1187\n"+hw+"0/fan1_label\nCPU Fan\n"+hw+"0/fan2_input\n0\n"+
		hw+"1/name\namdgpu\n"+hw+"1/fan1_input\n902\n"+hw+"2/name\namdgpu\n"+hw+"2/fan1_input\n915\n"+
		hw+"3/fan1_input\n-7\n"+hw+"3/fan2_input\nfast\n"+hw+"3/fan3_input\n1350000\n"+hw+"3/fan4_input\n\n"+hw+"3/fan5_input\n640\n"))
	want := []device.Fan{{Name: "nct6798/CPU Fan", RPM: 1187}, {Name: "nct6798/fan2", RPM: 0}, {Name: "amdgpu/fan1", RPM: 902}, {Name: "amdgpu/fan1 2", RPM: 915}, {Name: "fan5", RPM: 640}}
	if got := look(t, h).Fans; !reflect.DeepEqual(got, want) {
		t.Errorf("got %v\nwant %v", got, want)
	}
	if got := look(t, on(t, t.TempDir())).Fans; got != nil {
		t.Errorf("no fan, yet %v", got)
	}
}

func TestFansComeAndGo(t *testing.T) {
	dir := t.TempDir()
	var s fans
	at := time.Now()
	if got := s.read(root(dir), at); got != nil {
		t.Errorf("no fan, yet %v", got)
	}
	put(t, dir, "sys/class/hwmon/hwmon0/fan1_input", "700\n")
	if got := s.read(root(dir), at.Add(rescan/2)); got != nil {
		t.Errorf("before the next look-around %v", got)
	}
	if got := s.read(root(dir), at.Add(rescan)); len(got) != 1 || got[0].RPM != 700 {
		t.Errorf("got %v", got)
	}
	put(t, dir, "sys/class/hwmon/hwmon0/fan1_input", "unplugged\n")
	if got := s.read(root(dir), at.Add(rescan)); got != nil {
		t.Errorf("garbage, yet %v", got)
	}
}

func TestThrottle(t *testing.T) {
	dir := t.TempDir()
	cpu := func(n, core int, file, body string) {
		at := "sys/devices/system/cpu/cpu" + strconv.Itoa(n)
		put(t, dir, at+"/topology/physical_package_id", "0\n")
		put(t, dir, at+"/topology/core_id", strconv.Itoa(core)+"\n")
		put(t, dir, at+"/thermal_throttle/"+file+"_throttle_count", body+"\n")
	}
	for n := range 4 { // two cores of two threads
		cpu(n, n/2, "core", "0")
		cpu(n, n/2, "package", "0")
	}
	h := on(t, dir)
	check := func(name string, count *uint64, now *bool) {
		t.Helper()
		if got := look(t, h); !reflect.DeepEqual(got.ThrottleCount, count) || !reflect.DeepEqual(got.Throttling, now) {
			t.Errorf("%s: count %v, now %v", name, words(got.ThrottleCount), words(got.Throttling))
		}
	}
	check("never", new(uint64(0)), nil)
	check("still never", new(uint64(0)), new(false))
	cpu(0, 0, "core", "3")
	cpu(1, 0, "core", "2") // the sibling saw the same, and missed one
	cpu(3, 1, "core", "1")
	cpu(2, 1, "package", "5")
	check("hot", new(uint64(9)), new(true))
	check("no hotter", new(uint64(9)), new(false))
	cpu(2, 1, "package", "0") // a CPU went offline and came back
	check("back", new(uint64(4)), nil)
	cpu(0, 0, "core", "lots")
	cpu(1, 0, "core", "-1")
	check("garbage of a core", new(uint64(1)), nil)
	if err := os.RemoveAll(filepath.Join(dir, "sys")); err != nil {
		t.Fatal(err)
	}
	check("gone", nil, nil)
	h = on(t, tree(t, "== sys/devices/system/cpu/cpu0/topology/core_id\n0\n"))
	check("AMD and ARM do not count", nil, nil)
}

func words[T any](v *T) any {
	if v == nil {
		return "unknown"
	}
	return *v
}
