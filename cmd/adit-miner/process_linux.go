package main

import (
	"os"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"github.com/adit-mining/adit"
)

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
