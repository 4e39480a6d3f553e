package gate

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"regexp"
	"sync"
	"testing"
	"time"
)

// logbook keeps what a program says and counts.
type logbook struct {
	mu   sync.Mutex
	text bytes.Buffer
	more chan struct{}
}

func (l *logbook) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	select {
	case l.more <- struct{}{}:
	default:
	}
	return l.text.Write(b)
}

func (l *logbook) count(re *regexp.Regexp) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(re.FindAll(l.text.Bytes(), -1))
}

// An unmodified miner, pooler's minerd (cpuminer), mines for the crew through changes of job. ADIT_MINERD names the program.
func TestRealMinerd(t *testing.T) {
	program := os.Getenv("ADIT_MINERD")
	if program == "" {
		t.Skip("ADIT_MINERD names no minerd (cpuminer 2.5, sha256d)")
	}
	h := newBTCHouse(t, 8, nil)
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	said := &logbook{more: make(chan struct{}, 1)}
	run := exec.CommandContext(ctx, program, "-a", "sha256d", "-o", "stratum+tcp://"+h.addr, "-u", "minerd.1", "-p", "x", "-t", "1")
	run.Stdout, run.Stderr = said, said
	if err := run.Start(); err != nil {
		t.Fatal(err)
	}
	taken, refused, lost := regexp.MustCompile(`accepted: .*\(yay!!!\)`), regexp.MustCompile(`\(booooo\)`), regexp.MustCompile(`Stratum connection (interrupted|timed out|failed)`)
	for n := 1; n <= 5; n++ {
		for said.count(taken) < 20*n {
			select {
			case <-said.more:
			case <-ctx.Done():
				t.Fatalf("too slow:\n%s", said.text.String())
			}
		}
		h.pool.next(n%2 == 1)
	}
	cancel()
	run.Wait()
	accepted, bad := h.pool.tally()
	t.Logf("%d taken, %d refused; the pool took %d and refused %v", said.count(taken), said.count(refused), len(accepted), bad)
	if n := said.count(lost); n > 0 {
		t.Errorf("the connection broke %d times", n)
	}
	// Each change of job may make what is under way stale.
	if n := said.count(refused); n > 10 || len(bad) > 10 || len(accepted) < 5 {
		t.Errorf("%d refused:\n%s", n, said.text.String())
	}
	if got, want := h.ledger.of("minerd.1"), said.count(taken); got < want || got > want+2 {
		t.Errorf("%d records of %d accepted shares", got, want)
	}
}
