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
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const (
	crewMiners = 10000
	crewIdle   = 65 * time.Second // after the logins, before memory is looked at: what they took for a moment is given back then
	crewRest   = 3 * time.Second  // the same where memory is looked at only beside another's
	crewRounds = 3
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
	c := crewBench{adit: adit, load: load, dir: dir, peer: os.Getenv("XMRIG_PROXY")}
	if c.peer != "" {
		if c.peer, err = filepath.Abs(c.peer); err != nil {
			return err
		}
	}
	for _, what := range []crewCase{{sync: "default"}, {sync: "default", up: true}, {sync: "always"}} {
		f, err := c.ours(ctx, what, crewIdle)
		if err != nil {
			return err
		}
		crewRows(f, what.sync, what.up)
	}
	return c.beside(ctx)
}

// crewBench is what the runs share.
type crewBench struct {
	adit, load, dir string
	peer            string // XMRig-proxy's program, "" = not at hand
	runs            int
}

// crewCase is one way to run the coordinator: ledger.sync, and whether every share meets the pool's difficulty, too.
type crewCase struct {
	sync string
	up   bool
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

// ours runs a coordinator with a fresh data directory.
func (c *crewBench) ours(ctx context.Context, what crewCase, idle time.Duration) (f figures, err error) {
	c.runs++
	dir := filepath.Join(c.dir, fmt.Sprint("run", c.runs))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return f, err
	}
	// Everything but the hash: shares count as claimed.
	config := "shares: {validate_hashes: false}\nledger: {sync: " + what.sync + "}\n"
	if err := os.WriteFile(filepath.Join(dir, "crew.yaml"), []byte(config), 0o600); err != nil {
		return f, err
	}
	if what != (crewCase{sync: "default"}) {
		idle = crewRest
	}
	return crewRun(ctx, c.load, what.up, false, idle, func(pool, listen string) *exec.Cmd {
		return exec.CommandContext(ctx, c.adit, "coordinator", "--config", filepath.Join(dir, "crew.yaml"), "--data-dir", filepath.Join(dir, "data"),
			"--pool-address", "stratum+tcp://"+pool, "--pool-wallet", "load", "--stratum-listen", listen, "--grpc-listen", "", "--dashboard-listen", "127.0.0.1:0")
	})
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

// theirs runs XMRig-proxy the same way.
func (c *crewBench) theirs(ctx context.Context) (figures, error) {
	file := filepath.Join(c.dir, "proxy.json")
	return crewRun(ctx, c.load, false, true, crewRest, func(pool, listen string) *exec.Cmd {
		config := fmt.Sprintf(`{"mode":"nicehash","donate-level":0,"workers":true,"colors":false,"bind":["%s"],"pools":[{"url":"%s","user":"load","pass":"x"}]}`, listen, pool)
		_ = os.WriteFile(file, []byte(config), 0o600)
		cmd := exec.CommandContext(ctx, c.peer, "-c", file)
		cmd.Dir = c.dir // it writes a certificate where it stands
		return cmd
	})
}

// beside measures both in turns, so that a machine that slows down slows down both, and prints medians and their ratio. The
// budgets here are those of the absolute figures over what XMRig-proxy needed when they were made (DESIGN.md section 6).
func (c *crewBench) beside(ctx context.Context) error {
	if c.peer == "" {
		fmt.Println("XMRIG_PROXY is not set: nothing to compare with")
		return nil
	}
	var ours, theirs []figures
	for range crewRounds {
		a, err := c.ours(ctx, crewCase{sync: "default"}, crewRest)
		if err != nil {
			return err
		}
		b, err := c.theirs(ctx)
		if err != nil {
			return err
		}
		ours, theirs = append(ours, a), append(theirs, b)
	}
	fmt.Printf("\n%-44s %14s %14s\n", fmt.Sprintf("beside XMRig-proxy, %d runs in turns", crewRounds), "ours : theirs", "ratio (budget)")
	compare := func(name, form, budget string, of func(figures) float64) {
		a, b := middle(ours, of), middle(theirs, of)
		if budget != "" {
			budget = " (" + budget + ")"
		}
		row(name, fmt.Sprintf(form+" : "+form, a, b), fmt.Sprintf("%.2f%s", a/b, budget))
	}
	compare("memory just after the logins, MB", "%.0f", "", func(f figures) float64 { return float64(f.RSS) / 1e6 })
	compare("a job at the last miner, ms", "%.0f", "≤ 0.97", func(f figures) float64 { return f.JobLast })
	compare("shares/s, closed loop", "%.0f", "≥ 1.09", func(f figures) float64 { return f.PerSec })
	compare("CPU per share, µs", "%.1f", "≤ 0.95", func(f figures) float64 { return f.ShareCPU })
	compare("p99 at 4,000/s, ms", "%.2f", "ours ≤ 1 ms", func(f figures) float64 { return f.OpenP99 })
	return nil
}

// middle is the median of some runs.
func middle(runs []figures, of func(figures) float64) float64 {
	var all []float64
	for _, f := range runs {
		all = append(all, of(f))
	}
	slices.Sort(all)
	return all[len(all)/2]
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
