package policy

import (
	"context"
	"io"
	"os"
	"sync"
	"time"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/screensaver"
	"github.com/jezek/xgb/xproto"
)

// The library writes its troubles to a logger of its own, which is standard error; here they come back as errors.
func init() { xgb.Logger.SetOutput(io.Discard) }

// display asks an X server how long ago a key or the mouse was used: ScreenSaverQueryInfo of the MIT-SCREEN-SAVER
// extension, ms_since_user_input. The cookie comes from $XAUTHORITY or ~/.Xauthority.
type display struct {
	name string

	mu   sync.Mutex
	conn *xgb.Conn
	root xproto.Window
}

func newDisplay(p Places) source {
	name := p.Display
	if name == "" && !p.Alone {
		name = os.Getenv("DISPLAY")
	}
	return &display{name: name}
}

func (d *display) look(ctx context.Context, now time.Time) Reading {
	if d.name == "" {
		return Reading{Words: "no DISPLAY is set"}
	}
	conn, root, err := d.dial()
	if err != nil {
		return Reading{Words: "the X display " + d.name + " cannot be reached"}
	}
	stop := context.AfterFunc(ctx, d.close) // a server that hangs
	defer stop()
	info, err := screensaver.QueryInfo(conn, xproto.Drawable(root)).Reply()
	if err != nil || info == nil {
		d.close()
		return Reading{Words: "the X display " + d.name + " does not answer"}
	}
	at := now.Add(-time.Duration(info.MsSinceUserInput) * time.Millisecond)
	return Reading{There: true, Uses: []Use{{Who: "display " + d.name, Last: &at}}}
}

// dial connects once and again after a break. It holds no lock while it waits: a server may never answer.
func (d *display) dial() (*xgb.Conn, xproto.Window, error) {
	d.mu.Lock()
	conn, root := d.conn, d.root
	d.mu.Unlock()
	if conn != nil {
		return conn, root, nil
	}
	conn, err := xgb.NewConnDisplay(d.name)
	if err != nil {
		return nil, 0, err
	}
	if err := screensaver.Init(conn); err != nil {
		conn.Close()
		return nil, 0, err
	}
	root = xproto.Setup(conn).DefaultScreen(conn).Root
	d.mu.Lock()
	d.conn, d.root = conn, root
	d.mu.Unlock()
	return conn, root, nil
}

func (d *display) close() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.conn != nil {
		d.conn.Close()
		d.conn = nil
	}
}
