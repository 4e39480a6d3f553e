package crew

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop"
	"github.com/adit-mining/adit/stratum"
	"github.com/adit-mining/adit/stratum/upstream"
)

// The way of a share, and each check in its order.
func TestSubmit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := &source{url: "pool", make: blobWork(1000, nil)}
		s := play(t, src, nil)
		a, b := s.miner("alice"), s.miner("bob")
		ja, jb := a.job(), b.job()
		if ja.a.Slice.NonceStart == jb.a.Slice.NonceStart || !ja.a.Slice.Byte || ja.a.Slice.Index == 0 || !ja.a.Plain || ja.a.JobID != ja.w.ID {
			t.Fatalf("%+v %+v", ja.a, jb.a)
		}
		if ja.a.Difficulty != adit.HashesOf(8) || ja.a.Target != stratum.TargetOf(8) {
			t.Fatalf("%+v", ja.a)
		}
		sub := a.find(ja)
		v := a.hand(sub)
		want(t, v, adit.ShareAccepted)
		if v.Difficulty != adit.HashesOf(8) || v.Block {
			t.Fatalf("%+v", v)
		}
		want(t, a.hand(sub), adit.ShareDuplicate)
		want(t, b.hand(sub), adit.ShareDuplicate) // seen before in this work comes before the slice
		other := a.find(ja)
		want(t, b.hand(other), adit.ShareMalformed) // another member's nonce
		low := sub
		low.Nonce++
		low.Result[31] = 0xff
		want(t, a.hand(low), adit.ShareLowDifficulty)
		low.JobID = "nonsense"
		want(t, a.hand(low), adit.ShareUnknownJob)
		low.JobID, low.Algo = ja.a.JobID, "rx/wow"
		want(t, a.hand(low), adit.ShareMalformed)
		// Work that is not clean leaves the grace to the one before it, clean work does not.
		src.push(false)
		synctest.Wait()
		if a.job().w == ja.w {
			t.Fatal("no new job")
		}
		want(t, a.hand(other), adit.ShareAccepted)
		time.Sleep(5*time.Second + 1)
		want(t, a.hand(a.find(ja)), adit.ShareStale)
		j := a.job()
		src.push(true)
		synctest.Wait()
		want(t, a.hand(a.find(j)), adit.ShareStale)
		recs := s.ledger.all()
		if len(recs) != 2 || recs[0].Member != "alice" || recs[0].WorkSeq != ja.w.Seq || recs[0].Difficulty != adit.HashesOf(8) ||
			recs[0].Network != adit.HashesOf(1000) || recs[0].Height != *ja.w.Height || recs[0].Verified {
			t.Fatalf("%+v", recs)
		}
		st := s.Status()
		if !st.Working || st.Online != 2 || st.Seats != 2 || st.Shares[adit.ShareAccepted] != 2 || st.Shares[adit.ShareStale] != 2 ||
			st.Checking.Mode != CheckProxy || st.Hashrate[0] == nil || len(st.Lanes) != 1 || st.Jobs != 3 {
			t.Fatalf("%+v", st)
		}
		m, err := s.Crew.Member("alice")
		if err != nil || m.Shares[adit.ShareAccepted] != 2 || m.Shares[adit.ShareDuplicate] != 1 || m.LastShare == nil || len(m.Seats) != 1 || m.Seats[0].Accepted != 2 {
			t.Fatalf("%+v %v", m, err)
		}
		if sh := s.Shares(100); len(sh) != 10 || sh[0].Outcome != adit.ShareStale || sh[9].Seq != 1 {
			t.Fatalf("%d %+v", len(sh), sh)
		}
		if jobs := s.Jobs(2); len(jobs) != 2 || !jobs[0].Clean || jobs[1].Clean || jobs[0].Upstream != "pool" {
			t.Fatalf("%+v", jobs)
		}
		a.leave()
		v = a.hand(a.find(a.job()))
		want(t, v, adit.ShareUnauthorized)
		if _, ok := a.Assign(a.Newest()); ok {
			t.Fatal("who left is assigned work")
		}
		s.end()
	})
}

// Shares that the upstream wants go up once, and its word is written down and counted.
func TestUpstreamShares(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := &source{url: "pool", make: blobWork(8, nil)}
		src.judge = func(u upstream.Solution) stratum.Verdict {
			if len(src.got) == 2 {
				return stratum.Verdict{Outcome: adit.ShareLowDifficulty, Text: "Low difficulty share"}
			}
			return stratum.Verdict{Outcome: adit.ShareAccepted}
		}
		var told []adit.ShareOutcome
		s := play(t, src, func(o *Options) {
			o.Hooks.OnUpstream = func(_ string, v adit.ShareOutcome, _ time.Duration) { told = append(told, v) }
		})
		a := s.miner("alice")
		for range 3 {
			want(t, a.hand(a.find(a.job())), adit.ShareAccepted)
			time.Sleep(time.Millisecond)
		}
		if got := src.solutions(); len(got) != 3 || got[0].Block || !stratum.Meets(got[0].Result, got[0].Work.Blob.Target) {
			t.Fatalf("%+v", got)
		}
		if w := s.ledger.words(); len(w) != 3 || w[2] != adit.ShareLowDifficulty || w[3] != adit.ShareAccepted {
			t.Fatalf("%v", w)
		}
		if len(told) != 3 || told[1] != adit.ShareLowDifficulty {
			t.Fatal(told)
		}
		m, _ := s.Crew.Member("alice")
		if m.Refused != 1 {
			t.Fatalf("%+v", m)
		}
		sh := s.Shares(3)
		if !sh[0].Up || sh[0].UpOutcome != adit.ShareAccepted || sh[1].UpOutcome != adit.ShareLowDifficulty {
			t.Fatalf("%+v", sh)
		}
		st := s.Status().Lanes[0].Upstream
		if st.Accepted != 2 || st.Rejected != 1 || st.AcceptedWork != adit.HashesOf(16) {
			t.Fatalf("%+v", st)
		}
		s.end()
	})
}

// While the upstream is away seats stay, and they go on by themselves.
func TestUpstreamAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := &source{url: "pool", make: blobWork(1000, nil)}
		s := play(t, src, nil)
		a := s.miner("alice")
		j := a.job()
		src.lose(errors.New("nobody home"))
		time.Sleep(time.Second)
		if a.Newest() != nil {
			t.Fatal("there is work without an upstream")
		}
		want(t, a.hand(a.find(j)), adit.ShareStale)
		if _, err := s.join(coop.Hello{Member: "late"}); err == nil || !strings.Contains(err.Error(), "nobody home") {
			t.Fatal(err)
		}
		if st := s.Status(); st.Working || !strings.Contains(st.Reason, "nobody home") || st.Seats != 1 || st.Waiting != 0 {
			t.Fatalf("%+v", st)
		}
		src.set(nil)
		time.Sleep(2 * time.Minute)
		if a.job().w == j.w {
			t.Fatal("it did not resume")
		}
		want(t, a.hand(a.find(a.job())), adit.ShareAccepted)
		if st := s.Status(); !st.Working || st.Reconnect != 1 {
			t.Fatalf("%+v", st)
		}
		s.end()
	})
}
