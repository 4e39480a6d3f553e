package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"

	words "github.com/adit-mining/adit"
	"github.com/adit-mining/adit/pow/verify"
)

// verifyBatch is how many blobs go in one question, as a busy coordinator asks.
const verifyBatch = 64

// verification measures how many shares a core can check: light, and with a whole dataset. A dataset takes up to a minute
// to build on one core, and is a tenth slower without reserved huge pages.
func verification(ctx context.Context, miner string) error {
	light, err := verifyRate(ctx, miner, "light", 0)
	if err != nil {
		return err
	}
	row("checking shares, light mode, one core", fmt.Sprintf("%.0f/s", light), "≥ 45/s")
	full, err := verifyRate(ctx, miner, "full", 3*light)
	if err != nil {
		return err
	}
	row("checking shares, whole dataset, one core", fmt.Sprintf("%.0f/s", full), "≥ 480/s")
	return nil
}

// verifyRate asks for hashes of one seed: until they come faster than warm, two minutes at most, and then for six seconds.
func verifyRate(ctx context.Context, miner, mode string, warm float64) (float64, error) {
	c, err := verify.Start(ctx, verify.Options{Path: miner, Args: []string{"verify", "--threads", "1", "--mode", mode}})
	if err != nil {
		return 0, err
	}
	defer c.Close()
	var seed [32]byte
	_, _ = rand.Read(seed[:])
	measure := func(long time.Duration) (float64, error) {
		n, began := 0, time.Now()
		for time.Since(began) < long {
			blobs := make([][]byte, verifyBatch)
			for i := range blobs {
				blobs[i] = make([]byte, 76)
				_, _ = rand.Read(blobs[i])
			}
			if _, err := c.Hash(ctx, words.RandomX, seed, blobs); err != nil {
				return 0, err
			}
			n += len(blobs)
		}
		return float64(n) / time.Since(began).Seconds(), nil
	}
	for began := time.Now(); time.Since(began) < 2*time.Minute; {
		rate, err := measure(time.Second)
		if err != nil {
			return 0, err
		}
		if rate > warm {
			break
		}
	}
	return measure(6 * time.Second)
}
