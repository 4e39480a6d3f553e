package gate

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/adit-mining/adit/stratum/bitcoin/minertest"
)

// A new job at the last of so many devices, and what a device costs in memory here (both ends in this process).
func BenchmarkBitcoinFan(b *testing.B) {
	for _, n := range []int{1000, 4000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) { benchFan(b, n) })
	}
}

func benchFan(b *testing.B, n int) {
	h := newBTCHouse(b, 8, nil)
	first := h.miner(minertest.Options{Worker: "first"})
	h.job(first, nil)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	got := make(chan time.Time, n)
	for i := range n {
		c, err := net.Dial("tcp", h.addr)
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { c.Close() })
		in := bufio.NewReaderSize(c, 1024)
		fmt.Fprintf(c, `{"id":1,"method":"mining.subscribe","params":["bench/1"]}`+"\n"+`{"id":2,"method":"mining.authorize","params":["w%d","x"]}`+"\n", i)
		c.SetDeadline(time.Now().Add(time.Minute))
		if err := notified(in); err != nil {
			b.Fatal(err)
		}
		go func() {
			for notified(in) == nil {
				got <- time.Now()
			}
		}()
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	b.ResetTimer()
	for b.Loop() {
		h.pool.next(true)
		for range n {
			<-got
		}
	}
	b.ReportMetric(float64(after.HeapAlloc+after.StackInuse-before.HeapAlloc-before.StackInuse)/float64(n), "B/device,both-ends")
}

// notified reads up to the next job.
func notified(in *bufio.Reader) error {
	for {
		line, err := in.ReadSlice('\n')
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return err
		}
		if job := strings.Contains(string(line), "mining.notify\",\"params\":"); job {
			for errors.Is(err, bufio.ErrBufferFull) {
				_, err = in.ReadSlice('\n')
			}
			return err
		}
	}
}
