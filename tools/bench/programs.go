package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	words "github.com/adit-mining/adit"
	"github.com/adit-mining/adit/api/body"
	"github.com/adit-mining/adit/api/client"
	"github.com/adit-mining/adit/internal/address/addresstest"
)

// programCount is how many programs the budget of supervision names.
const programCount = 10

// helper lets addresstest work outside a test: nobody is paid here, the pool is practice.
type helper struct{ testing.TB }

func (helper) Helper()                   {}
func (helper) Fatal(args ...any)         { panic(fmt.Sprint(args...)) }
func (helper) Fatalf(f string, a ...any) { panic(fmt.Sprintf(f, a...)) }

// programs measures what adit and its shims cost while ten fake XMRigs mine for practice: the programs are not counted.
func programs(ctx context.Context, adit string, watched time.Duration) error {
	dir, err := os.MkdirTemp("", "adit-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	// Practice takes the adit-miner beside adit to check shares: here that is the fake one.
	if b, err := os.ReadFile(adit); err != nil {
		return err
	} else if err := os.WriteFile(filepath.Join(dir, "adit"), b, 0o755); err != nil {
		return err
	}
	adit = filepath.Join(dir, "adit")
	for name, source := range map[string]string{"fakexmrig": "fakexmrig", "adit-miner": "fakeminer"} {
		build := exec.CommandContext(ctx, "go", "build", "-o", filepath.Join(dir, name), "./test/"+source)
		build.Stderr = os.Stderr
		if err := build.Run(); err != nil {
			return fmt.Errorf("building %s: %w", name, err)
		}
	}
	pool, end, err := practicePool(ctx, adit, dir)
	if err != nil {
		return err
	}
	defer end()
	data := filepath.Join(dir, "data")
	up := exec.CommandContext(ctx, adit, "up", "--listen", "127.0.0.1:0", "--data-dir", data, "--yes-i-own-this-machine")
	up.Env = append(os.Environ(), "ADIT_XMRIG="+filepath.Join(dir, "fakexmrig"))
	up.Cancel = func() error { return up.Process.Signal(syscall.SIGTERM) }
	if err := up.Start(); err != nil {
		return err
	}
	defer func() {
		_ = up.Process.Signal(syscall.SIGTERM)
		_ = up.Wait()
	}()
	if err := startPrograms(ctx, data, pool); err != nil {
		return err
	}
	if err := wait(ctx, 20*time.Second); err != nil { // let the start's work settle
		return err
	}
	pids := append(shims(dir), up.Process.Pid)
	if len(pids) != programCount+1 {
		return fmt.Errorf("%d shims run, not %d", len(pids)-1, programCount)
	}
	before, err := cpuOf(pids)
	if err != nil {
		return err
	}
	if err := wait(ctx, watched); err != nil {
		return err
	}
	after, err := cpuOf(pids)
	if err != nil {
		return err
	}
	row(fmt.Sprintf("%d programs supervised, CPU", programCount), fmt.Sprintf("%.2f %%", 100*(after-before).Seconds()/watched.Seconds()), "≤ 1 %")
	return nil
}

// practicePool serves practice with a fake hash, and returns its address.
func practicePool(ctx context.Context, adit, dir string) (url string, end func(), err error) {
	cmd := exec.CommandContext(ctx, adit, "practice", "--listen", "127.0.0.1:0", "--data-dir", filepath.Join(dir, "practice"))
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	said, err := cmd.StdoutPipe()
	if err != nil {
		return "", nil, err
	}
	if err := cmd.Start(); err != nil {
		return "", nil, err
	}
	end = func() { _ = cmd.Process.Signal(syscall.SIGTERM); _ = cmd.Wait() }
	lines := bufio.NewScanner(said)
	for lines.Scan() {
		if _, at, ok := strings.Cut(lines.Text(), "stratum+tcp://"); ok {
			return "stratum+tcp://" + strings.Fields(at)[0], end, nil
		}
	}
	end()
	return "", nil, fmt.Errorf("adit practice named no address")
}

func startPrograms(ctx context.Context, data, pool string) error {
	url, err := runtimeURL(ctx, filepath.Join(data, "runtime.json"), "/ready", 20*time.Second)
	if err != nil {
		return err
	}
	token, err := os.ReadFile(filepath.Join(data, "token"))
	if err != nil {
		return err
	}
	c, err := client.New(url, strings.TrimSpace(string(token)))
	if err != nil {
		return err
	}
	wallet := addresstest.Monero(helper{})
	for i := range programCount {
		name := "bench-" + strconv.Itoa(i)
		_, err := c.Start(ctx, "xmrig", body.Config{Name: name, Pool: pool, Wallet: wallet})
		for range 100 { // the flag's consent is recorded a moment after the hub is ready
			if words.CodeOf(err) != words.NoConsent {
				break
			}
			if err := wait(ctx, 100*time.Millisecond); err != nil {
				return err
			}
			_, err = c.Start(ctx, "xmrig", body.Config{Name: name, Pool: pool, Wallet: wallet})
		}
		if err != nil {
			return fmt.Errorf("starting %s: %w", name, err)
		}
	}
	return nil
}

// shims are the processes of this bench that keep programs.
func shims(dir string) (pids []int) {
	list, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, f := range list {
		b, err := os.ReadFile(f)
		if err != nil || !strings.Contains(string(b), "\x00shim\x00") || !strings.Contains(string(b), dir) {
			continue
		}
		if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(f))); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids
}

func cpuOf(pids []int) (sum time.Duration, err error) {
	for _, pid := range pids {
		d, err := cpu(pid)
		if err != nil {
			return 0, err
		}
		sum += d
	}
	return sum, nil
}
