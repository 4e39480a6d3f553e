// Command bench prints how adit keeps the budgets of its design: each figure beside its bound, as a ratio where a
// peer or a floor exists. It judges nothing: a noisy machine must not fail a build.
package main

import (
	"compress/gzip"
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

func main() {
	if dir := os.Getenv(ledgerChildEnv); dir != "" {
		os.Exit(ledgerChild(dir))
	}
	bin := flag.String("bin", "bin", "folder of adit and adit-miner")
	dist := flag.String("dist", "ui/dist", "folder of the built web app")
	only := flag.String("only", "", "one part alone: history, install, ledger, programs, crew or verify")
	idle := flag.Duration("idle", 60*time.Second, "how long the idle hub and agent are watched")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	part := func() error { return run(ctx, *bin, *dist, *idle) }
	if *only == "history" {
		part = func() error { return history(ctx) }
	}
	if *only == "install" {
		part = func() error { return installs(ctx, filepath.Join(*bin, "adit")) }
	}
	if *only == "ledger" {
		part = func() error { return ledgerParts(ctx) }
	}
	if *only == "programs" {
		part = func() error { return programs(ctx, filepath.Join(*bin, "adit"), *idle) }
	}
	if *only == "verify" {
		part = func() error { return verification(ctx, filepath.Join(*bin, "adit-miner")) }
	}
	if *only == "crew" {
		part = func() error { return crew(ctx, filepath.Join(*bin, "adit")) }
	}
	if err := part(); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, bin, dist string, idle time.Duration) error {
	fmt.Printf("%-44s %14s %14s\n", "what", "measured", "budget")
	if err := house(ctx, filepath.Join(bin, "adit"), idle); err != nil {
		return err
	}
	if err := programs(ctx, filepath.Join(bin, "adit"), idle); err != nil {
		return err
	}
	if err := scripts(dist); err != nil {
		return err
	}
	if err := history(ctx); err != nil {
		return err
	}
	if err := ledgerParts(ctx); err != nil {
		return err
	}
	if err := installs(ctx, filepath.Join(bin, "adit")); err != nil {
		return err
	}
	if err := crew(ctx, filepath.Join(bin, "adit")); err != nil {
		return err
	}
	if err := verification(ctx, filepath.Join(bin, "adit-miner")); err != nil {
		return err
	}
	fmt.Println()
	return engine(ctx, filepath.Join(bin, "adit-miner"))
}

func row(what, measured, budget string) { fmt.Printf("%-44s %14s %14s\n", what, measured, budget) }

// engine compares adit-miner with a bare C loop over the same library, and with XMRIG where it names a program.
func engine(ctx context.Context, miner string) error {
	args := []string{"bench", "--compare"}
	if os.Getenv("LONG") != "" {
		args = append(args, "--long")
	}
	cmd := exec.CommandContext(ctx, miner, args...)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	return cmd.Run()
}

// scripts weighs what a browser loads before the first page is interactive: scripts named in index.html, compressed.
func scripts(dist string) error {
	page, err := os.ReadFile(filepath.Join(dist, "index.html"))
	if err != nil {
		return err
	}
	files, err := filepath.Glob(filepath.Join(dist, "assets", "*.js"))
	if err != nil {
		return err
	}
	total := 0
	for _, f := range files {
		if !strings.Contains(string(page), filepath.Base(f)) {
			continue
		}
		n, err := gzipped(f)
		if err != nil {
			return err
		}
		total += n
	}
	row("initial JavaScript, gzip", fmt.Sprintf("%.0f kB", float64(total)/1000), "≤ 250 kB")
	return nil
}

func gzipped(path string) (int, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return 0, err
	}
	var n counter
	w := gzip.NewWriter(&n)
	if _, err := w.Write(b); err != nil {
		return 0, err
	}
	if err := w.Close(); err != nil {
		return 0, err
	}
	return int(n), nil
}

type counter int

func (c *counter) Write(b []byte) (int, error) { *c += counter(len(b)); return len(b), nil }

var _ io.Writer = (*counter)(nil)
