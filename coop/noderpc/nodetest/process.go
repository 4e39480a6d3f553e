package nodetest

import (
	"context"
	"net"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// startWithin is how long a program may take until it answers on a loaded machine.
const startWithin = time.Minute

// Process is a program that runs.
type Process struct {
	cmd  *exec.Cmd
	done chan struct{} // closed when it ended
}

// Start starts a program that ends with the test, and waits until it answers. command is asked again, for other free
// ports, where another program took one of them first.
func Start(t testing.TB, command func() *exec.Cmd, answers func(context.Context) bool) *Process {
	t.Helper()
	for try := 0; ; try++ {
		p := start(t, command())
		if p.ready(answers) {
			return p
		}
		if p.Stop(); try == 2 {
			t.Fatal(filepath.Base(p.cmd.Path), "does not answer")
		}
	}
}

func start(t testing.TB, cmd *exec.Cmd) *Process {
	t.Helper()
	detach(cmd)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p := &Process{cmd, make(chan struct{})}
	go func() { defer close(p.done); _ = cmd.Wait() }()
	t.Cleanup(p.Stop)
	return p
}

// ready waits until the program answers; false where it ended.
func (p *Process) ready(answers func(context.Context) bool) bool {
	deadline := time.NewTimer(startWithin)
	defer deadline.Stop()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		ok := answers(ctx)
		cancel()
		if ok {
			return true
		}
		select {
		case <-p.done:
			return false
		case <-deadline.C:
			return false
		case <-tick.C:
		}
	}
}

// Stop ends the program now, as a power cut would not: it may say goodbye.
func (p *Process) Stop() {
	select {
	case <-p.done:
		return
	default:
	}
	terminate(p.cmd)
	select {
	case <-p.done:
	case <-time.After(10 * time.Second):
		_ = p.cmd.Process.Kill()
		<-p.done
	}
}

// FreePort is a TCP port of loopback that nobody listens on.
func FreePort(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return port
}
