//go:build !linux

package doctor

import (
	"errors"
	"os"
)

func systemDisk(string) (Disk, error) { return Disk{}, errors.ErrUnsupported }

func systemClock() (Clock, bool) { return Clock{}, false }

func foreign(os.FileInfo) bool { return false }
