package wire

import (
	"strings"

	"github.com/adit-mining/adit"
)

// Version is raised whenever a message changes in a way the other side must know of.
// The hub keeps serving every version from MinVersion on.
const (
	Version    = 1
	MinVersion = 1
)

// Limits of one message; a bigger one is refused by the decoder.
const (
	MaxFrame   = 1 << 20
	MaxColumns = 1 << 16
)

// Subjects. Built here and nowhere else; an agent may use only those that carry its own id.

// HelloSubject is where an agent introduces itself (request Hello, reply Welcome).
func HelloSubject(rig adit.RigID) string { return prefix(rig) + "hello" }

// FrameSubject is where an agent sends frames (request Frame, reply Ack).
func FrameSubject(rig adit.RigID) string { return prefix(rig) + "frame" }

// AliveSubject is where an agent says each few seconds that it lives (published Alive).
func AliveSubject(rig adit.RigID) string { return prefix(rig) + "alive" }

// OrderSubject is where an agent takes orders (request Order, reply Outcome).
func OrderSubject(rig adit.RigID) string { return prefix(rig) + "order" }

// QuerySubject is where an agent answers questions that change nothing (request Query, reply Answer).
func QuerySubject(rig adit.RigID) string { return prefix(rig) + "query" }

// Wildcards the hub subscribes to.
const (
	AllHello = "adit.v1.agent.*.hello"
	AllFrame = "adit.v1.agent.*.frame"
	AllAlive = "adit.v1.agent.*.alive"
)

func prefix(rig adit.RigID) string { return "adit.v1.agent." + string(rig) + "." }

// ValidRig reports whether a rig id may stand in a subject: a valid name without dots.
func ValidRig(rig adit.RigID) bool {
	return adit.ValidName(string(rig)) && !strings.Contains(string(rig), ".")
}
