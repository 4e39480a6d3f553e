package policy

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"github.com/adit-mining/adit/link/wire"
)

// privateBus runs a real dbus-daemon for one test and returns its address.
func privateBus(t *testing.T) string {
	t.Helper()
	daemon, err := exec.LookPath("dbus-daemon")
	if err != nil {
		t.Skip("there is no dbus-daemon here (Debian: dbus-daemon)")
	}
	dir := t.TempDir()
	config := filepath.Join(dir, "bus.conf")
	text := fmt.Sprintf(`<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:path=%s/bus</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy>
</busconfig>`, dir)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(daemon, "--config-file="+config, "--nofork", "--print-address")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	address, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(address)
}

// fakeLogind speaks org.freedesktop.login1 as far as sessions go.
type fakeLogind struct {
	conn *dbus.Conn
	mu   sync.Mutex
	rows []sessionRow
	of   map[dbus.ObjectPath]map[string]dbus.Variant
}

func newFakeLogind(t *testing.T, address string) *fakeLogind {
	t.Helper()
	conn, err := dbus.Connect(address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	f := &fakeLogind{conn: conn, of: map[dbus.ObjectPath]map[string]dbus.Variant{}}
	if err := conn.Export(f, loginPath, loginManager); err != nil {
		t.Fatal(err)
	}
	if err := conn.ExportSubtree(properties{f}, loginPath+"/session", "org.freedesktop.DBus.Properties"); err != nil {
		t.Fatal(err)
	}
	if r, err := conn.RequestName(loginName, dbus.NameFlagDoNotQueue); err != nil || r != dbus.RequestNameReplyPrimaryOwner {
		t.Fatal(r, err)
	}
	return f
}

// ListSessions is Manager.ListSessions.
func (f *fakeLogind) ListSessions() ([]sessionRow, *dbus.Error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]sessionRow{}, f.rows...), nil
}

// properties answers org.freedesktop.DBus.Properties.GetAll for sessions.
type properties struct{ f *fakeLogind }

// GetAll is a method of the interface; the message tells which session is meant.
func (p properties) GetAll(msg dbus.Message, of string) (map[string]dbus.Variant, *dbus.Error) {
	path, _ := msg.Headers[dbus.FieldPath].Value().(dbus.ObjectPath)
	p.f.mu.Lock()
	defer p.f.mu.Unlock()
	props, ok := p.f.of[path]
	if !ok || of != loginSession {
		return nil, dbus.MakeFailedError(fmt.Errorf("unknown object %s", path))
	}
	return props, nil
}

// set makes the sessions these; a session's properties are given as pairs.
func (f *fakeLogind) set(sessions ...map[string]any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.rows = nil
	for i, s := range sessions {
		id := fmt.Sprint(i + 1)
		path := loginPath + dbus.ObjectPath("/session/_3"+id)
		f.rows = append(f.rows, sessionRow{ID: id, UID: 1000, User: "alice", Seat: "seat0", Path: path})
		props := map[string]dbus.Variant{}
		for k, v := range s {
			props[k] = dbus.MakeVariant(v)
		}
		f.of[path] = props
	}
}

func micros(ago time.Duration) uint64 { return uint64(time.Now().Add(-ago).UnixMicro()) }

// TestLogind is row 5.4: sessions of people in the foreground, as systemd-logind tells them on the system bus.
func TestLogind(t *testing.T) {
	address := privateBus(t)
	f := newFakeLogind(t, address)
	w := watch(t, nil, Places{Root: t.TempDir(), Bus: address, Alone: true}, Logind)
	state := func(what, want, words string) {
		t.Helper()
		r := look(t, w)
		if v := r.Verdict(5 * time.Minute); v.State != want || !strings.Contains(v.Words, words) {
			t.Errorf("%s: %s %q, want %s with %q; %+v", what, v.State, v.Words, want, words, r.Readings)
		}
	}
	state("nobody is logged in", wire.IdleNobody, "no user seen")
	desktop := func(idle bool, since uint64) map[string]any {
		return map[string]any{"Class": "user", "Active": true, "Type": "wayland", "TTY": "", "IdleHint": idle, "IdleSinceHint": since}
	}
	f.set(desktop(false, micros(time.Hour))) // the hint changed an hour ago: in use since then
	state("a desktop in use", wire.IdleActive, "session 1 of alice")
	f.set(desktop(true, micros(time.Minute)))
	state("a desktop idle for a minute", wire.IdleActive, "1 min ago")
	f.set(desktop(true, micros(10*time.Minute)))
	state("a desktop idle for long", wire.IdleFree, "for 10 min")
	shell := func(since uint64) map[string]any {
		return map[string]any{"Class": "user", "Active": true, "Type": "tty", "TTY": "tty2", "IdleHint": false, "IdleSinceHint": since}
	}
	f.set(shell(micros(time.Second)))
	state("typing on a console", wire.IdleActive, "on tty2 a moment ago")
	f.set(shell(micros(time.Hour)))
	state("a console left open", wire.IdleFree, "for 1 h")
	f.set(
		map[string]any{"Class": "greeter", "Active": true, "Type": "wayland", "IdleHint": false},
		map[string]any{"Class": "manager", "Active": true, "Type": "unspecified", "IdleHint": false},
		map[string]any{"Class": "user", "Active": false, "Type": "x11", "IdleHint": false},
		map[string]any{"Class": "user", "Active": true, "Type": "unspecified", "TTY": "", "IdleHint": false},
	)
	state("a login screen, services, another user's desktop behind, a job", wire.IdleNobody, "no user seen")
	if err := f.conn.Close(); err != nil {
		t.Fatal(err)
	}
	state("logind has gone", wire.IdleLost, "logind was there")
	g := newFakeLogind(t, address)
	g.set(shell(micros(time.Hour)))
	state("logind is back", wire.IdleFree, "")
}

// TestLogindWhoseBusDies: the bus itself goes and comes back; the watcher follows.
func TestLogindWhoseBusDies(t *testing.T) {
	address := privateBus(t)
	newFakeLogind(t, address)
	w := watch(t, nil, Places{Root: t.TempDir(), Bus: address, Alone: true}, Logind)
	if !look(t, w).Readings[Logind].There {
		t.Fatal("logind does not answer")
	}
	if err := os.Remove(strings.TrimPrefix(strings.Split(address, ",")[0], "unix:path=")); err != nil {
		t.Fatal(err)
	}
	w.desks[Logind].source.close()
	if r := look(t, w); r.Readings[Logind].There || r.Verdict(time.Minute).State != wire.IdleLost {
		t.Errorf("%+v", r)
	}
}
