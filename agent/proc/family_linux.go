package proc

import (
	"context"
	"errors"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// A program may start others. They belong to it while they are in its session, carry its mark, or were handed to the
// shim when their parent ended (the shim is a subreaper and has no other children).

// family lists what the program started and what still lives, without the program itself.
func (r *run) family() []ident {
	var out []ident
	boot, me := r.proc.bootID(), os.Getpid()
	for _, s := range r.proc.all() {
		switch {
		case s.dead() || s.PID == r.id.PID || s.PID == me:
		case s.Session == r.id.PID, s.PPID == me, r.proc.marked(s.PID, r.marker):
			out = append(out, ident{PID: s.PID, Start: s.Start, Boot: boot})
		}
	}
	return out
}

// terminate asks the program and all it started to end.
func (r *run) terminate() {
	r.signal(syscall.SIGTERM)
	for _, id := range r.family() {
		_ = terminateIdent(r.proc, id) // gone, or ended by kill later
	}
}

func (r *run) kill() {
	r.signal(syscall.SIGKILL)
	for _, id := range r.family() {
		_ = killIdent(r.proc, id) // tried again until it has gone
	}
}

// signal reaches the program only while its PID is surely its own.
func (r *run) signal(sig syscall.Signal) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.reaped {
		_ = r.process.Signal(sig) // through a pidfd where the kernel has them; gone is fine
	}
}

// sweep ends the family after the program has ended.
func (r *run) sweep() {
	deadline := time.Now().Add(sweepPatience)
	for time.Now().Before(deadline) {
		left := r.family()
		for _, id := range left {
			_ = killIdent(r.proc, id)
		}
		bury()
		if len(left) == 0 {
			return
		}
		_ = pause(context.Background(), 5*time.Millisecond) // the kernel tells nobody when another's child ends
	}
}

// tidy buries processes that were handed to the shim and have ended while the program runs on.
func (f *forge) tidy() {
	me := os.Getpid()
	for _, s := range (procfs{"/"}).all() {
		if s.PPID == me && s.dead() && s.PID != f.current {
			_, _ = unix.Wait4(s.PID, nil, unix.WNOHANG, nil)
		}
	}
}

// bury takes the exit status of every child that has ended; called when the program's own has been taken.
func bury() {
	for {
		pid, err := unix.Wait4(-1, nil, unix.WNOHANG, nil)
		if pid <= 0 && !errors.Is(err, unix.EINTR) {
			return
		}
	}
}
