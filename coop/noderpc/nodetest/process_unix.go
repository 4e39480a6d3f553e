//go:build unix

package nodetest

import (
	"os/exec"
	"syscall"
)

// detach keeps the program's group apart, so that a Ctrl-C at the tests reaches the tests first.
func detach(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

func terminate(cmd *exec.Cmd) { _ = cmd.Process.Signal(syscall.SIGTERM) }
