package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// usage is what a process took so far.
type usage struct {
	cpu       time.Duration
	rss, peak int // bytes
}

// usageOf reads /proc (proc_pid_stat(5), proc_pid_status(5)); USER_HZ is 100 on every Linux that Go runs on.
func usageOf(pid int) (u usage, err error) {
	if pid == 0 {
		return u, nil
	}
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return u, err
	}
	f := strings.Fields(string(b[strings.LastIndexByte(string(b), ')')+1:]))
	user, _ := strconv.Atoi(f[11])
	system, _ := strconv.Atoi(f[12])
	u.cpu = time.Duration(user+system) * 10 * time.Millisecond
	b, err = os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return u, err
	}
	for line := range strings.Lines(string(b)) {
		for name, into := range map[string]*int{"VmRSS:": &u.rss, "VmHWM:": &u.peak} {
			if v, ok := strings.CutPrefix(line, name); ok {
				kb, _ := strconv.Atoi(strings.Fields(v)[0])
				*into = kb << 10
			}
		}
	}
	return u, nil
}
