package livefeed

import (
	"bytes"
	"maps"
	"slices"
	"strconv"
	"sync"

	"github.com/adit-mining/adit"
)

// queue is how many frames a listener may be behind before it is dropped; a browser that is dropped connects again and
// gets a snapshot.
const queue = 16

// Feed gives every listener the same frames: one snapshot first, then deltas, numbered without gaps. Frames are made
// once and shared; a listener must not change them.
type Feed struct {
	mu       sync.Mutex
	seq      uint64
	state    map[string][]byte
	snapshot []byte // of seq; nil = not made yet
	subs     map[*Subscription]struct{}
	closed   bool
}

// New makes an empty feed, open to listeners.
func New() *Feed {
	return &Feed{state: map[string][]byte{}, subs: map[*Subscription]struct{}{}}
}

// Subscription is one listener. Frames ends when the listener was too slow, or the hub ends.
type Subscription struct {
	Frames <-chan []byte
	frames chan []byte
	feed   *Feed
	slow   bool
}

// Slow reports, after Frames has ended, whether the listener was too slow.
func (s *Subscription) Slow() bool {
	s.feed.mu.Lock()
	defer s.feed.mu.Unlock()
	return s.slow
}

// Close ends the subscription; twice is fine.
func (s *Subscription) Close() {
	s.feed.mu.Lock()
	defer s.feed.mu.Unlock()
	s.feed.drop(s)
}

func (f *Feed) drop(s *Subscription) {
	if _, there := f.subs[s]; there {
		delete(f.subs, s)
		close(s.frames)
	}
}

// Subscribe adds a listener; its first frame is a snapshot.
func (f *Feed) Subscribe() (*Subscription, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return nil, adit.Errorf(adit.Unreachable, "adit is ending")
	}
	s := &Subscription{frames: make(chan []byte, queue), feed: f}
	s.Frames = s.frames
	s.frames <- f.snap()
	f.subs[s] = struct{}{}
	return s, nil
}

// Publish sends a delta to all; set must not be changed afterwards.
func (f *Feed) Publish(set map[string][]byte, del []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	maps.Copy(f.state, set)
	for _, k := range del {
		delete(f.state, k)
	}
	f.seq++
	f.snapshot = nil
	if len(f.subs) == 0 {
		return
	}
	frame := delta(f.seq, set, del)
	for s := range f.subs {
		select {
		case s.frames <- frame:
		default:
			s.slow = true
			f.drop(s)
		}
	}
}

// Listeners is how many listen now.
func (f *Feed) Listeners() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.subs)
}

// Open lets listeners in; a feed is open from the start, and again when the hub's loop is run again.
func (f *Feed) Open() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.closed = false
}

// Close sends all listeners away, and lets in no more until Open.
func (f *Feed) Close() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.closed = true
	for s := range f.subs {
		f.drop(s)
	}
}

// Current is the whole state and its number, as a frame of the kind "snapshot".
func (f *Feed) Current() []byte {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.snap()
}

func (f *Feed) snap() []byte {
	if f.snapshot == nil {
		var b bytes.Buffer
		b.WriteString(`{"t":"snapshot","seq":` + strconv.FormatUint(f.seq, 10) + `,"state":`)
		object(&b, f.state)
		b.WriteByte('}')
		f.snapshot = b.Bytes()
	}
	return f.snapshot
}

func delta(seq uint64, set map[string][]byte, del []string) []byte {
	var b bytes.Buffer
	b.WriteString(`{"t":"delta","seq":` + strconv.FormatUint(seq, 10) + `,"set":`)
	object(&b, set)
	b.WriteString(`,"del":[`)
	for i, k := range del {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(strconv.Quote(k))
	}
	b.WriteString(`]}`)
	return b.Bytes()
}

// object writes a JSON object of members that are JSON already. Keys are ids (adit.ValidName, '/'), so that Quote is JSON.
func object(b *bytes.Buffer, members map[string][]byte) {
	b.WriteByte('{')
	for i, k := range slices.Sorted(maps.Keys(members)) {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(strconv.Quote(k))
		b.WriteByte(':')
		b.Write(members[k])
	}
	b.WriteByte('}')
}
