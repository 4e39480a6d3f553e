//go:build !linux

package proc

import (
	"context"
	"fmt"
	"net"
	"os"
	"runtime"

	"github.com/adit-mining/adit"
)

// Shims need Linux's process groups, parent-death signals and /proc; elsewhere nothing is started and that is said.

func supported() error {
	return adit.Errorf(adit.Unsupported, "running mining programs is not supported on this platform (%s): use Linux", runtime.GOOS)
}

// RunShim is not supported on this platform.
func RunShim(_ context.Context, _ string) int {
	fmt.Fprintln(os.Stderr, supported())
	return 1
}

func tryLock(string) (func(), bool, error)                              { return nil, false, supported() }
func killIdent(procfs, ident) error                                     { return supported() }
func terminateIdent(procfs, ident) error                                { return supported() }
func dialUnix(context.Context, string) (net.Conn, error)                { return nil, supported() }
func peerPID(net.Conn) int                                              { return 0 }
func spawnShim(string, []string, string, *os.File) (*os.Process, error) { return nil, supported() }
