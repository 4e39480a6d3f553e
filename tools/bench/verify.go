package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"sync/atomic"
	"time"

	words "github.com/adit-mining/adit"
	"github.com/adit-mining/adit/pow/verify"
)

const (
	verifyBatch  = 64 // blobs in a question, as a busy coordinator asks
	verifyAskers = 2  // so that the checker, not the way to it, is measured
)

// verifyMode is what one core is asked to do.
type verifyMode struct {
	name    string // of adit-miner verify --mode
	engine  string // of adit-miner bench --mode
	what    string
	budget  string
	quicker float64 // rate from which on the dataset is ready, as a multiple of light mode's
}

// verification measures how many shares a core can check: light, and with a whole dataset, by a child as the coordinator
// has it. A dataset takes a minute and more to build on one core, and is a tenth slower without reserved huge pages. The
// marks are a quiet machine's; what this one could do at best today is the bare C loop, measured in turn with the verifier.
func verification(ctx context.Context, miner string) error {
	light := 0.0
	for _, m := range []verifyMode{
		{"light", "light", "light mode", "≥ 45/s", 0}, {"full", "fast", "whole dataset", "≥ 480/s", 3},
	} {
		rate, err := verifyRate(ctx, miner, m.name, m.quicker*light)
		if err != nil {
			return err
		}
		light = rate
		row("checking shares, "+m.what+", one core", fmt.Sprintf("%.0f/s", rate), m.budget)
		if err := verifyRatio(ctx, miner, m); err != nil {
			return err
		}
	}
	return nil
}

// verifyRatio compares the verifier with the bare loop on the same memory.
func verifyRatio(ctx context.Context, miner string, m verifyMode) error {
	cmd := exec.CommandContext(ctx, miner, "bench", "--verify", "--mode", m.engine, "--rounds", "3")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("adit-miner bench --verify: %w", err)
	}
	var got struct {
		Loop struct {
			Hashrate, Ratio float64
			CPURatio        *float64
		}
	}
	if err := json.Unmarshal(out, &got); err != nil {
		return err
	}
	row("  the bare C loop today", fmt.Sprintf("%.0f/s", got.Loop.Hashrate), "")
	row("  checking by it, by the clock", fmt.Sprintf("%.3f", got.Loop.Ratio), map[string]string{"light": "≥ 0.97", "full": "≥ 0.95"}[m.name])
	if got.Loop.CPURatio != nil {
		row("  checking by it, by CPU time", fmt.Sprintf("%.3f", *got.Loop.CPURatio), "")
	}
	return nil
}

// verifyRate asks for hashes of one seed: until they come faster than warm, three minutes at most, and then for six
// seconds.
func verifyRate(ctx context.Context, miner, mode string, warm float64) (float64, error) {
	c, err := verify.Start(ctx, verify.Options{Path: miner, Args: []string{"verify", "--threads", "1", "--mode", mode}})
	if err != nil {
		return 0, err
	}
	defer c.Close()
	var seed [32]byte
	_, _ = rand.Read(seed[:])
	ask := func(n int) error {
		blobs := make([][]byte, n)
		for i := range blobs {
			blobs[i] = make([]byte, 76)
			_, _ = rand.Read(blobs[i])
		}
		_, err := c.Hash(ctx, words.RandomX, seed, blobs)
		return err
	}
	for began, rate := time.Now(), 0.0; rate <= warm; {
		if time.Since(began) > 3*time.Minute {
			return 0, fmt.Errorf("the dataset is not there after %s: too little memory, or a very busy machine", 3*time.Minute)
		}
		last := time.Now()
		if err := ask(verifyBatch / 4); err != nil {
			return 0, err
		}
		rate = verifyBatch / 4 / time.Since(last).Seconds()
	}
	return steadyRate(6*time.Second, ask)
}

// steadyRate is how many blobs a second are answered while some askers ask for so long.
func steadyRate(long time.Duration, ask func(n int) error) (float64, error) {
	var (
		all   sync.WaitGroup
		n     atomic.Int64
		fails = make(chan error, verifyAskers)
	)
	began := time.Now()
	for range verifyAskers {
		all.Go(func() {
			for time.Since(began) < long {
				if err := ask(verifyBatch); err != nil {
					fails <- err
					return
				}
				n.Add(verifyBatch)
			}
		})
	}
	all.Wait()
	took := time.Since(began)
	select {
	case err := <-fails:
		return 0, err
	default:
		return float64(n.Load()) / took.Seconds(), nil
	}
}
