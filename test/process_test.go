//go:build linux

package test

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// process is one that works on a home.
type process struct {
	pid  int
	args []string
}

// is reports what it is: "up", "worker", "shim", "engine", "verify" or "".
func (p process) is() string {
	all := strings.Join(p.args, " ")
	switch {
	case len(p.args) > 1 && p.args[1] == "up":
		return "up"
	case len(p.args) > 1 && p.args[1] == "worker":
		return "worker"
	case len(p.args) > 1 && p.args[1] == "shim":
		return "shim"
	case strings.Contains(all, "verify"):
		return "verify"
	case strings.Contains(all, "--config"):
		return "engine"
	}
	return ""
}

// processes lists what works on this home: by the folder in its command line or environment, or in
// which it works.
func (h *home) processes() (out []process) {
	dirs, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		h.t.Fatal(err)
	}
	for _, d := range dirs {
		pid, _ := strconv.Atoi(filepath.Base(d))
		line, err := os.ReadFile(filepath.Join(d, "cmdline"))
		if err != nil || pid == os.Getpid() || len(line) == 0 {
			continue
		}
		env, _ := os.ReadFile(filepath.Join(d, "environ"))
		cwd, _ := os.Readlink(filepath.Join(d, "cwd")) // of a program that runs as another user, that is all that tells
		if strings.HasPrefix(cwd, h.dir+"/") || bytes.Contains(line, []byte(h.dir)) || bytes.Contains(env, []byte("ADIT_DATA_DIR="+h.dir+"\x00")) {
			out = append(out, process{pid, strings.Split(strings.TrimSuffix(string(line), "\x00"), "\x00")})
		}
	}
	return out
}

// pids lists the processes of one sort.
func (h *home) pids(sort string) (out []int) {
	for _, p := range h.processes() {
		if p.is() == sort {
			out = append(out, p.pid)
		}
	}
	slices.Sort(out)
	return out
}

// listeners lists the addresses on which the processes of this home listen, by the sort of process.
func (h *home) listeners() map[netip.AddrPort]string {
	sockets := listening(h.t)
	out := map[netip.AddrPort]string{}
	for _, p := range h.processes() {
		fds, _ := filepath.Glob("/proc/" + strconv.Itoa(p.pid) + "/fd/*")
		for _, fd := range fds {
			if to, err := os.Readlink(fd); err == nil {
				if a, ok := sockets[to]; ok {
					out[a] = p.is()
				}
			}
		}
	}
	return out
}

// listening maps "socket:[inode]" to the address of every TCP listener of this machine.
func listening(t *testing.T) map[string]netip.AddrPort {
	t.Helper()
	out := map[string]netip.AddrPort{}
	for _, file := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		b, err := os.ReadFile(file)
		if err != nil {
			continue // no IPv6 here
		}
		for s := bufio.NewScanner(bytes.NewReader(b)); s.Scan(); {
			f := strings.Fields(s.Text())
			if len(f) < 10 || f[3] != "0A" {
				continue
			}
			host, port, _ := strings.Cut(f[1], ":")
			n, _ := strconv.ParseUint(port, 16, 16)
			out["socket:["+f[9]+"]"] = netip.AddrPortFrom(kernelAddr(t, host), uint16(n))
		}
	}
	return out
}

// kernelAddr reads an address as /proc/net/tcp writes it: 32-bit words in host order (little-endian on what we run on).
func kernelAddr(t *testing.T, s string) netip.Addr {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+4 <= len(b); i += 4 {
		slices.Reverse(b[i : i+4])
	}
	a, ok := netip.AddrFromSlice(b)
	if !ok {
		t.Fatalf("address %q", s)
	}
	return a.Unmap()
}

// cpuTime is what a process used of all CPUs so far. Source: proc(5), stat: utime and stime in clock ticks of 1/100 s.
func cpuTime(t *testing.T, pid int) time.Duration {
	t.Helper()
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		t.Fatal(err)
	}
	f := strings.Fields(string(b[bytes.LastIndexByte(b, ')')+1:]))
	user, _ := strconv.Atoi(f[11])
	system, _ := strconv.Atoi(f[12])
	return time.Duration(user+system) * 10 * time.Millisecond
}

// resident is the memory of a process in bytes.
func resident(t *testing.T, pid int) int {
	t.Helper()
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/statm")
	if err != nil {
		t.Fatal(err)
	}
	pages, _ := strconv.Atoi(strings.Fields(string(b))[1])
	return pages * os.Getpagesize()
}
