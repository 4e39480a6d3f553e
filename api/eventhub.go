package api

import (
	"context"
	"encoding/json"
	"sync"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/fleet/telemetry"
)

// Bounds of the Mining Platform's event feed.
const (
	maxListeners  = 100
	listenerQueue = 256 // events that a listener may be behind before it is dropped
)

// events gives every listener the same events. While somebody listens, one goroutine makes them of the live feed.
type events struct {
	mu  sync.Mutex
	cur *broadcast // nil while nobody listens
}

// broadcast is one stretch of time in which somebody listens. events.mu guards it.
type broadcast struct {
	sub     *telemetry.Subscription
	teller  teller
	clients map[*listener]struct{}
}

// listener is one client.
type listener struct {
	out    chan []byte // closed when it was too slow, or the feed ended
	of     *broadcast
	miners map[string]bool // empty, or with "*": all
	slow   bool
}

// full is the refusal of one listener too many.
func full() error {
	return adit.Errorf(adit.Conflict, "%d clients listen already: close one, or try again later", maxListeners)
}

// join adds a listener; the first it hears is a state.sync.
func (e *events) join(ctx context.Context, actor adit.Actor, t *telemetry.Service) (*listener, error) {
	if err := actor.May(adit.ScopeRead); err != nil {
		return nil, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.cur == nil {
		b, err := begin(ctx, actor, t)
		if err != nil {
			return nil, err
		}
		e.cur = b
		go e.run(b) // ends with its subscription: when the last listener leaves, or the hub ends
	}
	if len(e.cur.clients) >= maxListeners {
		return nil, full()
	}
	l := &listener{out: make(chan []byte, listenerQueue), of: e.cur}
	e.cur.clients[l] = struct{}{}
	if text, err := json.Marshal(e.cur.teller.sync()); err == nil {
		l.out <- text
	}
	return l, nil
}

// begin subscribes to the live feed. A subscription does not end with the request that made it.
func begin(ctx context.Context, actor adit.Actor, t *telemetry.Service) (*broadcast, error) {
	sub, err := t.Subscribe(context.WithoutCancel(ctx), actor)
	if err != nil {
		return nil, err
	}
	b := &broadcast{sub: sub, teller: teller{now: time.Now}, clients: map[*listener]struct{}{}}
	b.teller.tell(<-sub.Frames) // the snapshot is there at once
	return b, nil
}

func (e *events) run(b *broadcast) {
	for raw := range b.sub.Frames {
		e.mu.Lock()
		for _, ev := range b.teller.tell(raw) {
			b.send(ev)
		}
		e.mu.Unlock()
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	for l := range b.clients {
		b.drop(l)
	}
	if e.cur == b {
		e.cur = nil
	}
}

// send gives an event to all it is for.
func (b *broadcast) send(ev event) {
	text, err := json.Marshal(ev)
	if err != nil {
		return // numbers and words: cannot be
	}
	for l := range b.clients {
		if l.wants(ev.miner) {
			b.push(l, text)
		}
	}
}

func (b *broadcast) push(l *listener, text []byte) {
	select {
	case l.out <- text:
	default:
		l.slow = true
		b.drop(l)
	}
}

func (b *broadcast) drop(l *listener) {
	if _, there := b.clients[l]; there {
		delete(b.clients, l)
		close(l.out)
	}
}

func (l *listener) wants(miner string) bool {
	return miner == "" || len(l.miners) == 0 || l.miners["*"] || l.miners[miner]
}

// leave takes a listener out; twice is fine.
func (e *events) leave(l *listener) {
	e.mu.Lock()
	l.of.drop(l)
	empty := len(l.of.clients) == 0
	if empty && e.cur == l.of {
		e.cur = nil
	}
	e.mu.Unlock()
	if empty {
		l.of.sub.Close()
	}
}

// wasSlow reports, after out has ended, whether the listener was too slow.
func (e *events) wasSlow(l *listener) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return l.slow
}

// maxMiners bounds the names of one subscription.
const maxMiners = 1000

// hear does what a listener asks for. What it says otherwise is passed over, as the Mining Platform does.
func (e *events) hear(l *listener, text []byte) {
	var m struct {
		Type   string   `json:"type"`
		Miners []string `json:"miners"`
	}
	if json.Unmarshal(text, &m) != nil {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if _, there := l.of.clients[l]; !there {
		return
	}
	switch m.Type {
	case "subscribe":
		l.miners = map[string]bool{}
		for _, name := range m.Miners[:min(len(m.Miners), maxMiners)] {
			l.miners[name] = true
		}
	case "ping":
		if pong, err := json.Marshal(event{Type: "pong", Timestamp: time.Now().UTC()}); err == nil {
			l.of.push(l, pong)
		}
	}
}
