package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// clockTick is the kernel's USER_HZ: /proc counts CPU time in hundredths of a second on every Linux that Go runs on.
const clockTick = 100

// house starts an idle adit on a data directory of its own and measures its start, memory and CPU time.
func house(ctx context.Context, adit string, idle time.Duration) error {
	dir, err := os.MkdirTemp("", "adit-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	cmd := exec.CommandContext(ctx, adit, "up", "--listen", "127.0.0.1:0", "--data-dir", filepath.Join(dir, "data"))
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	said, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	started := time.Now()
	if err := cmd.Start(); err != nil {
		return err
	}
	defer func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
	}()
	if err := answers(ctx, filepath.Join(dir, "data", "runtime.json"), 20*time.Second); err != nil {
		return err
	}
	row("adit up answers HTTP", fmt.Sprintf("%.2f s", time.Since(started).Seconds()), "≤ 1 s")
	link, err := firstLink(said)
	if err != nil {
		return err
	}
	if err := interactive(ctx, link); err != nil {
		return err
	}

	if err := wait(ctx, 15*time.Second); err != nil { // let the start's work settle
		return err
	}
	before, err := cpu(cmd.Process.Pid)
	if err != nil {
		return err
	}
	if err := wait(ctx, idle); err != nil {
		return err
	}
	after, err := cpu(cmd.Process.Pid)
	if err != nil {
		return err
	}
	rss, err := resident(cmd.Process.Pid)
	if err != nil {
		return err
	}
	row("hub + agent idle, memory", fmt.Sprintf("%.0f MB", float64(rss)/1e6), "≤ 80 MB")
	row("hub + agent idle, CPU", fmt.Sprintf("%.2f %%", 100*(after-before).Seconds()/idle.Seconds()), "≤ 0.5 %")
	return nil
}

// firstLink reads what adit prints up to its one-time link, and goes on reading so that adit never waits.
func firstLink(r io.Reader) (string, error) {
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		if link := linkRE.FindString(lines.Text()); link != "" {
			go func() { _, _ = io.Copy(io.Discard, r) }()
			return link, nil
		}
	}
	return "", fmt.Errorf("adit up printed no link")
}

var linkRE = regexp.MustCompile(`http://127\.0\.0\.1:\d+/#token=\S+`)

// interactive opens the link in a fresh browser and prints when the page is live and takes clicks.
func interactive(ctx context.Context, link string) error {
	cmd := exec.CommandContext(ctx, "node", "e2e/interactive.mjs", link)
	cmd.Dir, cmd.Stderr = "ui", os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("the browser: %w", err)
	}
	row("page interactive", strings.TrimSpace(string(out))+" ms", "≤ 1500 ms")
	return nil
}

// answers polls until the server named in the runtime file says it is healthy.
func answers(ctx context.Context, runtime string, within time.Duration) error {
	_, err := runtimeURL(ctx, runtime, "/health", within)
	return err
}

// runtimeURL is where the server named in the runtime file listens, once it answers path with 200.
func runtimeURL(ctx context.Context, runtime, path string, within time.Duration) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	for {
		var r struct {
			URL string `json:"url"`
		}
		if b, err := os.ReadFile(runtime); err == nil && json.Unmarshal(b, &r) == nil {
			req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.URL+path, nil)
			if err != nil {
				return "", err
			}
			if res, err := http.DefaultClient.Do(req); err == nil {
				res.Body.Close()
				if res.StatusCode == http.StatusOK {
					return r.URL, nil
				}
			}
		}
		if err := wait(ctx, 5*time.Millisecond); err != nil {
			return "", fmt.Errorf("adit up did not answer: %w", err)
		}
	}
}

func wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// cpu is user and system time of a process: fields 14 and 15 of /proc/PID/stat (proc_pid_stat(5)).
func cpu(pid int) (time.Duration, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	f := strings.Fields(string(b[strings.LastIndexByte(string(b), ')')+1:]))
	user, err := strconv.Atoi(f[11])
	if err != nil {
		return 0, err
	}
	system, err := strconv.Atoi(f[12])
	return time.Duration(user+system) * time.Second / clockTick, err
}

// resident is VmRSS in bytes.
func resident(pid int) (int, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(b)) {
		if v, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kb, err := strconv.Atoi(strings.Fields(v)[0])
			return kb << 10, err
		}
	}
	return 0, fmt.Errorf("no VmRSS for process %d", pid)
}
