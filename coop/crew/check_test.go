package crew

import (
	"errors"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop"
	"github.com/adit-mining/adit/stratum"
	"github.com/adit-mining/adit/stratum/upstream"
)

// lie makes a share whose claimed result meets every target and is no hash of its nonce.
func (p *player) lie(n uint32) coop.Submission {
	j := p.job()
	sub := coop.Submission{JobID: j.a.JobID, Nonce: j.a.Slice.NonceStart + n, At: time.Now()}
	sub.Result[0], sub.Result[1] = byte(n), byte(n>>8)
	sub.Result[30] = 1 // not a perfect one
	return sub
}

// Every share is hashed while there is capacity; a wrong hash is refused and never goes up.
func TestFakeResults(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := &source{url: "pool", make: blobWork(64, nil)}
		k := &checker{}
		var events []string
		s := play(t, src, func(o *Options) {
			o.Checker = k
			o.Hooks.OnMember = func(m coop.MemberID, what, _ string) { events = append(events, string(m)+" "+what) }
		})
		a, b := s.miner("honest"), s.miner("liar")
		for range 40 {
			want(t, a.hand(a.find(a.job())), adit.ShareAccepted)
		}
		banned := 0
		for n := range uint32(40) {
			v := b.hand(b.lie(n))
			switch v.Outcome {
			case adit.ShareMalformed:
				if !strings.Contains(v.Reason, "Wrong hash") {
					t.Fatalf("%+v", v)
				}
			case adit.ShareUnauthorized:
				banned++
			case "": // slowed
				time.Sleep(time.Second)
			default:
				t.Fatalf("%+v", v)
			}
			want(t, a.hand(a.find(a.job())), adit.ShareAccepted) // the others are untouched
		}
		if banned == 0 || s.gate.evicted[b.Seat] == nil {
			t.Fatalf("a liar was not shut out: %v", events)
		}
		if joined := strings.Join(events, ","); !strings.Contains(joined, "liar lied") || !strings.Contains(joined, "liar slowed") || !strings.Contains(joined, "liar banned") {
			t.Fatal(events)
		}
		if _, err := s.join(coop.Hello{Member: "liar"}); adit.CodeOf(err) != adit.Forbidden {
			t.Fatal(err)
		}
		for _, u := range src.solutions() {
			if u.Result[30] == 1 && u.Result[31] == 0 && u.Result[29] == 0 {
				t.Fatal("a fake result went up")
			}
		}
		if s.ledger.count("liar") != 0 || s.ledger.count("honest") != 80 {
			t.Fatalf("%d and %d in the ledger", s.ledger.count("liar"), s.ledger.count("honest"))
		}
		st := s.Status().Checking
		if st.Mode != CheckFull || st.Wrong == 0 || st.Hashed < 80 {
			t.Fatalf("%+v", st)
		}
		if m, _ := s.Crew.Member("honest"); *m.Checked != 1 || m.Lies != 0 || m.Slowed || m.BannedUntil != nil {
			t.Fatalf("%+v", m)
		}
		time.Sleep(11 * time.Minute) // a ban ends
		if _, err := s.join(coop.Hello{Member: "liar"}); err != nil {
			t.Fatal(err)
		}
		s.end()
	})
}

// Where hashing is too slow for all, who proved honest is sampled, and hashed always again after one lie.
func TestSampling(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := &source{url: "pool", make: blobWork(1<<40, nil)}
		k := &checker{}
		s := play(t, src, func(o *Options) {
			o.Checker = k
			o.Rules.Start, o.Rules.Goal = adit.HashesOf(2), time.Nanosecond // no vardiff in the way
			o.Rules.Ban.Shares = 1 << 20
		})
		if err := s.SetDifficulty(t.Context(), s.miner("a").Member(), ptr(adit.HashesOf(2))); err != nil {
			t.Fatal(err)
		}
		a := s.miner("a")
		synctest.Wait()
		for range 2 * firstChecked {
			want(t, a.hand(a.find(a.job())), adit.ShareAccepted)
		}
		if n := k.count(); n != 2*firstChecked {
			t.Fatalf("%d of %d hashed with time to spare", n, 2*firstChecked)
		}
		k.set(nil, 100*time.Millisecond)
		before := k.count()
		waiting := make(chan coop.Verdict, 2000)
		for range 1000 {
			a.Submit(a.find(a.job()), func(v coop.Verdict) { waiting <- v })
			time.Sleep(10 * time.Millisecond) // ten times what can be hashed
		}
		if st := s.Status().Checking; st.Mode != CheckSampled || st.Waiting > 100 {
			t.Fatalf("%+v", st)
		}
		time.Sleep(time.Minute)
		for range 1000 {
			want(t, <-waiting, adit.ShareAccepted)
		}
		if n := k.count() - before; n < 80 || n > 400 {
			t.Fatalf("%d of 1000 hashed", n)
		}
		k.set(nil, 0)
		for n := uint32(1 << 20); ; n++ { // sooner or later a lie is hashed: at once, for there is time
			if v := a.hand(a.lie(n)); v.Outcome == adit.ShareMalformed {
				break
			} else if n > 1<<20+2000 {
				t.Fatalf("%+v", v)
			}
		}
		m, _ := s.Crew.Member("a")
		if m.Lies != 1 {
			t.Fatalf("%+v", m)
		}
		k.set(nil, 100*time.Millisecond)
		before = k.count()
		for range 50 {
			a.Submit(a.find(a.job()), func(v coop.Verdict) { waiting <- v })
		}
		time.Sleep(time.Minute)
		for range 50 {
			want(t, <-waiting, adit.ShareAccepted)
		}
		if n := k.count() - before; n != 50 {
			t.Fatalf("%d of 50 hashed after a lie", n)
		}
		s.end()
	})
}

func ptr[T any](v T) *T { return &v }

// The formula of trust, and its floor.
func TestTrust(t *testing.T) {
	var k trust
	for range firstChecked - 1 {
		k.hashed(true)
		if k.fraction(leastChecked) != 1 {
			t.Fatal("an unproven member is sampled")
		}
	}
	for range 10 * firstChecked {
		k.hashed(true)
	}
	if f := k.fraction(leastChecked); f >= 0.2 || f < 0.05 {
		t.Fatal(f)
	}
	for range 100_000 {
		k.hashed(true)
	}
	if k.fraction(leastChecked) != leastChecked {
		t.Fatal(k.fraction(leastChecked))
	}
	k.hashed(false)
	if k.fraction(leastChecked) != 1 || k.unproven() != 2*firstChecked {
		t.Fatalf("%+v", k)
	}
	for range 300 {
		k.hashed(false)
	}
	if k.unproven() != mostUnproven {
		t.Fatal(k.unproven())
	}
	for range mostUnproven * 3 {
		k.hashed(true)
	}
	if k.lies != 255-3 {
		t.Fatal(k.lies)
	}
}

// A member's policy can force all; a checker that fails makes a proxy, but not for members who must not be believed.
func TestCheckerAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := &source{url: "pool", make: blobWork(1<<40, nil)}
		k := &checker{}
		s := play(t, src, func(o *Options) { o.Checker = k })
		a, b := s.miner("a"), s.miner("b")
		if err := s.SetPolicy(t.Context(), "b", true); err != nil {
			t.Fatal(err)
		}
		want(t, a.hand(a.find(a.job())), adit.ShareAccepted)
		k.set(errors.New("adit-miner broke"), 0)
		start := time.Now()
		want(t, a.hand(a.find(a.job())), adit.ShareAccepted) // waits for the grace, then counts as claimed
		if took := time.Since(start); took < awayGrace || took > awayGrace+5*time.Second {
			t.Fatal(took)
		}
		if st := s.Status().Checking; st.Mode != CheckProxy || !strings.Contains(st.Reason, "adit-miner broke") {
			t.Fatalf("%+v", st)
		}
		sub := b.find(b.job())
		if v := b.hand(sub); v.Outcome != "" || !strings.Contains(v.Reason, "hashed") {
			t.Fatalf("%+v", v)
		}
		k.set(nil, 0)
		time.Sleep(10 * time.Second)
		if st := s.Status().Checking; st.Mode != CheckFull {
			t.Fatalf("%+v", st)
		}
		want(t, b.hand(sub), adit.ShareAccepted) // what was not judged may come again
		if v, _ := s.Crew.Member("b"); v.Shares[""] != 1 || v.Shares[adit.ShareAccepted] != 1 || *v.Checked != 1 {
			t.Fatalf("%+v", v)
		}
		s.end()
	})
}

// Blocks go up at once, unhashed, late, and while the ledger is full; only what a node took is a block.
func TestBlocks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		reward := uint64(600_000_000_000)
		src := &source{url: "node", solo: true, make: blobWork(64, func(n int, w *upstream.Work) {
			w.Blob.Cut = cutter(w.Blob.Bytes)
			w.Network, w.Reward = ptr(adit.HashesOf(64)), &reward
		})}
		src.judge = func(upstream.Solution) stratum.Verdict { return stratum.Verdict{Outcome: adit.ShareBlock} }
		k := &checker{}
		var blocks []coop.FoundBlock
		s := play(t, src, func(o *Options) {
			o.Checker = k
			o.Hooks.OnBlock = func(b coop.FoundBlock) { blocks = append(blocks, b) }
			o.Rules.Start = adit.HashesOf(1000) // above the network's
		})
		a := s.worker("cert/a")
		j := a.job()
		if j.a.Difficulty != adit.HashesOf(64) || !j.a.Slice.Extra || j.a.Slice.NonceEnd != 0xffffffff {
			t.Fatalf("%+v", j.a)
		}
		k.set(nil, time.Minute) // hashing it first would cost the block
		done := make(chan coop.Verdict, 1)
		sub := a.find(j)
		a.Submit(sub, func(v coop.Verdict) { done <- v })
		synctest.Wait()
		if got := src.solutions(); len(got) != 1 || !got[0].Block || got[0].Extra != j.a.Slice.Index || got[0].Nonce != sub.Nonce {
			t.Fatalf("%+v", got)
		}
		v := <-done
		want(t, v, adit.ShareBlock)
		synctest.Wait()
		if !v.Block || len(v.BlockHash) != 64 || len(blocks) != 1 || blocks[0].Hash != v.BlockHash || *blocks[0].Reward != reward ||
			blocks[0].Member != "cert/a" || blocks[0].Share != 1 || blocks[0].Coin != "XMR" || len(s.ledger.blocks) != 1 {
			t.Fatalf("%+v %+v", v, blocks)
		}
		k.set(nil, 0)
		// Late: refused as stale, sent all the same, once.
		late := a.find(j)
		src.push(true)
		synctest.Wait()
		want(t, a.hand(late), adit.ShareStale)
		want(t, a.hand(late), adit.ShareStale)
		synctest.Wait()
		if n := len(src.solutions()); n != 2 || len(blocks) != 2 {
			t.Fatalf("%d sent, %d blocks", n, len(blocks))
		}
		// The ledger cannot write: the share is refused with the reason, the block goes up.
		s.ledger.set(fmt.Errorf("the folder is full: %w", syscall.ENOSPC))
		v = a.hand(a.find(a.job()))
		if v.Outcome != "" || !strings.HasSuffix(v.Reason, "the coordinator's disk is full") || !v.Block {
			t.Fatalf("%+v", v)
		}
		synctest.Wait()
		if n := len(src.solutions()); n != 3 || len(blocks) != 2 {
			t.Fatalf("%d sent, %d blocks", n, len(blocks))
		}
		if st := s.Status(); st.Trouble == nil || st.Unwritten != 1 || st.Blocks != 3 || st.LastBlock == nil {
			t.Fatalf("%+v", st)
		}
		s.ledger.set(nil) // it is written as soon as that can be
		time.Sleep(writeTime)
		synctest.Wait()
		if len(blocks) != 3 || len(s.ledger.blocks) != 3 || blocks[2].Share != 0 {
			t.Fatalf("%+v", blocks)
		}
		s.end()
	})
}

// A ledger that fails refuses shares with its reason, and the same share counts once it can be written.
func TestLedgerFull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := &source{url: "pool", make: blobWork(1<<40, nil)}
		s := play(t, src, nil)
		a := s.miner("a")
		if err := s.SetDifficulty(t.Context(), "a", ptr(adit.HashesOf(4))); err != nil {
			t.Fatal(err)
		}
		s.ledger.set(fmt.Errorf("the folder is full: %w", syscall.ENOSPC))
		sub := a.find(a.job())
		for range 40 { // nobody's fault
			if v := a.hand(sub); v.Outcome != "" || !strings.HasSuffix(v.Reason, "the coordinator's disk is full") {
				t.Fatalf("%+v", v)
			}
		}
		if st := s.Status(); st.Trouble == nil || st.Unwritten != 40 || !st.Working {
			t.Fatalf("%+v", st)
		}
		s.ledger.set(nil)
		want(t, a.hand(sub), adit.ShareAccepted)
		want(t, a.hand(sub), adit.ShareDuplicate)
		if m, _ := s.Crew.Member("a"); m.BannedUntil != nil || m.Slowed || m.Shares[adit.ShareAccepted] != 1 {
			t.Fatalf("%+v", m)
		}
		s.end()
	})
}
