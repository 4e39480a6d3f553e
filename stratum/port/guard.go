package port

import (
	"net/netip"
	"sync"
	"time"

	"github.com/adit-mining/adit"
)

// BanRule says when an address is shut out: by the part of its shares that were invalid. Stale shares and shares that
// could not be checked do not count. The defaults are node-cryptonote-pool's.
type BanRule struct {
	Shares   int           // 30: looked at in groups of so many
	Invalid  float64       // 0.25: more than this part of them leads to a ban
	For      time.Duration // 600 s
	Loopback bool          // ban loopback, too; else its sessions are only hung up on
}

// score counts the shares of one address or connection.
type score struct {
	good, bad int16
}

// record is the score of an address.
type record struct {
	score
	last int64 // Unix seconds
}

// add counts one outcome and reports whether the group is full of lies. A full honest group starts again at zero, so
// that old honesty does not pay for new lies.
func (c *score) add(o adit.ShareOutcome, rule BanRule) bool {
	switch o {
	case adit.ShareAccepted, adit.ShareBlock:
		c.good++
	case adit.ShareMalformed, adit.ShareLowDifficulty, adit.ShareDuplicate, adit.ShareUnknownJob:
		c.bad++
	default:
		return false
	}
	if int(c.good)+int(c.bad) < rule.Shares {
		return false
	}
	lies := float64(c.bad) > rule.Invalid*(float64(c.good)+float64(c.bad))
	c.good, c.bad = 0, 0
	return lies
}

const mostScores = 1 << 16

// Guard keeps scores and bans by address; IPv6 by its /64, which one person has.
type Guard struct {
	rule BanRule

	mu     sync.Mutex
	scores map[netip.Prefix]*record
	until  map[netip.Prefix]time.Time
}

// NewGuard fills in the defaults.
func NewGuard(r BanRule) *Guard {
	if r.Shares == 0 {
		r.Shares = 30
	}
	r.Shares = min(r.Shares, 10000)
	if r.Invalid == 0 {
		r.Invalid = 0.25
	}
	if r.For == 0 {
		r.For = 600 * time.Second
	}
	return &Guard{rule: r, scores: map[netip.Prefix]*record{}, until: map[netip.Prefix]time.Time{}}
}

func prefix(a netip.Addr) netip.Prefix {
	n := 32
	if a = a.Unmap(); a.Is6() {
		n = 64
	}
	p, _ := a.Prefix(n)
	return p
}

// judge counts an outcome and reports whether the connection must end. own is the connection's own score, which counts
// where its address must not be banned; one connection's outcomes may come from several goroutines.
func (g *Guard) judge(a netip.Addr, own *score, o adit.ShareOutcome) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !a.IsValid() || a.Unmap().IsLoopback() && !g.rule.Loopback {
		return own.add(o, g.rule)
	}
	now := time.Now()
	p := prefix(a)
	c := g.scores[p]
	if c == nil {
		if len(g.scores) >= mostScores {
			g.sweep(now)
		}
		c = new(record)
		g.scores[p] = c
	}
	c.last = now.Unix()
	if !c.add(o, g.rule) {
		return false
	}
	g.until[p] = now.Add(g.rule.For)
	return true
}

// Ban shuts an address out for the rule's time, without a share.
func (g *Guard) Ban(a netip.Addr) {
	if !a.IsValid() || a.Unmap().IsLoopback() && !g.rule.Loopback {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.until[prefix(a)] = time.Now().Add(g.rule.For)
}

// Banned returns how long the address stays shut out, 0 where it is not.
func (g *Guard) Banned(a netip.Addr) time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.until) == 0 || !a.IsValid() {
		return 0
	}
	p := prefix(a)
	left := time.Until(g.until[p])
	if left <= 0 {
		delete(g.until, p)
		return 0
	}
	return left
}

// sweep forgets who was not heard of for the length of a ban, and everybody where that does not make room.
func (g *Guard) sweep(now time.Time) {
	for p, c := range g.scores {
		if now.Unix()-c.last > int64(g.rule.For/time.Second) {
			delete(g.scores, p)
		}
	}
	if len(g.scores) >= mostScores {
		clear(g.scores)
	}
	for p, t := range g.until {
		if now.After(t) {
			delete(g.until, p)
		}
	}
}

// pace limits lines, as GCRA: the time at which the bucket will be full again.
type pace struct{ full tick }

// take reports whether one more is allowed, where one comes each every ns and burst may come at once.
func (k *pace) take(now tick, every int64, burst int) bool {
	next := max(k.full, now) + tick(every)
	if float64(next-now) > float64(every)*float64(burst) {
		return false
	}
	k.full = next
	return true
}
