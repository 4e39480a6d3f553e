//go:build unix

package ledger

import (
	"errors"
	"syscall"
)

// diskFull reports whether an error means that no more bytes fit: the disk, the quota or the file size limit.
func diskFull(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || errors.Is(err, syscall.EFBIG)
}
