package test

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestNoPhoneHome is row 5.17: adit, idle and with practice, sends nothing that leaves this computer and asks no name
// server. It runs in a network namespace of its own, in which everything that would leave goes over the loopback
// interface, where every packet is looked at.
func TestNoPhoneHome(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("a network namespace needs root: run it as root, as CI does")
	}
	if _, err := exec.LookPath("ip"); err != nil {
		t.Skip("there is no ip(8) here (Debian: iproute2)")
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	h := newHome(t, fakeBin)
	for what, args := range map[string][]string{
		"nothing to do": {"up", "--listen", "127.0.0.1:0"},
		"practice":      {"up", "--listen", "127.0.0.1:0", "--practice", "--yes-i-own-this-machine"},
	} {
		cmd := exec.CommandContext(t.Context(), exe, append([]string{egressWord, filepath.Join(fakeBin, "adit")}, args...)...)
		cmd.Env = []string{"HOME=" + t.TempDir(), "PATH=" + os.Getenv("PATH"), "ADIT_DATA_DIR=" + h.dir + "-" + strings.Fields(what)[0], "NO_COLOR=1"}
		cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET, Pdeathsig: syscall.SIGKILL}
		cmd.Stderr = os.Stderr
		out, err := cmd.Output()
		if errors.Is(err, syscall.EPERM) {
			t.Skip("no network namespace may be made here")
		}
		var r egressReport
		if err != nil || json.Unmarshal(out, &r) != nil {
			t.Fatalf("%s: %v\n%s", what, err, out)
		}
		if len(r.Control) < 2 {
			t.Fatalf("what does leave is not seen, so the test says nothing: %+v", r)
		}
		if len(r.Left) > 0 {
			t.Errorf("%s: %d packets left this computer or asked a name server: %v\n%s", what, len(r.Left), r.Left, r.Said)
		}
		if r.Local == 0 && what == "practice" {
			t.Errorf("%s: not even a local packet was seen:\n%s", what, r.Said)
		}
	}
}

// egressWord makes the test binary look at the packets of the namespace it runs in: egressWord ADIT ARGS…
const egressWord = "watch-egress"

type egressReport struct {
	Control []string // what the watcher itself sent out, to prove that it is seen
	Left    []string // what adit sent out
	Local   int      // packets that stayed
	Said    string
}

// watchEgress runs a command in a prepared namespace and writes down what it sends.
func watchEgress(args []string) error {
	for _, c := range []string{"link set lo up", "addr add 10.99.0.2/32 dev lo", "route add default dev lo src 10.99.0.2",
		"-6 addr add fd99::2/128 dev lo", "-6 route add default dev lo src fd99::2"} {
		if out, err := exec.Command("ip", strings.Fields(c)...).CombinedOutput(); err != nil && !strings.HasPrefix(c, "-6") {
			return fmt.Errorf("ip %s: %w: %s", c, err, out)
		}
	}
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, int(hostOrder(unix.ETH_P_ALL)))
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	var r egressReport
	if err := control(); err != nil {
		return err
	}
	r.Control, _ = packets(fd, 300*time.Millisecond)
	cmd := exec.Command(args[0], args[1:]...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		return err
	}
	said := make(chan string, 1)
	go func() { b, _ := io.ReadAll(bufio.NewReader(out)); said <- string(b) }() // ends with the command
	r.Left, r.Local = packets(fd, 3500*time.Millisecond)
	err = cmd.Process.Signal(syscall.SIGINT)
	r.Said = <-said
	err = errors.Join(err, cmd.Wait())
	more, n := packets(fd, 200*time.Millisecond)
	r.Left, r.Local = append(r.Left, more...), r.Local+n
	if greeted := regexp.MustCompile(`Web app: http`); err == nil && !greeted.MatchString(r.Said) {
		err = errors.New("adit did not start: " + r.Said)
	}
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(r)
}

// control sends what must be seen: a datagram to a foreign address, and a question to a name server on this computer.
func control() error {
	for _, to := range []string{"192.0.2.1:9", "127.0.0.1:53"} {
		c, err := (&net.Dialer{}).DialContext(context.Background(), "udp", to)
		if err != nil {
			return err
		}
		_, err = c.Write([]byte("x"))
		if err := errors.Join(err, c.Close()); err != nil {
			return err
		}
	}
	return nil
}

// packets reads what passes for a while: what goes to anybody but this computer, or to a name server, and the number of
// the others. Each is seen twice on the loopback interface, going out and coming in; out is enough.
func packets(fd int, d time.Duration) (left []string, local int) {
	b := make([]byte, 2048)
	for end := time.Now().Add(d); time.Now().Before(end); {
		tv := unix.NsecToTimeval(max(int64(time.Until(end)), int64(time.Millisecond)))
		if unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &tv) != nil {
			return left, local
		}
		n, from, err := unix.Recvfrom(fd, b, 0)
		if err != nil {
			continue
		}
		if ll, ok := from.(*unix.SockaddrLinklayer); !ok || ll.Pkttype != unix.PACKET_OUTGOING {
			continue
		}
		to, port, ok := destination(b[:n])
		switch {
		case !ok:
		case port == 53, !to.IsLoopback() && to != netip.MustParseAddr("10.99.0.2") && !to.IsMulticast():
			left = append(left, fmt.Sprintf("%s port %d", to, port))
		default:
			local++
		}
	}
	return left, local
}

// destination reads where an IPv4 or IPv6 packet goes; port 0 where it has none.
func destination(p []byte) (to netip.Addr, port uint16, ok bool) {
	var next []byte
	var proto byte
	switch {
	case len(p) >= 20 && p[0]>>4 == 4:
		to, _ = netip.AddrFromSlice(p[16:20])
		proto, next = p[9], p[min(len(p), int(p[0]&15)*4):]
	case len(p) >= 40 && p[0]>>4 == 6:
		to, _ = netip.AddrFromSlice(p[24:40])
		proto, next = p[6], p[40:]
	default:
		return to, 0, false
	}
	if (proto == unix.IPPROTO_TCP || proto == unix.IPPROTO_UDP) && len(next) >= 4 {
		port = binary.BigEndian.Uint16(next[2:])
	}
	return to, port, true
}

// hostOrder is htons(3).
func hostOrder(n uint16) uint16 {
	return binary.NativeEndian.Uint16([]byte{byte(n >> 8), byte(n)})
}
