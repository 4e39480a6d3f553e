//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"syscall"
)

// The exit codes besides the command's own.
const (
	exitUsage  = 2
	exitServer = 125 // the server could not be had; as env and docker do
	exitStart  = 127 // the command could not be started
)

func main() {
	// The kernel ends the server when the thread that started it ends (Pdeathsig), so that thread must last.
	runtime.LockOSThread()
	os.Exit(run(os.Args[1:], os.Stderr))
}

func run(args []string, errOut io.Writer) int {
	if len(args) > 0 && args[0] == "--" {
		args = args[1:]
	}
	if len(args) == 0 {
		_, _ = fmt.Fprintln(errOut, "usage: withpg -- COMMAND [ARGUMENT…]")
		return exitUsage
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	server, err := start(ctx)
	if err != nil {
		_, _ = fmt.Fprintln(errOut, "withpg:", err)
		return exitServer
	}
	code := command(ctx, args, server.dsn, errOut)
	if err := server.stop(); err != nil {
		_, _ = fmt.Fprintln(errOut, "withpg: removing the server:", err)
		if code == 0 {
			code = exitServer
		}
	}
	return code
}

// command runs the command and returns its exit code, 128 + n where signal n ended it. When withpg is asked to end, the
// command is asked, too; a terminal's Ctrl-C has reached it already.
func command(ctx context.Context, args []string, dsn string, errOut io.Writer) int {
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.Env = append(os.Environ(), "ADIT_TEST_POSTGRES="+dsn)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = grace
	err := cmd.Run()
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		if status, ok := exit.Sys().(syscall.WaitStatus); ok && status.Signaled() {
			return 128 + int(status.Signal())
		}
		return exit.ExitCode()
	case err != nil && cmd.ProcessState != nil && ctx.Err() != nil:
		return 128 + int(syscall.SIGTERM)
	case err != nil:
		_, _ = fmt.Fprintln(errOut, "withpg:", err)
		return exitStart
	}
	return 0
}
