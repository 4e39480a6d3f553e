package gate

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop"
	"github.com/adit-mining/adit/stratum"
	"github.com/adit-mining/adit/stratum/port"
	"github.com/adit-mining/adit/stratum/upstream"
)

// troupe is a Crew that does what a test says.
type troupe struct {
	mu     sync.Mutex
	refuse error
	slice  func(p *player, w *coop.Work) coop.Slice // nil: nonce byte = number + 1
	words  func(coop.Submission) coop.Verdict       // nil: accepted
	lane   func(number int) coop.Lane               // nil: lane 1
	newest map[coop.Lane]*coop.Work
	seats  []*player
	seq    uint64
}

// player is one of its seats.
type player struct {
	crew   *troupe
	number int
	hello  coop.Hello

	lane       coop.Lane // these under crew.mu
	difficulty uint64
	changes    int
	left       []error
	shares     []coop.Submission
}

func newTroupe() *troupe {
	c := &troupe{newest: map[coop.Lane]*coop.Work{}}
	c.work(1)
	return c
}

// work makes new work for a lane.
func (c *troupe) work(l coop.Lane, with ...func(*upstream.Work)) *coop.Work {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.seq++
	blob := make([]byte, 80)
	blob[0], blob[1], blob[79] = byte(c.seq>>8), byte(c.seq), byte(l)
	height := 1000 + c.seq
	u := &upstream.Work{
		Algorithm: adit.RandomX, Height: &height, Clean: true,
		Blob: &upstream.Blob{Bytes: blob, NonceOffset: 39, NonceWidth: 4, Target: stratum.TargetOf(100000), Seed: [32]byte{7}},
	}
	for _, f := range with {
		f(u)
	}
	w := &coop.Work{Work: u, ID: fmt.Sprintf("w%d", c.seq), Lane: l, Seq: c.seq}
	c.newest[l] = w
	return w
}

// set changes the troupe or one of its players.
func (c *troupe) set(f func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f()
}

func (c *troupe) Join(_ context.Context, _ coop.Gate, h coop.Hello) (coop.Seat, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.refuse != nil {
		return nil, c.refuse
	}
	p := &player{crew: c, number: len(c.seats), hello: h, lane: 1, difficulty: 1000}
	if c.lane != nil {
		p.lane = c.lane(p.number)
	}
	if h.FixedDiff {
		p.difficulty = h.Difficulty.Lo
	}
	c.seats = append(c.seats, p)
	return p, nil
}

func (c *troupe) all() []*player {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]*player(nil), c.seats...)
}

func (p *player) Member() coop.MemberID      { return p.hello.Member }
func (p *player) Hello() coop.Hello          { return p.hello }
func (p *player) Introduce(coop.Hello) error { return adit.Errorf(adit.Conflict, "a member already") }
func (p *player) Beat(coop.Beat)             {}
func (p *player) Wish(adit.Hashes)           {}

func (p *player) Lane() coop.Lane {
	p.crew.mu.Lock()
	defer p.crew.mu.Unlock()
	return p.lane
}

func (p *player) Newest() *coop.Work {
	p.crew.mu.Lock()
	defer p.crew.mu.Unlock()
	return p.crew.newest[p.lane]
}

func (p *player) Assign(w *coop.Work) (coop.Assignment, bool) {
	p.crew.mu.Lock()
	defer p.crew.mu.Unlock()
	if len(p.left) > 0 || w.Lane != p.lane {
		return coop.Assignment{}, false
	}
	b := uint32(p.number+1) & 255
	a := coop.Assignment{
		JobID: w.ID, Plain: p.changes == 0, Difficulty: adit.HashesOf(p.difficulty), Target: stratum.TargetOf(p.difficulty),
		Slice: coop.Slice{Index: b, NonceStart: b << 24, NonceEnd: b<<24 | 0xffffff, Byte: true},
	}
	if p.changes > 0 {
		a.JobID = fmt.Sprintf("%s.%d", w.ID, p.changes)
	}
	if p.crew.slice != nil {
		a.Slice = p.crew.slice(p, w)
	}
	return a, true
}

func (p *player) Submit(s coop.Submission, reply func(coop.Verdict)) {
	p.crew.mu.Lock()
	p.shares = append(p.shares, s)
	words := p.crew.words
	p.crew.mu.Unlock()
	v := coop.Verdict{Outcome: adit.ShareAccepted}
	if words != nil {
		v = words(s)
	}
	go reply(v) // as the ledger does: from elsewhere
}

func (p *player) Leave(reason error) {
	p.crew.mu.Lock()
	defer p.crew.mu.Unlock()
	p.left = append(p.left, reason)
}

func (p *player) gone() bool {
	p.crew.mu.Lock()
	defer p.crew.mu.Unlock()
	if len(p.left) > 1 {
		panic("left twice")
	}
	return len(p.left) == 1
}

// open starts a gate for a crew. At its end everybody must have left.
func open(t *testing.T, c *troupe, o port.Options) (*XMR, string) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	g := NewXMR(XMROptions{Crew: c, Port: o})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- g.Serve(ctx, ln) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		for _, p := range c.all() {
			if !p.gone() {
				t.Errorf("seat %d was not given back", p.number)
			}
		}
		g.mu.Lock()
		defer g.mu.Unlock()
		if len(g.lanes)+len(g.seats) > 0 {
			t.Errorf("%d lanes and %d seats are kept", len(g.lanes), len(g.seats))
		}
	})
	return g, ln.Addr().String()
}

// caller is a miner that says lines.
type caller struct {
	net.Conn
	in *bufio.Reader
}

func visit(t *testing.T, address string) *caller {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(30 * time.Second))
	return &caller{c, bufio.NewReader(c)}
}

func (c *caller) say(format string, args ...any) { fmt.Fprintf(c, format+"\n", args...) }

// heard is a line as far as tests look at it.
type heard struct {
	ID     any
	Method string
	Params *wireJob
	Error  *struct{ Message string }
	Result *struct {
		ID         string
		Status     string
		Extensions []string
		Job        *wireJob
	}
}

type wireJob struct {
	Blob   string
	JobID  string `json:"job_id"`
	Target string
	Algo   string
	Height uint64
	Seed   string `json:"seed_hash"`
	Offset *int   `json:"nonce_offset"`
	Start  uint32 `json:"nonce_start"`
	End    uint32 `json:"nonce_end"`
}

// next reads a line; ok is false at the end.
func (c *caller) next(t *testing.T) (h heard, ok bool) {
	t.Helper()
	line, err := c.in.ReadBytes('\n')
	if err != nil {
		return h, false
	}
	if err := json.Unmarshal(line, &h); err != nil {
		t.Fatalf("%q: %v", line, err)
	}
	return h, true
}

// login logs in and returns the session and the first job.
func (c *caller) login(t *testing.T, name string, more string) (string, *wireJob, []string) {
	t.Helper()
	c.say(`{"id":1,"method":"login","params":{"login":%q,"pass":"secret","agent":"test/1","rigid":"rig"%s}}`, name, more)
	h, ok := c.next(t)
	if !ok || h.Result == nil || h.Result.Job == nil {
		t.Fatalf("no login: %+v %+v", h, h.Error)
	}
	return h.Result.ID, h.Result.Job, h.Result.Extensions
}

// refused logs in and returns why it was refused; the connection must end then.
func (c *caller) refused(t *testing.T, name string, more string) string {
	t.Helper()
	c.say(`{"id":1,"method":"login","params":{"login":%q,"pass":"x"%s}}`, name, more)
	h, ok := c.next(t)
	if !ok || h.Error == nil {
		t.Fatalf("not refused: %+v", h)
	}
	if _, more := c.next(t); more {
		t.Fatal("not hung up on")
	}
	return h.Error.Message
}

func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !ok(); {
		if time.Now().After(deadline) {
			t.Fatalf("not in time: %s", what)
		}
		<-time.After(time.Millisecond)
	}
}
