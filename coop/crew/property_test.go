package crew

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop"
	"github.com/adit-mining/adit/stratum/upstream"
)

// world is a crew under random joins, leaves, job changes and upstream flaps, with a model of who searched what.
type world struct {
	*stage
	t     *rapid.T
	r     *rand.Rand
	seats []*player
	names int

	// searched is who may search what: by work and slice, the seat that has it. Two seats of one slice of one work would
	// search the same nonces.
	searched map[string]coop.Seat
	accepted map[string]int // by member: what it was told
	owed     map[string]string
}

// look notes all assignments of a player and fails where another seat was given the same.
func (w *world) look(p *player) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, j := range p.jobs {
		key := fmt.Sprintf("%s/%d/%x", j.w.ID, j.a.Slice.Index, j.a.Slice.Extranonce1)
		if j.a.Slice.Extra == (j.w.Blob.Cut == nil) {
			w.t.Fatalf("slice %+v of work with cut %v", j.a.Slice, j.w.Blob.Cut != nil)
		}
		if !j.a.Slice.Extra && (j.a.Slice.NonceStart>>24 != j.a.Slice.Index || j.a.Slice.NonceEnd != j.a.Slice.NonceStart|0xffffff) {
			w.t.Fatalf("slice %+v", j.a.Slice)
		}
		if other, taken := w.searched[key]; taken && other != p.Seat {
			w.t.Fatalf("two seats search %s", key)
		}
		w.searched[key] = p.Seat
		if j.a.Difficulty.Cmp(j.w.Share) > 0 {
			w.t.Fatalf("a seat at difficulty %v, the upstream at %v", j.a.Difficulty, j.w.Share)
		}
	}
	if n := len(p.jobs); n > 8 {
		p.jobs = slices.Clone(p.jobs[n-8:])
	}
}

func (w *world) pick() *player {
	if len(w.seats) == 0 {
		return nil
	}
	return w.seats[w.r.IntN(len(w.seats))]
}

func (w *world) join() {
	via, name := coop.ViaStratum, fmt.Sprint("m", w.r.IntN(6))
	if w.r.IntN(3) == 0 {
		via, name = coop.ViaGRPC, fmt.Sprint("cert/", w.r.IntN(3))
	}
	p, err := w.stage.join(coop.Hello{Member: coop.MemberID(name), Via: via, AnyOffset: via == coop.ViaGRPC})
	if err != nil { // the upstream is away, or its connections are full
		return
	}
	w.seats = append(w.seats, p)
}

// sweep forgets seats that were replaced.
func (w *world) sweep() {
	w.seats = slices.DeleteFunc(w.seats, func(p *player) bool {
		w.gate.mu.Lock()
		defer w.gate.mu.Unlock()
		return w.gate.seats[p.Seat] == nil
	})
}

// hand submits a share for one of the last jobs; once accepted it must be a duplicate or stale for ever.
func (w *world) hand(p *player) {
	p.mu.Lock()
	n := len(p.jobs)
	if n == 0 {
		p.mu.Unlock()
		return
	}
	j := p.jobs[max(0, n-1-w.r.IntN(3))]
	p.mu.Unlock()
	sub := p.find(j)
	v := p.hand(sub)
	switch {
	case v.Outcome.Accepted():
		w.accepted[string(p.Member())]++
		if again := p.hand(sub); again.Outcome != adit.ShareDuplicate {
			w.t.Fatalf("the same share again: %+v", again)
		}
	case v.Outcome == adit.ShareStale, v.Outcome == adit.ShareUnauthorized:
	default:
		w.t.Fatalf("an honest share: %+v", v)
	}
}

func (w *world) step() {
	switch w.r.IntN(20) {
	case 0, 1, 2, 3:
		w.join()
	case 4, 5:
		if p := w.pick(); p != nil {
			p.leave()
		}
	case 6, 7:
		w.src.push(false)
	case 8, 9:
		w.src.push(true)
	case 10:
		w.src.lose(nil)
	case 11:
		w.src.lose(errors.New("away"))
		time.Sleep(time.Duration(w.r.IntN(20)) * time.Second)
		w.src.set(nil)
	case 12:
		time.Sleep(time.Duration(w.r.IntN(90)) * time.Second)
	case 13:
		if p := w.pick(); p != nil {
			p.Wish(adit.HashesOf(uint64(2 + w.r.IntN(40))))
		}
	default:
		if p := w.pick(); p != nil {
			w.hand(p)
		}
	}
}

// Random worlds: slices never overlap, no share is lost or counted twice.
func TestWorlds(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		seed := rapid.Uint64().Draw(rt, "seed")
		steps := rapid.IntRange(20, 150).Draw(rt, "steps")
		kind := rapid.IntRange(0, 3).Draw(rt, "kind")
		synctest.Test(t, func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 1))
			src := &source{url: "up", make: blobWork(64, func(n int, w *upstream.Work) {
				switch {
				case kind == 1 || kind == 3 && n%4 == 0: // a node, or now and then one
					w.Blob.Cut = cutter(w.Blob.Bytes)
				case kind == 2: // the byte is the pool's
					w.Blob.FixedByte, w.Blob.Bytes[42] = true, byte(n*37)
				}
			})}
			s := play(t, src, func(o *Options) { o.Rules.Ban.Shares = 1 << 20 }) // its duplicates are on purpose
			w := &world{stage: s, t: rt, r: r, searched: map[string]coop.Seat{}, accepted: map[string]int{}}
			for range steps {
				w.step()
				synctest.Wait()
				for _, p := range w.seats {
					w.look(p)
				}
				w.sweep()
			}
			for m, n := range w.accepted {
				if got := s.ledger.count(coop.MemberID(m)); got != n {
					rt.Fatalf("%s was told of %d accepted shares, the ledger has %d", m, n, got)
				}
				if v, err := s.Crew.Member(coop.MemberID(m)); err != nil || v.Shares[adit.ShareAccepted] != uint64(n) {
					rt.Fatalf("%s: %+v %v", m, v, err)
				}
			}
			for _, p := range w.seats {
				p.leave()
			}
			synctest.Wait()
			st := s.Status()
			if st.Seats != 0 || st.Online != 0 {
				rt.Fatalf("%+v", st)
			}
			if total := st.Shares[adit.ShareAccepted]; int(total) != len(s.ledger.all()) {
				rt.Fatalf("%d shares counted, %d in the ledger", total, len(s.ledger.all()))
			}
			time.Sleep(2 * time.Minute)
			if n := len(s.Status().Lanes); n != 1 {
				rt.Fatalf("%d lanes for nobody", n)
			}
			s.end()
		})
	})
}

// cutter makes blobs of a template: the extra nonce lies where no other number does.
func cutter(blob []byte) func(uint32) []byte {
	return func(n uint32) []byte {
		b := slices.Clone(blob)
		b[60], b[61], b[62], b[63] = byte(n), byte(n>>8), byte(n>>16), byte(n>>24)
		return b
	}
}

// A slot that was given back is free after clean work and not before.
func TestSlotReuse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := &source{url: "pool", make: blobWork(1000, nil)}
		s := play(t, src, nil)
		var all []*player
		for i := range 255 {
			all = append(all, s.miner(fmt.Sprint("m", i)))
		}
		if n := len(s.Status().Lanes); n != 1 {
			t.Fatalf("%d lanes", n)
		}
		first := all[0].job().a.Slice.Index
		all[0].leave()
		over := s.miner("over") // no free slot: another connection
		if over.Lane() == all[1].Lane() || src.open() != 2 {
			t.Fatalf("lane %d, %d connections", over.Lane(), src.open())
		}
		src.push(false)
		synctest.Wait()
		if p := s.miner("over2"); p.Lane() != over.Lane() {
			t.Fatal("a slot was used again after work that was not clean")
		}
		src.push(true)
		synctest.Wait()
		p := s.miner("over3")
		if p.Lane() != all[1].Lane() || p.job().a.Slice.Index != first {
			t.Fatalf("lane %d slot %d, want lane %d slot %d", p.Lane(), p.job().a.Slice.Index, all[1].Lane(), first)
		}
		// A worker takes slot 0, which a miner cannot tell from no slot.
		if w := s.worker("cert/w"); w.job().a.Slice.Index != 0 {
			t.Fatalf("%+v", w.job().a)
		}
		s.end()
	})
}

// keys agrees with a map under random adds and removals.
func TestKeys(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var k handed
		model := map[uint64]bool{}
		for range rapid.IntRange(0, 400).Draw(t, "n") {
			key := uint64(rapid.IntRange(0, 60).Draw(t, "key")) * rapid.SampledFrom([]uint64{1, 0x1_0000_0001}).Draw(t, "wide")
			if k.has(key) != model[key] {
				t.Fatalf("%d: %v, want %v", key, k.has(key), model[key])
			}
			if model[key] {
				k.remove(key)
				delete(model, key)
			} else {
				k.add(key)
				model[key] = true
			}
		}
		for key := range model {
			if !k.has(key) {
				t.Fatalf("%d is gone", key)
			}
		}
	})
}
