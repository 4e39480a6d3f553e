package wire

import (
	"time"

	"github.com/adit-mining/adit"
)

// Hello is an agent's first word on a connection.
type Hello struct {
	Version  int        `json:"version"`  // of this protocol
	Rig      adit.RigID `json:"rig"`      //
	Name     string     `json:"name"`     // as shown to people
	Hostname string     `json:"hostname"` //
	OS       string     `json:"os"`       //
	Arch     string     `json:"arch"`     //
	Program  string     `json:"program"`  // adit's version
	Epoch    string     `json:"epoch"`    // names the life of the agent's buffer; sequence numbers start at 1 in each
	// Interval is the time between two polls.
	Interval time.Duration `json:"interval"`
}

// Welcome is the hub's answer to Hello.
type Welcome struct {
	Version int    `json:"version"`
	Hub     string `json:"hub"`
	// Acked is the last frame of this epoch the hub holds durably; the agent goes on after it.
	Acked uint64 `json:"acked"`
	// Refused says in words why the hub will not talk to this agent, "" = welcome.
	Refused string `json:"refused,omitempty"`
}

// Alive is presence; three missed ones make a rig blind.
type Alive struct {
	Rig adit.RigID `json:"rig"`
	At  time.Time  `json:"at"`
}
