package crew

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop"
)

// Rules.MostRate: a difficulty that was fixed too low grows until the shares are no more than allowed; vardiff never aims
// above the rate.
func TestMostRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := play(t, &source{url: "pool", make: blobWork(1<<40, nil)}, func(o *Options) {
			o.Rules.MostRate, o.Rules.Least = 0.02, adit.HashesOf(1)
		})
		if g := s.Crew.pace.Goal; g != 50*time.Second {
			t.Errorf("the goal is %s", g)
		}
		if err := s.SetDifficulty(t.Context(), s.miner("a").Member(), ptr(adit.HashesOf(2))); err != nil {
			t.Fatal(err)
		}
		a := s.miner("a")
		synctest.Wait()
		for range enoughShares {
			want(t, a.hand(a.find(a.job())), adit.ShareAccepted)
			time.Sleep(time.Second)
		}
		if d := a.job().a.Difficulty.Float(); d < 50 || d > 200 {
			t.Errorf("one share a second, 50 times too many, and the difficulty is %v", d)
		}
		s.end()
	})
}

// Rules.CheckAll: nothing is believed, however much waits; Rules.CheckLeast is the floor of the others.
func TestCheckRules(t *testing.T) {
	for _, all := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			k := &checker{}
			s := play(t, &source{url: "pool", make: blobWork(1<<40, nil)}, func(o *Options) {
				o.Checker = k
				o.Rules.CheckAll, o.Rules.CheckLeast = all, 0.5
				o.Rules.Start, o.Rules.Ban.Shares = adit.HashesOf(2), 1<<20
			})
			if err := s.SetDifficulty(t.Context(), s.miner("a").Member(), ptr(adit.HashesOf(2))); err != nil {
				t.Fatal(err)
			}
			a := s.miner("a")
			synctest.Wait()
			for range 8 * firstChecked {
				want(t, a.hand(a.find(a.job())), adit.ShareAccepted)
			}
			k.set(nil, 100*time.Millisecond)
			before := k.count()
			for range 400 {
				a.Submit(a.find(a.job()), func(coop.Verdict) {})
				time.Sleep(10 * time.Millisecond)
			}
			time.Sleep(5 * time.Minute)
			n := k.count() - before
			if all && n != 400 || !all && (n < 120 || n > 300) {
				t.Errorf("%d of 400 hashed (all %v)", n, all)
			}
			s.end()
		})
	}
}

// Rules.WorkLife cuts the grace of replaced work that is old, and Rules.History is how many jobs are remembered.
func TestWorkRules(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := &source{url: "pool", make: blobWork(1<<40, nil)}
		s := play(t, src, func(o *Options) { o.Rules.WorkLife, o.Rules.History = 10*time.Second, 300 })
		a := s.miner("a")
		synctest.Wait()
		old := a.find(a.job())
		time.Sleep(time.Minute + tickEach/2) // of the bubble; not at the very moment of a tick, which gives out jobs too
		late, still := a.find(a.job()), a.find(a.job())
		want(t, a.hand(old), adit.ShareAccepted) // the work at hand counts, however old
		src.push(false)
		synctest.Wait()
		want(t, a.hand(late), adit.ShareStale)
		fresh := a.find(a.job())
		src.push(false)
		synctest.Wait()
		want(t, a.hand(fresh), adit.ShareAccepted)
		want(t, a.hand(still), adit.ShareStale)
		for range 400 {
			src.push(false)
			synctest.Wait()
		}
		if n := len(s.Jobs(1000)); n != 300 {
			t.Errorf("%d jobs are remembered", n)
		}
		s.end()
	})
}
