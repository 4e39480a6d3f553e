package stratum

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

// score counts the shares of one address or session.
type score struct {
	good, bad int
	last      time.Time
}

// add counts one outcome and reports whether the group is full of lies. A full honest group starts again at zero, so
// that old honesty does not pay for new lies.
func (c *score) add(o adit.ShareOutcome, rule BanRule, now time.Time) bool {
	c.last = now
	switch o {
	case adit.ShareAccepted, adit.ShareBlock:
		c.good++
	case adit.ShareMalformed, adit.ShareLowDifficulty, adit.ShareDuplicate, adit.ShareUnknownJob:
		c.bad++
	default:
		return false
	}
	if c.good+c.bad < rule.Shares {
		return false
	}
	lies := float64(c.bad) > rule.Invalid*float64(c.good+c.bad)
	c.good, c.bad = 0, 0
	return lies
}

const mostScores = 1 << 16

// bans keeps scores and bans by address; IPv6 by its /64, which one person has.
type bans struct {
	rule BanRule

	mu     sync.Mutex
	scores map[netip.Prefix]*score
	until  map[netip.Prefix]time.Time
}

func newBans(r BanRule) *bans {
	if r.Shares == 0 {
		r.Shares = 30
	}
	if r.Invalid == 0 {
		r.Invalid = 0.25
	}
	if r.For == 0 {
		r.For = 600 * time.Second
	}
	return &bans{rule: r, scores: map[netip.Prefix]*score{}, until: map[netip.Prefix]time.Time{}}
}

func prefix(a netip.Addr) netip.Prefix {
	n := 32
	if a = a.Unmap(); a.Is6() {
		n = 64
	}
	p, _ := a.Prefix(n)
	return p
}

// judge counts an outcome and reports whether the session must end. own is the session's own score, which counts
// where its address must not be banned.
func (b *bans) judge(a netip.Addr, own *score, o adit.ShareOutcome) bool {
	now := time.Now()
	b.mu.Lock()
	defer b.mu.Unlock()
	if !a.IsValid() || a.Unmap().IsLoopback() && !b.rule.Loopback {
		return own.add(o, b.rule, now)
	}
	p := prefix(a)
	c := b.scores[p]
	if c == nil {
		if len(b.scores) >= mostScores {
			b.sweep(now)
		}
		c = new(score)
		b.scores[p] = c
	}
	if !c.add(o, b.rule, now) {
		return false
	}
	b.until[p] = now.Add(b.rule.For)
	return true
}

// banned returns how long the address stays shut out, 0 where it is not.
func (b *bans) banned(a netip.Addr) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.until) == 0 || !a.IsValid() {
		return 0
	}
	p := prefix(a)
	left := time.Until(b.until[p])
	if left <= 0 {
		delete(b.until, p)
		return 0
	}
	return left
}

// sweep forgets who was not heard of for the length of a ban, and everybody where that does not make room.
func (b *bans) sweep(now time.Time) {
	for p, c := range b.scores {
		if now.Sub(c.last) > b.rule.For {
			delete(b.scores, p)
		}
	}
	if len(b.scores) >= mostScores {
		clear(b.scores)
	}
	for p, t := range b.until {
		if now.After(t) {
			delete(b.until, p)
		}
	}
}

// bucket limits lines: rate per second, burst at once.
type bucket struct {
	tokens float64
	at     time.Time
}

// take reports whether one more is allowed.
func (k *bucket) take(rate float64, burst int) bool {
	now := time.Now()
	if k.at.IsZero() {
		k.tokens = float64(burst)
	} else {
		k.tokens = min(float64(burst), k.tokens+rate*now.Sub(k.at).Seconds())
	}
	k.at = now
	if k.tokens < 1 {
		return false
	}
	k.tokens--
	return true
}
