package crew

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop"
)

// Everything at once: members come, mine, leave and are replaced, the upstream flaps, people look and order. What was
// acknowledged is in the ledger, once.
func TestTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := &source{url: "pool", make: blobWork(64, nil)}
		k := &checker{}
		s := play(t, src, func(o *Options) { o.Checker = k; o.Rules.Ban.Shares = 1 << 20 })
		var acknowledged, replies, submitted atomic.Int64
		var wait sync.WaitGroup
		stop := time.Now().Add(2 * time.Minute)
		for i := range 60 {
			wait.Go(func() {
				r := rand.New(rand.NewPCG(uint64(i), 3))
				for time.Now().Before(stop) {
					h := coop.Hello{Member: coop.MemberID(fmt.Sprint("m", r.IntN(20))), Via: coop.ViaStratum}
					if i%3 == 0 {
						h = coop.Hello{Member: coop.MemberID(fmt.Sprint("cert/", r.IntN(10))), Via: coop.ViaGRPC}
					}
					seat, err := s.Join(t.Context(), s.gate, h)
					if err != nil {
						t.Error(err)
						return
					}
					p := &player{Seat: seat, g: s.gate}
					s.gate.mu.Lock()
					if s.gate.evicted[seat] == nil {
						s.gate.seats[seat] = p
					}
					s.gate.mu.Unlock()
					if w := seat.Newest(); w != nil {
						p.take(w)
					}
					for range r.IntN(20) {
						time.Sleep(time.Duration(r.IntN(3000)) * time.Millisecond)
						j := p.job()
						if j.w == nil {
							continue
						}
						submitted.Add(1)
						p.Submit(p.find(j), func(v coop.Verdict) {
							replies.Add(1)
							switch v.Outcome {
							case adit.ShareAccepted:
								acknowledged.Add(1)
							case adit.ShareStale, adit.ShareUnauthorized:
							default:
								t.Errorf("an honest share: %+v", v)
							}
						})
					}
					p.leave()
				}
			})
		}
		wait.Go(func() {
			r := rand.New(rand.NewPCG(1, 4))
			for time.Now().Before(stop) {
				time.Sleep(time.Duration(r.IntN(10)) * time.Second)
				switch r.IntN(4) {
				case 0:
					src.lose(errors.New("away"))
					time.Sleep(time.Second)
					src.set(nil)
				case 1:
					src.push(true)
				default:
					src.push(false)
				}
			}
		})
		wait.Go(func() {
			for time.Now().Before(stop) {
				time.Sleep(time.Second)
				s.Status()
				s.Members()
				s.Shares(100)
				s.Jobs(10)
				if err := s.SetPolicy(t.Context(), "m1", time.Now().Second()%2 == 0); err != nil && adit.CodeOf(err) != adit.NotFound {
					t.Error(err)
				}
			}
		})
		wait.Wait()
		time.Sleep(time.Minute)
		if replies.Load() != submitted.Load() {
			t.Errorf("%d of %d shares were answered", replies.Load(), submitted.Load())
		}
		if n := len(s.ledger.all()); int64(n) != acknowledged.Load() || n < 100 {
			t.Errorf("%d shares in the ledger, %d acknowledged", n, acknowledged.Load())
		}
		if st := s.Status(); st.Seats != 0 || st.Online != 0 || st.Waiting != 0 {
			t.Errorf("%+v", st)
		}
		if n := len(src.solutions()); n == 0 {
			t.Error("nothing went up")
		}
		s.end()
	})
}
