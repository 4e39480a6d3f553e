package main

import (
	"os"
	"syscall"
)

// lock takes the file for this process alone. That somebody else has it means that the program runs twice.
func lock(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		if err := appendTo(path+".twice", "twice\n"); err != nil {
			return nil, err
		}
		os.Exit(9)
	}
	return f, nil
}

func apart(away bool) *syscall.SysProcAttr { return &syscall.SysProcAttr{Setsid: away} }
