package enrol

import (
	"maps"
	"net/netip"
	"slices"
	"sync"
	"time"
)

// A stranger may ask tryBurst times at once and then once in tryEvery, by its address (IPv6: its /64).
const (
	tryBurst   = 20
	tryEvery   = 5 * time.Second
	wrongCosts = 4
	mostTried  = 4096 // addresses remembered
)

// tries is a bucket for each address.
type tries struct {
	now func() time.Time

	mu sync.Mutex
	by map[netip.Prefix]*bucket
}

type bucket struct {
	left float64
	at   time.Time
}

func newTries(now func() time.Time) *tries { return &tries{now: now, by: map[netip.Prefix]*bucket{}} }

func crowd(a netip.Addr) netip.Prefix {
	a = a.Unmap().WithZone("")
	bits := 64
	if a.Is4() {
		bits = 32
	}
	p, _ := a.Prefix(bits) // the zero address: the zero prefix
	return p
}

// take pays for one question, and says whether there was enough.
func (t *tries) take(a netip.Addr, cost float64) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	now, who := t.now(), crowd(a)
	b := t.by[who]
	if b == nil {
		if len(t.by) >= mostTried {
			t.forget(now)
		}
		b = &bucket{left: tryBurst, at: now}
		t.by[who] = b
	}
	b.fill(now)
	if b.left < cost {
		return false
	}
	b.left -= cost
	return true
}

// fine takes more for a wrong answer, down to nothing.
func (t *tries) fine(a netip.Addr) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if b := t.by[crowd(a)]; b != nil {
		b.left = max(0, b.left-(wrongCosts-1))
	}
}

func (b *bucket) fill(now time.Time) {
	if d := now.Sub(b.at); d > 0 {
		b.left = min(tryBurst, b.left+float64(d)/float64(tryEvery))
	}
	b.at = now
}

// forget drops who is full again; where too many still owe, the half that asked longest ago. It is rare: each call makes room
// for many.
func (t *tries) forget(now time.Time) {
	maps.DeleteFunc(t.by, func(_ netip.Prefix, b *bucket) bool {
		return float64(now.Sub(b.at)) >= float64(tryEvery)*(tryBurst-b.left)
	})
	if len(t.by) < mostTried/2 {
		return
	}
	old := slices.SortedFunc(maps.Keys(t.by), func(a, b netip.Prefix) int { return t.by[a].at.Compare(t.by[b].at) })
	for _, who := range old[:len(old)/2] {
		delete(t.by, who)
	}
}
