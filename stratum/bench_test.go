package stratum

import (
	"bufio"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
)

// BenchmarkShares: miners in closed loop over loopback, everything but the hash. The client's half is as cheap as can be.
func BenchmarkShares(b *testing.B) {
	const miners = 50
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	done := make(chan error, 1)
	go func() {
		done <- NewServer(ServerOptions{Handler: newJudge(), Rate: 1e9, Burst: 1 << 30}).Serve(b.Context(), ln)
	}()
	var all sync.WaitGroup
	var start sync.WaitGroup
	start.Add(1)
	for m := range miners {
		c, err := net.Dial("tcp", ln.Addr().String())
		if err != nil {
			b.Fatal(err)
		}
		defer c.Close()
		in := bufio.NewReader(c)
		fmt.Fprintln(c, loginLine)
		line, err := in.ReadString('\n')
		if err != nil {
			b.Fatal(err)
		}
		session := strings.SplitN(strings.SplitN(line, `"result":{"id":"`, 2)[1], `"`, 2)[0]
		submit := []byte(submitLine(2, session, "job-1", "0f800000") + "\n")
		n := b.N / miners
		if m < b.N%miners {
			n++
		}
		all.Go(func() {
			start.Wait()
			for range n {
				if _, err := c.Write(submit); err != nil {
					b.Error(err)
					return
				}
				if _, err := in.ReadSlice('\n'); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	b.ResetTimer()
	start.Done()
	all.Wait()
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "shares/s")
}
