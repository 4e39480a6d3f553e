package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/api/body"
	"github.com/adit-mining/adit/api/client"
	"github.com/adit-mining/adit/cmd/adit/app"
	"github.com/adit-mining/adit/internal/minerpath"
)

func (c *cli) benchCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "bench",
		Short:   "Measure how fast this computer hashes",
		GroupID: "look",
		Args:    noSuchCommand,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return usageError(cmd, "name what to measure: adit bench randomx")
		},
	}
	cmd.AddCommand(c.benchRandomX())
	return cmd
}

// benchFlags are the flags of `adit bench randomx`.
type benchFlags struct {
	threads int
	length  time.Duration
	light   bool
	check   bool
}

func (c *cli) benchRandomX() *cobra.Command {
	var f benchFlags
	cmd := &cobra.Command{
		Use:   "randomx",
		Short: "Measure RandomX, what Monero hashes with",
		Long: `Measure RandomX on this computer with adit-miner. No pool, no network, nothing is earned.
The first seconds go into building the dataset (2 GiB of memory); --light measures without it.

This keeps the processor busy while it runs; stop mining first (adit pause) for a true figure.`,
		Example: `  adit bench randomx
  adit bench randomx --threads 4 --time 1m
  adit bench randomx --check      # hash 20,000 nonces and compare with the published sum`,
		Args: takes(0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			args, err := f.args(cmd)
			if err != nil {
				return err
			}
			path, err := minerpath.Find(c.self)
			if err != nil {
				return app.WithHint(err, "", "adit doctor")
			}
			return c.runBench(cmd, path, args)
		},
	}
	fl := cmd.Flags()
	fl.IntVar(&f.threads, "threads", 0, "`number` of threads (default: as many as fit the processor's cache)")
	fl.DurationVar(&f.length, "time", 20*time.Second, "how `long` to measure")
	fl.BoolVar(&f.light, "light", false, "measure light mode: 256 MiB instead of 2 GiB, many times slower")
	fl.BoolVar(&f.check, "check", false, "hash 20,000 nonces instead and compare with the published sum")
	return cmd
}

func (f benchFlags) args(cmd *cobra.Command) ([]string, error) {
	switch {
	case cmd.Flags().Changed("threads") && (f.threads < 1 || f.threads > 1024):
		return nil, usageError(cmd, "--threads %d: use 1 to 1024, or leave it out for the best number", f.threads)
	case f.length < time.Second || f.length > 24*time.Hour:
		return nil, usageError(cmd, "--time %v: use 1s to 24h", f.length)
	case f.check && cmd.Flags().Changed("time"):
		return nil, usageError(cmd, "--time and --check exclude each other: --check measures a fixed piece of work")
	}
	args := []string{"bench", "--threads", strconv.Itoa(f.threads)}
	if f.light {
		args = append(args, "--mode", "light")
	}
	if f.check {
		return append(args, "--check", "--nonces", "20000"), nil
	}
	return append(args, "--seconds", f.length.String()), nil
}

// benchResult is the part of adit-miner's answer that people are shown.
type benchResult struct {
	Mode      string   `json:"mode"`
	Threads   int      `json:"threads"`
	Nonces    uint64   `json:"nonces"`
	Seconds   float64  `json:"seconds"`
	Hashrate  float64  `json:"hashrate"`
	Check     string   `json:"check,omitempty"`
	Dataset   *float64 `json:"datasetSeconds"`
	HugePages []int    `json:"hugepages"`
	RSS       *float64 `json:"rss"`
	Library   string   `json:"library"`
}

func (c *cli) runBench(cmd *cobra.Command, path string, args []string) error {
	ctx, stop := signal.NotifyContext(cmd.Context(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	var out bytes.Buffer
	run := exec.CommandContext(ctx, path, args...)
	run.Stdout, run.Stderr = &out, c.err
	run.Cancel = func() error { return run.Process.Signal(os.Interrupt) }
	run.WaitDelay = 5 * time.Second
	err := run.Run()
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return silent(130) // Ctrl-C
	case errors.As(err, &exit):
		return silent(exitError) // it has said why
	case err != nil:
		return err
	}
	var r benchResult
	if err := json.Unmarshal(out.Bytes(), &r); err != nil {
		return adit.Errorf(adit.Internal, "the answer of adit-miner cannot be read; is it of this version? %w", err)
	}
	c.noteBench(cmd.Context(), r)
	return c.answer(json.RawMessage(out.Bytes()), func() { c.printBench(r) })
}

// noteBench tells the adit that runs here what this computer can do, for its estimates; nobody misses it elsewhere.
func (c *cli) noteBench(ctx context.Context, r benchResult) {
	if _, running, err := c.local(); err != nil || !running || c.elsewhere() || r.Mode != "fast" || r.Check != "" || r.Hashrate <= 0 {
		return
	}
	err := c.withServer(ctx, func(ctx context.Context, s *client.Client) error {
		return s.NoteBenchmark(ctx, body.BenchmarkRequest{MinerType: "native", Algorithm: string(adit.RandomX), Threads: r.Threads, Hashrate: r.Hashrate})
	})
	if err == nil {
		c.say("adit estimate uses this figure until a program was measured while it mined.\n")
	}
}

func (c *cli) printBench(r benchResult) {
	pages := unknown
	if len(r.HugePages) == 2 {
		pages = fmt.Sprintf("%d of %d", r.HugePages[0], r.HugePages[1])
	}
	rows := []string{
		"hashrate", rate(r.Hashrate),
		"threads", strconv.Itoa(r.Threads),
		"mode", r.Mode,
		"measured", fmt.Sprintf("%d hashes in %.1f s", r.Nonces, r.Seconds),
		"dataset", orUnknown(r.Dataset, func(s float64) string { return fmt.Sprintf("built in %.1f s", s) }),
		"reserved huge pages", pages,
		"memory", orUnknown(r.RSS, func(b float64) string { return fmt.Sprintf("%.0f MiB", b/(1<<20)) }),
		"library", r.Library,
	}
	if r.Check != "" {
		rows = append(rows, "published sum", r.Check)
	}
	c.pairs(rows...)
}
