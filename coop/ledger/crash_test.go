package ledger

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"testing"
	"time"
)

// child is this test program as a coordinator under load: it appends shares until it is killed and tells each
// acknowledged seq on its standard output.
func child(role string) int {
	switch role {
	case "load":
		return childLoad(os.Getenv("ADIT_LEDGER_DIR"))
	case "full":
		return childFull(os.Getenv("ADIT_LEDGER_DIR"))
	}
	return 2
}

func childLoad(dir string) int {
	l, err := Open(context.Background(), Options{Dir: dir, SegmentBytes: 64 << 10})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	first := int(l.Last())
	var out [8]byte
	room := make(chan struct{}, 200)
	for n := first; ; n++ {
		room <- struct{}{}
		l.Append(shareNo(n), func(seq uint64, err error) { // in the order of the seqs, from one goroutine
			if err != nil {
				seq = 0
			}
			binary.LittleEndian.PutUint64(out[:], seq)
			_, _ = os.Stdout.Write(out[:])
			<-room
		})
		if n%50 == 0 {
			l.Verdict(uint64(n), "m1", "accepted", "")
		}
	}
}

// TestKilled kills a coordinator under load at random moments: every acknowledged share is there, none twice, and the
// next one goes on where it ended. ADIT_LEDGER_KILLS says how often; make bench has it 50 times.
func TestKilled(t *testing.T) {
	times := 10
	if s := os.Getenv("ADIT_LEDGER_KILLS"); s != "" {
		times, _ = strconv.Atoi(s)
	}
	dir := t.TempDir()
	acked := uint64(0)
	for i := range times {
		acked = max(acked, killed(t, dir, time.Duration(5+rand.IntN(120))*time.Millisecond))
		l := open(t, Options{Dir: dir, SegmentBytes: 64 << 10})
		if l.Last() < acked {
			t.Fatalf("kill %d: share %d was acknowledged, the ledger ends with %d", i, acked, l.Last())
		}
		same(t, l, int(l.Last())) // in order, none missing, none double, each as it was written
		if r, err := l.Verify(t.Context()); err != nil || !r.OK() {
			t.Fatalf("kill %d: %v %v", i, r.Problems, err)
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d kills, %d shares", times, acked)
}

// killed runs a child for a while, kills it and returns the last seq that it acknowledged.
func killed(t *testing.T, dir string, after time.Duration) (last uint64) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "ADIT_LEDGER_CHILD=load", "ADIT_LEDGER_DIR="+dir)
	cmd.Stderr = os.Stderr
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var once sync.Once
	in := bufio.NewReader(pipe)
	var b [8]byte
	for {
		if _, err := io.ReadFull(in, b[:]); err != nil {
			break
		}
		once.Do(func() { time.AfterFunc(after, func() { _ = cmd.Process.Kill() }) }) // it is under load
		seq := binary.LittleEndian.Uint64(b[:])
		if last != 0 && seq != last+1 {
			t.Errorf("acknowledged %d after %d", seq, last)
		}
		last = seq
	}
	_ = cmd.Wait()
	if last == 0 {
		t.Fatal("the child acknowledged nothing")
	}
	return last
}
