package proc

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/adit-mining/adit/internal/smallfile"
)

// Turn is how a program's threads got on the processors since it started. Source: Linux,
// Documentation/scheduler/sched-stats.rst, "/proc/<pid>/schedstat", which every thread has under task/ too: nanoseconds
// on a processor, nanoseconds waiting in a run queue, number of turns.
type Turn struct {
	Ran    time.Duration // on a processor, all threads together
	Waited time.Duration // ready to run, while others ran
}

// ReadTurn reads it below the file system root; false where the system does not say.
func ReadTurn(root string, pid int) (t Turn, ok bool) {
	for _, thread := range threadDirs(filepath.Join(root, "proc", strconv.Itoa(pid), "task")) {
		b, err := smallfile.Read(filepath.Join(thread, "schedstat"), 128)
		if err != nil {
			continue // the thread has ended
		}
		f := strings.Fields(string(b))
		if len(f) < 2 {
			continue
		}
		ran, err1 := strconv.ParseInt(f[0], 10, 64)
		waited, err2 := strconv.ParseInt(f[1], 10, 64)
		if err1 == nil && err2 == nil {
			t.Ran, t.Waited, ok = t.Ran+time.Duration(ran), t.Waited+time.Duration(waited), true
		}
	}
	return t, ok
}

// threadDirs are the folders of a process's threads; none where it has ended.
func threadDirs(task string) []string {
	d, err := os.Open(task)
	if err != nil {
		return nil
	}
	defer d.Close()
	names, _ := d.Readdirnames(-1)
	for i, n := range names {
		names[i] = filepath.Join(task, n)
	}
	return names
}

// Crowded reports whether a program that stood at before a time ago was kept from working by others: it wanted a
// processor for at least half of that time, and got less than half of what it wanted. One that rests or hangs wants
// none.
func (t Turn) Crowded(before Turn, ago time.Duration) bool {
	ran, waited := t.Ran-before.Ran, t.Waited-before.Waited
	if ran < 0 || waited < 0 || ago <= 0 { // threads that ended took their numbers with them
		return false
	}
	return ran+waited >= ago/2 && waited > ran
}
