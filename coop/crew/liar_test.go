package crew

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop"
)

// Each way of lying leads the same way: refused, counted, slowed, shut out; who is honest does not notice.
func TestLiars(t *testing.T) {
	for name, lie := range map[string]struct {
		share   func(liar, victim *player, n int) coop.Submission
		outcome adit.ShareOutcome
	}{
		"low difficulty": {func(p, _ *player, n int) coop.Submission {
			sub := p.lie(uint32(n))
			sub.Result[31] = 0xff
			return sub
		}, adit.ShareLowDifficulty},
		"duplicates": {func(p, _ *player, n int) coop.Submission {
			if n == 0 {
				p.hand(p.lie(7))
			}
			return p.lie(7)
		}, adit.ShareDuplicate},
		"other members' nonces": {func(p, victim *player, n int) coop.Submission {
			sub := p.lie(uint32(n))
			sub.Nonce = victim.job().a.Slice.NonceStart + uint32(n) + 1<<20
			return sub
		}, adit.ShareMalformed},
		"other members' shares": {func(p, victim *player, n int) coop.Submission {
			sub := victim.find(victim.job())
			victim.hand(sub)
			return sub
		}, adit.ShareDuplicate},
		"invented jobs": {func(p, _ *player, n int) coop.Submission {
			sub := p.lie(uint32(n))
			sub.JobID = "0"
			return sub
		}, adit.ShareUnknownJob},
		"another algorithm": {func(p, _ *player, n int) coop.Submission {
			sub := p.lie(uint32(n))
			sub.Algo = "rx/wow"
			return sub
		}, adit.ShareMalformed},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				src := &source{url: "pool", make: blobWork(1<<40, nil)}
				s := play(t, src, nil)
				for _, m := range []coop.MemberID{"liar", "victim"} { // nobody's difficulty moves
					s.miner(string(m)).leave()
					if err := s.SetDifficulty(t.Context(), m, ptr(adit.HashesOf(4))); err != nil {
						t.Fatal(err)
					}
				}
				liar, victim := s.miner("liar"), s.miner("victim")
				before := s.ledger.count("liar")
				refused, slowed := 0, 0
				for n := 0; s.gate.evicted[liar.Seat] == nil; n++ {
					switch v := liar.hand(lie.share(liar, victim, n)); v.Outcome {
					case lie.outcome:
						refused++
					case "":
						slowed++
						time.Sleep(time.Second)
					default:
						t.Fatalf("%+v", v)
					}
					want(t, victim.hand(victim.find(victim.job())), adit.ShareAccepted)
					if n > 200 {
						t.Fatal("it lies for ever")
					}
				}
				if refused < 10 || refused > 30 || slowed == 0 {
					t.Fatalf("%d refused, %d slowed", refused, slowed)
				}
				if n := s.ledger.count("liar") - before; n > 1 {
					t.Fatalf("%d shares of a liar", n)
				}
				m, _ := s.Crew.Member("liar")
				if m.BannedUntil == nil || m.Shares[lie.outcome] != uint64(refused) {
					t.Fatalf("%+v", m)
				}
				if v, _ := s.Crew.Member("victim"); v.BannedUntil != nil || v.Slowed || len(v.Seats) != 1 {
					t.Fatalf("%+v", v)
				}
				s.end()
			})
		})
	}
}

// An upstream that floods jobs costs no memory, and who follows is at the newest.
func TestJobFlood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := &source{url: "pool", make: blobWork(1<<40, nil)}
		s := play(t, src, nil)
		a := s.miner("a")
		first := a.find(a.job())
		for range 1000 {
			src.push(false)
			synctest.Wait()
		}
		want(t, a.hand(first), adit.ShareStale) // within the grace, and forgotten: nobody's lie
		want(t, a.hand(a.find(a.job())), adit.ShareAccepted)
		s.mu.Lock()
		l := s.lanes[0]
		s.mu.Unlock()
		l.mu.Lock()
		if n := len(l.works); n > mostWorks {
			t.Errorf("%d works are kept", n)
		}
		l.mu.Unlock()
		if m, _ := s.Crew.Member("a"); m.Slowed || m.Shares[adit.ShareStale] != 1 {
			t.Fatalf("%+v", m)
		}
		s.end()
	})
}

// The miner's own clock, an hour off in either direction, changes nothing.
func TestClocksOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := &source{url: "pool", make: blobWork(1<<40, nil)}
		s := play(t, src, nil)
		a := s.miner("a")
		for _, off := range []time.Duration{-time.Hour, time.Hour, 0} {
			sub := a.find(a.job())
			sub.At = time.Now().Add(off)
			want(t, a.hand(sub), adit.ShareAccepted)
		}
		m, _ := s.Crew.Member("a")
		if m.LastShare == nil || time.Since(*m.LastShare) != 0 || *m.Hashrate[0] <= 0 {
			t.Fatalf("%+v", m)
		}
		s.end()
	})
}
