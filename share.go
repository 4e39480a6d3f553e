package adit

// ShareOutcome is what became of one submission; exactly one of the constants below.
type ShareOutcome string

// The closed list of outcomes.
const (
	ShareAccepted      ShareOutcome = "accepted"
	ShareBlock         ShareOutcome = "block"          // accepted, and it solves a block
	ShareStale         ShareOutcome = "stale"          // its job was replaced
	ShareDuplicate     ShareOutcome = "duplicate"      // seen before
	ShareLowDifficulty ShareOutcome = "low_difficulty" // above the target
	ShareUnknownJob    ShareOutcome = "unknown_job"    // never issued on this connection
	ShareMalformed     ShareOutcome = "malformed"      // wrong length, not hex, wrong hash
	ShareUnauthorized  ShareOutcome = "unauthorized"   // not logged in
)

// Accepted reports whether the share earns: accepted or a block.
func (o ShareOutcome) Accepted() bool { return o == ShareAccepted || o == ShareBlock }
