//go:build !linux

package main

import (
	"errors"
	"os"
	"syscall"
)

func lock(string) (*os.File, error) {
	return nil, errors.New("-only is not supported on this platform")
}

func apart(bool) *syscall.SysProcAttr { return nil }
