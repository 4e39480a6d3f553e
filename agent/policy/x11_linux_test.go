package policy

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"
	"github.com/jezek/xgb/xtest"

	"github.com/adit-mining/adit/link/wire"
)

// fakeX is an X server that knows the connection setup, QueryExtension and ScreenSaverQueryInfo (X Window System
// Protocol, appendix B; MIT-SCREEN-SAVER extension, version 1.0). Display numbers begin at TCP port 6000.
type fakeX struct {
	l    net.Listener
	idle atomic.Uint32 // ms since a key or the mouse was used
}

const saverOpcode = 144

func newFakeX(t *testing.T) (x *fakeX, display string) {
	t.Helper()
	for range 50 {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		port := l.Addr().(*net.TCPAddr).Port
		if port < 6000 {
			_ = l.Close()
			continue
		}
		x = &fakeX{l: l}
		done := make(chan struct{})
		go func() { defer close(done); x.serve() }()
		t.Cleanup(func() { _ = l.Close(); <-done })
		return x, fmt.Sprintf("127.0.0.1:%d", port-6000)
	}
	t.Fatal("no port from 6000 up")
	return nil, ""
}

func (x *fakeX) serve() {
	for {
		c, err := x.l.Accept()
		if err != nil {
			return
		}
		go x.talk(c) // ends when the client goes
	}
}

func (x *fakeX) talk(c net.Conn) {
	defer c.Close()
	head := make([]byte, 12)
	if _, err := io.ReadFull(c, head); err != nil {
		return
	}
	pad := func(n uint16) int64 { return int64((n + 3) &^ 3) }
	if _, err := io.CopyN(io.Discard, c, pad(binary.LittleEndian.Uint16(head[6:]))+pad(binary.LittleEndian.Uint16(head[8:]))); err != nil {
		return
	}
	if _, err := c.Write(setup()); err != nil {
		return
	}
	for seq := uint16(1); ; seq++ {
		req := make([]byte, 4)
		if _, err := io.ReadFull(c, req); err != nil {
			return
		}
		rest := make([]byte, int(binary.LittleEndian.Uint16(req[2:]))*4-4)
		if _, err := io.ReadFull(c, rest); err != nil {
			return
		}
		reply := make([]byte, 32)
		reply[0] = 1
		binary.LittleEndian.PutUint16(reply[2:], seq)
		switch req[0] {
		case 98: // QueryExtension
			if strings.Contains(string(rest), "MIT-SCREEN-SAVER") {
				reply[8], reply[9] = 1, saverOpcode
			}
		case saverOpcode: // QueryInfo
			binary.LittleEndian.PutUint32(reply[16:], x.idle.Load())
		}
		if _, err := c.Write(reply); err != nil {
			return
		}
	}
}

// setup is the answer to a client: success, protocol 11.0, one screen without depths.
func setup() []byte {
	body := make([]byte, 32+40)
	le := binary.LittleEndian
	le.PutUint32(body[4:], 0x00200000) // resource-id-base
	le.PutUint32(body[8:], 0x001fffff) // resource-id-mask
	le.PutUint16(body[18:], 0xffff)    // maximum-request-length
	body[20] = 1                       // roots
	le.PutUint32(body[32:], 0x123)     // root window
	head := make([]byte, 8)
	head[0] = 1
	le.PutUint16(head[2:], 11)
	le.PutUint16(head[6:], uint16(len(body)/4))
	return append(head, body...)
}

// TestX11 is row 5.4: an X server says how long ago a key or the mouse was used.
func TestX11(t *testing.T) {
	x, display := newFakeX(t)
	w := watch(t, nil, Places{Root: t.TempDir(), Display: display, Alone: true}, X11)
	state := func(what, want, words string) {
		t.Helper()
		r := look(t, w)
		if v := r.Verdict(time.Minute); v.State != want || !strings.Contains(v.Words, words) {
			t.Errorf("%s: %s %q, want %s with %q; %+v", what, v.State, v.Words, want, words, r.Readings)
		}
	}
	x.idle.Store(25_000)
	state("somebody types", wire.IdleActive, "display "+display+" 20 s ago")
	x.idle.Store(61_000)
	state("idle", wire.IdleFree, "for 1 min")
	x.idle.Store(0)
	state("the mouse moves", wire.IdleActive, "a moment ago")
	if err := x.l.Close(); err != nil {
		t.Fatal(err)
	}
	w.desks[X11].source.close()
	state("the server has gone", wire.IdleLost, "the X display was there")
}

// TestRealX asks a real server: moving the mouse is use.
func TestRealX(t *testing.T) {
	server, err := exec.LookPath("Xvfb")
	if err != nil {
		t.Skip("there is no Xvfb here (Debian: xvfb)")
	}
	display := xvfb(t, server)
	w := watch(t, nil, Places{Root: t.TempDir(), Display: display, Alone: true}, X11)
	quiet := look(t, w)
	if len(quiet.Readings[X11].Uses) != 1 {
		t.Fatalf("%+v", quiet)
	}
	conn, err := xgb.NewConnDisplay(display)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := xtest.Init(conn); err != nil {
		t.Fatal(err)
	}
	before := time.Now()
	root := xproto.Setup(conn).DefaultScreen(conn).Root
	if err := xtest.FakeInputChecked(conn, xproto.MotionNotify, 0, 0, root, 10, 10, 0).Check(); err != nil {
		t.Fatal(err)
	}
	r := look(t, w)
	last := r.Readings[X11].Uses[0].Last
	if last.Before(before.Add(-100*time.Millisecond)) || r.Verdict(time.Minute).State != wire.IdleActive {
		t.Errorf("the mouse moved at %v, last use %v: %+v", before, last, r)
	}
}

// xvfb starts a server that picks a free display and says which.
func xvfb(t *testing.T, server string) string {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	cmd := exec.Command(server, "-displayfd", "3", "-screen", "0", "64x64x8", "-nolisten", "tcp", "-ac")
	cmd.ExtraFiles = []*os.File{w}
	err = cmd.Start()
	_ = w.Close()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { // at once: a server that has just lost its last client may be about to start anew, and deaf
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	if err := r.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	n, err := bufio.NewReader(r).ReadString('\n')
	if err != nil {
		t.Fatal("Xvfb does not start: ", err)
	}
	return ":" + strings.TrimSpace(n)
}
