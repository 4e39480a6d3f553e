//go:build e2e && linux

package e2e

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

var linkRE = regexp.MustCompile(`http://127\.0\.0\.1:\d+/#token=[A-Za-z0-9_-]+`)

// TestMakeRun starts `make run` without a terminal, so that it waits for consent, and lets a browser give it.
func TestMakeRun(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	data := t.TempDir()
	started := time.Now()
	run := startMakeRun(t, root, data)
	link := run.waitForLink(t, 5*time.Minute)
	t.Logf("link after %s", time.Since(started).Round(time.Millisecond))

	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	defer cancel()
	browser := exec.CommandContext(ctx, "npm", "run", "--silent", "e2e:real")
	browser.Dir = filepath.Join(root, "ui")
	browser.Env = append(os.Environ(), "ADIT_E2E_URL="+link)
	out, err := browser.CombinedOutput()
	t.Logf("browser:\n%s", out)
	if err != nil {
		t.Fatalf("the browser's test failed: %v\nadit said:\n%s", err, run.output())
	}

	run.interrupt(t, 5*time.Second)
	if left := processesUnder(t, data); len(left) > 0 {
		t.Errorf("left behind after Ctrl-C: %q", left)
	}
}

// makeRun is a running `make run` with what it printed so far.
type makeRun struct {
	cmd   *exec.Cmd
	lines chan string
	said  []string
	ended chan struct{} // closed when make has ended
}

func startMakeRun(t *testing.T, root, data string) *makeRun {
	t.Helper()
	cmd := exec.Command("make", "--no-print-directory", "run", "LISTEN="+freePort(t))
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "XDG_DATA_HOME="+data)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // a terminal's Ctrl-C reaches the whole group
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdout, cmd.Stderr = w, w
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	w.Close()
	m := &makeRun{cmd: cmd, lines: make(chan string, 1024), ended: make(chan struct{})}
	go m.read(r)
	go func() { defer close(m.ended); _ = cmd.Wait() }()
	t.Cleanup(func() { m.sweep(t, data) })
	return m
}

// sweep ends what a failed test leaves: shims are in sessions of their own, so the group's end is not enough.
func (m *makeRun) sweep(t *testing.T, data string) {
	_ = syscall.Kill(-m.cmd.Process.Pid, syscall.SIGINT)
	select {
	case <-m.ended:
	case <-time.After(10 * time.Second):
		_ = syscall.Kill(-m.cmd.Process.Pid, syscall.SIGKILL)
		<-m.ended
	}
	for _, left := range processesUnder(t, data) {
		if pid, err := strconv.Atoi(strings.Split(left, "/")[2]); err == nil {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	}
}

func (m *makeRun) read(r io.ReadCloser) {
	defer r.Close()
	defer close(m.lines)
	for s := bufio.NewScanner(r); s.Scan(); {
		select {
		case m.lines <- s.Text():
		default: // nobody reads any more; never block adit
		}
	}
}

func (m *makeRun) waitForLink(t *testing.T, within time.Duration) string {
	t.Helper()
	late := time.After(within)
	for {
		select {
		case line, ok := <-m.lines:
			if !ok {
				t.Fatalf("make run ended early:\n%s", m.output())
			}
			m.said = append(m.said, line)
			if link := linkRE.FindString(line); link != "" {
				return link
			}
		case <-late:
			t.Fatalf("no link within %s:\n%s", within, m.output())
		}
	}
}

func (m *makeRun) output() string {
	for {
		select {
		case line, ok := <-m.lines:
			if !ok {
				return strings.Join(m.said, "\n")
			}
			m.said = append(m.said, line)
		default:
			return strings.Join(m.said, "\n")
		}
	}
}

func (m *makeRun) interrupt(t *testing.T, within time.Duration) {
	t.Helper()
	asked := time.Now()
	if err := syscall.Kill(-m.cmd.Process.Pid, syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	select {
	case <-m.ended:
		t.Logf("ended %s after Ctrl-C", time.Since(asked).Round(time.Millisecond))
	case <-time.After(within):
		t.Errorf("still running %s after Ctrl-C:\n%s", within, m.output())
	}
}

// processesUnder lists processes whose command line names the folder.
func processesUnder(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	var left []string
	for _, f := range files {
		if b, err := os.ReadFile(f); err == nil && strings.Contains(string(b), dir) {
			left = append(left, fmt.Sprintf("%s %s", f, strings.ReplaceAll(string(b), "\x00", " ")))
		}
	}
	return left
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
