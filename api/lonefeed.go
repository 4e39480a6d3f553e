package api

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"sync"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop/view"
	"github.com/adit-mining/adit/internal/livefeed"
)

// loneTick is how often the live feed of an adit without a hub tells what changed; loneBeat is how long it may be silent.
const (
	loneTick = time.Second
	loneBeat = 10 * time.Second
)

// loneFeed is the live feed where no hub keeps one: the crew's objects alone. A goroutine makes it while somebody listens.
type loneFeed struct {
	objects func(context.Context, adit.Actor) map[string]any

	mu   sync.Mutex
	feed *livefeed.Feed
	raw  map[string][]byte
	told time.Time
	n    int // listeners
	stop func()
}

// join adds a listener; leave takes it away and must be called once.
func (l *loneFeed) join(ctx context.Context, actor adit.Actor) (sub *livefeed.Subscription, leave func(), err error) {
	if err := actor.May(adit.ScopeRead); err != nil {
		return nil, nil, err
	}
	objects := l.objects(ctx, actor)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.publish(objects)
	if sub, err = l.feed.Subscribe(); err != nil {
		return nil, nil, err
	}
	if l.n++; l.n == 1 {
		l.stop = l.run(context.WithoutCancel(ctx), actor)
	}
	return sub, func() { sub.Close(); l.left() }, nil
}

// run ticks until the returned function is called, which waits for the end.
func (l *loneFeed) run(ctx context.Context, actor adit.Actor) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		t := time.NewTicker(loneTick)
		defer t.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-t.C:
				objects := l.objects(ctx, actor)
				l.mu.Lock()
				l.publish(objects)
				l.mu.Unlock()
			}
		}
	}()
	return func() { cancel(); <-ended }
}

func (l *loneFeed) left() {
	l.mu.Lock()
	var stop func()
	if l.n--; l.n == 0 {
		stop = l.stop
	}
	l.mu.Unlock()
	if stop != nil {
		stop()
	}
}

// publish tells what differs from what was told last. l.mu is held.
func (l *loneFeed) publish(objects map[string]any) {
	if l.raw == nil {
		l.raw, l.feed = map[string][]byte{}, livefeed.New()
	}
	set, del := map[string][]byte{}, []string{}
	for key, v := range objects {
		if b, err := json.Marshal(v); err == nil && !bytes.Equal(b, l.raw[key]) {
			set[key], l.raw[key] = b, b
		}
	}
	for key := range l.raw {
		if _, there := objects[key]; !there {
			delete(l.raw, key)
			del = append(del, key)
		}
	}
	now := time.Now()
	if len(set) == 0 && len(del) == 0 && now.Sub(l.told) < loneBeat {
		return
	}
	l.told = now
	l.feed.Publish(set, del)
}

// snapshot is the whole state as a frame.
func (l *loneFeed) snapshot(ctx context.Context, actor adit.Actor) (json.RawMessage, error) {
	if err := actor.May(adit.ScopeRead); err != nil {
		return nil, err
	}
	objects := l.objects(ctx, actor)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.publish(objects)
	return l.feed.Current(), nil
}

// crewObjects are those of the crew in the live feed.
func (s *server) crewObjects(ctx context.Context, actor adit.Actor) map[string]any {
	return view.Live(ctx, actor, s.source())
}

// subscribe is the live feed of the hub, or that of the crew alone where there is no hub.
func (s *server) subscribe(r *http.Request) (*livefeed.Subscription, func(), error) {
	actor := adit.ActorFrom(r.Context())
	if s.Telemetry == nil {
		return s.loneFeed.join(r.Context(), actor)
	}
	sub, err := s.Telemetry.Subscribe(r.Context(), actor)
	if err != nil {
		return nil, nil, err
	}
	return sub, sub.Close, nil
}
