package policy

import (
	"context"
	"time"
)

// Use is one way in which somebody may be using the computer.
type Use struct {
	Who    string     // "terminal pts/3", "session 2 of alice"
	Active bool       // in use at this moment, as far as the source can tell
	Last   *time.Time // when it was last used; nil = the source does not say
	// Type is what logind calls the session: "x11", "wayland", "tty"; "" = not of logind.
	Type string
}

// Reading is what one source said.
type Reading struct {
	There bool   // the source answered
	Words string // why it did not
	Uses  []Use  // empty = it knows no user
}

// source is one place where users are looked for. look honours ctx as far as it can; it is called by one goroutine at a
// time. close lets go of what look opened.
type source interface {
	look(ctx context.Context, now time.Time) Reading
	close()
}

// Places says where the sources lie; tests put their own there. Zero fields are the system's.
type Places struct {
	// Root is the root of the file system below which dev/pts lies; "" = "/".
	Root string
	// Bus is the address of the system bus; "" = $DBUS_SYSTEM_BUS_ADDRESS, else its usual socket below Root.
	Bus string
	// Display is the X display; "" = $DISPLAY.
	Display string
	// Alone leaves out what the environment names: only what is given here counts.
	Alone bool
}
