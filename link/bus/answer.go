package bus

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"sync"

	"github.com/nats-io/nats.go"

	"github.com/adit-mining/adit"
)

// Starter is a Conn that can send requests in order without waiting for each answer. Connections of Embedded are Starters.
type Starter interface {
	// Start sends a request; requests on one Conn are delivered in the order of their Start.
	Start(subject string, data []byte) (Pending, error)
}

// Pending is a request under way. Wait must be called once.
type Pending interface {
	// Wait returns the answer, or an error with a code as Conn.Request does.
	Wait(ctx context.Context) ([]byte, error)
}

// answers matches what arrives in an inbox to the requests under way.
type answers struct {
	prefix  string
	mu      sync.Mutex
	last    uint64
	waiting map[string]*pending
}

type answer struct {
	data []byte
	err  error
}

type pending struct {
	of      *answers
	id      string
	subject string
	got     chan answer
	gone    <-chan struct{} // closed with the connection
}

func newAnswers(inbox string) *answers {
	return &answers{prefix: inbox + ".a.", waiting: map[string]*pending{}}
}

func (a *answers) wildcard() string { return a.prefix + "*" }

func (a *answers) expect(subject string) (reply string, p *pending) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.last++
	p = &pending{of: a, id: strconv.FormatUint(a.last, 36), subject: subject, got: make(chan answer, 1)}
	a.waiting[p.id] = p
	return a.prefix + p.id, p
}

// take hands an answer to its request; late and foreign ones are dropped.
func (a *answers) take(m *nats.Msg) {
	ans := answer{data: m.Data}
	if len(m.Data) == 0 && m.Header.Get("Status") == "503" {
		ans = answer{err: adit.Errorf(adit.Unreachable, "bus: nobody listens: %w", nats.ErrNoResponders)}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if p, ok := a.waiting[strings.TrimPrefix(m.Subject, a.prefix)]; ok {
		a.give(p, ans)
	}
}

// forbid ends the requests to a subject that the server refused.
func (a *answers) forbid(subject string, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, p := range a.waiting {
		if p.subject == subject {
			a.give(p, answer{err: err})
		}
	}
}

// give answers one request, once; the caller holds the lock.
func (a *answers) give(p *pending, ans answer) {
	delete(a.waiting, p.id)
	p.got <- ans
}

func (p *pending) drop() {
	p.of.mu.Lock()
	defer p.of.mu.Unlock()
	delete(p.of.waiting, p.id)
}

// Wait implements Pending.
func (p *pending) Wait(ctx context.Context) ([]byte, error) {
	defer p.drop()
	select {
	case ans := <-p.got:
		return ans.data, ans.err
	default:
	}
	select {
	case ans := <-p.got:
		return ans.data, ans.err
	case <-p.gone:
		return nil, adit.Errorf(adit.Unreachable, "bus: the connection was closed")
	case <-ctx.Done():
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			return nil, adit.Errorf(adit.Timeout, "bus: no answer on %s in time: %w", p.subject, ctx.Err())
		}
		return nil, ctx.Err()
	}
}
