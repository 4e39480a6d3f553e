package crew

import (
	"encoding/binary"
	"testing"
	"testing/synctest"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop"
	"github.com/adit-mining/adit/stratum/bitcoin"
	"github.com/adit-mining/adit/stratum/upstream"
)

var btc = adit.Coin{Symbol: "BTC", Name: "Bitcoin", Algorithm: adit.SHA256d}

// bitcoinWork is work with this much extranonce2; bits are those of regtest, which every other hash meets.
func bitcoinWork(share uint64, size int, bits uint32) func(n int) *upstream.Work {
	return func(n int) *upstream.Work {
		j := &bitcoin.Job{
			ID: "up", PrevHash: [32]byte{byte(n)}, Coinbase1: []byte{1, 2, 3, byte(n)}, Coinbase2: []byte{4, 5}, Version: 0x20000000,
			Bits: bits, Time: 1_700_000_000, Extranonce1: []byte{9, 9, 9, byte(n)}, Extranonce2Size: size, VersionMask: bitcoin.RollingMask,
		}
		network, _ := bitcoin.NetworkOf(bits)
		return &upstream.Work{JobID: "up", Algorithm: adit.SHA256d, Share: adit.HashesOf(share), Network: &network, Bitcoin: j}
	}
}

// dig searches a share of a Bitcoin job as its miner sees it.
func dig(j given1, nonce *uint32) coop.Submission {
	seen := *j.w.Bitcoin
	seen.Extranonce1, seen.Extranonce2Size = j.a.Slice.Extranonce1, j.a.Slice.Extranonce2Size
	s := bitcoin.Share{JobID: j.a.JobID, Extranonce2: make([]byte, seen.Extranonce2Size), Time: seen.Time + 5, VersionBits: 0x2000, VersionMask: seen.VersionMask}
	for {
		*nonce++
		s.Nonce = *nonce
		if bitcoin.Meets(seen.Hash(s), j.a.Difficulty) {
			return coop.Submission{JobID: j.a.JobID, Share: s, At: time.Now()}
		}
	}
}

// Bitcoin members have prefixes of the extranonce2; their shares are hashed here and go up as the pool's own.
func TestBitcoin(t *testing.T) {
	for _, x := range []struct{ size, prefix int }{{8, 2}, {4, 1}, {2, 0}} {
		synctest.Test(t, func(t *testing.T) {
			src := &source{url: "pool", make: bitcoinWork(32, x.size, 0x1d00ffff)}
			s := play(t, src, func(o *Options) { o.Coin = btc; o.Rules.Ban.Shares = 1 << 20 })
			a, b := s.miner("a"), s.miner("b")
			ja, jb := a.job(), b.job()
			if len(ja.a.Slice.Extranonce1) != 4+x.prefix || ja.a.Slice.Extranonce2Size != x.size-x.prefix ||
				string(ja.a.Slice.Extranonce1) == string(jb.a.Slice.Extranonce1) || ja.a.Difficulty != adit.HashesOf(8) {
				t.Fatalf("%+v %+v", ja.a, jb.a)
			}
			if same := a.Lane() == b.Lane(); same != (x.prefix > 0) {
				t.Fatalf("lanes %d and %d", a.Lane(), b.Lane())
			}
			nonce := uint32(0)
			ups := 0
			for range 30 {
				sub := dig(a.job(), &nonce)
				want(t, a.hand(sub), adit.ShareAccepted)
				want(t, a.hand(sub), adit.ShareDuplicate)
				synctest.Wait()
				got := src.solutions()
				if len(got) == ups {
					continue
				}
				ups = len(got)
				u := got[ups-1]
				if len(u.Share.Extranonce2) != x.size || u.Share.JobID != "up" || !bitcoin.Meets(u.Work.Bitcoin.Hash(u.Share), u.Work.Share) {
					t.Fatalf("%+v", u)
				}
				time.Sleep(5 * time.Second)
			}
			if ups == 0 {
				t.Fatal("nothing went up")
			}
			for _, y := range []struct {
				alter   func(*coop.Submission)
				outcome adit.ShareOutcome
			}{
				{func(s *coop.Submission) { s.Share.Time += bitcoin.MostTimeRoll }, adit.ShareMalformed},
				{func(s *coop.Submission) { s.Share.Extranonce2 = append(s.Share.Extranonce2, 0) }, adit.ShareMalformed},
				{func(s *coop.Submission) { s.Share.VersionBits = 1 }, adit.ShareMalformed},
				{func(s *coop.Submission) { s.Share.Time++; nobody(&s.Share, a.job()) }, adit.ShareLowDifficulty},
				{func(s *coop.Submission) { s.JobID = "7" }, adit.ShareUnknownJob},
			} {
				sub := dig(a.job(), &nonce)
				y.alter(&sub)
				want(t, a.hand(sub), y.outcome)
			}
			recs := s.ledger.all()
			if len(recs) != 30 || !recs[0].Verified || recs[0].Network != adit.HashesOf(32) || recs[0].Block {
				t.Fatalf("%d %+v", len(recs), recs[0])
			}
			if st := s.Status().Checking; st.Mode != CheckFull {
				t.Fatalf("%+v", st)
			}
			s.end()
		})
	}
}

// nobody turns a share into one that meets nothing.
func nobody(s *bitcoin.Share, j given1) {
	seen := *j.w.Bitcoin
	seen.Extranonce1, seen.Extranonce2Size = j.a.Slice.Extranonce1, j.a.Slice.Extranonce2Size
	for bitcoin.Meets(seen.Hash(*s), adit.HashesOf(2)) {
		s.Nonce++
	}
}

// A block of a Bitcoin node: its hash is known at once, it is sent whole, and late ones, too.
func TestBitcoinBlock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := &source{url: "node", solo: true, make: bitcoinWork(2, 8, 0x207fffff)}
		s := play(t, src, func(o *Options) { o.Coin = btc })
		a := s.miner("a")
		j := a.job()
		if j.a.Difficulty.Cmp(*j.w.Network) > 0 {
			t.Fatalf("%v above the network's %v", j.a.Difficulty, *j.w.Network)
		}
		nonce := uint32(0)
		solve := func() coop.Submission {
			mine := j.w.Bitcoin.Narrow(j.a.Slice.Extranonce1[4:])
			for {
				if sub := dig(j, &nonce); mine.Solves(mine.Hash(sub.Share)) {
					return sub
				}
			}
		}
		sub, late := solve(), solve()
		v := a.hand(sub)
		want(t, v, adit.ShareBlock)
		synctest.Wait()
		if got := src.solutions(); len(got) != 1 || !got[0].Block || v.BlockHash != got[0].BlockHash() || len(v.BlockHash) != 64 {
			t.Fatalf("%+v %+v", got, v)
		}
		if b := s.ledger.blocks; len(b) != 1 || b[0].Hash != v.BlockHash || b[0].Coin != "BTC" {
			t.Fatalf("%+v", b)
		}
		src.push(true)
		synctest.Wait()
		want(t, a.hand(late), adit.ShareStale)
		synctest.Wait()
		if n := len(src.solutions()); n != 2 {
			t.Fatalf("%d sent", n)
		}
		s.end()
	})
}

// The upstream moves its extranonce and difficulty while shares are under way: each counts for what it was found for.
func TestUpstreamChangesMidShare(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		difficulty := uint64(1 << 20)
		src := &source{url: "pool"}
		src.make = func(n int) *upstream.Work { return bitcoinWork(difficulty, 8, 0x1d00ffff)(n) }
		s := play(t, src, func(o *Options) { o.Coin = btc })
		a := s.miner("a")
		nonce := uint32(0)
		j := a.job()
		sub := dig(j, &nonce)
		difficulty = 4 // easier than the seat's: the seat gets it, too
		src.push(false)
		synctest.Wait()
		now := a.job()
		if now.a.Difficulty != adit.HashesOf(4) || string(now.a.Slice.Extranonce1) == string(j.a.Slice.Extranonce1) {
			t.Fatalf("%+v", now.a)
		}
		want(t, a.hand(sub), adit.ShareAccepted)
		want(t, a.hand(dig(now, &nonce)), adit.ShareAccepted)
		recs := s.ledger.all()
		if recs[0].Difficulty != adit.HashesOf(8) || recs[0].Up || recs[1].Difficulty != adit.HashesOf(4) || !recs[1].Up {
			t.Fatalf("%+v", recs)
		}
		s.end()
	})
	synctest.Test(t, func(t *testing.T) { // RandomX: the seed changes; a share of the old one is hashed under the old one
		seed := byte(1)
		src := &source{url: "pool"}
		src.make = blobWork(1<<30, func(_ int, w *upstream.Work) { w.Blob.Seed[0] = seed })
		k := &checker{}
		s := play(t, src, func(o *Options) { o.Checker = k })
		a := s.miner("a")
		sub := a.find(a.job())
		k.set(nil, time.Second)
		done := make(chan coop.Verdict, 2)
		a.Submit(sub, func(v coop.Verdict) { done <- v })
		seed = 2
		src.push(false)
		synctest.Wait()
		a.Submit(a.find(a.job()), func(v coop.Verdict) { done <- v })
		want(t, <-done, adit.ShareAccepted)
		want(t, <-done, adit.ShareAccepted)
		if binary.LittleEndian.Uint32(a.job().w.Blob.Seed[:]) != 2 || k.calls != 2 {
			t.Fatalf("%d calls", k.calls)
		}
		s.end()
	})
}
