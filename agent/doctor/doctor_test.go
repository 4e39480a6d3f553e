package doctor

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/device"
	"github.com/adit-mining/adit/internal/filelock"
	"github.com/adit-mining/adit/link/wire"
)

var now = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func put(t testing.TB, root string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		p := filepath.Join(root, filepath.FromSlash(name))
		must(t, os.MkdirAll(filepath.Dir(p), 0o700))
		must(t, os.WriteFile(p, []byte(text), 0o600))
	}
}

// body is a well computer: files below Root, data below Dir.
func body(t testing.TB, files, data map[string]string) Patient {
	t.Helper()
	p := Patient{
		Root: t.TempDir(), Dir: filepath.Join(t.TempDir(), "data"), Now: now,
		Clock: func() (Clock, bool) { return Clock{Synced: true}, true },
		Disk:  func(string) (Disk, error) { return Disk{Free: 9 << 30, Total: 10 << 30}, nil },
		Probe: func(string) (time.Duration, error) { return time.Millisecond, nil },
		Look:  func(string) (string, error) { return "", errors.New("none") },
	}
	must(t, os.MkdirAll(p.Dir, 0o700))
	put(t, p.Root, files)
	put(t, p.Dir, data)
	return p
}

func host(h device.Host) *device.Host {
	two := 2
	h.Threads = &two
	return &h
}

func bytes(n adit.Bytes) *adit.Bytes { return &n }

func pages(total int) *device.HugePagePool { return &device.HugePagePool{Total: total, Size: 2 << 20} }

func find(t testing.TB, p Patient, name string) wire.Finding {
	t.Helper()
	for _, f := range Examine(p) {
		if f.Name == name {
			return f
		}
	}
	t.Fatalf("there is no finding %q", name)
	return wire.Finding{}
}

const intel = "processor\t: 0\nvendor_id\t: GenuineIntel\nflags\t\t: sse2 aes avx2 msr pdpe1gb\nprocessor\t: 1\n"

func caches(size string, lists ...string) map[string]string {
	m := map[string]string{"proc/cpuinfo": intel}
	for i, l := range lists {
		dir := fmt.Sprintf("sys/devices/system/cpu/cpu%d/cache/index3/", i)
		m[dir+"size"], m[dir+"shared_cpu_list"] = size, l
	}
	return m
}

func with(more map[string]string) map[string]string {
	m := map[string]string{"proc/cpuinfo": intel}
	for k, v := range more {
		m[k] = v
	}
	return m
}

const gigabytes = "sys/kernel/mm/hugepages/hugepages-1048576kB/nr_hugepages"

// TestEachCheck: a state of the computer, what is found, and a word of the text, fix or command.
func TestEachCheck(t *testing.T) {
	for _, c := range []struct {
		name, check string
		files       map[string]string
		host        *device.Host
		hot         *adit.Celsius
		state, says string
	}{
		{"no AES", "CPU", map[string]string{"proc/cpuinfo": "flags: sse2 avx2"}, nil, nil, Warn, "-cpu host"},
		{"AVX2", "CPU", with(nil), nil, nil, OK, "AES and AVX2"},
		{"no AVX2", "CPU", map[string]string{"proc/cpuinfo": "flags: sse2 aes"}, nil, nil, OK, "no AVX2"},
		{"ARM", "CPU", map[string]string{"proc/cpuinfo": "Features: fp asimd aes"}, nil, nil, OK, "AES"},
		{"no cpuinfo", "CPU", nil, nil, nil, Info, "cannot be told"},

		{"cache for all", "cache", caches("32768K", "0-1", "0-1"), nil, nil, OK, "32 MiB of level 3 cache, enough for 2 threads"},
		{"cache for one", "cache", caches("2M", "0-1", "0-1"), nil, nil, Info, "feed 1 RandomX threads; the computer has 2"},
		{"two caches", "cache", caches("2048K", "0", "1"), nil, nil, OK, "4 MiB"},
		{"tiny cache", "cache", caches("1024K", "0-1"), nil, nil, Warn, "--threads 1"},
		{"no cache told", "cache", with(nil), nil, nil, Info, "cannot be told"},
		{"nonsense cache", "cache", caches("99999999999G", "0-1"), nil, nil, Info, "cannot be told"},

		{"little memory", "memory", nil, host(device.Host{MemoryFree: bytes(2 << 30)}), nil, Warn, "3 GiB"},
		{"little memory, pages reserved", "memory", nil, host(device.Host{MemoryFree: bytes(2 << 30), HugePages: pages(1170)}), nil, OK, ""},
		{"enough memory", "memory", nil, host(device.Host{MemoryFree: bytes(4 << 30)}), nil, OK, "4.0 GiB"},
		{"memory unknown", "memory", nil, nil, nil, Info, "cannot be told"},

		{"pages missing", "huge pages", nil, host(device.Host{HugePages: pages(1169)}), nil, Warn, "sudo sysctl -w vm.nr_hugepages=1170"},
		{"pages missing, for good", "huge pages", nil, host(device.Host{HugePages: pages(0)}), nil, Warn, "/etc/sysctl.d/60-adit.conf"},
		{"pages there", "huge pages", nil, host(device.Host{HugePages: pages(1170)}), nil, Info, "gone after a reboot"},
		{"pages kept", "huge pages", map[string]string{"etc/sysctl.d/60-adit.conf": "# x\n vm/nr_hugepages = 1170\n"}, host(device.Host{HugePages: pages(1170)}), nil, OK, "1170 reserved"},
		{"pages kept by the kernel", "huge pages", map[string]string{"proc/cmdline": "quiet hugepages=1170"}, host(device.Host{HugePages: pages(1170)}), nil, OK, ""},
		{"pages of 1 GiB by default", "huge pages", nil, host(device.Host{HugePages: &device.HugePagePool{Total: 9, Size: 1 << 30}}), nil, Info, "2 MiB"},

		{"no 1 GiB pages", "1 GiB pages", map[string]string{"proc/cpuinfo": "flags: sse2 aes"}, nil, nil, Info, "has none"},
		{"1 GiB pages not offered", "1 GiB pages", with(nil), nil, nil, Info, "offers none"},
		{"1 GiB pages to reserve", "1 GiB pages", with(map[string]string{gigabytes: "0\n"}), nil, nil, Info, "echo 3 | sudo tee /" + gigabytes},
		{"1 GiB pages there", "1 GiB pages", with(map[string]string{gigabytes: "3\n"}), nil, nil, OK, "3 reserved"},

		{"MSR not loaded", "MSR", with(nil), nil, nil, Info, "sudo modprobe msr"},
		{"MSR refuses", "MSR", with(map[string]string{"dev/cpu/0/msr": "", "sys/module/msr/parameters/allow_writes": "off\n"}), nil, nil, Info, "echo on | sudo tee"},
		{"MSR there", "MSR", with(map[string]string{"dev/cpu/0/msr": ""}), nil, nil, Info, "randomx_boost.sh"},
		{"no MSR", "MSR", map[string]string{"proc/cpuinfo": "Features: aes"}, nil, nil, Info, "no registers"},

		{"slow governor", "CPU governor", map[string]string{"sys/devices/system/cpu/cpu0/cpufreq/scaling_governor": "powersave", "sys/devices/system/cpu/cpu0/cpufreq/scaling_driver": "acpi-cpufreq"}, nil, nil, Warn, "schedutil"},
		{"scaling powersave", "CPU governor", map[string]string{"sys/devices/system/cpu/cpu0/cpufreq/scaling_governor": "powersave", "sys/devices/system/cpu/cpu0/cpufreq/scaling_driver": "intel_pstate"}, nil, nil, OK, "powersave"},
		{"no governor", "CPU governor", nil, nil, nil, Info, "does not tell"},
		{"SMT", "SMT", map[string]string{"sys/devices/system/cpu/smt/active": "1"}, nil, nil, OK, "on"},
		{"no SMT", "SMT", map[string]string{"sys/devices/system/cpu/smt/active": "0"}, nil, nil, Info, "off"},
		{"virtual", "machine", map[string]string{"proc/cpuinfo": "flags: aes hypervisor", "proc/sys/kernel/osrelease": "6.1.0"}, nil, nil, Info, "a virtual machine"},
		{"real", "machine", with(map[string]string{"proc/sys/kernel/osrelease": "6.1.0\n"}), nil, nil, OK, "Linux 6.1.0"},

		{"no sensor", "temperature", nil, host(device.Host{}), nil, Warn, "modprobe -a coretemp k10temp"},
		{"silent sensor", "temperature", nil, host(device.Host{SensorsSeen: 1}), nil, Warn, "says no temperature now"},
		{"sensor", "temperature", nil, host(device.Host{SensorsSeen: 2}), func() *adit.Celsius { c := adit.Celsius(61); return &c }(), OK, "61 °C"},
		{"on battery", "power", nil, host(device.Host{Battery: &device.Battery{Present: true, OnBattery: true}}), nil, Warn, "plug"},
		{"with a battery", "power", nil, host(device.Host{Battery: &device.Battery{Present: true}}), nil, OK, "while it discharges"},
		{"mains", "power", nil, host(device.Host{Battery: &device.Battery{}}), nil, OK, "mains"},

		{"no card", "graphics", nil, nil, nil, Info, "no graphics card"},
		{"NVIDIA without tools", "graphics", map[string]string{"sys/class/drm/card0/device/vendor": "0x10de\n"}, nil, nil, Info, "nvidia-smi"},
		{"AMD without OpenCL", "graphics", map[string]string{"sys/class/drm/card1/device/vendor": "0x1002\n"}, nil, nil, Info, "mesa-opencl-icd"},
		{"AMD with OpenCL", "graphics", map[string]string{"sys/class/drm/card1/device/vendor": "0x1002\n", "etc/OpenCL/vendors/mesa.icd": "x"}, nil, nil, OK, "1 OpenCL platform"},
		{"NVIDIA by its driver", "graphics", map[string]string{"proc/driver/nvidia/version": "x"}, nil, nil, Info, "NVIDIA"},
		{"another's card", "graphics", map[string]string{"sys/class/drm/card0/device/vendor": "0x1af4\n"}, nil, nil, Info, "no graphics card"},

		{"groups v2", "limits", map[string]string{"sys/fs/cgroup/cgroup.controllers": "cpuset cpu io memory\n"}, nil, nil, OK, "version 2"},
		{"groups v2 without cpu", "limits", map[string]string{"sys/fs/cgroup/cgroup.controllers": "cpuset memory\n"}, nil, nil, Info, "without cpu"},
		{"groups v1", "limits", map[string]string{"sys/fs/cgroup/cpu/tasks": ""}, nil, nil, Info, "unified_cgroup_hierarchy"},
		{"no groups", "limits", nil, nil, nil, Info, "no control groups"},
		{"locked memory", "locked memory", map[string]string{"proc/self/limits": "Max locked memory         8388608              8388608              bytes     \n"}, nil, nil, OK, "8 MiB"},
		{"no limit on locked memory", "locked memory", map[string]string{"proc/self/limits": "Max locked memory         unlimited            unlimited            bytes     \n"}, nil, nil, OK, "no limit"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := body(t, c.files, nil)
			p.Host, p.Temperature = c.host, c.hot
			f := find(t, p, c.check)
			if f.State != c.state || !strings.Contains(f.Text+" "+f.Fix+" "+f.Command, c.says) {
				t.Errorf("%+v, want %q with %q", f, c.state, c.says)
			}
			if f.Group != Computer {
				t.Errorf("group %q", f.Group)
			}
		})
	}
}

// TestAditsOwnFolder: what lies in the data directory and what state the disk is in.
func TestAditsOwnFolder(t *testing.T) {
	file := func(m ...string) map[string]string {
		out := map[string]string{}
		for i := 0; i+1 < len(m); i += 2 {
			out[m[i]] = m[i+1]
		}
		return out
	}
	ports := func(local string) map[string]string {
		return file("proc/net/tcp", "  sl  local_address rem_address   st\n   0: "+local+" 00000000:0000 0A 0\n")
	}
	for _, c := range []struct {
		name, check string
		files, data map[string]string
		change      func(*Patient)
		state, says string
	}{
		{"room", "disk", nil, nil, nil, OK, "9.0 GiB free"},
		{"little room", "disk", nil, nil, func(p *Patient) { p.Disk = func(string) (Disk, error) { return Disk{Free: 400 << 20}, nil } }, Warn, "free some space"},
		{"no room", "disk", nil, nil, func(p *Patient) { p.Disk = func(string) (Disk, error) { return Disk{Free: 1 << 20}, nil } }, Crit, "free some space"},
		{"full", "disk", nil, nil, func(p *Patient) {
			p.Probe = func(string) (time.Duration, error) { return 0, &os.PathError{Err: syscall.ENOSPC} }
		}, Crit, "the disk is full"},
		{"read only", "disk", nil, nil, func(p *Patient) {
			p.Probe = func(string) (time.Duration, error) { return 0, &os.PathError{Err: syscall.EROFS} }
		}, Crit, "nothing can be written"},
		{"slow", "disk", nil, nil, func(p *Patient) { p.Probe = func(string) (time.Duration, error) { return 3 * time.Second, nil } }, Warn, "took 3 s"},
		{"disk not told", "disk", nil, nil, func(p *Patient) { p.Disk = func(string) (Disk, error) { return Disk{}, errors.New("no") } }, Info, "cannot be told"},

		{"folder", "data directory", nil, nil, nil, OK, "data"},
		{"no folder yet", "data directory", nil, nil, func(p *Patient) { p.Dir += "/not/yet" }, Info, "adit up makes it"},
		{"open folder", "data directory", nil, nil, func(p *Patient) { must(t, os.Chmod(p.Dir, 0o755)) }, Warn, "chmod 0700"},
		{"on another computer", "data directory", nil, nil, func(p *Patient) {
			p.Disk = func(string) (Disk, error) { return Disk{Free: 9 << 30, Network: "NFS"}, nil }
		}, Warn, "NFS"},

		{"port free", "port", ports("0100007F:0BB8"), nil, nil, OK, "8080 is free"},
		{"port taken", "port", ports("0100007F:1F90"), nil, nil, Info, "--listen 127.0.0.1:0"},
		{"ports unknown", "port", nil, nil, nil, Info, "cannot be told"},
		{"adit listens", "port", nil, file("runtime.json", `{"url":"http://127.0.0.1:4711"}`), nil, OK, "127.0.0.1:4711"},
		{"adit listened", "port", ports("0100007F:0BB8"), file("runtime.json", `{"url":"http://127.0.0.1:4711"}`), func(p *Patient) { p.AtRest = true }, OK, "8080 is free"},

		{"no service", "service", nil, nil, nil, Info, "adit service install"},
		{"service", "service", file("etc/systemd/system/adit.service", "x", "etc/systemd/system/multi-user.target.wants/adit.service", "x"), nil, nil, OK, "starts with the computer"},
		{"service off", "service", file("etc/systemd/system/adit.service", "x"), nil, nil, Warn, "switched off"},
		{"own service", "service", file("home/.config/systemd/user/adit.service", "x", "home/.config/systemd/user/default.target.wants/adit.service", "x"), nil,
			func(p *Patient) { p.Home = filepath.Join(p.Root, "home") }, OK, "sign in"},

		{"nothing to back up", "backup", nil, nil, nil, Info, "nothing to back up"},
		{"no backup", "backup", nil, file("adit.db", "x"), nil, Info, "adit backup"},
		{"backup", "backup", nil, file("adit.db", "x", "backup.json", `{"at":"2026-11-20T12:00:00Z"}`), nil, OK, "20 Nov 2026"},
		{"old backup", "backup", nil, file("adit.db", "x", "backup.json", `{"at":"2026-09-01T12:00:00Z"}`), nil, Warn, "81 days ago"},
		{"backup of the future", "backup", nil, file("adit.db", "x", "backup.json", `{"at":"2036-09-01T12:00:00Z"}`), nil, Info, "cannot be told"},
		{"damaged record", "backup", nil, file("adit.db", "x", "backup.json", `{`), nil, Info, "cannot be told"},

		{"nothing left", "left behind", nil, nil, nil, OK, "nothing"},
		{"after a restore", "left behind", nil, file("before-restore-1/adit.db", "x"), nil, Info, "rm -r "},
		{"restore cut short", "left behind", nil, file("restore.json", "x"), func(p *Patient) { p.AtRest = true }, Warn, "undoes it"},
		{"unread record", "left behind", nil, file("agent/desired.json.unread-1", "x"), nil, Warn, "could not be read"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := body(t, c.files, c.data)
			if c.change != nil {
				c.change(&p)
			}
			f := find(t, p, c.check)
			if f.State != c.state || !strings.Contains(f.Text+" "+f.Fix+" "+f.Command, c.says) {
				t.Errorf("%+v, want %q with %q", f, c.state, c.says)
			}
			if f.Group != Adit {
				t.Errorf("group %q", f.Group)
			}
		})
	}
}

func TestClock(t *testing.T) {
	for _, c := range []struct {
		name        string
		now         time.Time
		clock       Clock
		known       bool
		state, says string
	}{
		{"never set", time.Unix(0, 0), Clock{Synced: true}, true, Crit, "timedatectl set-ntp true"},
		{"kept", now, Clock{Synced: true}, true, OK, "kept right by a time server"},
		{"alone", now, Clock{}, true, Info, "timedatectl set-ntp true"},
		{"far off", now, Clock{Synced: true, Offset: -2 * time.Minute}, true, Warn, "off by 2 min"},
		{"unknown", now, Clock{}, false, Info, "cannot be told"},
	} {
		p := body(t, nil, nil)
		p.Now, p.Clock = c.now, func() (Clock, bool) { return c.clock, c.known }
		if f := find(t, p, "clock"); f.State != c.state || !strings.Contains(f.Text+f.Fix+f.Command, c.says) {
			t.Errorf("%s: %+v", c.name, f)
		}
	}
}

func TestAnotherAdit(t *testing.T) {
	p := body(t, nil, map[string]string{"agent/lock": "", "hub.lock": ""})
	p.AtRest = true
	if f := find(t, p, "one adit"); f.State != OK {
		t.Errorf("nobody: %+v", f)
	}
	hub, err := filelock.Take(filepath.Join(p.Dir, "hub.lock"))
	must(t, err)
	if f := find(t, p, "one adit"); f.State != Warn || !strings.Contains(f.Text, "half an adit") {
		t.Errorf("a hub alone: %+v", f)
	}
	agent, err := filelock.Take(filepath.Join(p.Dir, "agent", "lock"))
	must(t, err)
	if f := find(t, p, "one adit"); f.State != Info {
		t.Errorf("both: %+v", f)
	}
	must(t, errors.Join(hub.Release(), agent.Release()))
}

// TestGarbage: whatever the system's files hold, every check says something, and what is wrong has a fix.
func TestGarbage(t *testing.T) {
	for _, text := range []string{"", "\x00\xff\xfe", "-1", "99999999999999999999999999", strings.Repeat("a:b\n", 5000), strings.Repeat("x", 2<<20), "::::\n\n=\n"} {
		files := map[string]string{}
		for _, name := range []string{"proc/cpuinfo", "proc/cmdline", "proc/net/tcp", "proc/net/tcp6", "proc/self/limits", "proc/sys/kernel/osrelease", gigabytes,
			"sys/devices/system/cpu/cpu0/cache/index3/size", "sys/devices/system/cpu/cpu0/cache/index3/shared_cpu_list", "sys/devices/system/cpu/smt/active",
			"sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "sys/fs/cgroup/cgroup.controllers", "sys/class/drm/card0/device/vendor", "etc/sysctl.d/a.conf",
			"sys/module/msr/parameters/allow_writes"} {
			files[name] = text
		}
		p := body(t, files, map[string]string{"runtime.json": text, "backup.json": text, "adit.db": text})
		whole(t, Examine(p))
	}
}

// whole checks what every page and every script may rely on.
func whole(t *testing.T, fs []wire.Finding) {
	t.Helper()
	seen := map[string]bool{}
	for _, f := range fs {
		if f.Name == "" || f.Text == "" || f.Group == "" || seen[f.Name] || len(f.Text) > 400 {
			t.Errorf("%.300q", fmt.Sprint(f))
		}
		seen[f.Name] = true
		if (f.State == Warn || f.State == Crit) && f.Fix == "" || f.Command != "" && f.Fix == "" {
			t.Errorf("%+v has no fix", f)
		}
		switch f.State {
		case OK, Info, Warn, Crit:
		default:
			t.Errorf("state of %+v", f)
		}
	}
}

// TestThisComputer: the checks as they run here, with the system's own functions.
func TestThisComputer(t *testing.T) {
	dir := t.TempDir()
	must(t, os.Chmod(dir, 0o700))
	fs := Examine(Patient{Dir: dir, AtRest: true})
	whole(t, fs)
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	if len(fs) < 20 {
		t.Errorf("only %d checks", len(fs))
	}
}

func FuzzCPU(f *testing.F) {
	f.Add(intel, "32768K", "0-1")
	f.Fuzz(func(t *testing.T, info, size, list string) {
		p := Patient{Root: t.TempDir()}.withDefaults()
		put(t, p.Root, map[string]string{"proc/cpuinfo": info, "sys/devices/system/cpu/cpu0/cache/index3/size": size, "sys/devices/system/cpu/cpu0/cache/index3/shared_cpu_list": list})
		c := p.cpu()
		for _, f := range []wire.Finding{c.features(), c.threads(), p.machine(c), p.msr(c)} {
			if f.Text == "" || c.cacheL3 < 0 {
				t.Errorf("%+v of %+v", f, c)
			}
		}
	})
}
