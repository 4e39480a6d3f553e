package gate

import (
	"context"
	"encoding/binary"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop"
	"github.com/adit-mining/adit/internal/badline"
	"github.com/adit-mining/adit/stratum/bitcoin"
	"github.com/adit-mining/adit/stratum/bitcoin/minertest"
)

// finds is every share that devices found, and which of them were taken.
type finds struct {
	mu       sync.Mutex
	by       map[[32]byte]string // hash to who found it
	accepted map[string]int
	twice    []string
	more     chan struct{} // something came
}

// each notes one share of a device.
func (f *finds) each(who string) func(minertest.Found, error) {
	return func(s minertest.Found, err error) {
		f.mu.Lock()
		defer f.mu.Unlock()
		if before, known := f.by[s.Hash]; known {
			f.twice = append(f.twice, who+" and "+before)
		}
		f.by[s.Hash] = who
		if err == nil {
			f.accepted[who]++
		}
		select {
		case f.more <- struct{}{}:
		default:
		}
	}
}

// dig has a miner work until ctx ends; it may be refused nothing but shares of jobs that are over.
func (f *finds) dig(ctx context.Context, t *testing.T, m *minertest.Miner, name string) {
	tally, err := m.Run(ctx, f.each(name))
	for text, n := range tally.Refused {
		if !strings.HasPrefix(text, "21 ") {
			t.Errorf("%s: %d times %s", name, n, text)
		}
	}
	if err != nil {
		t.Errorf("%s: %v", name, err)
	}
}

func (f *finds) least(n int, who ...string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, w := range who {
		if f.accepted[w] < n {
			return false
		}
	}
	return true
}

// Three devices that greet in three ways mine behind one connection to a pool: no point is searched twice, what they find is
// theirs, and what is good enough for the pool is taken by the pool.
func TestBitcoinHouse(t *testing.T) {
	h := newBTCHouse(t, 8, nil)
	devices := map[string]minertest.Options{
		"alice":     {Mask: bitcoin.RollingMask},
		"bob.s19-7": {Order: []string{"subscribe", "authorize"}},
		"carol":     {Order: []string{"authorize", "configure", "subscribe"}, Mask: 0x00006000, Movable: true},
	}
	found := &finds{by: map[[32]byte]string{}, accepted: map[string]int{}, more: make(chan struct{}, 1)}
	ctx, cancel := context.WithCancel(h.ctx())
	var wait sync.WaitGroup
	var names []string
	for name, o := range devices {
		o.Worker = name
		m := h.miner(o)
		j := h.job(m, nil)
		if len(j.Extranonce1) != 6 || j.Extranonce2Size != 6 || !j.Clean || j.Mask != o.Mask || j.Difficulty != float64(startHashes)/(1<<32) {
			t.Errorf("%s: %+v", name, j)
		}
		names = append(names, name)
		wait.Go(func() { found.dig(ctx, t, m, name) })
	}
	for n := 1; n <= 3; n++ {
		for !(found.least(3*n, names...) && func() bool { a, _ := h.pool.tally(); return len(a) >= 2*n }()) {
			select {
			case <-found.more:
			case <-ctx.Done():
				t.Fatalf("too slow: %v", found.accepted)
			}
		}
		h.pool.next(n == 1)
	}
	cancel()
	wait.Wait()
	accepted, refused := h.pool.tally()
	if len(refused) > 0 {
		for _, r := range refused { // a job may be replaced while a share of it is under way
			if !strings.HasPrefix(r, string(adit.ShareStale)) {
				t.Errorf("the pool refused: %s", r)
			}
		}
	}
	if len(found.twice) > 0 {
		t.Errorf("searched twice: %v", found.twice)
	}
	for _, hash := range accepted {
		if found.by[hash] == "" {
			t.Errorf("the pool took %x, which no device found", hash)
		}
	}
	for _, name := range names {
		if got := h.ledger.of(coop.MemberID(name)); got < found.accepted[name] || got > found.accepted[name]+1 { // the last answer may be lost
			t.Errorf("%s has %d records and %d accepted shares", name, got, found.accepted[name])
		}
	}
}

// What a device does wrong, in the words it hears; others and later shares are untouched.
func TestBitcoinFaults(t *testing.T) {
	h := newBTCHouse(t, 8, nil)
	m := h.miner(minertest.Options{Worker: "alice", Mask: bitcoin.RollingMask})
	other := h.miner(minertest.Options{Worker: "bob", Mask: bitcoin.RollingMask})
	j := h.job(m, nil)
	submit := func(m *minertest.Miner, f minertest.Found) string {
		t.Helper()
		err := m.Submit(h.ctx(), f)
		no := new(minertest.Refusal)
		if err != nil && !errors.As(err, &no) {
			t.Fatal(err)
		}
		if err == nil {
			return "accepted"
		}
		return no.Error()
	}
	good := h.find(j)
	if got := submit(m, good); got != "accepted" {
		t.Fatal(got)
	}
	bad := func(f func(*minertest.Found)) minertest.Found {
		s := h.find(j)
		f(&s)
		return s
	}
	for want, s := range map[string]minertest.Found{
		"22 Duplicate share":                         good,
		"20 Invalid nonce2 length: 5 bytes":          bad(func(f *minertest.Found) { f.Extranonce2 = f.Extranonce2[1:] }),
		"20 Invalid nonce2 length: 7 bytes":          bad(func(f *minertest.Found) { f.Extranonce2 = append(f.Extranonce2, 0) }),
		"20 Ntime out of range: the job's time":      bad(func(f *minertest.Found) { f.Time-- }),
		"20 Ntime out of range":                      bad(func(f *minertest.Found) { f.Time += bitcoin.MostTimeRoll + 1 }),
		"20 version bits: Invalid version mask: 1ff": bad(func(f *minertest.Found) { f.VersionBits |= 0x20000000 }),
		"21 Job not found":                           bad(func(f *minertest.Found) { f.Job = "zzz" }),
		"23 Low difficulty share":                    worse(h, j),
	} {
		if got := submit(m, s); !strings.HasPrefix(got, want) {
			t.Errorf("%s: heard %s", want, got)
		}
	}
	// Another's share has another header in one's own slice.
	if got := submit(other, h.find(j)); got != "23 Low difficulty share" {
		t.Errorf("another's share: %s", got)
	}
	late := h.find(j)
	id := h.pool.next(true)
	fresh := h.job(m, func(n *minertest.Job) bool { return n.ID != j.ID })
	if !fresh.Clean {
		t.Errorf("%s is clean above and not below", id)
	}
	if got := submit(m, late); !strings.HasPrefix(got, "21 ") {
		t.Errorf("late: %s", got)
	}
	if got := submit(m, h.find(fresh)); got != "accepted" {
		t.Errorf("after all that: %s", got)
	}
	if got := submit(other, h.find(h.job(other, func(n *minertest.Job) bool { return n.ID == fresh.ID }))); got != "accepted" {
		t.Errorf("the other: %s", got)
	}
	if n := h.ledger.of("alice"); n != 2 {
		t.Errorf("%d records", n)
	}
}

// worse finds a share of j that is not good enough.
func worse(h *btcHouse, j *minertest.Job) minertest.Found {
	for {
		f := h.find(j)
		header := f.Header
		binary.LittleEndian.PutUint32(header[76:], f.Nonce+1)
		if f.Nonce++; !bitcoin.Meets(bitcoin.Sum(header[:]), adit.HashesOf(startHashes)) {
			return f
		}
	}
}

// The pool moves the extranonce: who can follow does, who cannot is asked to come anew and is served again.
func TestBitcoinMoves(t *testing.T) {
	h := newBTCHouse(t, 5, nil)
	light := h.miner(minertest.Options{Worker: "light", Movable: true})
	heavy := h.miner(minertest.Options{Worker: "heavy"})
	before, _ := h.job(light, nil), h.job(heavy, nil)
	if len(before.Extranonce1) != 5 || before.Extranonce2Size != 4 {
		t.Errorf("5 bytes are divided as %d+%d", len(before.Extranonce1), before.Extranonce2Size)
	}
	h.pool.move()
	after := h.job(light, func(j *minertest.Job) bool { return j.N > before.N })
	if string(after.Extranonce1) == string(before.Extranonce1) || !after.Clean {
		t.Errorf("%+v", after)
	}
	if err := light.Submit(h.ctx(), h.find(after)); err != nil {
		t.Error(err)
	}
	select {
	case <-heavy.Over():
	case <-h.ctx().Done():
		t.Fatal("it stays")
	}
	if !heavy.Reconnect() {
		t.Errorf("it was not asked to come anew: %v", heavy.Err())
	}
	again := h.miner(minertest.Options{Worker: "heavy"})
	if err := again.Submit(h.ctx(), h.find(h.job(again, nil))); err != nil {
		t.Error(err)
	}
}

// The pool's line is cut: miners stay, wait, and go on with the next connection's work.
func TestBitcoinCut(t *testing.T) {
	var line *badline.Line
	h := newBTCHouse(t, 8, func(addr string) string {
		line = badline.To(t, addr)
		return line.Addr()
	})
	m := h.miner(minertest.Options{Worker: "alice", Movable: true, Mask: bitcoin.RollingMask})
	before := h.job(m, nil)
	if err := m.Submit(h.ctx(), h.find(before)); err != nil {
		t.Fatal(err)
	}
	line.Down()
	line.Up()
	after := h.job(m, func(j *minertest.Job) bool { return j.N > before.N })
	if string(after.Extranonce1) == string(before.Extranonce1) || !after.Clean {
		t.Errorf("%+v", after)
	}
	if err := m.Submit(h.ctx(), h.find(before)); err == nil || !strings.HasPrefix(err.Error(), "21 ") {
		t.Errorf("a share of the lost connection: %v", err)
	}
	if err := m.Submit(h.ctx(), h.find(after)); err != nil {
		t.Error(err)
	}
}

// Wishes: a part of the password, a suggestion, and a minimum that binds.
func TestBitcoinWishes(t *testing.T) {
	h := newBTCHouse(t, 8, nil)
	share := func(hashes float64) float64 { return hashes / (1 << 32) }
	for name, x := range map[string]struct {
		o    minertest.Options
		want float64
	}{
		"none":              {minertest.Options{}, share(startHashes)},
		"password":          {minertest.Options{Password: "x,d=0.000001907348632812"}, share(8192)},
		"suggested":         {minertest.Options{Suggest: share(2048)}, share(2048)},
		"minimum":           {minertest.Options{Least: share(12288)}, share(12288)},
		"minimum, less":     {minertest.Options{Least: share(64)}, share(startHashes)},
		"above the pool's":  {minertest.Options{Suggest: 1}, share(upHashes)},
		"minimum, too much": {minertest.Options{Least: 4}, share(upHashes)},
	} {
		x.o.Worker = strings.NewReplacer(" ", "-", ",", "").Replace(name)
		m := h.miner(x.o)
		if j := h.job(m, nil); j.Difficulty != x.want {
			t.Errorf("%s: %v hashes, want %v", name, j.Difficulty*(1<<32), x.want*(1<<32))
		}
	}
	m := h.miner(minertest.Options{Worker: "late"})
	first := h.job(m, nil)
	if _, err := m.Call(h.ctx(), "mining.suggest_difficulty", share(16)); err != nil {
		t.Fatal(err)
	}
	second := h.job(m, func(j *minertest.Job) bool { return j.N > first.N })
	if second.Difficulty != share(16) || second.ID == first.ID || second.Clean {
		t.Errorf("%+v", second)
	}
	// Both count: the old id at the old difficulty.
	for _, j := range []*minertest.Job{first, second} {
		if err := m.Submit(h.ctx(), h.find(j)); err != nil {
			t.Errorf("%s: %v", j.ID, err)
		}
	}
	if _, err := minertest.Dial(h.ctx(), minertest.Options{Address: h.addr, Worker: "cert/worker"}); err == nil || !strings.Contains(err.Error(), "slash") {
		t.Error(err)
	}
}

func TestPasswordWish(t *testing.T) {
	for in, want := range map[string]struct {
		rest string
		d    float64
	}{
		"x": {"x", 0}, "": {"", 0}, "d=512": {"", 512}, "secret,d=0.5": {"secret", 0.5}, "d=8192;secret": {"secret", 8192},
		"a,d=1,b": {"a,b", 1}, "d=x": {"d=x", 0}, "d=0": {"d=0", 0}, "d=-5,z": {"d=-5,z", 0}, "word=5": {"word=5", 0}, "d=NaN": {"d=NaN", 0}, "d=inf": {"d=inf", 0},
		"pw;with,commas": {"pw;with,commas", 0},
	} {
		rest, wish := passwordWish(in)
		if rest != want.rest || wish != bitcoin.HashesOf(want.d) {
			t.Errorf("%q: %q %v", in, rest, wish)
		}
	}
}

// A bad line between device and gate: pieces of lines, delays, and in the end a reset. What was acknowledged counts, and the
// seat is given back.
func TestBitcoinBadLine(t *testing.T) {
	h := newBTCHouse(t, 8, nil)
	line := badline.To(t, h.addr)
	line.Poor()
	m, err := minertest.Dial(h.ctx(), minertest.Options{Address: line.Addr(), Worker: "alice", Mask: bitcoin.RollingMask})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(m.Close)
	for i := range 3 {
		if err := m.Submit(h.ctx(), h.find(h.job(m, nil))); err != nil {
			t.Errorf("share %d: %v", i, err)
		}
	}
	line.Mend()
	line.Reset()
	m.Send(`{"id":900,"method":"mining.ping"}`) // what is sent into a reset
	select {
	case <-m.Over():
	case <-h.ctx().Done():
		t.Fatal("it goes on")
	}
	again := h.miner(minertest.Options{Worker: "alice"})
	if err := again.Submit(h.ctx(), h.find(h.job(again, nil))); err != nil {
		t.Error(err)
	}
	if n := h.ledger.of("alice"); n != 4 {
		t.Errorf("%d records", n)
	}
}

// A crew behind a crew: one chain of real hashes from a device through two coordinators to the pool. Extranonces are divided
// twice, difficulties follow on both, and nothing on the way up is refused but what came too late.
func TestBitcoinChain(t *testing.T) {
	first := newBTCHouse(t, 8, nil)
	second := newBTCHouse(t, 8, func(string) string { return first.addr })
	found := &finds{by: map[[32]byte]string{}, accepted: map[string]int{}, more: make(chan struct{}, 1)}
	ctx, cancel := context.WithCancel(second.ctx())
	var wait sync.WaitGroup
	for _, name := range []string{"alice", "bob"} {
		m := second.miner(minertest.Options{Worker: name, Mask: bitcoin.RollingMask, Movable: true})
		if j := second.job(m, nil); len(j.Extranonce1) != 8 || j.Extranonce2Size != 4 {
			t.Errorf("%d+%d bytes of extranonce", len(j.Extranonce1), j.Extranonce2Size)
		}
		wait.Go(func() { found.dig(ctx, t, m, name) })
	}
	for n := 1; n <= 3; n++ {
		for !(found.least(3*n, "alice", "bob") && func() bool { a, _ := first.pool.tally(); return len(a) >= 2*n }()) {
			select {
			case <-found.more:
			case <-ctx.Done():
				t.Fatalf("too slow: %v", found.accepted)
			}
		}
		first.pool.next(n == 1)
	}
	cancel()
	wait.Wait()
	accepted, refused := first.pool.tally()
	for _, hash := range accepted {
		if found.by[hash] == "" {
			t.Errorf("the pool took %x, which no device found", hash)
		}
	}
	for _, r := range refused {
		if !strings.HasPrefix(r, string(adit.ShareStale)) {
			t.Errorf("the pool refused: %s", r)
		}
	}
	if len(found.twice) > 0 {
		t.Errorf("searched twice: %v", found.twice)
	}
	if n := first.ledger.of("coop.house"); n < len(accepted) {
		t.Errorf("the first crew has %d records, the pool took %d", n, len(accepted))
	}
}
