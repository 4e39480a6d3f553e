package install

import (
	"errors"
	"fmt"
	"syscall"

	"github.com/adit-mining/adit"
)

// isFull reports whether an error says that a disk, or the owner's share of it, is full.
func isFull(err error) bool { return errors.Is(err, syscall.ENOSPC) || errors.Is(err, errQuota) }

// diskError puts an error of writing into words.
func diskError(what string, err error) error {
	if isFull(err) {
		return &adit.Error{Code: adit.Refused, Msg: fmt.Sprintf("the disk is full: %s cannot be written. Nothing was installed; make room and try again", what), Err: err}
	}
	return adit.Errorf(adit.Internal, "%s cannot be written: %w", what, err)
}

// checkRoom refuses where a folder's disk has less than need free beside a reserve; a system that cannot tell lets it pass.
func checkRoom(dir string, need, reserve int64) error {
	free, ok := freeBytes(dir)
	if !ok || free >= need+reserve {
		return nil
	}
	return adit.Errorf(adit.Refused, "the disk has %s free, and %s are needed: make room and try again", mib(free), mib(need+reserve))
}

func mib(n int64) string { return fmt.Sprintf("%.0f MiB", float64(n)/(1<<20)) }
