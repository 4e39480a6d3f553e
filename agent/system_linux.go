package agent

import "golang.org/x/sys/unix"

// diskFree is what an unprivileged user may still write at path, in bytes.
func diskFree(path string) (uint64, error) {
	var s unix.Statfs_t
	if err := unix.Statfs(path, &s); err != nil {
		return 0, err
	}
	return s.Bavail * uint64(s.Bsize), nil
}

// clockSynced asks the kernel whether a time server keeps the clock right (adjtimex(2), STA_UNSYNC).
func clockSynced() (synced, known bool) {
	var t unix.Timex
	if _, err := unix.Adjtimex(&t); err != nil {
		return false, false
	}
	return t.Status&unix.STA_UNSYNC == 0, true
}
