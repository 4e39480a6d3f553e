package crew

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop"
	"github.com/adit-mining/adit/store/sqldb"
	"github.com/adit-mining/adit/store/sqldb/sqltest"
	"github.com/adit-mining/adit/stratum/upstream"
)

// Who may join, and in which words who may not hears of it.
func TestJoinRules(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := &source{url: "pool", make: blobWork(1000, nil)}
		s := play(t, src, func(o *Options) { o.Rules.MostMembers = 4; o.Rules.MostSeats = 5 })
		refused := func(h coop.Hello, code adit.Code, words string) {
			t.Helper()
			if _, err := s.join(h); adit.CodeOf(err) != code || !strings.Contains(err.Error(), words) {
				t.Fatalf("%v, want %s %q", err, code, words)
			}
		}
		refused(coop.Hello{Member: "", Via: coop.ViaGRPC}, adit.Invalid, "name")
		refused(coop.Hello{Member: coop.MemberID(strings.Repeat("x", 129))}, adit.Invalid, "128")
		refused(coop.Hello{Member: "a\nb"}, adit.Invalid, "control")
		refused(coop.Hello{Member: "a", Algos: []adit.Algorithm{"kawpow"}}, adit.Unsupported, "rx/0")
		a := s.miner("a")
		s.miner("a") // a login may sit many times
		if err := s.SetPassword(t.Context(), "a", "secret"); err != nil {
			t.Fatal(err)
		}
		refused(coop.Hello{Member: "a", Password: "x"}, adit.Forbidden, "password")
		if _, err := s.join(coop.Hello{Member: "a", Password: "secret"}); err != nil {
			t.Fatal(err)
		}
		if h := a.Hello(); h.Member != "a" || h.Password != "" || !h.Remote.IsValid() {
			t.Fatalf("%+v", h)
		}
		refused(coop.Hello{Member: "a", Password: "secret2"}, adit.Forbidden, "password")
		refused(coop.Hello{Member: "a", Via: coop.ViaGRPC}, adit.Forbidden, "stratum")
		if err := s.Suspend(t.Context(), "a", "cheats"); err != nil {
			t.Fatal(err)
		}
		if s.gate.evicted[a.Seat] == nil || s.Status().Seats != 0 {
			t.Fatalf("%+v", s.Status())
		}
		refused(coop.Hello{Member: "a", Password: "secret"}, adit.Forbidden, "cheats")
		want(t, a.hand(coop.Submission{}), adit.ShareUnauthorized)
		if err := s.Unsuspend(t.Context(), "a"); err != nil {
			t.Fatal(err)
		}
		if err := s.SetPassword(t.Context(), "a", ""); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"a", "b", "c", "d"} {
			s.miner(name)
		}
		refused(coop.Hello{Member: "e"}, adit.Conflict, "takes no new ones")
		s.miner("a")
		refused(coop.Hello{Member: "a"}, adit.Conflict, "full")
		for _, err := range []error{
			s.Suspend(t.Context(), "nobody", ""), s.Unsuspend(t.Context(), "nobody"), s.SetPolicy(t.Context(), "nobody", true),
			s.SetDifficulty(t.Context(), "nobody", nil), s.Pause(t.Context(), "nobody"), s.Shutdown("nobody"),
		} {
			if adit.CodeOf(err) != adit.NotFound {
				t.Fatal(err)
			}
		}
		if err := s.Pause(t.Context(), "a"); adit.CodeOf(err) != adit.Unsupported {
			t.Fatal(err)
		}
		s.end()
	})
	synctest.Test(t, func(t *testing.T) {
		src := &source{url: "pool", make: blobWork(1000, nil)}
		s := play(t, src, func(o *Options) { o.Rules.InviteOnly = true })
		if _, err := s.join(coop.Hello{Member: "a"}); adit.CodeOf(err) != adit.Forbidden || !strings.Contains(err.Error(), "invitation") {
			t.Fatal(err)
		}
		if err := s.Add(t.Context(), "a", "Ann", coop.ViaStratum, "the operator"); err != nil {
			t.Fatal(err)
		}
		if err := s.Add(t.Context(), "a", "Ann", coop.ViaStratum, "the operator"); adit.CodeOf(err) != adit.Conflict {
			t.Fatal(err)
		}
		s.miner("a")
		s.worker("cert/w") // its certificate is the invitation
		if m, _ := s.Crew.Member("a"); m.Name != "Ann" || m.InvitedBy != "the operator" || m.Number != 1 {
			t.Fatalf("%+v", m)
		}
		s.end()
	})
}

// A worker that comes anew takes its place again: the former stream is replaced, and what it found meanwhile counts.
func TestWorkerComesAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := &source{url: "pool", make: blobWork(1000, nil)}
		s := play(t, src, nil)
		a := s.worker("cert/a")
		other := s.worker("cert/b")
		j := a.job()
		found := a.find(j)
		again := s.worker("cert/a")
		if s.gate.evicted[a.Seat] == nil || s.gate.evicted[other.Seat] != nil {
			t.Fatalf("%v", s.gate.evicted)
		}
		if again.job().a.Slice.Index == j.a.Slice.Index {
			t.Fatal("it searches the same nonces again")
		}
		if again.job().a.JobID == j.a.JobID || again.job().w != j.w {
			t.Fatalf("%+v", again.job())
		}
		want(t, again.hand(found), adit.ShareAccepted) // found while it was away
		want(t, again.hand(again.find(again.job())), adit.ShareAccepted)
		if st := s.Status(); st.Seats != 2 || st.Online != 2 {
			t.Fatalf("%+v", st)
		}
		// The same where the break was noticed before.
		found = again.find(again.job())
		again.leave()
		again = s.worker("cert/a")
		want(t, again.hand(found), adit.ShareAccepted)
		a.leave() // its stream ends late: nothing happens
		if st := s.Status(); st.Seats != 2 {
			t.Fatalf("%+v", st)
		}
		s.Revoke("cert")
		if st := s.Status(); st.Seats != 0 || s.gate.evicted[again.Seat] == nil {
			t.Fatalf("%+v", st)
		}
		s.end()
	})
}

// A stranger holds a slot, gets no credit, and frees it at once.
func TestStranger(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := &source{url: "pool", make: blobWork(1000, nil)}
		s := play(t, src, nil)
		p, err := s.join(coop.Hello{})
		if err != nil {
			t.Fatal(err)
		}
		j := p.job()
		if p.Member() != "" || j.w == nil {
			t.Fatalf("%+v", j)
		}
		want(t, p.hand(p.find(j)), adit.ShareUnauthorized)
		p.leave()
		q, _ := s.join(coop.Hello{})
		if q.job().a.Slice.Index != j.a.Slice.Index {
			t.Fatal("the slot was not free at once")
		}
		if err := q.Introduce(coop.Hello{Member: "", Via: coop.ViaStratum}); adit.CodeOf(err) != adit.Invalid {
			t.Fatal(err)
		}
		if err := q.Introduce(coop.Hello{Member: "ann", Via: coop.ViaStratum, Agent: "cgminer"}); err != nil {
			t.Fatal(err)
		}
		if err := q.Introduce(coop.Hello{Member: "bob", Via: coop.ViaStratum}); adit.CodeOf(err) != adit.Conflict {
			t.Fatal(err)
		}
		want(t, q.hand(q.find(q.job())), adit.ShareStale) // not assigned since it said who it is
		q.twice = true                                    // a gate gives no work to strangers, this one did
		q.take(q.Newest())
		want(t, q.hand(q.find(q.job())), adit.ShareAccepted)
		if m, _ := s.Crew.Member("ann"); m.Agent != "cgminer" || len(m.Seats) != 1 {
			t.Fatalf("%+v", m)
		}
		s.end()
	})
}

// Orders reach workers with their heartbeats, and stand until the worker's own word shows that they were obeyed.
func TestOrders(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := &source{url: "pool", make: blobWork(1000, nil)}
		s := play(t, src, nil)
		w := s.worker("cert/a")
		var _ coop.Commander = s.Crew
		next := func(paused bool, want coop.Command) {
			t.Helper()
			w.Beat(coop.Beat{Paused: paused})
			o, ok := s.Command("cert/a")
			if o.Command != want || ok != (want != "") {
				t.Fatalf("%+v, want %q", o, want)
			}
		}
		next(false, "")
		if err := s.Pause(t.Context(), "cert/a"); err != nil {
			t.Fatal(err)
		}
		next(false, coop.CommandPause)
		next(false, coop.CommandPause) // the answer got lost
		next(true, "")
		if err := s.Resume(t.Context(), "cert/a"); err != nil {
			t.Fatal(err)
		}
		next(true, coop.CommandResume)
		next(false, "")
		if err := s.Suspend(t.Context(), "cert/a", "why"); err != nil {
			t.Fatal(err)
		}
		if err := s.Resume(t.Context(), "cert/a"); adit.CodeOf(err) != adit.Conflict {
			t.Errorf("a suspended worker is told to go on: %v", err)
		}
		if err := s.Unsuspend(t.Context(), "cert/a"); err != nil {
			t.Fatal(err)
		}
		w = s.worker("cert/a")
		next(true, "") // it rests by itself: nothing of ours
		if err := s.Configure("cert/a", coop.WorkerConfig{Threads: ptr(3)}); err != nil {
			t.Fatal(err)
		}
		next(false, coop.CommandConfig)
		next(false, coop.CommandConfig)
		next(false, "")
		if err := s.Shutdown("cert/a"); err != nil {
			t.Fatal(err)
		}
		next(false, coop.CommandShutdown)
		w.leave()
		w = s.worker("cert/a")
		next(false, "")
		s.end()
	})
}

// A worker that joins rests for want of work and says so; half a minute passes until it speaks again, and its shares tell
// earlier.
func TestRestsUntilItsShares(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := &source{url: "pool", make: blobWork(1000, nil)}
		s := play(t, src, nil)
		w := s.worker("cert/a")
		look := func(rests bool, mining int) {
			t.Helper()
			m, err := s.Member("cert/a")
			if err != nil || m.Rests != rests || s.Mining(time.Minute) != mining {
				t.Fatalf("rests %v, %d mine, %v", m.Rests, s.Mining(time.Minute), err)
			}
		}
		w.Beat(coop.Beat{Paused: true})
		look(true, 0)
		want(t, w.hand(w.find(w.job())), adit.ShareAccepted) // it had found that before it went to rest
		look(true, 0)
		time.Sleep(2 * lateShares) // of the bubble: what it hands in now it cannot have found before
		want(t, w.hand(w.find(w.job())), adit.ShareAccepted)
		look(false, 1)
		w.Beat(coop.Beat{Paused: true})
		look(true, 0)
		s.end()
	})
}

// What is kept of members survives the coordinator, on both engines.
func TestMembersAreKept(t *testing.T) {
	sqltest.Each(t, func(t *testing.T, db *sqldb.DB) {
		ctx := t.Context()
		open := func() *Crew {
			c, err := Open(ctx, Options{
				Sources: func() []upstream.Source { return nil }, Coin: xmr, Ledger: newLedger(), DB: db,
			})
			if err != nil {
				t.Fatal(err)
			}
			return c
		}
		c := open()
		if err := c.Add(ctx, "ann", "Ann", coop.ViaStratum, "op"); err != nil {
			t.Fatal(err)
		}
		if err := c.Add(ctx, "cert/w", "", coop.ViaGRPC, ""); err != nil {
			t.Fatal(err)
		}
		for _, err := range []error{
			c.SetPassword(ctx, "ann", "secret"), c.SetPolicy(ctx, "ann", true), c.Suspend(ctx, "ann", "why"),
			c.SetDifficulty(ctx, "ann", ptr(adit.Hashes{Hi: 1})), c.Pause(ctx, "cert/w"),
		} {
			if err != nil {
				t.Fatal(err)
			}
		}
		before, err := c.Member("ann")
		if err != nil {
			t.Fatal(err)
		}
		c = open()
		ann, err := c.Member("ann")
		if err != nil || !ann.Password || !ann.CheckAll || ann.Suspended != "why" || *ann.Fixed != (adit.Hashes{Hi: 1}) ||
			ann.Name != "Ann" || ann.InvitedBy != "op" || ann.Number != 1 || !ann.Since.Equal(before.Since) || ann.LastShare != nil {
			t.Fatalf("%+v %v", ann, err)
		}
		w, err := c.Member("cert/w")
		if err != nil || !w.Paused || w.Fixed != nil || w.Suspended != "" || w.Via != coop.ViaGRPC || w.Number != 2 || w.InvitedBy != "" {
			t.Fatalf("%+v %v", w, err)
		}
		if o, ok := c.Command("cert/w"); !ok || o.Command != coop.CommandPause {
			t.Fatalf("%+v", o)
		}
		if err := c.SetDifficulty(ctx, "ann", nil); err != nil {
			t.Fatal(err)
		}
		if err := c.Unsuspend(ctx, "ann"); err != nil {
			t.Fatal(err)
		}
		c = open()
		if ann, _ = c.Member("ann"); ann.Fixed != nil || ann.Suspended != "" {
			t.Fatalf("%+v", ann)
		}
		// A database that fails changes nothing, and says so.
		done, cancel := context.WithCancel(ctx)
		cancel()
		if err := c.Suspend(done, "ann", "why"); err == nil {
			t.Fatal("suspended without a database")
		}
		if ann, _ = c.Member("ann"); ann.Suspended != "" {
			t.Fatalf("%+v", ann)
		}
		if c.Status().Members == nil {
			t.Fatal("the trouble is not said")
		}
	})
}

// Ten thousand miners at once: forty connections to the pool, everybody has a slice, nobody two.
func TestTenThousand(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := &source{url: "pool", make: blobWork(1<<40, nil)}
		s := play(t, src, nil)
		const n = 10_000
		seats := make(chan coop.Seat, n)
		for i := range n {
			go func() {
				seat, err := s.Join(t.Context(), s.gate, coop.Hello{Member: coop.MemberID(fmt.Sprint("m", i)), Via: coop.ViaStratum})
				if err != nil {
					t.Error(err)
				}
				seats <- seat
			}()
		}
		synctest.Wait()
		slices := map[[2]uint32]bool{}
		for range n {
			seat := <-seats
			a, ok := seat.Assign(seat.Newest())
			key := [2]uint32{uint32(seat.Lane()), a.Slice.Index}
			if !ok || slices[key] || a.Slice.Index == 0 {
				t.Fatalf("%v %+v", ok, a)
			}
			slices[key] = true
			defer seat.Leave(nil)
		}
		st := s.Status()
		if st.Seats != n || st.Online != n || len(st.Lanes) != 40 || src.open() != 40 {
			t.Fatalf("%d seats on %d lanes", st.Seats, len(st.Lanes))
		}
		if len(s.Members()) != n {
			t.Fatal(len(s.Members()))
		}
		s.stop()
		<-s.ended
	})
}

// Lanes that nobody needs are closed after a while, and the last never.
func TestLanesClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := &source{url: "pool", make: blobWork(1000, func(n int, w *upstream.Work) {
			w.Blob.FixedByte, w.Blob.Bytes[42] = true, byte(n)
		})}
		s := play(t, src, nil)
		a, b, c := s.miner("a"), s.miner("b"), s.miner("c")
		if src.open() != 3 || a.Lane() == b.Lane() || b.Lane() == c.Lane() {
			t.Fatalf("%d connections", src.open())
		}
		if j := a.job(); j.a.Slice.NonceStart>>24 != uint32(j.w.Blob.Bytes[42]) || !j.a.Slice.Byte {
			t.Fatalf("%+v", j.a)
		}
		a.leave()
		c.leave()
		time.Sleep(2 * time.Minute)
		if src.open() != 1 || len(s.Status().Lanes) != 1 {
			t.Fatalf("%d connections", src.open())
		}
		b.leave()
		time.Sleep(2 * time.Minute)
		if src.open() != 1 {
			t.Fatalf("%d connections", src.open())
		}
		s.end()
	})
}

// Where the next upstream divides its work otherwise, who has no slot there moves.
func TestShapeChanges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fixed := false
		src := &source{url: "pool"}
		src.make = blobWork(1000, func(n int, w *upstream.Work) {
			if fixed {
				w.Blob.FixedByte, w.Blob.Bytes[42] = true, byte(n)
			}
		})
		s := play(t, src, nil)
		var all []*player
		for i := range 5 {
			all = append(all, s.miner(fmt.Sprint("m", i)))
		}
		fixed = true
		src.push(true)
		time.Sleep(time.Second)
		lanes := map[coop.Lane]bool{}
		for _, p := range all {
			lanes[p.Lane()] = true
			if j := p.job(); !j.w.Blob.FixedByte {
				t.Fatal("still at the old work")
			}
			want(t, p.hand(p.find(p.job())), adit.ShareAccepted)
		}
		if len(lanes) != 5 || src.open() != 5 {
			t.Fatalf("%d lanes", len(lanes))
		}
		s.end()
	})
}
