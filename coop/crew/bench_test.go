package crew

import (
	"context"
	"encoding/binary"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop"
	"github.com/adit-mining/adit/stratum/upstream"
)

// devNull is a ledger that takes everything.
type devNull struct{ seq uint64 }

func (d *devNull) Append(_ coop.ShareRecord, done func(uint64, error))      { d.seq++; done(d.seq, nil) }
func (d *devNull) Verdict(uint64, coop.MemberID, adit.ShareOutcome, string) {}
func (d *devNull) Found(context.Context, coop.FoundBlock) error             { return nil }
func (d *devNull) Trouble() error                                           { return nil }

// quiet is a gate that assigns each delivered work to its seats and sends nothing.
type quiet struct{ seats []coop.Seat }

func (g *quiet) Deliver(l coop.Lane, w *coop.Work) {
	for _, s := range g.seats {
		if s.Lane() == l {
			s.Assign(w)
		}
	}
}
func (g *quiet) Refresh(s coop.Seat) {
	if w := s.Newest(); w != nil {
		s.Assign(w)
	}
}
func (g *quiet) Idle(coop.Lane, error)  {}
func (g *quiet) Evict(coop.Seat, error) {}

// crowd is a crew with n seats.
func crowd(b *testing.B, n int) (c *Crew, g *quiet, src *source) {
	b.Helper()
	src = &source{url: "pool", make: blobWork(1<<50, nil)}
	c, err := Open(b.Context(), Options{
		Sources: func() []upstream.Source { return []upstream.Source{src} }, Coin: xmr, Ledger: &devNull{},
		Rules: Rules{Start: adit.HashesOf(1 << 20), Goal: time.Hour},
	})
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- c.Run(ctx) }()
	b.Cleanup(func() { cancel(); <-ended })
	g = &quiet{}
	for i := range n {
		s, err := c.Join(b.Context(), g, coop.Hello{
			Member: coop.MemberID(fmt.Sprintf("miner-%d", i)), Via: coop.ViaStratum, Agent: "XMRig/6.26.0", RigID: fmt.Sprintf("rig-%d", i),
			Difficulty: adit.HashesOf(1 << 20), FixedDiff: true,
		})
		if err != nil {
			b.Fatal(err)
		}
		s.Assign(s.Newest())
		g.seats = append(g.seats, s)
	}
	return c, g, src
}

// BenchmarkSubmit is a plain accepted share, from Submit to its reply, with a ledger that costs nothing.
func BenchmarkSubmit(b *testing.B) {
	_, g, _ := crowd(b, 1000)
	jobs := make([]coop.Assignment, len(g.seats))
	for i, s := range g.seats {
		jobs[i], _ = s.Assign(s.Newest())
	}
	accepted := 0
	reply := func(v coop.Verdict) {
		if v.Outcome == adit.ShareAccepted {
			accepted++
		}
	}
	b.ReportAllocs()
	b.ResetTimer()
	n := uint32(0)
	for i := range b.N {
		k := i % len(g.seats)
		if k == 0 {
			n++
		}
		sub := coop.Submission{JobID: jobs[k].JobID, Nonce: jobs[k].Slice.NonceStart + n, At: time.Time{}}
		binary.LittleEndian.PutUint64(sub.Result[24:], 1<<15) // below the seat's target, above the upstream's
		g.seats[k].Submit(sub, reply)
	}
	b.StopTimer()
	if accepted != b.N {
		b.Fatalf("%d of %d accepted", accepted, b.N)
	}
}

// BenchmarkDeliver is new work for 10,000 seats on 40 lanes, assigned to each.
func BenchmarkDeliver(b *testing.B) {
	c, g, _ := crowd(b, 10_000)
	byLane := map[coop.Lane]*quiet{}
	for _, s := range g.seats {
		l := byLane[s.Lane()]
		if l == nil {
			l = &quiet{}
			byLane[s.Lane()] = l
		}
		l.seats = append(l.seats, s)
	}
	c.mu.Lock()
	lanes := append([]*lane(nil), c.lanes...)
	c.mu.Unlock()
	for _, l := range lanes {
		l.mu.Lock()
		l.gates = []gateCount{{byLane[l.id], len(l.seats)}}
		l.mu.Unlock()
	}
	work := blobWork(1<<50, nil)
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		for _, l := range lanes {
			w := work(i)
			w.Clean = true
			l.onWork(l.via, w)
		}
	}
	b.ReportMetric(float64(len(lanes)), "lanes")
}

// BenchmarkBytesPerSeat is the memory of a connected member, seat and member together.
func BenchmarkBytesPerSeat(b *testing.B) {
	const n = 10_000
	for range b.N {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		c, g, _ := crowd(b, n)
		runtime.GC()
		runtime.GC()
		runtime.ReadMemStats(&after)
		b.ReportMetric(float64(int64(after.HeapAlloc)-int64(before.HeapAlloc))/n, "B/seat")
		runtime.KeepAlive(c)
		runtime.KeepAlive(g)
	}
}
