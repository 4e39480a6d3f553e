package proc

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// ident names one process for good: PIDs are used again, but not with the same start time in the same boot.
type ident struct {
	PID    int    `json:"pid"`
	Start  uint64 `json:"start"`            // clock ticks after boot, field 22 of /proc/PID/stat
	Boot   string `json:"boot,omitempty"`   // /proc/sys/kernel/random/boot_id
	Exe    string `json:"exe,omitempty"`    // where /proc/PID/exe pointed at the start
	Digest string `json:"digest,omitempty"` // sha256 of the executable at the start
}

// procStat is the part of /proc/PID/stat that supervision needs; see proc_pid_stat(5).
type procStat struct {
	PID     int
	Comm    string
	State   byte // 'Z' and 'X' are dead
	PPID    int
	Group   int
	Session int
	Start   uint64
}

func (p procStat) dead() bool { return p.State == 'Z' || p.State == 'X' || p.State == 'x' }

// procfs reads processes below <root>/proc, so that tests may hand in a folder.
type procfs struct{ root string }

func (p procfs) path(parts ...string) string {
	return filepath.Join(append([]string{p.root, "proc"}, parts...)...)
}

func (p procfs) stat(pid int) (procStat, error) {
	b, err := os.ReadFile(p.path(strconv.Itoa(pid), "stat"))
	if err != nil {
		return procStat{}, err
	}
	return parseStat(b)
}

// parseStat reads /proc/PID/stat. The command's name stands in parentheses and may itself contain any byte.
func parseStat(b []byte) (procStat, error) {
	open, end := bytes.IndexByte(b, '('), bytes.LastIndexByte(b, ')')
	if open < 1 || end < open {
		return procStat{}, fmt.Errorf("stat: no command name")
	}
	f := strings.Fields(string(b[end+1:]))
	if len(f) < 20 || len(f[0]) != 1 {
		return procStat{}, fmt.Errorf("stat: %d fields after the command name", len(f))
	}
	s := procStat{Comm: string(b[open+1 : end]), State: f[0][0]}
	for _, n := range []struct {
		to   *int
		from string
	}{{&s.PID, strings.TrimSpace(string(b[:open]))}, {&s.PPID, f[1]}, {&s.Group, f[2]}, {&s.Session, f[3]}} {
		v, err := strconv.Atoi(n.from)
		if err != nil {
			return procStat{}, fmt.Errorf("stat: %w", err)
		}
		*n.to = v
	}
	start, err := strconv.ParseUint(f[19], 10, 64)
	if err != nil {
		return procStat{}, fmt.Errorf("stat: %w", err)
	}
	s.Start = start
	return s, nil
}

// bootID names this boot of the machine; "" where the system does not say.
func (p procfs) bootID() string {
	b, err := os.ReadFile(p.path("sys", "kernel", "random", "boot_id"))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(b))
}

// identify records who a living process is.
func (p procfs) identify(pid int) (ident, error) {
	s, err := p.stat(pid)
	if err != nil {
		return ident{}, err
	}
	if s.dead() {
		return ident{}, fs.ErrNotExist
	}
	exe, _ := os.Readlink(p.path(strconv.Itoa(pid), "exe")) // "" where another user's
	return ident{PID: pid, Start: s.Start, Boot: p.bootID(), Exe: exe}, nil
}

// alive reports whether exactly this process still runs.
func (p procfs) alive(id ident) bool {
	if id.PID <= 0 {
		return false
	}
	s, err := p.stat(id.PID)
	return err == nil && !s.dead() && s.Start == id.Start && id.Boot == p.bootID()
}

// runs reports whether exactly this process runs and still executes the recorded program. A package upgrade that
// replaces the file leaves " (deleted)" behind the name.
func (p procfs) runs(id ident) bool {
	if !p.alive(id) {
		return false
	}
	exe, err := os.Readlink(p.path(strconv.Itoa(id.PID), "exe"))
	return err == nil && strings.TrimSuffix(exe, " (deleted)") == strings.TrimSuffix(id.Exe, " (deleted)")
}

// all lists the processes that can be seen.
func (p procfs) all() []procStat {
	dirs, _ := os.ReadDir(p.path())
	var list []procStat
	for _, d := range dirs {
		pid, err := strconv.Atoi(d.Name())
		if err != nil {
			continue
		}
		if s, err := p.stat(pid); err == nil {
			list = append(list, s)
		}
	}
	return list
}

// marked reports whether a process was started with the environment entry kv, by itself or by inheritance.
func (p procfs) marked(pid int, kv string) bool {
	b, err := os.ReadFile(p.path(strconv.Itoa(pid), "environ"))
	if err != nil {
		return false
	}
	for e := range bytes.SplitSeq(b, []byte{0}) {
		if string(e) == kv {
			return true
		}
	}
	return false
}

// marker is the environment entry by which a program's descendants are known, wherever they went.
func marker(id string) string { return "ADIT_SHIM_ID=" + id }
