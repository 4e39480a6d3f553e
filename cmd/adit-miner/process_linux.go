package main

import (
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/pow/randomx"
)

// withTunable starts this program anew in the same process (PID and start time stay) with the malloc tunable that
// gives caches and scratchpads transparent huge pages: glibc reads it only at the start. It returns when there is
// nothing to do or it cannot be done, which costs speed only.
func withTunable() {
	const key = "GLIBC_TUNABLES"
	name, _, _ := strings.Cut(randomx.Tunable, "=")
	was := os.Getenv(key)
	if !randomx.Available || strings.Contains(was, name) {
		return
	}
	exe, err := os.Executable()
	if err != nil {
		return
	}
	value := randomx.Tunable
	if was != "" {
		value = was + ":" + value
	}
	if os.Setenv(key, value) != nil || os.Getenv(key) != value {
		return
	}
	unix.Exec(exe, os.Args, os.Environ())
}

// setNice makes the whole process nicer: every thread there is, and so those they will start.
func setNice(nice int) error {
	if nice == 0 {
		return nil
	}
	if nice < -20 || nice > 19 {
		return adit.InvalidField("nice", "%d is not between -20 and 19", nice)
	}
	for range 2 { // a thread may be born while the list is read
		tasks, err := os.ReadDir("/proc/self/task")
		if err != nil {
			return adit.Errorf(adit.Unsupported, "nice: %w", err)
		}
		for _, t := range tasks {
			id, err := strconv.Atoi(t.Name())
			if err != nil {
				continue
			}
			if err := unix.Setpriority(unix.PRIO_PROCESS, id, nice); err != nil && err != unix.ESRCH {
				return adit.Errorf(adit.Refused, "nice %d: %w", nice, err)
			}
		}
	}
	return nil
}

// cpuTime is what this process has used of the processors so far.
func cpuTime() time.Duration {
	var u unix.Rusage
	if unix.Getrusage(unix.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
