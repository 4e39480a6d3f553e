package main

import (
	"errors"
	"os/exec"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/adit-mining/adit/cmd/adit/app"
	"github.com/adit-mining/adit/internal/minerpath"
)

func (c *cli) benchCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "bench",
		Short:   "Measure how fast this computer hashes",
		GroupID: "look",
		Args:    noSuchCommand,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	var threads, seconds int
	var light bool
	randomx := &cobra.Command{
		Use:   "randomx",
		Short: "Measure RandomX, what Monero hashes with",
		Long: `Measure RandomX on this computer with adit-miner. No pool, no network, nothing is earned.
The first seconds go into building the dataset (2 GiB of memory); --light measures without it.

This keeps the processor busy while it runs; stop mining first (adit pause) for a true figure.`,
		Example: `  adit bench randomx
  adit bench randomx --threads 4 --seconds 60`,
		Args: takes(0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if threads < 0 || threads > 1024 {
				return usageError(cmd, "--threads %d: use 1 to 1024, or leave it out for the best number", threads)
			}
			if seconds < 1 || seconds > 3600 {
				return usageError(cmd, "--seconds %d: use 1 to 3600", seconds)
			}
			path, err := minerpath.Find(c.self)
			if err != nil {
				return app.WithHint(err, "Build it, or install the package that has it.", "make build")
			}
			args := []string{"bench", "--seconds", strconv.Itoa(seconds)}
			if threads > 0 {
				args = append(args, "--threads", strconv.Itoa(threads))
			}
			if light {
				args = append(args, "--light")
			}
			return c.runBench(cmd, path, args)
		},
	}
	randomx.Flags().IntVar(&threads, "threads", 0, "`number` of threads (default: as many as fit the processor's cache)")
	randomx.Flags().IntVar(&seconds, "seconds", 20, "how long to measure, in `seconds`")
	randomx.Flags().BoolVar(&light, "light", false, "measure light mode: 256 MiB instead of 2 GiB, many times slower")
	cmd.AddCommand(randomx)
	return cmd
}

func (c *cli) runBench(cmd *cobra.Command, path string, args []string) error {
	run := exec.CommandContext(cmd.Context(), path, args...)
	run.Stdout, run.Stderr = c.out, c.err
	err := run.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return silent(max(exit.ExitCode(), exitError)) // it has said why
	}
	return err
}
