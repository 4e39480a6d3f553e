package socket

import (
	"encoding/hex"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Socket is one socket and who holds it.
type Socket struct {
	PID    int
	Proto  string // "tcp", "tcp6", "udp", "udp6"
	State  string // of TCP: "established", "listening", "connecting", "closing"; "" for UDP
	Local  netip.AddrPort
	Remote netip.AddrPort // the zero address where there is none
}

// Listening reports that anybody who reaches Local may connect.
func (s Socket) Listening() bool {
	return s.State == listening || s.Proto[:3] == "udp" && !s.Remote.Addr().IsValid()
}

// Outside reports that the other end is not this computer.
func (s Socket) Outside() bool {
	return s.Remote.Addr().IsValid() && s.State != listening && !s.Remote.Addr().IsLoopback() && s.Remote.Addr() != s.Local.Addr()
}

// Process is one process and its parent.
type Process struct {
	PID, Parent int
	Name        string // as the kernel shows it
}

// Processes are all that can be seen below root.
func Processes(root string) []Process {
	dirs, _ := os.ReadDir(filepath.Join(root, "proc"))
	var out []Process
	for _, d := range dirs {
		if pid, err := strconv.Atoi(d.Name()); err == nil {
			if p, ok := process(root, pid); ok {
				out = append(out, p)
			}
		}
	}
	return out
}

// process reads /proc/PID/stat: pid (name) state ppid …; the name may hold any byte.
func process(root string, pid int) (Process, bool) {
	b, err := os.ReadFile(filepath.Join(root, "proc", strconv.Itoa(pid), "stat"))
	if err != nil {
		return Process{}, false
	}
	from, to := strings.IndexByte(string(b), '('), strings.LastIndexByte(string(b), ')')
	if from < 0 || to < from {
		return Process{}, false
	}
	f := strings.Fields(string(b[to+1:]))
	if len(f) < 2 {
		return Process{}, false
	}
	parent, err := strconv.Atoi(f[1])
	return Process{PID: pid, Parent: parent, Name: string(b[from+1 : to])}, err == nil
}

// Descend returns for each of all that is, or stems from, one of the roots: that root.
func Descend(all []Process, roots []int) map[int]int {
	parent := map[int]int{}
	for _, p := range all {
		parent[p.PID] = p.Parent
	}
	out := map[int]int{}
	for _, p := range all {
		for at, n := p.PID, 0; at > 0 && n < 64; at, n = parent[at], n+1 {
			if slices.Contains(roots, at) {
				out[p.PID] = at
				break
			}
		}
	}
	return out
}

// List returns the sockets of processes, with hidden telling how many of the processes could not be looked into.
func List(root string, pids []int) (list []Socket, hidden int) {
	owner := map[string]int{}
	for _, pid := range pids {
		dir := filepath.Join(root, "proc", strconv.Itoa(pid), "fd")
		fds, err := os.ReadDir(dir)
		if err != nil {
			hidden++
			continue
		}
		for _, fd := range fds {
			to, err := os.Readlink(filepath.Join(dir, fd.Name()))
			if inode, ok := strings.CutPrefix(to, "socket:["); err == nil && ok {
				owner[strings.TrimSuffix(inode, "]")] = pid
			}
		}
	}
	for _, proto := range []string{"tcp", "tcp6", "udp", "udp6"} {
		for _, row := range rows(root, proto) {
			if pid, ours := owner[row.inode]; ours {
				row.PID = pid
				list = append(list, row.Socket)
			}
		}
	}
	return list, hidden
}

const listening = "listening"

// states are those of include/net/tcp_states.h.
var states = map[string]string{"01": "established", "02": "connecting", "03": "connecting", "0A": listening}

type row struct {
	Socket
	inode string
}

// rows reads one table: sl local remote state tx:rx tr:tm retransmit uid timeout inode …
func rows(root, proto string) []row {
	b, err := os.ReadFile(filepath.Join(root, "proc", "net", proto))
	if err != nil {
		return nil
	}
	var out []row
	for l := range strings.Lines(string(b)) {
		f := strings.Fields(l)
		if len(f) < 10 || f[0] == "sl" {
			continue
		}
		local, err1 := address(f[1])
		remote, err2 := address(f[2])
		if err1 != nil || err2 != nil {
			continue
		}
		r := row{Socket: Socket{Proto: proto, Local: local, Remote: remote}, inode: f[9]}
		if remote.Port() == 0 {
			r.Remote = netip.AddrPort{}
		}
		if proto[:3] == "tcp" {
			if r.State = states[f[3]]; r.State == "" {
				r.State = "closing"
			}
		}
		out = append(out, r)
	}
	return out
}

// address reads "0100007F:1F90": 32-bit words in the machine's order, which is little-endian wherever adit runs.
func address(s string) (netip.AddrPort, error) {
	host, port, ok := strings.Cut(s, ":")
	b, err := hex.DecodeString(host)
	n, perr := strconv.ParseUint(port, 16, 16)
	if !ok || err != nil || perr != nil || len(b) != 4 && len(b) != 16 {
		return netip.AddrPort{}, fmt.Errorf("%q is no address", s)
	}
	for i := 0; i < len(b); i += 4 {
		slices.Reverse(b[i : i+4])
	}
	a, _ := netip.AddrFromSlice(b)
	return netip.AddrPortFrom(a.Unmap(), uint16(n)), nil
}
