package crew

import (
	"context"
	"slices"
	"strings"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop"
)

// change alters what is kept of a member, writes it, and takes it back where that fails.
func (c *Crew) change(ctx context.Context, id coop.MemberID, alter func(m *member) error) (*member, error) {
	m, err := c.member(id)
	if err != nil {
		return nil, err
	}
	m.mu.Lock()
	before := m.card
	err = alter(m)
	m.dirty = true
	m.mu.Unlock()
	if err == nil {
		err = c.flush(ctx)
	}
	if err != nil {
		m.mu.Lock()
		m.card = before
		m.mu.Unlock()
		return nil, err
	}
	return m, nil
}

func (m *member) all() []*seat {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.seats)
}

// Suspend hangs up on a member and lets it in no more; what it has earned stays.
func (c *Crew) Suspend(ctx context.Context, id coop.MemberID, reason string) error {
	if reason == "" {
		reason = "by the operator"
	}
	if len(reason) > 200 {
		return adit.InvalidField("reason", "longer than 200 characters")
	}
	m, err := c.change(ctx, id, func(m *member) error { m.card.Suspended = reason; return nil })
	if err != nil {
		return err
	}
	c.evict(m.all(), adit.Errorf(adit.Forbidden, "member %s is suspended: %s", id, reason))
	c.told(id, EventSuspended, reason)
	return nil
}

// Unsuspend lets a member in again; a ban by its shares ends, too.
func (c *Crew) Unsuspend(ctx context.Context, id coop.MemberID) error {
	_, err := c.change(ctx, id, func(m *member) error {
		m.card.Suspended, m.ban, m.slow, m.score = "", 0, 0, score{}
		return nil
	})
	if err == nil {
		c.told(id, EventUnsuspended, "")
	}
	return err
}

// SetPolicy says whether all of a member's shares are hashed, or as many as its honesty asks for.
func (c *Crew) SetPolicy(ctx context.Context, id coop.MemberID, all bool) error {
	_, err := c.change(ctx, id, func(m *member) error { m.card.CheckAll = all; return nil })
	if err == nil {
		c.told(id, EventPolicy, map[bool]string{true: "all", false: "auto"}[all])
	}
	return err
}

// SetDifficulty fixes the difficulty of a member's shares; nil lets it be found again.
func (c *Crew) SetDifficulty(ctx context.Context, id coop.MemberID, d *adit.Hashes) error {
	if d != nil && d.IsZero() {
		return adit.InvalidField("difficulty", "at least 1 is expected; leave it out to let it be found")
	}
	m, err := c.change(ctx, id, func(m *member) error {
		m.card.Fixed = adit.Hashes{}
		if d != nil {
			m.card.Fixed = *d
		}
		return nil
	})
	if err != nil {
		return err
	}
	text := ""
	if d != nil {
		text = d.String()
	}
	for _, s := range m.all() {
		changed := false
		s.lock(func(l *lane) {
			s.fixed = 0
			if d != nil {
				s.fixed = d.Float()
			}
			changed = s.differs(l)
		})
		if changed {
			s.gate.Refresh(s)
		}
	}
	c.told(id, EventDifficulty, text)
	return nil
}

// SetPassword asks a Stratum member for a password from now on; "" asks for none. Open connections stay.
func (c *Crew) SetPassword(ctx context.Context, id coop.MemberID, password string) error {
	if len(password) > 512 {
		return adit.InvalidField("password", "longer than 512 characters")
	}
	kept := ""
	if password != "" {
		kept = verifier(password)
	}
	_, err := c.change(ctx, id, func(m *member) error {
		if m.via != coop.ViaStratum {
			return adit.Errorf(adit.Unsupported, "member %s shows a certificate and has no password", id)
		}
		m.card.Password, m.known = kept, nil
		return nil
	})
	if err == nil {
		c.told(id, EventPassword, "")
	}
	return err
}

// Add makes a member before it comes first: by invitation. It is adit.Conflict where the name is taken.
func (c *Crew) Add(ctx context.Context, id coop.MemberID, name, via, invitedBy string) error {
	if err := checkName(id); err != nil {
		return err
	}
	if via != coop.ViaStratum && via != coop.ViaGRPC {
		return adit.InvalidField("via", "%s or %s is expected", coop.ViaStratum, coop.ViaGRPC)
	}
	c.mu.Lock()
	if c.members[id] != nil {
		c.mu.Unlock()
		return adit.Errorf(adit.Conflict, "there is a member %s already", id)
	}
	c.create(id, name, via, invitedBy)
	c.mu.Unlock()
	if err := c.flush(ctx); err != nil {
		return err
	}
	c.told(id, EventJoined, "invited by "+invitedBy)
	return nil
}

// Revoke hangs up on the workers of a certificate, by the name in it. That they do not come back is the TLS side's.
func (c *Crew) Revoke(name string) {
	c.revoke(name, func(m *member, _ *seat) bool {
		cert, _, _ := strings.Cut(string(m.id), "/")
		return m.via == coop.ViaGRPC && cert == name
	})
}

// RevokeFingerprint hangs up on the connections that showed this certificate.
func (c *Crew) RevokeFingerprint(fingerprint string) {
	c.revoke(fingerprint, func(_ *member, s *seat) bool {
		return fingerprint != "" && strings.EqualFold(s.who.Load().h.Cert, fingerprint)
	})
}

func (c *Crew) revoke(text string, which func(*member, *seat) bool) {
	c.mu.Lock()
	var seats []*seat
	for _, m := range c.members {
		for _, s := range m.all() {
			if which(m, s) {
				seats = append(seats, s)
			}
		}
	}
	c.mu.Unlock()
	for _, s := range seats {
		c.told(s.Member(), EventRevoked, text)
	}
	c.evict(seats, adit.Errorf(adit.Forbidden, "the certificate was revoked"))
}
