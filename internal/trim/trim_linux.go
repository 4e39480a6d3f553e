package trim

import (
	"bufio"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// unmap drops the clean, unwritable mappings of the executable (MADV_DONTNEED: a later access maps the page again).
func unmap() {
	self, err := os.Readlink("/proc/self/exe")
	if err != nil {
		return
	}
	f, err := os.Open("/proc/self/maps")
	if err != nil {
		return
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		start, size, ok := clean(lines.Text(), self)
		if ok {
			_, _, _ = unix.Syscall(unix.SYS_MADVISE, start, size, unix.MADV_DONTNEED)
		}
	}
}

// clean reads a line of maps (proc_pid_maps(5)): a mapping of the file that was never writable.
func clean(line, file string) (start, size uintptr, ok bool) {
	f := strings.Fields(line)
	if len(f) < 6 || strings.Join(f[5:], " ") != file || f[1] != "r-xp" && f[1] != "r--p" {
		return 0, 0, false
	}
	from, to, ok := strings.Cut(f[0], "-")
	a, err := strconv.ParseUint(from, 16, 64)
	b, err2 := strconv.ParseUint(to, 16, 64)
	if !ok || err != nil || err2 != nil || b <= a || b > uint64(^uintptr(0)) {
		return 0, 0, false
	}
	return uintptr(a), uintptr(b - a), true
}
