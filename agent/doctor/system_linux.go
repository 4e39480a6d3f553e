package doctor

import (
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// networks are the file systems of other computers. Source: statfs(2), f_type.
var networks = map[int64]string{0x6969: "NFS", 0x517b: "SMB", 0xff534d42: "CIFS", 0xfe534d42: "SMB2", 0x01021997: "9P", 0x00c36400: "Ceph"}

func systemDisk(dir string) (Disk, error) {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return Disk{}, err
	}
	return Disk{Free: s.Bavail * uint64(s.Bsize), Total: s.Blocks * uint64(s.Bsize), Network: networks[int64(uint32(s.Type))]}, nil
}

// systemClock asks the kernel how the clock is kept. Source: adjtimex(2): STA_UNSYNC, and STA_NANO for the unit of offset.
func systemClock() (Clock, bool) {
	var t unix.Timex
	if _, err := unix.Adjtimex(&t); err != nil {
		return Clock{}, false
	}
	unit := time.Microsecond
	if t.Status&unix.STA_NANO != 0 {
		unit = time.Nanosecond
	}
	return Clock{Synced: t.Status&unix.STA_UNSYNC == 0, Offset: time.Duration(t.Offset) * unit}, true
}

// foreign reports whether a folder belongs to another user than the one who asks.
func foreign(st os.FileInfo) bool {
	s, ok := st.Sys().(*syscall.Stat_t)
	return ok && int(s.Uid) != os.Geteuid()
}
