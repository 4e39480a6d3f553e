package gate

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop"
	"github.com/adit-mining/adit/coop/crew"
	"github.com/adit-mining/adit/stratum"
	"github.com/adit-mining/adit/stratum/bitcoin"
	"github.com/adit-mining/adit/stratum/bitcoin/minertest"
	"github.com/adit-mining/adit/stratum/upstream"
)

// btcPool is an upstream pool: it hands out jobs of one difficulty and hashes what comes back.
type btcPool struct {
	url        string
	difficulty adit.Hashes

	mu       sync.Mutex
	size     int // of extranonce2
	mask     uint32
	n        int // jobs
	conns    int
	job      *bitcoin.Job
	notice   *bitcoin.Notice
	sessions map[*bitcoin.Session]*bitcoin.Place
	jobs     map[string]*bitcoin.Job // by id
	seen     map[[32]byte]bool
	accepted [][32]byte
	refused  []string
}

func newBTCPool(t testing.TB, difficulty uint64, size int) *btcPool {
	t.Helper()
	p := &btcPool{
		difficulty: adit.HashesOf(difficulty), size: size, mask: bitcoin.RollingMask,
		sessions: map[*bitcoin.Session]*bitcoin.Place{}, jobs: map[string]*bitcoin.Job{}, seen: map[[32]byte]bool{},
	}
	p.next(true)
	p.url = serveBTC(t, bitcoin.NewServer(bitcoin.ServerOptions{Handler: p}).Serve)
	return p
}

// serveBTC listens and returns where, until the test ends.
func serveBTC(t testing.TB, serve func(context.Context, net.Listener) error) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- serve(ctx, ln) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return ln.Addr().String()
}

// next makes a job and hands it to everybody.
func (p *btcPool) next(clean bool) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.n++
	height := 700000 + p.n
	script := []byte{3, byte(height), byte(height >> 8), byte(height >> 16)}
	one := append([]byte{1, 0, 0, 0, 1}, make([]byte, 32)...)
	one = append(one, 0xff, 0xff, 0xff, 0xff, byte(len(script)+4+p.size))
	p.job = &bitcoin.Job{
		ID: fmt.Sprintf("up%d", p.n), PrevHash: [32]byte{byte(p.n), 0xaa, 0xbb}, Coinbase1: append(one, script...),
		Coinbase2: bytes.Repeat([]byte{0x51}, 40), Branches: [][32]byte{{1}, {2}}, Version: 0x20000000, Bits: 0x1d00ffff,
		Time: 1700000000, Clean: clean, Extranonce2Size: p.size, VersionMask: p.mask,
	}
	p.jobs[p.job.ID] = p.job
	p.notice = bitcoin.NoticeOf(p.job)
	for s, place := range p.sessions {
		s.Offer(p.offer(place))
	}
	return p.job.ID
}

func (p *btcPool) offer(place *bitcoin.Place) bitcoin.Offer {
	return bitcoin.Offer{Notice: p.notice, ID: p.job.ID, Clean: p.job.Clean, Difficulty: p.difficulty, Place: *place}
}

// move gives everybody another extranonce1, with the next job.
func (p *btcPool) move() {
	p.mu.Lock()
	for _, place := range p.sessions {
		p.conns++
		*place = p.place()
	}
	p.mu.Unlock()
	p.next(false)
}

func (p *btcPool) place() bitcoin.Place {
	return bitcoin.Place{Extranonce1: []byte{0xee, byte(p.conns >> 8), byte(p.conns), 0x11}, Extranonce2Size: p.size, VersionMask: p.mask}
}

func (p *btcPool) Place(context.Context, *bitcoin.Session) (bitcoin.Place, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.conns++
	return p.place(), nil
}

func (p *btcPool) Login(_ context.Context, s *bitcoin.Session, l bitcoin.Login) error {
	if l.User != "coop.house" {
		return adit.Errorf(adit.Unauthorized, "who is %s?", l.User)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	place := p.place() // the last one placed: connections come one by one here
	p.sessions[s] = &place
	s.Data = &place
	s.Offer(p.offer(&place))
	return nil
}

func (p *btcPool) Submit(b bitcoin.Submission) {
	p.mu.Lock()
	defer p.mu.Unlock()
	o, text := adit.ShareAccepted, ""
	if j := p.jobs[b.Share.JobID]; j == nil {
		o = adit.ShareUnknownJob
	} else {
		mine := *j
		mine.Extranonce1 = b.Session.Data.(*bitcoin.Place).Extranonce1
		hash := mine.Hash(b.Share)
		if bad, why := mine.Check(b.Share); bad != "" {
			o, text = bad, why
		} else if !bitcoin.Meets(hash, p.difficulty) {
			o = adit.ShareLowDifficulty
		} else if p.seen[hash] {
			o = adit.ShareDuplicate
		} else {
			p.seen[hash] = true
			p.accepted = append(p.accepted, hash)
		}
	}
	if o != adit.ShareAccepted {
		p.refused = append(p.refused, string(o)+" "+text)
	}
	b.Reply(stratum.Verdict{Outcome: o, Text: text})
}

func (p *btcPool) Wish(*bitcoin.Session, adit.Hashes) {}

func (p *btcPool) Gone(s *bitcoin.Session, _ error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.sessions, s)
}

func (p *btcPool) tally() (accepted [][32]byte, refused []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.accepted), slices.Clone(p.refused)
}

// btcLedger is a coop.Ledger in memory.
type btcLedger struct {
	mu      sync.Mutex
	records []coop.ShareRecord
}

func (l *btcLedger) Append(r coop.ShareRecord, done func(uint64, error)) {
	l.mu.Lock()
	r.Seq = uint64(len(l.records) + 1)
	l.records = append(l.records, r)
	l.mu.Unlock()
	go done(r.Seq, nil)
}
func (l *btcLedger) Verdict(uint64, coop.MemberID, adit.ShareOutcome, string) {}
func (l *btcLedger) Found(context.Context, coop.FoundBlock) error             { return nil }
func (l *btcLedger) Trouble() error                                           { return nil }

func (l *btcLedger) of(m coop.MemberID) (n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, r := range l.records {
		if r.Member == m {
			n++
		}
	}
	return n
}

// btcHouse is pool, coordinator's crew and gate.
type btcHouse struct {
	testing.TB
	pool   *btcPool
	crew   *crew.Crew
	ledger *btcLedger
	gate   *Bitcoin
	addr   string
}

const (
	startHashes = 1 << 12 // of a share
	upHashes    = 1 << 14
)

// newBTCHouse builds the house; through, where it is not nil, lies between it and the pool.
func newBTCHouse(t testing.TB, size int, through func(addr string) string) *btcHouse {
	t.Helper()
	p := newBTCPool(t, upHashes, size)
	url := p.url
	if through != nil {
		url = through(url)
	}
	source, err := upstream.NewPoolBitcoin(bitcoin.Pool{Pool: stratum.Pool{URL: "stratum+tcp://" + url, User: "coop.house"}, ExtranonceSubscribe: true}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	coin, _ := adit.CoinNamed("BTC")
	h := &btcHouse{TB: t, pool: p, ledger: &btcLedger{}}
	t.Cleanup(func() { // after the crew ended
		if h.gate == nil {
			return // it was not opened
		}
		h.gate.mu.Lock()
		defer h.gate.mu.Unlock()
		if len(h.gate.lanes)+len(h.gate.seats) > 0 {
			t.Errorf("%d lanes and %d seats are kept", len(h.gate.lanes), len(h.gate.seats))
		}
	})
	h.crew = openCrew(t, source, coin, h.ledger, crew.Rules{Start: adit.HashesOf(startHashes), Least: adit.HashesOf(16), Grace: -1})
	h.gate = NewBitcoin(BitcoinOptions{Crew: h.crew})
	h.addr = serveBTC(t, h.gate.Serve)
	return h
}

// openCrew opens a crew on one upstream, which works until the test ends.
func openCrew(t testing.TB, source upstream.Source, coin adit.Coin, ledger coop.Ledger, rules crew.Rules) *crew.Crew {
	t.Helper()
	c, err := crew.Open(context.Background(), crew.Options{
		Sources: func() []upstream.Source { return []upstream.Source{source} }, Coin: coin, Ledger: ledger,
		Rules: rules, Rand: func() float64 { return 0 },
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- c.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return c
}

// miner connects a device.
func (h *btcHouse) miner(o minertest.Options) *minertest.Miner {
	h.Helper()
	o.Address = h.addr
	m, err := minertest.Dial(h.ctx(), o)
	if err != nil {
		h.Fatal(err)
	}
	h.Cleanup(m.Close)
	return m
}

// ctx bounds every wait of a test.
func (h *btcHouse) ctx() context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	h.Cleanup(cancel)
	return ctx
}

// job waits for one.
func (h *btcHouse) job(m *minertest.Miner, wanted func(*minertest.Job) bool) *minertest.Job {
	h.Helper()
	j, err := m.Job(h.ctx(), wanted)
	if err != nil {
		h.Fatal(err)
	}
	return j
}

func (h *btcHouse) find(j *minertest.Job) minertest.Found {
	h.Helper()
	f, err := j.Search(h.ctx())
	if err != nil {
		h.Fatal(err)
	}
	return f
}
