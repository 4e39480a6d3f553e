package engine

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/adit-mining/adit"
)

// Memory reads how much memory there is.
type Memory struct{ Root string } // where /proc and /sys are; "" means "/"

// read returns a file below the root, nil where it cannot be read.
func (m Memory) read(name string) []byte {
	b, err := os.ReadFile(filepath.Join("/", m.Root, name))
	if err != nil {
		return nil
	}
	return b
}

// fields reads "Name:   123 kB" lines; values in kB become bytes.
func fields(text []byte) map[string]adit.Bytes {
	out := map[string]adit.Bytes{}
	sc := bufio.NewScanner(bytes.NewReader(text))
	for sc.Scan() {
		name, rest, ok := strings.Cut(sc.Text(), ":")
		words := strings.Fields(rest)
		if !ok || len(words) == 0 {
			continue
		}
		v, err := strconv.ParseUint(words[0], 10, 64)
		if err != nil {
			continue
		}
		if len(words) > 1 && words[1] == "kB" {
			v *= 1024
		}
		out[strings.TrimSpace(name)] = adit.Bytes(v)
	}
	return out
}

// Machine is the total and the available memory of the computer; nil where unknown.
func (m Memory) Machine() (total, available *adit.Bytes) {
	f := fields(m.read("proc/meminfo"))
	return known(f, "MemTotal"), known(f, "MemAvailable")
}

// Self is this process's memory: resident (which leaves reserved huge pages out) and reserved huge pages.
// Source: proc(5), /proc/pid/status VmRSS and HugetlbPages.
func (m Memory) Self() (rss, huge *adit.Bytes) {
	f := fields(m.read("proc/self/status"))
	return known(f, "VmRSS"), known(f, "HugetlbPages")
}

// Transparent is how much of this process's memory lies in transparent huge pages, nil where unknown.
// Source: proc(5), AnonHugePages in /proc/pid/smaps_rollup.
func (m Memory) Transparent() *adit.Bytes {
	return known(fields(m.read("proc/self/smaps_rollup")), "AnonHugePages")
}

func known(f map[string]adit.Bytes, name string) *adit.Bytes {
	if v, ok := f[name]; ok {
		return &v
	}
	return nil
}

// Available is how much memory this process can still get without harm: what the system offers, or less where a
// control group limits it. ok is false where the system does not say.
func (m Memory) Available() (b adit.Bytes, ok bool) {
	_, avail := m.Machine()
	if avail == nil {
		return 0, false
	}
	b = *avail
	if left, limited := m.groupLeft(); limited {
		b = min(b, left)
	}
	return b, true
}

// HugeFree is the room in the pool of reserved huge pages that nobody has taken.
func (m Memory) HugeFree() adit.Bytes {
	f := fields(m.read("proc/meminfo"))
	if f["HugePages_Rsvd"] > f["HugePages_Free"] {
		return 0
	}
	return (f["HugePages_Free"] - f["HugePages_Rsvd"]) * f["Hugepagesize"]
}

// groupLeft is what the control groups above this process leave. Source: kernel cgroup-v2.rst, memory.max and
// memory.current; inactive file cache counts as free, as it does in MemAvailable.
func (m Memory) groupLeft() (left adit.Bytes, limited bool) {
	for line := range strings.Lines(string(m.read("proc/self/cgroup"))) {
		group, v2 := strings.CutPrefix(strings.TrimSpace(line), "0::")
		if !v2 {
			continue
		}
		for dir := path.Clean("/" + group); ; dir = path.Dir(dir) {
			if l, ok := m.groupRoom(path.Join("sys/fs/cgroup", dir)); ok && (!limited || l < left) {
				left, limited = l, true
			}
			if dir == "/" {
				break
			}
		}
	}
	return left, limited
}

func (m Memory) groupRoom(dir string) (adit.Bytes, bool) {
	number := func(name string) (uint64, bool) {
		v, err := strconv.ParseUint(strings.TrimSpace(string(m.read(path.Join(dir, name)))), 10, 64)
		return v, err == nil
	}
	most, ok := number("memory.max") // "max": no limit
	used, ok2 := number("memory.current")
	if !ok || !ok2 {
		return 0, false
	}
	for line := range strings.Lines(string(m.read(path.Join(dir, "memory.stat")))) {
		if v, found := strings.CutPrefix(line, "inactive_file "); found {
			cold, _ := strconv.ParseUint(strings.TrimSpace(v), 10, 64)
			used -= min(used, cold)
		}
	}
	return adit.Bytes(most - min(most, used)), true
}

// lacks says why a dataset cannot be made, "" when it can: there must be the needed memory available, or reserved huge
// pages for all of it. Where the system does not say how much there is, it may be tried.
func (m Memory) lacks(need, dataset adit.Bytes) string {
	avail, ok := m.Available()
	if !ok || avail >= need || m.HugeFree() >= dataset {
		return ""
	}
	return fmt.Sprintf("light mode: %s of memory are available and the fast mode needs %s", gib(avail), gib(need))
}

func gib(b adit.Bytes) string { return fmt.Sprintf("%.1f GiB", float64(b)/(1<<30)) }
