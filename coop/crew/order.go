package crew

import (
	"context"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop"
)

// Pause tells a worker to rest until Resume, also when it comes back later.
func (c *Crew) Pause(ctx context.Context, id coop.MemberID) error {
	return c.rest(ctx, id, true, EventPaused)
}

// Resume takes a Pause back.
func (c *Crew) Resume(ctx context.Context, id coop.MemberID) error {
	return c.rest(ctx, id, false, EventResumed)
}

func (c *Crew) rest(ctx context.Context, id coop.MemberID, pause bool, event string) error {
	_, err := c.change(ctx, id, func(m *member) error {
		if err := m.takesOrders(); err != nil {
			return err
		}
		if m.card.Suspended != "" && !pause {
			return adit.Errorf(adit.Conflict, "member %s is suspended, so it cannot go on: let it in again first (adit coop unsuspend %s)", id, id)
		}
		m.worker.resume = !pause && (m.card.Paused || m.worker.resting)
		m.card.Paused = pause
		return nil
	})
	if err == nil {
		c.told(id, event, "")
	}
	return err
}

// Configure hands a worker settings with its next heartbeat.
func (c *Crew) Configure(id coop.MemberID, w coop.WorkerConfig) error {
	return c.order(id, func(m *worker) { m.config, m.sent = &w, 0 })
}

// Shutdown tells a worker to end.
func (c *Crew) Shutdown(id coop.MemberID) error {
	return c.order(id, func(m *worker) { m.shutdown = true })
}

func (c *Crew) order(id coop.MemberID, alter func(m *worker)) error {
	m, err := c.member(id)
	if err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.takesOrders(); err != nil {
		return err
	}
	alter(m.worker)
	return nil
}

// takesOrders says that orders reach workers only.
func (m *member) takesOrders() error {
	if m.worker != nil {
		return nil
	}
	return adit.Errorf(adit.Unsupported, "member %s is a miner over Stratum, which takes no orders; only workers do (adit worker)", m.id)
}

// configSends is how often settings are handed out: no heartbeat tells whether they were taken, and an answer can get
// lost.
const configSends = 2

// heard takes what a beat says of orders. It is called with the member's mu held.
func (m *worker) heard(b coop.Beat) {
	m.resting = b.Paused
	if !b.Paused {
		m.resume = false
	}
	if m.config != nil && m.sent >= configSends {
		m.config = nil
	}
}

// Command implements coop.Commander.
func (c *Crew) Command(id coop.MemberID) (o coop.Order, ok bool) {
	m, err := c.member(id)
	if err != nil {
		return o, false
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	w := m.worker
	switch {
	case w == nil:
	case w.shutdown:
		return coop.Order{Command: coop.CommandShutdown, Reason: "the coordinator's operator ended it"}, true
	case m.card.Paused && !w.resting:
		return coop.Order{Command: coop.CommandPause, Reason: "the coordinator's operator paused it"}, true
	case w.resume && w.resting && !m.card.Paused:
		return coop.Order{Command: coop.CommandResume}, true
	case w.config != nil && w.sent < configSends:
		w.sent++
		return coop.Order{Command: coop.CommandConfig, Config: w.config}, true
	}
	return o, false
}
