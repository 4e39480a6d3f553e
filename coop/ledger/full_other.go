//go:build !unix

package ledger

import (
	"errors"
	"syscall"
)

// errDiskFull is Windows' ERROR_DISK_FULL.
const errDiskFull = syscall.Errno(112)

func diskFull(err error) bool { return errors.Is(err, errDiskFull) || errors.Is(err, syscall.ENOSPC) }
