package coordinator

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop"
	"github.com/adit-mining/adit/coop/crew"
	"github.com/adit-mining/adit/coop/view"
)

// Members implements view.Reader.
func (c *Coordinator) Members(ctx context.Context, actor adit.Actor) ([]view.Member, error) {
	if err := actor.May(adit.ScopeRead); err != nil {
		return nil, err
	}
	m, err := c.accounts.get(ctx, actor, c)
	if err != nil {
		return nil, err
	}
	all := c.crew.Members()
	out := make([]view.Member, 0, len(all))
	for i := range all {
		out = append(out, c.memberView(&all[i], m))
	}
	return out, nil
}

// Member implements view.Reader.
func (c *Coordinator) Member(ctx context.Context, actor adit.Actor, id string) (view.MemberDetail, error) {
	if err := actor.May(adit.ScopeRead); err != nil {
		return view.MemberDetail{}, err
	}
	m, err := c.crew.Member(coop.MemberID(id))
	if err != nil {
		return view.MemberDetail{}, err
	}
	money, err := c.accounts.get(ctx, actor, c)
	if err != nil {
		return view.MemberDetail{}, err
	}
	d := view.MemberDetail{Member: c.memberView(&m, money), Seats: []view.Seat{}, Certificate: m.Cert}
	for _, s := range m.Seats {
		d.Seats = append(d.Seats, seatView(s))
	}
	d.Health = health(&m)
	return d, nil
}

// silentAfter is how long a member may find nothing and still count as mining, in wanted times between two shares.
const silentAfter = 10 * time.Minute

// statusOf says what a member does.
func (c *Coordinator) statusOf(m *crew.Member) string {
	switch {
	case m.Suspended != "":
		return view.Suspended
	case len(m.Seats) == 0:
		return view.Offline
	case m.Paused || m.Rests:
		return view.Idle
	case m.LastShare != nil && time.Since(*m.LastShare) < silentAfter:
		return view.Mining
	case m.Beat != nil && m.Beat.Hashrate != nil && *m.Beat.Hashrate > 0:
		return view.Mining
	}
	return view.Idle
}

func (c *Coordinator) memberView(m *crew.Member, money *money) view.Member {
	v := view.Member{
		ID: string(m.ID), Name: m.Name, Via: m.Via, Status: c.statusOf(m), Why: why(m), Paused: m.Paused,
		Hashrate: rates(m.Hashrate), Shares: shares(m.Shares), LastShareAt: m.LastShare, LastSeenAt: m.LastSeen,
		JoinedAt: m.Since, Connections: len(m.Seats), Agent: m.Agent, Policy: view.PolicyAuto, Checked: m.Checked, BannedUntil: m.BannedUntil,
	}
	if v.Name == "" {
		v.Name = v.ID
	}
	if m.CheckAll {
		v.Policy = view.PolicyAll
	}
	if m.Threads > 0 {
		n := m.Threads
		v.Threads = &n
	}
	if m.InvitedBy != "" {
		by := m.InvitedBy
		v.InvitedBy = &by
	}
	if m.Fixed != nil {
		d := m.Fixed.Float()
		v.FixedDifficulty = &d
	}
	if m.Beat != nil && m.Beat.Hashrate != nil {
		h := float64(*m.Beat.Hashrate)
		v.Claimed = &h
	}
	if len(m.Seats) > 0 {
		s := m.Seats[0]
		since, d, slot := s.Since, s.Difficulty.Float(), s.Slice.Index
		v.ConnectedAt, v.JobID = &since, s.JobID
		if s.JobID != "" {
			v.Difficulty, v.Slot = &d, &slot
		}
	}
	if b, ok := money.balance[v.ID]; ok {
		v.Owed, v.Immature, v.Paid = b.Owed, b.Immature, b.Paid
	}
	v.SharePercent = money.percent(v.ID)
	if v.InvitedBy == nil && m.Via == coop.ViaGRPC {
		name, _, certified := strings.Cut(v.ID, "/")
		if by := money.invited[name]; certified && by != "" {
			v.InvitedBy = &by
		}
	}
	if v.Why == "" && v.Status == view.Mining {
		v.Why = tooSlow(m, c.o.Config.Workers.MinHashrate)
	}
	return v
}

// why says what holds a member back.
func why(m *crew.Member) string {
	switch {
	case m.Suspended != "":
		return m.Suspended
	case m.BannedUntil != nil:
		return "too many of its shares were wrong"
	case m.Paused:
		return "paused by the operator"
	case m.Rests && m.Beat != nil:
		if m.Beat.PausedReason != "" {
			return m.Beat.PausedReason
		}
		return "paused at the worker"
	case m.Slowed:
		return "slowed: many of its shares were wrong"
	}
	return ""
}

// tooSlow says that a member is below Workers.MinHashrate: by what it found within an hour, once it was here for ten minutes.
func tooSlow(m *crew.Member, least adit.Hashrate) string {
	if least <= 0 || m.Hashrate[1] == nil || len(m.Seats) == 0 || time.Since(m.Seats[0].Since) < silentAfter {
		return ""
	}
	if is := adit.Hashrate(*m.Hashrate[1]); is < least {
		return "too slow: " + is.String() + " where at least " + least.String() + " is wanted"
	}
	return ""
}

func seatView(s crew.Seat) view.Seat {
	return view.Seat{
		Lane: uint32(s.Lane), Slot: s.Slice.Index, Slice: sliceWords(s), JobID: s.JobID, Difficulty: s.Difficulty.Float(),
		Hashrate: s.Hashrate, Shares: view.Shares{Accepted: s.Accepted, Rejected: s.Refused, Outcomes: map[string]uint64{}},
		Remote: s.Hello.Remote.String(), TLS: s.Hello.TLS, Agent: s.Hello.Agent, Rig: s.Hello.RigID, Since: s.Since, LastShare: s.LastShare,
	}
}

func sliceWords(s crew.Seat) string {
	x := s.Slice
	switch {
	case s.JobID == "":
		return ""
	case len(x.Extranonce1) > 0 || x.Extranonce2Size > 0:
		return fmt.Sprintf("extranonce1 %x, %d bytes of extranonce2", x.Extranonce1, x.Extranonce2Size)
	case x.Extra:
		return fmt.Sprintf("extra nonce %d, all nonces", x.Index)
	}
	return fmt.Sprintf("nonces 0x%08x to 0x%08x", x.NonceStart, x.NonceEnd)
}

func health(m *crew.Member) *view.Health {
	if m.Beat == nil || m.BeatAt == nil {
		return nil
	}
	b := m.Beat
	h := &view.Health{At: *m.BeatAt, CPU: b.CPU, Memory: b.Memory, OS: m.OS, Arch: m.Arch}
	if b.Temperature != nil {
		t := float64(*b.Temperature)
		h.Temperature = &t
	}
	if b.Uptime > 0 {
		h.Uptime = seconds(b.Uptime)
	}
	if b.HashesTotal > 0 {
		n := b.HashesTotal
		h.Hashes = &n
	}
	return h
}
