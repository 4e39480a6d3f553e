package app

import (
	"context"
	"log/slog"
	"strconv"
	"sync"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/internal/minerpath"
	"github.com/adit-mining/adit/pow/verify"
)

// Verifier hashes for practice by a child `adit-miner verify`. Where that program is missing every question is answered
// with how to get it, and it is looked for again at the next.
type Verifier struct {
	Miner string // path of adit-miner; "" = look for it beside Exe, in libexec, in PATH
	Exe   string // this program
	Log   *slog.Logger

	mu      sync.Mutex
	threads int  // of the child; 0 = its own default
	full    bool // with a whole dataset
	client  *verify.Client
	closed  bool
}

// Hash implements practice.Checker.
func (v *Verifier) Hash(ctx context.Context, algorithm adit.Algorithm, seed [32]byte, blobs [][]byte) ([][32]byte, error) {
	c, err := v.start()
	if err != nil {
		return nil, err
	}
	return c.Hash(ctx, algorithm, seed, blobs)
}

// Missing says how to get the program, "" where it is there.
func (v *Verifier) Missing() string {
	if _, err := v.find(); err != nil {
		return err.Error()
	}
	return ""
}

func (v *Verifier) find() (string, error) {
	if v.Miner != "" {
		return v.Miner, nil
	}
	return minerpath.Find(v.Exe)
}

func (v *Verifier) start() (*verify.Client, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	switch {
	case v.closed:
		return nil, adit.Errorf(adit.Unreachable, "the verifier is closed")
	case v.client != nil:
		return v.client, nil
	}
	path, err := v.find()
	if err != nil {
		return nil, err
	}
	// The child ends with Close, not with the question that started it.
	v.client, err = verify.Start(context.Background(), verify.Options{Path: path, Args: v.args(), Log: v.Log})
	return v.client, err
}

func (v *Verifier) args() []string {
	args := []string{"verify"}
	if v.threads > 0 {
		args = append(args, "--threads", strconv.Itoa(v.threads))
	}
	if v.full {
		args = append(args, "--mode", "full")
	}
	return args
}

// Tune says how many threads hash, and whether with a whole dataset (2080 MiB). A child that runs otherwise ends, and the
// next question starts another.
func (v *Verifier) Tune(threads int, full bool) {
	v.mu.Lock()
	was := v.client
	if v.threads == threads && v.full == full {
		was = nil
	} else {
		v.threads, v.full, v.client = threads, full, nil
	}
	v.mu.Unlock()
	if was != nil {
		_ = was.Close()
	}
}

// Close ends the child.
func (v *Verifier) Close() error {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.closed = true
	if v.client == nil {
		return nil
	}
	return v.client.Close()
}
