package socket

import (
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
)

func put(t *testing.T, root, name, text string) {
	t.Helper()
	path := filepath.Join(root, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

const tcp = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 100 1 0 100 0 0 10 0
   1: 0A00000A:C350 08080808:0D05 01 00000000:00000000 00:00000000 00000000     0        0 101 1 0 20 4 30 10 -1
   2: 0A00000A:C351 08080808:0D05 02 00000000:00000000 00:00000000 00000000     0        0 999 1 0 20 4 30 10 -1
   garbage
`

func TestList(t *testing.T) {
	root := t.TempDir()
	put(t, root, "proc/net/tcp", tcp)
	put(t, root, "proc/net/udp6", "  sl\n  1: 00000000000000000000000000000000:0035 00000000000000000000000000000000:0000 07 0:0 0:0 0 0 0 102 2\n")
	if err := os.MkdirAll(filepath.Join(root, "proc/7/fd"), 0o755); err != nil {
		t.Fatal(err)
	}
	for fd, to := range map[string]string{"3": "socket:[100]", "4": "socket:[101]", "5": "socket:[102]", "6": "/etc/passwd"} {
		if err := os.Symlink(to, filepath.Join(root, "proc/7/fd", fd)); err != nil {
			t.Fatal(err)
		}
	}
	got, hidden := List(root, []int{7, 8})
	if len(got) != 3 || hidden != 1 {
		t.Fatalf("%+v, %d hidden", got, hidden)
	}
	if !got[0].Listening() || got[0].Outside() || got[0].Local != netip.MustParseAddrPort("127.0.0.1:8080") {
		t.Errorf("%+v", got[0])
	}
	if !got[1].Outside() || got[1].State != "established" || got[1].Remote != netip.MustParseAddrPort("8.8.8.8:3333") {
		t.Errorf("%+v", got[1])
	}
	if !got[2].Listening() || got[2].Outside() {
		t.Errorf("%+v", got[2])
	}
}

func TestDescend(t *testing.T) {
	root := t.TempDir()
	for pid, stat := range map[string]string{"10": "10 (adit) S 1 0", "11": "11 (a) b) S 10 0", "12": "12 (x) S 11 0", "13": "13 (y) S 1 0", "14": "garbage"} {
		put(t, root, "proc/"+pid+"/stat", stat)
	}
	all := Processes(root)
	if len(all) != 4 || !slices.Contains(all, Process{11, 10, "a) b"}) {
		t.Fatalf("%+v", all)
	}
	if got := Descend(all, []int{10}); len(got) != 3 || got[12] != 10 || got[13] != 0 {
		t.Errorf("%v", got)
	}
}

// TestThisProcess finds a listener of our own where there is a /proc.
func TestThisProcess(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("not supported on this platform")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	want := l.Addr().(*net.TCPAddr).AddrPort()
	list, _ := List("/", []int{os.Getpid()})
	if !slices.ContainsFunc(list, func(s Socket) bool { return s.Local == want && s.Listening() && !s.Outside() }) {
		t.Errorf("our listener %v is not among %+v", want, list)
	}
}
