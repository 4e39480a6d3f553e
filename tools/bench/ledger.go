package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop"
	"github.com/adit-mining/adit/coop/ledger"
)

const (
	ledgerChildEnv = "ADIT_BENCH_LEDGER_CHILD" // folder of the ledger that this process fills until it is killed
	ledgerFlight   = 256                       // shares under way at a time in closed loop
	ledgerKills    = 50
)

// ledgerParts measures the crew's ledger: what a share costs, how long it takes, and whether one is lost to kill -9.
func ledgerParts(ctx context.Context) error {
	for _, always := range []bool{false, true} {
		name, budget := "ledger", "≤ 1 µs"
		if always {
			name, budget = "ledger, sync: always", ""
		}
		if err := ledgerLoop(ctx, name, budget, always); err != nil {
			return err
		}
		if err := ledgerPaced(ctx, name, always); err != nil {
			return err
		}
	}
	return ledgerKilled(ctx)
}

func openBenchLedger(ctx context.Context, always bool) (*ledger.Ledger, func(), error) {
	dir, err := os.MkdirTemp("", "adit-bench-ledger-")
	if err != nil {
		return nil, nil, err
	}
	l, err := ledger.Open(ctx, ledger.Options{Dir: dir, SyncAlways: always})
	if err != nil {
		_ = os.RemoveAll(dir)
		return nil, nil, err
	}
	return l, func() {
		_ = l.Close()
		_ = os.RemoveAll(dir)
	}, nil
}

func benchShare(n uint64) coop.ShareRecord {
	return coop.ShareRecord{At: time.Now(), Member: benchMembers[n*7919%uint64(len(benchMembers))], WorkSeq: n >> 16, Height: 3_000_000 + n>>16, Key: n,
		Difficulty: adit.HashesOf(100_000), Network: adit.HashesOf(400_000_000_000), Verified: n&1 == 0}
}

var benchMembers = func() (list []coop.MemberID) {
	for i := range 10_000 {
		list = append(list, coop.MemberID(fmt.Sprintf("member-%05d", i)))
	}
	return list
}()

// ledgerLoop appends with so many shares under way at a time, as fast as it goes.
func ledgerLoop(ctx context.Context, name, budget string, always bool) error {
	l, done, err := openBenchLedger(ctx, always)
	if err != nil {
		return err
	}
	defer done()
	const spell = 3 * time.Second
	var failed error
	var wg sync.WaitGroup
	room := make(chan struct{}, ledgerFlight)
	began, before := time.Now(), processCPU()
	n := uint64(0)
	for ; n&0xff != 0 || time.Since(began) < spell && ctx.Err() == nil; n++ {
		room <- struct{}{}
		wg.Add(1)
		l.Append(benchShare(n), func(_ uint64, err error) {
			if err != nil {
				failed = err // one goroutine calls it
			}
			<-room
			wg.Done()
		})
	}
	wg.Wait()
	took, used := time.Since(began), processCPU()-before
	row(name+": closed loop", fmt.Sprintf("%.0f /s", float64(n)/took.Seconds()), "≥ 60,000 /s")
	row(name+": CPU a share, the load included", fmt.Sprintf("%.2f µs", float64(used.Nanoseconds())/float64(n)/1000), budget)
	return failed
}

// ledgerPaced appends 4,000 shares a second and looks at the time until each is acknowledged.
func ledgerPaced(ctx context.Context, name string, always bool) error {
	l, done, err := openBenchLedger(ctx, always)
	if err != nil {
		return err
	}
	defer done()
	const rate, spell = 4000, 5 * time.Second
	var mu sync.Mutex
	var waits []time.Duration
	var failed error
	var wg sync.WaitGroup
	began := time.Now()
	for n := uint64(0); time.Since(began) < spell && ctx.Err() == nil; {
		for due := uint64(time.Since(began).Seconds() * rate); n < due; n++ {
			wg.Add(1)
			at := time.Now()
			l.Append(benchShare(n), func(_ uint64, err error) {
				mu.Lock()
				waits = append(waits, time.Since(at))
				if err != nil {
					failed = err
				}
				mu.Unlock()
				wg.Done()
			})
		}
		time.Sleep(250 * time.Microsecond)
	}
	wg.Wait()
	slices.Sort(waits)
	at := func(part float64) time.Duration { return waits[int(part*float64(len(waits)-1))] }
	row(name+": p50, p99, worst at 4,000 /s", fmt.Sprintf("%s %s %s", short(at(0.5)), short(at(0.99)), short(at(1))), "p99 ≤ 1 ms")
	if s := l.Status(); s.SyncWorstMS != nil {
		row(name+": longest from write to fsync", fmt.Sprintf("%.0f ms", *s.SyncWorstMS), "≤ 50 ms")
	}
	return failed
}

func short(d time.Duration) string { return d.Round(d / 50).String() }

func processCPU() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// ledgerKilled kills a process that appends, again and again, and looks for each acknowledged share.
func ledgerKilled(ctx context.Context) error {
	dir, err := os.MkdirTemp("", "adit-bench-kill-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	lost, total, slowest := uint64(0), uint64(0), time.Duration(0)
	for range ledgerKills {
		acked, err := killOnce(ctx, dir)
		if err != nil {
			return err
		}
		began := time.Now()
		l, err := ledger.Open(ctx, ledger.Options{Dir: dir})
		if err != nil {
			return err
		}
		slowest = max(slowest, time.Since(began))
		if l.Last() < acked {
			lost += acked - l.Last()
		}
		total = l.Last()
		r, err := l.Verify(ctx) // seqs grow by one, so none is there twice
		if err != nil || !r.OK() || r.Shares != total {
			return fmt.Errorf("after a kill the ledger is not right: %v, %d of %d shares, %w", r.Problems, r.Shares, total, err)
		}
		if err := l.Close(); err != nil {
			return err
		}
	}
	row(fmt.Sprintf("ledger: acknowledged shares lost to %d kills", ledgerKills), fmt.Sprintf("%d of %d", lost, total), "0")
	row("ledger: open after a kill, at most", short(slowest), "")
	return nil
}

// killOnce lets a child append for a random time and returns what it acknowledged last.
func killOnce(ctx context.Context, dir string) (last uint64, err error) {
	self, err := os.Executable()
	if err != nil {
		return 0, err
	}
	cmd := exec.CommandContext(ctx, self)
	cmd.Env = append(os.Environ(), ledgerChildEnv+"="+filepath.Clean(dir))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return 0, err
	}
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	in := bufio.NewReader(out)
	var b [8]byte
	for first := true; ; first = false {
		if _, err := io.ReadFull(in, b[:]); err != nil {
			break
		}
		if first { // it is under load
			time.AfterFunc(time.Duration(rand.IntN(200))*time.Millisecond, func() { _ = cmd.Process.Kill() })
		}
		last = binary.LittleEndian.Uint64(b[:])
	}
	_ = cmd.Wait() // it was killed
	if last == 0 {
		return 0, fmt.Errorf("the child acknowledged nothing")
	}
	return last, nil
}

// ledgerChild appends until it is killed and writes each acknowledged seq to its standard output.
func ledgerChild(dir string) int {
	l, err := ledger.Open(context.Background(), ledger.Options{Dir: dir, SegmentBytes: 1 << 20})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	room := make(chan struct{}, ledgerFlight)
	var out [8]byte
	for n := l.Last(); ; n++ {
		room <- struct{}{}
		l.Append(benchShare(n), func(seq uint64, err error) {
			if err == nil {
				binary.LittleEndian.PutUint64(out[:], seq)
				_, _ = os.Stdout.Write(out[:])
			}
			<-room
		})
	}
}
