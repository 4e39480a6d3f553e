package ledger

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop"
	"github.com/adit-mining/adit/coop/payout"
	"github.com/adit-mining/adit/internal/badline"
	"github.com/adit-mining/adit/store/sqldb"
	"github.com/adit-mining/adit/store/sqldb/sqltest"
)

// sink takes blocks, unless it is away.
type sink struct {
	got  []coop.FoundBlock
	away bool
}

func (s *sink) TakeBlock(_ context.Context, b coop.FoundBlock) error {
	if s.away {
		return errors.New("away")
	}
	s.got = append(s.got, b)
	return nil
}

func blockNo(n int) coop.FoundBlock {
	reward := uint64(600 + n)
	return coop.FoundBlock{At: noon.Add(time.Duration(n) * time.Second), Share: uint64(n), Member: "m1", Coin: "XMR", Height: uint64(1000 + n),
		Hash: fmt.Sprintf("%064x", n), Reward: &reward}
}

func sameBlock(a, b coop.FoundBlock) bool {
	return a.Share == b.Share && a.Hash == b.Hash && a.Height == b.Height && a.Member == b.Member && a.Coin == b.Coin && a.At.Equal(b.At) &&
		(a.Reward == nil) == (b.Reward == nil) && (a.Reward == nil || *a.Reward == *b.Reward)
}

// TestIndex: closed segments have rows, members their tallies, whatever order crashes and restarts come in.
func TestIndex(t *testing.T) {
	sqltest.Each(t, func(t *testing.T, db *sqldb.DB) {
		o := Options{Dir: t.TempDir(), DB: db, SegmentBytes: 4096, PackAfter: -1}
		s := &sink{}
		want := 0
		for restart := range 4 {
			l := open(t, o)
			for range 4 {
				add(t, l, want, want+60)
				want += 60
			}
			if restart != 1 { // once it dies before it has indexed anything
				if err := l.index(t.Context(), s); err != nil {
					t.Fatal(err)
				}
			}
			checkSums(t, l, want, restart == 1)
			_ = l.Close()
		}
		l := open(t, o)
		if err := l.index(t.Context(), s); err != nil {
			t.Fatal(err)
		}
		rows, err := segments(t.Context(), db, l.ID())
		if err != nil || len(rows) != len(l.Segments())-1 {
			t.Fatalf("%d rows, %d segments, %v", len(rows), len(l.Segments()), err)
		}
		for i, r := range rows {
			have := l.Segments()[i]
			if r.Last != rows[min(i+1, len(rows)-1)].First-1 && i < len(rows)-1 || r.Shares != r.Last-r.First+1 || r.SHA256 == "" || have.SHA256 != r.SHA256 {
				t.Errorf("row %d: %+v", i, r)
			}
		}
		checkSums(t, l, want, false)
		if r, err := l.Verify(t.Context()); err != nil || !r.OK() || r.Shares != uint64(want) {
			t.Errorf("%+v %v", r, err)
		}
		half, err := l.SumsBetween(t.Context(), noon, noon.Add(100*time.Millisecond))
		if err != nil || len(half) != 7 {
			t.Errorf("%v %v", half, err)
		}
	})
}

// checkSums compares the members' sums with the shares; without a row a closed segment is not counted yet.
func checkSums(t *testing.T, l *Ledger, shares int, waiting bool) {
	t.Helper()
	want := map[coop.MemberID]Sum{}
	for n := range shares {
		r := shareNo(n)
		score := payout.Score(r.Difficulty, r.Network)
		want[r.Member] = want[r.Member].plus(Sum{Member: r.Member, Shares: 1, Hashes: payout.Weight(r.Difficulty), Score: score, FirstAt: r.At, LastAt: r.At})
	}
	got, err := l.Sums(t.Context())
	if err != nil || len(got) != len(want) {
		t.Fatalf("%d members, want %d: %v", len(got), len(want), err)
	}
	for _, s := range got {
		w := want[s.Member]
		if !waiting && (s.Shares != w.Shares || s.Hashes != w.Hashes || s.Score != w.Score || !s.FirstAt.Equal(w.FirstAt)) {
			t.Errorf("%s has %+v, want %+v", s.Member, s, w)
		}
	}
}

// TestDatabaseAway: shares are written while the database cannot be reached, and its rows come when it can.
func TestDatabaseAway(t *testing.T) {
	dsn, err := url.Parse(sqltest.PostgreSQL(t))
	if err != nil {
		t.Fatal(err)
	}
	line := badline.To(t, dsn.Host)
	dsn.Host = line.Addr()
	line.Poor()
	db := sqltest.Open(t, dsn.String())
	l := open(t, Options{DB: db, SegmentBytes: 4096, PackAfter: -1})
	add(t, l, 0, 200)
	if err := l.index(t.Context(), &sink{}); err != nil {
		t.Fatalf("over a poor line: %v", err)
	}
	line.Mend()
	line.Down()
	add(t, l, 200, 500)
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	if err := l.index(ctx, &sink{}); err == nil {
		t.Error("rows were written into a database that is away")
	}
	same(t, l, 500)
	line.Up()
	if err := l.index(t.Context(), &sink{}); err != nil {
		t.Fatal(err)
	}
	checkSums(t, l, 500, false)
	rows, err := segments(t.Context(), db, l.ID())
	if err != nil || len(rows) != len(l.Segments())-1 {
		t.Errorf("%d rows, %d segments, %v", len(rows), len(l.Segments()), err)
	}
}

// TestBlocksAreDelivered: a block is told until it was taken, over restarts too, and comes back as it was.
func TestBlocksAreDelivered(t *testing.T) {
	o := Options{Dir: t.TempDir(), SegmentBytes: 4096, PackAfter: -1}
	l := open(t, o)
	s := &sink{away: true}
	for n := 1; n <= 3; n++ {
		add(t, l, n*100-100, n*100)
		b := blockNo(n * 100)
		if n == 2 {
			b.Reward = nil
		}
		if err := l.Found(t.Context(), b); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.deliver(t.Context(), s); err == nil || len(l.Undelivered()) != 3 {
		t.Fatalf("%v, %d wait", err, len(l.Undelivered()))
	}
	_ = l.Close()
	l = open(t, o)
	s.away = false
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- l.Run(ctx, s) }()
	for len(l.Undelivered()) > 0 || func() bool { seg, _ := l.unindexed(); return seg != nil }() {
		<-time.After(time.Millisecond)
	}
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	for n := 1; n <= 3; n++ {
		want := blockNo(n * 100)
		if n == 2 {
			want.Reward = nil
		}
		if !slices.ContainsFunc(s.got, func(b coop.FoundBlock) bool { return sameBlock(b, want) }) {
			t.Errorf("block %d was not delivered: %+v", n, s.got)
		}
	}
}

// TestPack: old segments are compressed, read as before, and never those that a window needs.
func TestPack(t *testing.T) {
	db := sqltest.Open(t, sqltest.SQLite(t))
	now := noon
	o := Options{Dir: t.TempDir(), DB: db, SegmentBytes: 4096, PackAfter: time.Hour, Now: func() time.Time { return now }}
	l := open(t, o)
	for at := 0; at < 500; at += 50 {
		add(t, l, at, at+50)
	}
	if err := l.index(t.Context(), &sink{}); err != nil {
		t.Fatal(err)
	}
	l.Keep(300)
	count := func() (gz, plain int) {
		a, _ := filepath.Glob(filepath.Join(o.Dir, "*.seg.gz"))
		b, _ := filepath.Glob(filepath.Join(o.Dir, "*.seg"))
		return len(a), len(b)
	}
	for range 20 {
		if err := l.pack(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if gz, _ := count(); gz != 0 {
		t.Errorf("%d were packed that are young", gz)
	}
	now = noon.Add(2 * time.Hour)
	for range 20 {
		if err := l.pack(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	gz, plain := count()
	if gz == 0 || plain < 2 {
		t.Errorf("%d packed, %d plain", gz, plain)
	}
	for _, s := range l.Segments() {
		if s.Packed && s.Last >= 300 {
			t.Errorf("%s was packed; a window needs it", s.File)
		}
	}
	same(t, l, 500)
	_ = l.Close()
	l = open(t, o)
	same(t, l, 500)
	if r, err := l.Verify(t.Context()); err != nil || !r.OK() {
		t.Errorf("%+v %v", r, err)
	}
	_ = l.Close()
	l = open(t, Options{Dir: o.Dir, SegmentBytes: 4096}) // its index lost
	same(t, l, 500)
}

// TestWindowIsTheWalk: the window that moves over files is the walk back of the definition, for any history and any end.
func TestWindowIsTheWalk(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		dir := t.TempDir()
		l, err := Open(t.Context(), Options{Dir: dir, SegmentBytes: 4096})
		if err != nil {
			rt.Fatal(err)
		}
		defer func() { _ = l.Close() }()
		n := rapid.IntRange(1, 400).Draw(rt, "shares")
		var shares []payout.Share
		acked := make(chan error, n)
		for i := range n {
			r := coop.ShareRecord{Member: coop.MemberID(rapid.SampledFrom([]string{"a", "b", "c", "d"}).Draw(rt, "who")), At: noon,
				Difficulty: adit.HashesOf(rapid.Uint64Range(1, 500).Draw(rt, "d")), Network: adit.HashesOf(rapid.Uint64Range(1, 3000).Draw(rt, "D"))}
			shares = append(shares, payout.Share{Seq: uint64(i + 1), Member: r.Member, Difficulty: r.Difficulty, Network: r.Network})
			l.Append(r, func(_ uint64, err error) { acked <- err })
			if i%40 == 0 { // several batches, so several segments
				for len(acked) <= i {
					<-time.After(50 * time.Microsecond)
				}
			}
		}
		for range n {
			if err := <-acked; err != nil {
				rt.Fatal(err)
			}
		}
		m := rapid.SampledFrom([]payout.Measure{payout.ByScore, payout.ByHashes}).Draw(rt, "measure")
		limit := payout.Windows(rapid.Uint64Range(1, 30_000_000).Draw(rt, "x"))
		if m == payout.ByHashes {
			limit = payout.Weight{Lo: rapid.Uint64Range(1, 50_000).Draw(rt, "hashes")}
		}
		end := rapid.IntRange(1, n).Draw(rt, "end")
		moving := l.Window(limit, m, uint64(end))
		defer moving.Close()
		for ; end <= n; end += rapid.IntRange(1, 100).Draw(rt, "step") {
			if err := moving.Advance(t.Context(), uint64(end)); err != nil {
				rt.Fatal(err)
			}
			got, _, _ := moving.Tally()
			want, err := payout.Walk(limit, m, func(yield func(payout.Share) bool) {
				for _, s := range slices.Backward(shares[:end]) {
					if !yield(s) {
						return
					}
				}
			})
			if err != nil {
				rt.Fatal(err)
			}
			if fmt.Sprint(got) != fmt.Sprint(want) {
				rt.Fatalf("at share %d: %+v, want %+v", end, got, want)
			}
		}
	})
}

// TestUpstream adds up what the upstream took, verdicts that come late included.
func TestUpstream(t *testing.T) {
	l := open(t, Options{})
	put := func(up bool, d uint64, at time.Duration) uint64 {
		got := make(chan uint64, 1)
		l.Append(coop.ShareRecord{Member: "m", At: noon.Add(at), Difficulty: adit.HashesOf(1), Network: adit.HashesOf(d), Up: up}, func(seq uint64, err error) {
			if err != nil {
				t.Error(err)
			}
			got <- seq
		})
		return <-got
	}
	a := put(true, 100, 0)
	put(false, 1000, time.Second)
	b := put(true, 200, 2*time.Second)
	c := put(true, 400, 3*time.Second)
	d := put(true, 800, 4*time.Second) // never answered
	l.Verdict(a, "m", adit.ShareAccepted, "")
	l.Verdict(b, "m", adit.ShareLowDifficulty, "low")
	e := put(true, 1600, 5*time.Second)
	l.Verdict(c, "m", adit.ShareBlock, "")
	l.Verdict(e, "m", adit.ShareAccepted, "")
	put(false, 1, time.Minute)
	sum, n, err := l.Upstream(t.Context(), 1, d)
	if err != nil || n != 2 || sum != (payout.Weight{Lo: 500}) {
		t.Errorf("%s of %d shares, %v", sum, n, err)
	}
	if until, err := l.Until(t.Context(), noon.Add(2500*time.Millisecond)); err != nil || until != b {
		t.Errorf("until %d %v", until, err)
	}
	if until, err := l.Until(t.Context(), noon.Add(-time.Second)); err != nil || until != 0 {
		t.Errorf("until %d %v", until, err)
	}
	if until, err := l.Until(t.Context(), noon.Add(time.Hour)); err != nil || until != 7 {
		t.Errorf("until %d %v", until, err)
	}
}

// TestRecent gives back what a crew must know not to count a solution twice.
func TestRecent(t *testing.T) {
	dir := filledLedger(t, 400, Options{SegmentBytes: 4096})
	l := open(t, Options{Dir: dir})
	var keys []uint64
	since := shareNo(350).At
	if err := l.Recent(t.Context(), since, func(r coop.ShareRecord) { keys = append(keys, r.Key) }); err != nil {
		t.Fatal(err)
	}
	if len(keys) != 50 || keys[0] != shareNo(350).Key || l.LastWork() != shareNo(399).WorkSeq {
		t.Errorf("%d keys, work %d", len(keys), l.LastWork())
	}
}

// TestWordsOfDamage are for people.
func TestWordsOfDamage(t *testing.T) {
	d := &Damage{File: "/x/00000001.seg", Offset: 200, Why: "the checksum of a record does not match", Next: 248}
	if s := d.Error(); !strings.Contains(s, "/x/00000001.seg at byte 200") || !strings.Contains(s, "go on at byte 248") {
		t.Error(s)
	}
}
