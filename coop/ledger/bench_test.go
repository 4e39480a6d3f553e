//go:build unix

package ledger

import (
	"fmt"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/adit-mining/adit/coop"
)

// BenchmarkAppend appends as fast as the ledger takes shares, with so many under way at a time; cpu-ns/op is the time of
// the whole process.
func BenchmarkAppend(b *testing.B) {
	for _, flight := range []int{1, 16, 1000} {
		b.Run(fmt.Sprint(flight), func(b *testing.B) {
			l := open(b, Options{Dir: b.TempDir()})
			shares := make([]coop.ShareRecord, 4096)
			for i := range shares {
				shares[i] = shareNo(i)
				shares[i].Member = coop.MemberID(fmt.Sprintf("member-%05d", i*7919%10_000))
			}
			room := make(chan struct{}, flight)
			var wg sync.WaitGroup
			done := func(_ uint64, err error) {
				if err != nil {
					b.Error(err)
				}
				<-room
				wg.Done()
			}
			b.ReportAllocs()
			before := cpu(b)
			for i := 0; b.Loop(); i++ {
				room <- struct{}{}
				wg.Add(1)
				l.Append(shares[i&4095], done)
			}
			wg.Wait()
			b.ReportMetric(float64(cpu(b)-before)/float64(b.N), "cpu-ns/op")
			s := l.Status()
			b.ReportMetric(float64(s.Records)/float64(s.Batches), "records/write")
		})
	}
}

func cpu(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkScan reads a ledger back.
func BenchmarkScan(b *testing.B) {
	l := open(b, Options{Dir: b.TempDir()})
	const n = 200_000
	for at := 0; at < n; at += 10_000 {
		add(b, l, at, at+10_000)
	}
	b.ReportAllocs()
	for b.Loop() {
		got := 0
		if err := l.Scan(b.Context(), 0, 0, func(*Entry) error { got++; return nil }); err != nil || got != n {
			b.Fatal(got, err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/share")
}
