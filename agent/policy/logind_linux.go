package policy

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/godbus/dbus/v5"
)

// The names of systemd-logind on the system bus; see org.freedesktop.login1(5).
const (
	loginName    = "org.freedesktop.login1"
	loginPath    = dbus.ObjectPath("/org/freedesktop/login1")
	loginManager = loginName + ".Manager"
	loginSession = loginName + ".Session"
)

// logind asks systemd-logind for the sessions of people.
type logind struct {
	address string

	mu   sync.Mutex
	conn *dbus.Conn
}

func newLogind(p Places) source {
	address := p.Bus
	if address == "" && !p.Alone {
		address = os.Getenv("DBUS_SYSTEM_BUS_ADDRESS")
	}
	if address == "" {
		for _, path := range []string{"run/dbus/system_bus_socket", "var/run/dbus/system_bus_socket"} {
			path = filepath.Join(p.Root, path)
			if _, err := os.Stat(path); err == nil {
				address = "unix:path=" + path
				break
			}
		}
	}
	return &logind{address: address}
}

// sessionRow is a row of Manager.ListSessions: (susso) since systemd 183.
type sessionRow struct {
	ID   string
	UID  uint32
	User string
	Seat string
	Path dbus.ObjectPath
}

func (l *logind) look(ctx context.Context, now time.Time) Reading {
	if l.address == "" {
		return Reading{Words: "there is no system bus"}
	}
	conn, err := l.dial(ctx)
	if err != nil {
		return Reading{Words: "the system bus does not answer"}
	}
	var rows []sessionRow
	call := conn.Object(loginName, loginPath).CallWithContext(ctx, loginManager+".ListSessions", dbus.FlagNoAutoStart)
	if err := call.Store(&rows); err != nil {
		if !conn.Connected() || ctx.Err() != nil {
			l.close()
		}
		return Reading{Words: "logind does not answer on the system bus"}
	}
	r := Reading{There: true}
	for _, row := range rows {
		var props map[string]dbus.Variant
		err := conn.Object(loginName, row.Path).CallWithContext(ctx, "org.freedesktop.DBus.Properties.GetAll", dbus.FlagNoAutoStart, loginSession).Store(&props)
		if err != nil {
			continue // it ended meanwhile
		}
		if u, ok := session(row, props, now); ok {
			r.Uses = append(r.Uses, u)
		}
	}
	return r
}

// session is what a session says of its user; only sessions of people that are in the foreground count.
// For a terminal logind derives the idle hint from the terminal's access time and gives that as IdleSinceHint always;
// for a desktop the hint is what the desktop says (logind-session.c, session_get_idle_hint).
func session(row sessionRow, props map[string]dbus.Variant, now time.Time) (Use, bool) {
	kind := text(props, "Type")
	if text(props, "Class") != "user" || !flag(props, "Active") {
		return Use{}, false
	}
	tty := text(props, "TTY")
	if tty == "" && kind != "x11" && kind != "wayland" && kind != "mir" {
		return Use{}, false // a job of cron or ssh without a terminal: nobody sits there
	}
	u := Use{Who: fmt.Sprintf("session %s of %s", row.ID, row.User), Type: kind}
	if tty != "" {
		u.Who += " on " + tty
	}
	idle := flag(props, "IdleHint")
	if us, ok := props["IdleSinceHint"].Value().(uint64); ok && us > 0 && (idle || kind == "tty") {
		at := time.UnixMicro(int64(us))
		if at.After(now) {
			at = now
		}
		u.Last = &at
		return u, true
	}
	u.Active = !idle
	return u, true
}

func text(props map[string]dbus.Variant, key string) string {
	s, _ := props[key].Value().(string)
	return s
}

func flag(props map[string]dbus.Variant, key string) bool {
	b, _ := props[key].Value().(bool)
	return b
}

// dial connects once and again after a break. The connection does not end with ctx. No lock is held while it waits: a
// bus may never answer.
func (l *logind) dial(ctx context.Context) (*dbus.Conn, error) {
	l.mu.Lock()
	conn := l.conn
	l.mu.Unlock()
	if conn != nil && conn.Connected() {
		return conn, nil
	}
	conn, err := dbus.Dial(l.address)
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	if err := conn.Auth(nil); err != nil {
		_ = conn.Close()
		return nil, err
	}
	if err := conn.Hello(); err != nil {
		_ = conn.Close()
		return nil, err
	}
	if !stop() {
		return nil, ctx.Err()
	}
	l.mu.Lock()
	l.conn = conn
	l.mu.Unlock()
	return conn, nil
}

func (l *logind) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.conn != nil {
		_ = l.conn.Close()
		l.conn = nil
	}
}
