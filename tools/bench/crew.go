package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const (
	crewMiners = 10000
	crewIdle   = 65 * time.Second // after the logins, before memory is looked at: what they took for a moment is given back then
)

// crew measures `adit coordinator` under 10,000 Stratum miners: pool, coordinator and miners are processes of their own on
// loopback. A fresh network namespace (unshare -n, ip link set lo up) keeps other connections away.
func crew(ctx context.Context, adit string) error {
	dir, err := os.MkdirTemp("", "adit-bench-crew-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	load := filepath.Join(dir, "load")
	if out, err := exec.CommandContext(ctx, "go", "build", "-o", load, "./tools/load").CombinedOutput(); err != nil {
		return fmt.Errorf("building tools/load: %w\n%s", err, out)
	}
	if adit, err = filepath.Abs(adit); err != nil {
		return err
	}
	fmt.Printf("\n%-44s %14s %14s\n", fmt.Sprintf("coordinator, %d Stratum miners", crewMiners), "measured", "budget")
	for _, sync := range []string{"default", "always"} {
		if err := crewOnce(ctx, adit, load, filepath.Join(dir, sync), sync); err != nil {
			return err
		}
	}
	if other := os.Getenv("XMRIG_PROXY"); other != "" {
		return crewPeer(ctx, other, load, filepath.Join(dir, "peer"))
	}
	return nil
}

// figures is what tools/load prints.
type figures struct {
	LoginSeconds float64 `json:"login_s"`
	RSSBefore    int     `json:"rss_before"`
	RSS          int     `json:"rss"`
	Peak         int     `json:"rss_peak"`
	JobMedian    float64 `json:"job_median_ms"`
	JobLast      float64 `json:"job_last_ms"`
	PerSec       float64 `json:"shares_per_s"`
	ShareCPU     float64 `json:"share_cpu_us"`
	OpenP50      float64 `json:"open_p50_ms"`
	OpenP99      float64 `json:"open_p99_ms"`
	Storm        float64 `json:"storm_s"`
	Refused      int     `json:"refused"`
	Dropped      int     `json:"dropped"`
}

// crewOnce runs one coordinator; sync is ledger.sync.
func crewOnce(ctx context.Context, adit, load, dir, sync string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	// Everything but the hash: shares count as claimed.
	config := "shares: {validate_hashes: false}\nledger: {sync: " + sync + "}\n"
	if err := os.WriteFile(filepath.Join(dir, "crew.yaml"), []byte(config), 0o600); err != nil {
		return err
	}
	for _, up := range []bool{false, true} {
		if up && sync == "always" {
			continue
		}
		idle := 3 * time.Second
		if sync == "default" && !up {
			idle = crewIdle
		}
		f, err := crewRun(ctx, load, up, false, idle, func(pool, listen string) *exec.Cmd {
			return exec.CommandContext(ctx, adit, "coordinator", "--config", filepath.Join(dir, "crew.yaml"), "--data-dir", filepath.Join(dir, fmt.Sprint("data-", up)),
				"--pool-address", "stratum+tcp://"+pool, "--pool-wallet", "load", "--stratum-listen", listen, "--grpc-listen", "", "--dashboard-listen", "127.0.0.1:0")
		})
		if err != nil {
			return err
		}
		crewRows(f, sync, up)
	}
	return nil
}

// crewRows prints one run. Only the first, with the default ledger and shares that stay here, has budgets.
func crewRows(f figures, sync string, up bool) {
	name := "sync: " + sync
	if up {
		name = "every share goes up"
	}
	budget := func(s string) string {
		if sync != "default" || up {
			return ""
		}
		return s
	}
	mb := func(n int) string { return fmt.Sprintf("%.0f MB", float64(n)/1e6) }
	if !up && sync == "default" {
		row("memory before, and a minute after all came", mb(f.RSSBefore)+" "+mb(f.RSS), "≤ 60 MB")
		row("memory at most", mb(f.Peak), "")
		row("all log in, 200 at a time", fmt.Sprintf("%.2f s", f.LoginSeconds), "")
		row("all come back at once", fmt.Sprintf("%.2f s", f.Storm), "")
		row("a job at the median miner", fmt.Sprintf("%.0f ms", f.JobMedian), "")
		row("a job at the last miner", fmt.Sprintf("%.0f ms", f.JobLast), "≤ 95 ms")
	}
	row("shares, closed loop, "+name, fmt.Sprintf("%.0f/s", f.PerSec), budget("≥ 60,000/s"))
	row("CPU per share, "+name, fmt.Sprintf("%.1f µs", f.ShareCPU), budget("≤ 13 µs"))
	row("p50, p99 at 4,000/s, "+name, fmt.Sprintf("%.2f %.2f ms", f.OpenP50, f.OpenP99), budget("p99 ≤ 1 ms"))
	if f.Refused+f.Dropped > 0 {
		row("refused, dropped, "+name, fmt.Sprintf("%d %d", f.Refused, f.Dropped), "0 0")
	}
}

// crewPeer measures XMRig-proxy (the program that XMRIG_PROXY names) the same way.
func crewPeer(ctx context.Context, proxy, load, dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := crewRun(ctx, load, false, true, 3*time.Second, func(pool, listen string) *exec.Cmd {
		config := fmt.Sprintf(`{"mode":"nicehash","donate-level":0,"workers":true,"colors":false,"bind":["%s"],"pools":[{"url":"%s","user":"load","pass":"x"}]}`, listen, pool)
		file := filepath.Join(dir, "config.json")
		_ = os.WriteFile(file, []byte(config), 0o600)
		return exec.CommandContext(ctx, proxy, "-c", file)
	})
	if err != nil {
		return err
	}
	row("XMRig-proxy: memory", fmt.Sprintf("%.0f MB", float64(f.RSS)/1e6), "")
	row("XMRig-proxy: a job at the last miner", fmt.Sprintf("%.0f ms", f.JobLast), "")
	row("XMRig-proxy: shares, closed loop", fmt.Sprintf("%.0f/s", f.PerSec), "")
	row("XMRig-proxy: CPU per share", fmt.Sprintf("%.1f µs", f.ShareCPU), "")
	row("XMRig-proxy: p99 at 4,000/s", fmt.Sprintf("%.2f ms", f.OpenP99), "")
	return nil
}

// crewRun starts pool, server and miners, and returns what the miners saw.
func crewRun(ctx context.Context, load string, up, peer bool, idle time.Duration, server func(pool, listen string) *exec.Cmd) (f figures, err error) {
	ports, err := freePorts(3)
	if err != nil {
		return f, err
	}
	pool := exec.CommandContext(ctx, load, "pool", "-listen", ports[0], "-control", ports[1])
	if peer { // a proxy has no difficulty of its own: every share is good enough for the pool, and goes up
		pool.Args = append(pool.Args, "-difficulty", "100000")
	}
	if err := pool.Start(); err != nil {
		return f, err
	}
	defer end(pool)
	if err := reachable(ctx, ports[0]); err != nil {
		return f, err
	}
	s := server(ports[0], ports[2])
	s.Stderr = os.Stderr
	if err := s.Start(); err != nil {
		return f, err
	}
	defer end(s)
	if err := reachable(ctx, ports[2]); err != nil {
		return f, err
	}
	if err := wait(ctx, 3*time.Second); err != nil { // let the start's work settle
		return f, err
	}
	args := []string{"miners", "-connect", ports[2], "-control", ports[1], "-pid", strconv.Itoa(s.Process.Pid), "-n", strconv.Itoa(crewMiners), "-idle", idle.String(), "-storm"}
	if up {
		args = append(args, "-up")
	}
	if peer {
		args = append(args, "-difficulty", "0")
	}
	miners := exec.CommandContext(ctx, load, args...)
	miners.Stderr = os.Stderr
	out, err := miners.Output()
	if err != nil {
		return f, fmt.Errorf("the miners: %w", err)
	}
	return f, json.Unmarshal(out, &f)
}

func end(cmd *exec.Cmd) {
	_ = cmd.Process.Signal(syscall.SIGTERM)
	_ = cmd.Wait()
}

// freePorts are addresses of loopback that nobody has now.
func freePorts(n int) (all []string, err error) {
	for range n {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer ln.Close()
		all = append(all, ln.Addr().String())
	}
	return all, nil
}

func reachable(ctx context.Context, address string) error {
	for range 200 {
		c, err := net.Dial("tcp", address)
		if err == nil {
			return c.Close()
		}
		if err := wait(ctx, 50*time.Millisecond); err != nil {
			return err
		}
	}
	return errors.New("nobody listens on " + strings.TrimSpace(address))
}
