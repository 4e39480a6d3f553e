package agent

import (
	"fmt"
	"time"

	"github.com/adit-mining/adit/agent/outbox"
	"github.com/adit-mining/adit/internal/wording"
	"github.com/adit-mining/adit/link/wire"
)

// Severities of events.
const (
	info = "info"
	warn = "warn"
	crit = "crit"
)

// Kinds of events.
const (
	evStarted     = "miner.started"
	evAdopted     = "miner.adopted"
	evStopped     = "miner.stopped"
	evRestarted   = "miner.restarted"
	evHeld        = "miner.held"
	evFreed       = "miner.freed"
	evQuarantined = "miner.quarantined"
	evReleased    = "miner.released"
	evLost        = "miner.lost"
	evFailed      = "miner.failed"
	evPool        = "pool.switched"
	evPaused      = "rig.paused"
	evResumed     = "rig.resumed"
	evGranted     = "consent.granted"
	evRevoked     = "consent.revoked"
	evPolicy      = "rig.policy"
	evBuffer      = "agent.buffer"
	evAgent       = "agent.note"
)

// tell puts an event into the journal's stream and into the agent's own log.
func (a *Agent) tell(kind, severity, name, format string, args ...any) {
	a.tellAt(time.Now().UTC(), kind, severity, name, format, args...)
}

// tellAt tells of something that happened a moment ago.
func (a *Agent) tellAt(at time.Time, kind, severity, name, format string, args ...any) {
	e := wire.Event{At: at, Kind: kind, Severity: severity, Text: wording.Plain(fmt.Sprintf(format, args...))}
	if name != "" {
		e.Device = a.id.ID.Device(name)
	}
	switch severity {
	case crit:
		a.log.Error(e.Text, "kind", kind, "name", name)
	case warn:
		a.log.Warn(e.Text, "kind", kind, "name", name)
	default:
		a.log.Debug(e.Text, "kind", kind, "name", name)
	}
	a.send(wire.Frame{Kind: wire.FrameEvent, Event: &e})
}

// send appends a frame to the stream.
func (a *Agent) send(f wire.Frame) {
	body, err := f.EncodeBody()
	if err != nil {
		a.log.Error("a frame was left out", "kind", f.Kind, "err", err)
		return
	}
	a.box.Append(outbox.Record{Kind: f.Kind, Body: body})
}

// reasonOf is an error's words without its wrapping, for people.
func reasonOf(err error) string {
	return wording.Reason(err)
}
