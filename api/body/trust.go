package body

import (
	"github.com/adit-mining/adit/fleet/fee"
	"github.com/adit-mining/adit/link/wire"
)

// Policy is what the owner lets mining do on this computer, and what that means now.
type Policy = wire.PolicyState

// PolicyRequest changes parts of the policy; what is left out stays as it is.
type PolicyRequest = wire.PolicyChange

// Connections is what adit and its programs are connected to outside this computer.
type Connections = wire.Connections

// Connection is one of Connections.
type Connection = wire.Connection

// FeeLedger is what of the mining time went to the authors of mining programs.
type FeeLedger = fee.Ledger

// Security is what a look at this computer found that could be misused.
type Security struct {
	Words  string    `json:"words" doc:"the result in a sentence"`
	OK     int       `json:"ok" doc:"findings in order, notes included"`
	Warn   int       `json:"warn" doc:"findings to mend"`
	Crit   int       `json:"crit" doc:"findings to mend at once"`
	Checks []Finding `json:"checks"`
}
