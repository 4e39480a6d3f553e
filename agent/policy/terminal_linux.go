package policy

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// terminals looks at the pseudo terminals, as w(1) does: the kernel renews a terminal's access time when what was typed
// is read, to 8 seconds (drivers/tty/tty_io.c, tty_update_time). Output renews the modification time and is no use.
// Consoles (tty1 …) are logind's to tell.
type terminals struct{ dir string }

func newTerminals(root string) source {
	return terminals{filepath.Join(root, "dev", "pts")}
}

func (t terminals) look(_ context.Context, now time.Time) Reading {
	list, err := os.ReadDir(t.dir)
	if err != nil {
		return Reading{Words: "there is no " + t.dir}
	}
	r := Reading{There: true}
	for _, e := range list {
		if _, err := strconv.Atoi(e.Name()); err != nil {
			continue // ptmx makes new ones
		}
		info, err := os.Stat(filepath.Join(t.dir, e.Name()))
		if err != nil {
			continue // closed meanwhile
		}
		st, ok := info.Sys().(*syscall.Stat_t)
		if !ok {
			continue
		}
		at := time.Unix(st.Atim.Unix())
		if at.After(now) {
			at = now // a clock that was set back
		}
		r.Uses = append(r.Uses, Use{Who: "terminal pts/" + e.Name(), Last: &at})
	}
	return r
}

func (t terminals) close() {}
