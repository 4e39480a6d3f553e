package crew

import (
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/stratum"
)

// trust is how far a member's claims are believed without hashing. A member proves honesty by shares that were hashed
// and found right, in a row:
//
//	fraction that is hashed = 1                            for the first `unproven` = 32·2^lies shares, at most 4096
//	                        = max(Rules.CheckLeast, unproven / right)  then
//
// where lies is how many hashes were ever found wrong (forgiven one by one with each 4096 right ones). One wrong hash
// sets right to zero: all shares are hashed again, twice as many as before. With a floor of 2 % a liar who fakes a
// part f of its shares is caught after 50/f shares on average and loses more than it can gain: from then on each of its
// shares is hashed, and the ban rule sees what they are.
//
// Sampling begins only where hashing all would need more than there is (Rules.CheckWait), and goes down to the floor for
// all who are proven where ten times that waits; shares that the upstream
// wants and shares of members whose policy is "all" are always hashed.
type trust struct {
	right   uint32 // in a row
	lies    uint8
	checked uint32 // in all
	trusted uint32 // believed, in all
}

const (
	leastChecked = 1.0 / 50 // Rules.CheckLeast where none is said
	firstChecked = 32
	mostUnproven = 4096
)

// unproven is after how many right hashes sampling may begin.
func (t *trust) unproven() uint32 { return min(uint32(firstChecked)<<min(t.lies, 10), mostUnproven) }

// proven reports whether sampling may begin.
func (t *trust) proven() bool { return t.right >= t.unproven() }

// fraction is the part of the shares that must be hashed.
func (t *trust) fraction(least float64) float64 {
	if !t.proven() {
		return 1
	}
	return max(least, float64(t.unproven())/float64(t.right))
}

// hashed counts a share that was hashed.
func (t *trust) hashed(right bool) {
	t.checked++
	if !right {
		t.right = 0
		if t.lies < 255 {
			t.lies++
		}
		return
	}
	t.right++
	if t.right%mostUnproven == 0 && t.lies > 0 {
		t.lies--
	}
}

// score counts what a member handed in, in groups of BanRule.Shares as stratum does for addresses: stale shares and
// shares that were not judged do not count. A hash that was not what it claimed weighs as three.
type score struct{ good, bad uint16 }

const lieWeight = 3

// judgement is what a score leads to.
type judgement uint8

const (
	fine judgement = iota
	slowed
	banned
)

// add counts one outcome. slowAt bad shares in a group that is not full slow the member; a full group with too many bans
// it. A full honest group starts again at zero, so that old honesty does not pay for new lies.
func (s *score) add(o adit.ShareOutcome, weight uint16, rule *stratum.BanRule) judgement {
	switch o {
	case adit.ShareAccepted, adit.ShareBlock:
		s.good++
	case adit.ShareMalformed, adit.ShareLowDifficulty, adit.ShareDuplicate, adit.ShareUnknownJob:
		s.bad += weight
	default:
		return fine
	}
	all := int(s.good) + int(s.bad)
	lies := float64(s.bad) > rule.Invalid*float64(rule.Shares)
	if all < rule.Shares {
		if o.Accepted() || !lies {
			return fine
		}
		return slowed
	}
	lies = float64(s.bad) > rule.Invalid*float64(all)
	*s = score{}
	if lies {
		return banned
	}
	return fine
}

// slowEach is how often a slowed member's shares are looked at.
const slowEach = int64(time.Second)
