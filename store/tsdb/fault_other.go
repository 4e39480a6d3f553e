//go:build !unix

package tsdb

import (
	"errors"
	"syscall"
)

// errorDiskFull is Windows' ERROR_DISK_FULL; other systems have no such number.
const errorDiskFull = syscall.Errno(112)

// diskFull reports whether an error means that no more bytes fit on the disk.
func diskFull(err error) bool { return errors.Is(err, errorDiskFull) }
