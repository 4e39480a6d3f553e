package install

import "golang.org/x/sys/unix"

// freeBytes is what this user may still write on the disk of a folder; ok is false where it cannot be told.
func freeBytes(dir string) (n int64, ok bool) {
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil {
		return 0, false
	}
	return int64(min(st.Bavail, 1<<50/uint64(max(st.Bsize, 1)))) * st.Bsize, true
}
