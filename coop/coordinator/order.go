package coordinator

import (
	"context"
	"fmt"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop"
	"github.com/adit-mining/adit/coop/view"
)

// order does something to a member in the name of an actor, and writes it down.
func (c *Coordinator) order(ctx context.Context, actor adit.Actor, kind, member, text string, do func(coop.MemberID) error) error {
	if err := actor.May(adit.ScopeControl); err != nil {
		return err
	}
	if err := do(coop.MemberID(member)); err != nil {
		return err
	}
	c.note(ctx, actor, kind, "info", member, text)
	return nil
}

func (c *Coordinator) note(ctx context.Context, actor adit.Actor, kind, severity, subject, text string) {
	if c.o.Journal == nil {
		return
	}
	if err := c.o.Journal.Note(ctx, actor, kind, severity, subject, text, nil); err != nil {
		c.o.Log.Warn("the journal could not be written", "kind", kind, "err", err)
	}
}

// Suspend implements view.Orders.
func (c *Coordinator) Suspend(ctx context.Context, actor adit.Actor, member, reason string) error {
	text := "suspended"
	if reason != "" {
		text += ": " + reason
	}
	return c.order(ctx, actor, "coop.suspended", member, text, func(m coop.MemberID) error { return c.crew.Suspend(ctx, m, reason) })
}

// Unsuspend implements view.Orders.
func (c *Coordinator) Unsuspend(ctx context.Context, actor adit.Actor, member string) error {
	return c.order(ctx, actor, "coop.unsuspended", member, "let in again", func(m coop.MemberID) error { return c.crew.Unsuspend(ctx, m) })
}

// SetDifficulty implements view.Orders.
func (c *Coordinator) SetDifficulty(ctx context.Context, actor adit.Actor, member string, d *adit.Hashes) error {
	text := "difficulty is found by its speed again"
	if d != nil {
		text = "difficulty fixed at " + d.String()
	}
	return c.order(ctx, actor, "coop.difficulty", member, text, func(m coop.MemberID) error { return c.crew.SetDifficulty(ctx, m, d) })
}

// SetPolicy implements view.Orders.
func (c *Coordinator) SetPolicy(ctx context.Context, actor adit.Actor, member, policy string) error {
	if policy != view.PolicyAuto && policy != view.PolicyAll {
		return adit.InvalidField("policy", "%q: use %s or %s", policy, view.PolicyAuto, view.PolicyAll)
	}
	return c.order(ctx, actor, "coop.policy", member, "its shares are checked: "+policy, func(m coop.MemberID) error {
		return c.crew.SetPolicy(ctx, m, policy == view.PolicyAll)
	})
}

// Pause implements view.Orders.
func (c *Coordinator) Pause(ctx context.Context, actor adit.Actor, member string) error {
	return c.order(ctx, actor, "coop.paused", member, "told to rest", func(m coop.MemberID) error { return c.crew.Pause(ctx, m) })
}

// Resume implements view.Orders.
func (c *Coordinator) Resume(ctx context.Context, actor adit.Actor, member string) error {
	return c.order(ctx, actor, "coop.resumed", member, "told to go on", func(m coop.MemberID) error { return c.crew.Resume(ctx, m) })
}

// SetThreads implements view.Orders.
func (c *Coordinator) SetThreads(ctx context.Context, actor adit.Actor, member string, threads int) error {
	if threads < 0 || threads > 4096 {
		return adit.InvalidField("threads", "0 (its own choice) to 4096 are expected")
	}
	return c.order(ctx, actor, "coop.threads", member, fmt.Sprintf("told to mine with %d threads", threads), func(m coop.MemberID) error {
		return c.crew.Configure(m, coop.WorkerConfig{Threads: &threads})
	})
}
