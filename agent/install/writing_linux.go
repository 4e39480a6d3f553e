package install

import (
	"os"

	"golang.org/x/sys/unix"
)

// beginWrite lets the disk begin with a part of a file, so that it does not wait for the file's end. What it cannot do now
// it does later.
func beginWrite(f *os.File, from, n int64) {
	_ = unix.SyncFileRange(int(f.Fd()), from, n, unix.SYNC_FILE_RANGE_WRITE)
}

// beginRead lets the disk begin with all of a file that is about to be read from its beginning.
func beginRead(f *os.File) {
	_ = unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_WILLNEED)
}
