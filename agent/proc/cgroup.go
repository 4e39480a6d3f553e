package proc

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// cgroups makes control groups (v2) below <root>/sys/fs/cgroup. See the kernel's Documentation/admin-guide/cgroup-v2.
type cgroups struct {
	root string
	dir  string // the program's folder: programs of one name in two data directories have two groups
}

// cpuPeriod is the period of cpu.max in microseconds.
const cpuPeriod = 100_000

// limit makes a control group for a program and sets what the spec asks for. It returns the group's folder ("" = none)
// and, for each limit, whether it holds and why not. Nothing asked for makes no group.
func (c cgroups) limit(s Spec) (string, []Limit) {
	if s.CPUMax == nil && s.MemoryMax == nil {
		return "", nil
	}
	dir, why := c.make(c.leaf(s.Name))
	var out []Limit
	if s.CPUMax != nil {
		value := fmt.Sprintf("%d %d", max(1000, int64(*s.CPUMax*cpuPeriod)), cpuPeriod)
		out = append(out, c.set(dir, why, "cpu", "cpu.max", value, fmt.Sprintf("at most %g CPUs", *s.CPUMax)))
	}
	if s.MemoryMax != nil {
		value := strconv.FormatUint(uint64(*s.MemoryMax), 10)
		out = append(out, c.set(dir, why, "memory", "memory.max", value, fmt.Sprintf("at most %d MiB", *s.MemoryMax>>20)))
	}
	return dir, out
}

func (c cgroups) leaf(name string) string {
	sum := sha256.Sum256([]byte(c.dir))
	return "adit-" + name + "-" + hex.EncodeToString(sum[:4])
}

func (c cgroups) set(dir, why, name, file, value, words string) Limit {
	if dir == "" {
		return Limit{Name: name, Words: words + " is not held: " + why}
	}
	// On a real cgroupfs a file that is not there cannot be created: then the controller is not ours to use.
	if err := os.WriteFile(filepath.Join(dir, file), []byte(value), 0o600); err != nil {
		return Limit{Name: name, Words: fmt.Sprintf("%s is not held: the %s controller is not delegated to adit (%v)", words, name, cause(err))}
	}
	return Limit{Name: name, Holds: true, Words: words + ", by control group"}
}

func cause(err error) error {
	if pe, ok := errors.AsType[*os.PathError](err); ok {
		return pe.Err
	}
	return err
}

// make finds a place for the group: below the root's "adit" (as root), or beside the group we run in (as a user to
// whom systemd delegated the tree). Processes live in leaves only, so it is never below our own.
func (c cgroups) make(leaf string) (dir, why string) {
	mount := filepath.Join(c.root, "sys", "fs", "cgroup")
	have := word(filepath.Join(mount, "cgroup.controllers"))
	if have == "" {
		return "", "this system has no control groups of version 2 (cgroup.controllers is missing)"
	}
	why = "no control group may be made here"
	for _, parent := range c.parents(mount) {
		if err := os.Mkdir(parent, 0o755); err != nil && !os.IsExist(err) {
			why = fmt.Sprintf("no control group may be made in %s (%v)", parent, cause(err))
			continue
		}
		enable(filepath.Dir(parent))
		enable(parent)
		dir := filepath.Join(parent, leaf)
		if err := os.Mkdir(dir, 0o755); err != nil && !os.IsExist(err) {
			why = fmt.Sprintf("no control group may be made in %s (%v)", parent, cause(err))
			continue
		}
		return dir, ""
	}
	return "", why
}

func (c cgroups) parents(mount string) []string {
	parents := []string{filepath.Join(mount, "adit")}
	for line := range strings.SplitSeq(word(filepath.Join(c.root, "proc", "self", "cgroup")), "\n") {
		if own, ok := strings.CutPrefix(line, "0::/"); ok && own != "" && !strings.Contains(own, "..") {
			parents = append(parents, filepath.Join(mount, filepath.Dir("/"+own)))
		}
	}
	return parents
}

// enable hands the controllers down where we may; where not, setting a limit fails and is reported there.
func enable(dir string) {
	for _, controller := range []string{"+cpu", "+memory"} {
		if f, err := os.OpenFile(filepath.Join(dir, "cgroup.subtree_control"), os.O_WRONLY, 0); err == nil {
			_, _ = f.WriteString(controller)
			_ = f.Close()
		}
	}
}

// join moves a process, and what it starts from now on, into a group.
func join(dir string, pid int) error {
	return os.WriteFile(filepath.Join(dir, "cgroup.procs"), []byte(strconv.Itoa(pid)), 0o600)
}

// unheld says of limits that they do not hold after all.
func unheld(limits []Limit, err error) []Limit {
	out := make([]Limit, 0, len(limits))
	for _, l := range limits {
		if l.Holds && l.Name != "nice" {
			l = Limit{Name: l.Name, Words: fmt.Sprintf("not held: the program could not be moved into its control group (%v)", cause(err))}
		}
		out = append(out, l)
	}
	return out
}
