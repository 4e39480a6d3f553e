package payout

import (
	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop"
)

const million = 1_000_000

// Kind names a rule.
type Kind string

// The rules.
const (
	PPLNS Kind = "pplns" // the last shares before a block, worth Window blocks, whoever found it
	PROP  Kind = "prop"  // the shares since the last block or credit, in proportion
)

// Rule is how a crew divides what it earns.
type Rule struct {
	Kind      Kind   `json:"kind" enum:"pplns,prop"`
	WindowPPM uint64 `json:"windowPpm" doc:"PPLNS: the window in millionths of a block's work; 2000000 = two blocks"`
	FeePPM    uint64 `json:"feePpm" doc:"the operator's fee in millionths; 10000 = 1 %"`
}

// DefaultRule is PPLNS over two blocks without a fee.
func DefaultRule() Rule { return Rule{Kind: PPLNS, WindowPPM: 2 * million} }

// Validate names the field that is wrong and the fix.
func (r Rule) Validate() error {
	switch {
	case r.Kind != PPLNS && r.Kind != PROP:
		return adit.InvalidField("rule", "%q is none: write pplns or prop", r.Kind)
	case r.Kind == PPLNS && (r.WindowPPM < 10_000 || r.WindowPPM > 1000*million):
		return adit.InvalidField("windowPpm", "%d is outside of 10000 to 1000000000: 2000000 is a window of two blocks", r.WindowPPM)
	case r.FeePPM > million:
		return adit.InvalidField("feePpm", "%d is more than all: 10000 is 1 %%", r.FeePPM)
	}
	return nil
}

// Measure is what one share weighs.
type Measure int

const (
	// ByScore: S, its part of a block at the time its job was made. For blocks of one's own under PPLNS.
	ByScore Measure = iota
	// ByHashes: d, the hashes it stands for. For PROP, and behind a pool.
	ByHashes
)

// Share is an accepted share as far as money goes.
type Share struct {
	Seq        uint64
	Member     coop.MemberID
	Difficulty adit.Hashes // d: assigned with the job
	Network    adit.Hashes // D: a block's when the job was made; behind a pool the upstream's share difficulty
}

// Of is the share's weight.
func (m Measure) Of(s Share) Weight {
	if m == ByHashes {
		return Weight(s.Difficulty)
	}
	return Score(s.Difficulty, s.Network)
}
