package gate

import (
	"context"
	"encoding/binary"
	"fmt"
	"sync"
	"testing"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop/crew"
	"github.com/adit-mining/adit/internal/badline"
	"github.com/adit-mining/adit/stratum"
	"github.com/adit-mining/adit/stratum/upstream"
)

// xmrPool is an upstream pool of the XMR dialect: it takes each share of a job it knows once.
type xmrPool struct {
	mu       sync.Mutex
	job      stratum.Job
	jobs     int
	sessions map[*stratum.Session]bool
	taken    map[string]bool // job and nonce
	accepted int
	refused  []string
}

func (p *xmrPool) next() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.jobs++
	blob := make([]byte, 76)
	blob[0], blob[1], blob[75] = 16, 16, 1
	copy(blob[7:], fmt.Sprint("previous block ", p.jobs))
	height := uint64(3000000 + p.jobs)
	p.job = stratum.Job{
		ID: fmt.Sprint("up", p.jobs), Blob: blob, Target: stratum.TargetOf(1000), Algorithm: adit.RandomX, Height: &height, SeedHash: [32]byte{5},
	}
	for s := range p.sessions {
		s.SendJob(p.job)
	}
}

func (p *xmrPool) Login(_ context.Context, s *stratum.Session, _ stratum.Login) (stratum.Job, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sessions[s] = true
	return p.job, nil
}

func (p *xmrPool) Submit(b stratum.Submission) {
	p.mu.Lock()
	defer p.mu.Unlock()
	o, key := adit.ShareAccepted, fmt.Sprintf("%s %x", b.Share.JobID, b.Share.Nonce)
	switch {
	case b.Share.JobID != p.job.ID:
		o = adit.ShareStale
	case p.taken[key]:
		o = adit.ShareDuplicate
	case !stratum.Meets(b.Share.Result, p.job.Target):
		o = adit.ShareLowDifficulty
	}
	if p.taken[key] = true; o == adit.ShareAccepted {
		p.accepted++
	} else {
		p.refused = append(p.refused, string(o))
	}
	b.Reply(stratum.Verdict{Outcome: o})
}

func (p *xmrPool) Gone(s *stratum.Session, _ error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.sessions, s)
}

func (p *xmrPool) tally() (accepted int, refused []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.accepted, p.refused
}

func (p *xmrPool) connected() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.sessions)
}

// lineMiner is one of XMRig's kind at the end of a line.
type lineMiner struct {
	*stratum.Client
	t     *testing.T
	ended chan error
	n     uint32
}

func dialLine(t *testing.T, address string) *lineMiner {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	c, err := stratum.Dial(ctx, stratum.Pool{URL: "stratum+tcp://" + address, User: "alice"}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	m := &lineMiner{Client: c, t: t, ended: make(chan error, 1)}
	go func() {
		m.ended <- c.Run(ctx, func(stratum.Job) {})
		close(m.ended)
	}()
	t.Cleanup(func() { cancel(); <-m.ended })
	return m
}

// find is a share of the newest job, good enough for the pool.
func (m *lineMiner) find() stratum.Share {
	j := m.Job()
	m.n++
	nonce := binary.LittleEndian.AppendUint32(nil, m.n)
	nonce[3] = j.Blob[39+3] // of this connection
	s := stratum.Share{JobID: j.ID, Login: j.Login, Nonce: nonce, Algorithm: adit.RandomX}
	binary.LittleEndian.PutUint32(s.Result[:], m.n)
	s.Result[24] = 1
	return s
}

func (m *lineMiner) mine(n int) {
	m.t.Helper()
	for i := range n {
		if v, err := m.Submit(m.t.Context(), m.find()); err != nil || !v.Outcome.Accepted() {
			m.t.Fatalf("share %d of %d: %+v %v", i+1, n, v, err)
		}
	}
}

// xmrHouse is a pool, a crew behind it at the end of one line, and a gate to which another leads.
type xmrHouse struct {
	pool           *xmrPool
	ledger         *btcLedger
	crew           *crew.Crew
	above, beneath *badline.Line
}

func newXMRHouse(t *testing.T) *xmrHouse {
	t.Helper()
	h := &xmrHouse{pool: &xmrPool{sessions: map[*stratum.Session]bool{}, taken: map[string]bool{}}, ledger: &btcLedger{}}
	h.pool.next()
	h.above = badline.To(t, serveBTC(t, stratum.NewServer(stratum.ServerOptions{Handler: h.pool}).Serve))
	source, err := upstream.NewPoolXMR(stratum.Pool{URL: "stratum+tcp://" + h.above.Addr(), User: "house"}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	coin, _ := adit.CoinNamed("XMR")
	h.crew = openCrew(t, source, coin, h.ledger, crew.Rules{Start: adit.HashesOf(500), Grace: -1})
	h.beneath = badline.To(t, serveBTC(t, NewXMR(XMROptions{Crew: h.crew}).Serve))
	return h
}

// check says that so many shares were acknowledged: each is in the ledger once, the pool has it once, and refused none.
func (h *xmrHouse) check(t *testing.T, n int) {
	t.Helper()
	if got := h.ledger.of("alice"); got != n {
		t.Errorf("%d of %d acknowledged shares are in the ledger", got, n)
	}
	until(t, "the pool has them all", func() bool { a, _ := h.pool.tally(); return a >= n })
	if a, refused := h.pool.tally(); a != n || len(refused) > 0 {
		t.Errorf("the pool took %d of %d and refused %v", a, n, refused)
	}
}

// Both lines are slow and cut what passes into pieces: nothing is lost, nothing comes twice.
func TestXMRPoorLines(t *testing.T) {
	h := newXMRHouse(t)
	h.above.Poor()
	h.beneath.Poor()
	m := dialLine(t, h.beneath.Addr())
	m.mine(10)
	h.check(t, 10) // what is still on its way would come too late for the next job
	h.pool.next()
	until(t, "the pool's next job is here", func() bool { return *m.Job().Height == 3000002 })
	m.mine(10)
	h.check(t, 20)
	h.above.Mend()
	h.beneath.Mend()
}

// The pool's line is cut: the miner stays, idle, and goes on with the work of the next connection.
func TestXMRPoolCut(t *testing.T) {
	h := newXMRHouse(t)
	m := dialLine(t, h.beneath.Addr())
	m.mine(5)
	h.check(t, 5)
	before := m.Job().ID
	h.above.Down()
	until(t, "the pool sees it", func() bool { return h.pool.connected() == 0 })
	h.above.Up()
	until(t, "new work", func() bool { return m.Job().ID != before })
	m.mine(5)
	h.check(t, 10)
	select {
	case err := <-m.ended:
		t.Fatalf("the miner was hung up on: %v", err)
	default:
	}
}

// The miner's line is reset while it works: its seat is given back, and it is the same member when it comes again.
func TestXMRMinerReset(t *testing.T) {
	h := newXMRHouse(t)
	m := dialLine(t, h.beneath.Addr())
	m.mine(5)
	h.beneath.Reset()
	if v, err := m.Submit(t.Context(), m.find()); err == nil {
		t.Errorf("a share over a reset line: %+v", v)
	}
	until(t, "the seat is given back", func() bool { return h.crew.Status().Seats == 0 })
	h.beneath.Whole()
	dialLine(t, h.beneath.Addr()).mine(5)
	if all := h.crew.Members(); len(all) != 1 {
		t.Errorf("%d members", len(all))
	}
	h.check(t, 10)
}
