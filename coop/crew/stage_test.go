package crew

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop"
	"github.com/adit-mining/adit/stratum"
	"github.com/adit-mining/adit/stratum/upstream"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var xmr = adit.Coin{Symbol: "XMR", Name: "Monero", Algorithm: adit.RandomX}

// hashOf stands for RandomX: any function of seed and blob will do here. Difficulties in tests are small.
func hashOf(seed [32]byte, blob []byte) [32]byte { return sha256.Sum256(append(seed[:], blob...)) }

// checker is a coop.Checker that can be told to fail.
type checker struct {
	mu    sync.Mutex
	err   error
	took  time.Duration // per hash
	calls int
	n     int
}

func (k *checker) set(err error, took time.Duration) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.err, k.took = err, took
}

func (k *checker) count() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.n
}

func (k *checker) Hash(ctx context.Context, _ adit.Algorithm, seed [32]byte, blobs [][]byte) (out [][32]byte, err error) {
	k.mu.Lock()
	err, took := k.err, k.took*time.Duration(len(blobs))
	k.calls++
	k.mu.Unlock()
	if took > 0 {
		t := time.NewTimer(took)
		defer t.Stop()
		select {
		case <-t.C:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	if err != nil {
		return nil, err
	}
	k.mu.Lock()
	k.n += len(blobs)
	k.mu.Unlock()
	for _, b := range blobs {
		out = append(out, hashOf(seed, b))
	}
	return out, nil
}

// ledger is a coop.Ledger in memory that refuses what a real one would have written twice.
type ledger struct {
	mu       sync.Mutex
	records  []coop.ShareRecord
	seen     map[[2]uint64]coop.MemberID
	verdicts map[uint64]adit.ShareOutcome
	blocks   []coop.FoundBlock
	full     error
	twice    int
}

func newLedger() *ledger {
	return &ledger{seen: map[[2]uint64]coop.MemberID{}, verdicts: map[uint64]adit.ShareOutcome{}}
}

func (l *ledger) Append(r coop.ShareRecord, done func(uint64, error)) {
	l.mu.Lock()
	if l.full != nil {
		err := l.full
		l.mu.Unlock()
		done(0, err)
		return
	}
	key := [2]uint64{r.WorkSeq, r.Key}
	if _, again := l.seen[key]; again {
		l.twice++
	}
	l.seen[key] = r.Member
	l.records = append(l.records, r)
	seq := uint64(len(l.records))
	l.mu.Unlock()
	done(seq, nil)
}

func (l *ledger) Verdict(seq uint64, _ coop.MemberID, o adit.ShareOutcome, _ string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, again := l.verdicts[seq]; again || seq == 0 {
		l.twice++
	}
	l.verdicts[seq] = o
}

func (l *ledger) Found(_ context.Context, b coop.FoundBlock) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.full == nil {
		l.blocks = append(l.blocks, b)
	}
	return l.full
}

func (l *ledger) Trouble() error { l.mu.Lock(); defer l.mu.Unlock(); return l.full }

func (l *ledger) set(err error) { l.mu.Lock(); defer l.mu.Unlock(); l.full = err }

func (l *ledger) all() []coop.ShareRecord {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.records)
}

func (l *ledger) words() map[uint64]adit.ShareOutcome {
	l.mu.Lock()
	defer l.mu.Unlock()
	return maps.Clone(l.verdicts)
}

func (l *ledger) count(m coop.MemberID) (n int) {
	for _, r := range l.all() {
		if r.Member == m {
			n++
		}
	}
	return n
}

// source is an upstream that the test plays. Each connection has work of its own.
type source struct {
	url   string
	make  func(n int) *upstream.Work // the n-th work of all connections
	solo  bool
	judge func(s upstream.Solution) stratum.Verdict // nil: accepted

	mu    sync.Mutex
	n     int
	away  error
	conns []*conn
	got   []upstream.Solution
}

func (s *source) URL() string { return s.url }

func (s *source) Connect(context.Context) (upstream.Conn, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.away != nil {
		return nil, s.away
	}
	c := &conn{source: s, since: time.Now(), next: make(chan *upstream.Work, 64), cut: make(chan error, 1)}
	c.work = s.newWork(c, true)
	s.conns = append(s.conns, c)
	return c, nil
}

func (s *source) newWork(c *conn, clean bool) *upstream.Work {
	s.n++
	w := s.make(s.n)
	w.Clean, w.At, w.Mark = clean, time.Now(), c
	return w
}

func (s *source) solutions() []upstream.Solution {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.got)
}

// push sends new work on all connections.
func (s *source) push(clean bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.conns {
		c.work = s.newWork(c, clean)
		c.next <- c.work
	}
}

// lose cuts all connections; away is why no new one can be made, nil: one can.
func (s *source) lose(away error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.away = away
	for _, c := range s.conns {
		c.cut <- errors.New("cut")
	}
	s.conns = nil
}

func (s *source) set(away error) { s.mu.Lock(); defer s.mu.Unlock(); s.away = away }

func (s *source) open() int { s.mu.Lock(); defer s.mu.Unlock(); return len(s.conns) }

type conn struct {
	source *source
	since  time.Time
	next   chan *upstream.Work
	cut    chan error
	once   sync.Once
	work   *upstream.Work // under the source's mu
}

func (c *conn) Work() *upstream.Work { c.source.mu.Lock(); defer c.source.mu.Unlock(); return c.work }

func (c *conn) Run(ctx context.Context, onWork func(*upstream.Work)) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case err := <-c.cut:
			return err
		case w := <-c.next:
			onWork(w)
		}
	}
}

func (c *conn) Submit(_ context.Context, s upstream.Solution) (stratum.Verdict, error) {
	c.source.mu.Lock()
	defer c.source.mu.Unlock()
	if s.Work.Mark != c {
		return stratum.Verdict{Outcome: adit.ShareUnknownJob, Text: "not of this connection"}, nil
	}
	c.source.got = append(c.source.got, s)
	if c.source.judge != nil {
		return c.source.judge(s), nil
	}
	return stratum.Verdict{Outcome: adit.ShareAccepted}, nil
}

func (c *conn) Info() upstream.Info {
	return upstream.Info{IP: "192.0.2.1", Since: c.since, Solo: c.source.solo}
}

func (c *conn) Close() {
	c.once.Do(func() {
		c.source.mu.Lock()
		c.source.conns = slices.DeleteFunc(c.source.conns, func(x *conn) bool { return x == c })
		c.source.mu.Unlock()
		select {
		case c.cut <- errors.New("closed"):
		default:
		}
	})
}

// blobWork is XMR work of this difficulty.
func blobWork(difficulty uint64, alter func(n int, w *upstream.Work)) func(n int) *upstream.Work {
	return func(n int) *upstream.Work {
		blob := make([]byte, 76)
		blob[0], blob[1], blob[75] = 16, 16, 1
		binary.LittleEndian.PutUint32(blob[50:], uint32(n))
		height := uint64(3000000 + n)
		w := &upstream.Work{
			JobID: fmt.Sprint("up-", n), Algorithm: adit.RandomX, Height: &height, Share: adit.HashesOf(difficulty),
			Blob: &upstream.Blob{
				Bytes: blob, NonceOffset: 39, NonceWidth: 4, Target: stratum.TargetOf(difficulty), Seed: [32]byte{7},
			},
		}
		if alter != nil {
			alter(n, w)
		}
		return w
	}
}

// gate is a door as the crew sees it: it hands out work as coop/gate does, and remembers it.
type gate struct {
	mu      sync.Mutex
	seats   map[coop.Seat]*player
	evicted map[coop.Seat]error
	order   map[coop.Lane]uint64
	bad     []string
}

func newGate() *gate {
	return &gate{seats: map[coop.Seat]*player{}, evicted: map[coop.Seat]error{}, order: map[coop.Lane]uint64{}}
}

func (g *gate) players() []*player {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Collect(maps.Values(g.seats))
}

func (g *gate) Deliver(l coop.Lane, w *coop.Work) {
	g.mu.Lock()
	if w.Seq <= g.order[l] {
		g.bad = append(g.bad, fmt.Sprintf("work %d after %d on lane %d", w.Seq, g.order[l], l))
	}
	g.order[l] = w.Seq
	g.mu.Unlock()
	for _, p := range g.players() {
		p.take(w)
	}
}

func (g *gate) Refresh(s coop.Seat) {
	g.mu.Lock()
	p := g.seats[s]
	g.mu.Unlock()
	if p != nil {
		if w := s.Newest(); w != nil {
			p.take(w)
		}
	}
}

func (g *gate) Idle(coop.Lane, error) {}

func (g *gate) Evict(s coop.Seat, reason error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.evicted[s] != nil {
		g.bad = append(g.bad, "evicted twice")
	}
	g.evicted[s] = reason
	delete(g.seats, s)
}

// player is a member's program at one seat.
type player struct {
	coop.Seat
	g *gate

	mu     sync.Mutex
	twice  bool // the next job may be the one at hand: who joins may be told twice
	jobs   []given1
	nonces map[string]uint32 // next, by work
}

type given1 struct {
	w *coop.Work
	a coop.Assignment
}

func (p *player) take(w *coop.Work) {
	a, ok := p.Assign(w)
	if !ok {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if n := len(p.jobs); n > 0 && p.jobs[n-1].w.Seq > w.Seq {
		return // as gates do: two threads brought it
	}
	if n := len(p.jobs); n > 0 && p.jobs[n-1].a.JobID == a.JobID && !p.twice {
		p.g.mu.Lock()
		p.g.bad = append(p.g.bad, "the same job twice: "+a.JobID)
		p.g.mu.Unlock()
	}
	p.twice = false
	p.jobs = append(p.jobs, given1{w, a})
}

func (p *player) job() given1 {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.jobs) == 0 {
		return given1{}
	}
	return p.jobs[len(p.jobs)-1]
}

func (p *player) leave() {
	p.g.mu.Lock()
	delete(p.g.seats, p.Seat)
	p.g.mu.Unlock()
	p.Leave(nil)
}

// find searches a share of a job; nonces of one work are searched once.
func (p *player) find(j given1) coop.Submission {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.nonces == nil {
		p.nonces = map[string]uint32{}
	}
	n := max(p.nonces[j.w.ID], j.a.Slice.NonceStart)
	blob := slices.Clone(j.w.Blob.Bytes)
	if j.a.Slice.Extra {
		blob = j.w.Blob.Cut(j.a.Slice.Index)
	}
	for {
		binary.LittleEndian.PutUint32(blob[j.w.Blob.NonceOffset:], n)
		h := hashOf(j.w.Blob.Seed, blob)
		n++
		if stratum.Meets(h, j.a.Target) {
			p.nonces[j.w.ID] = n
			return coop.Submission{JobID: j.a.JobID, Nonce: n - 1, Result: h, At: time.Now()}
		}
	}
}

// hand submits and waits for the verdict.
func (p *player) hand(sub coop.Submission) coop.Verdict {
	out := make(chan coop.Verdict, 2)
	p.Submit(sub, func(v coop.Verdict) { out <- v })
	return <-out
}

// stage is a crew in virtual time with everything around it.
type stage struct {
	*Crew
	t      *testing.T
	src    *source
	ledger *ledger
	gate   *gate
	stop   context.CancelFunc
	ended  chan error
	nth    int
}

func play(t *testing.T, src *source, alter func(o *Options)) *stage {
	t.Helper()
	s := &stage{t: t, src: src, ledger: newLedger(), gate: newGate(), ended: make(chan error, 1)}
	o := Options{
		Sources: func() []upstream.Source { return []upstream.Source{src} }, Coin: xmr, Ledger: s.ledger,
		Rules: Rules{Start: adit.HashesOf(8), Least: adit.HashesOf(2)},
	}
	if alter != nil {
		alter(&o)
	}
	c, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	s.Crew = c
	ctx, cancel := context.WithCancel(context.Background())
	s.stop = cancel
	t.Cleanup(cancel)
	go func() { s.ended <- c.Run(ctx) }()
	return s
}

func (s *stage) end() {
	s.t.Helper()
	before := time.Now()
	s.stop()
	if err := <-s.ended; err != nil {
		s.t.Error(err)
	}
	if took := time.Since(before); took > time.Second {
		s.t.Errorf("it took %v to end", took)
	}
	synctest.Wait()
	s.gate.mu.Lock()
	defer s.gate.mu.Unlock()
	if len(s.gate.bad) > 0 {
		s.t.Error(s.gate.bad)
	}
	if s.ledger.twice > 0 {
		s.t.Errorf("%d shares or verdicts were written twice", s.ledger.twice)
	}
	if n := s.src.open(); n != 0 {
		s.t.Errorf("%d connections stayed open", n)
	}
}

func (s *stage) join(h coop.Hello) (*player, error) {
	if h.Via == "" {
		h.Via = coop.ViaStratum
	}
	s.nth++
	h.Remote = netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 0, 2, byte(s.nth)}), uint16(s.nth))
	ctx, cancel := context.WithTimeout(s.t.Context(), 10*time.Second)
	defer cancel()
	seat, err := s.Join(ctx, s.gate, h)
	if err != nil {
		return nil, err
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
	return p, nil
}

func (s *stage) miner(name string) *player {
	s.t.Helper()
	p, err := s.join(coop.Hello{Member: coop.MemberID(name)})
	if err != nil {
		s.t.Fatal(err)
	}
	return p
}

func (s *stage) worker(name string) *player {
	s.t.Helper()
	p, err := s.join(coop.Hello{Member: coop.MemberID(name), Via: coop.ViaGRPC, AnyOffset: true})
	if err != nil {
		s.t.Fatal(err)
	}
	return p
}

// want fails unless the verdict is this one.
func want(t *testing.T, v coop.Verdict, o adit.ShareOutcome) {
	t.Helper()
	if v.Outcome != o {
		t.Fatalf("%+v, want %q", v, o)
	}
}
