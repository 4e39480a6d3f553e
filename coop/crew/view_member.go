package crew

import (
	"slices"
	"strings"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop"
)

// Member is a member as people see it. Nil is unknown, or none.
type Member struct {
	ID        coop.MemberID
	Number    int64
	Name      string
	Via       string
	Since     time.Time // came first
	InvitedBy string    // "" = nobody
	Agent     string
	Threads   int // 0 = unknown
	OS, Arch  string
	Cert      string

	Suspended   string // the reason, "" = it is not
	BannedUntil *time.Time
	Slowed      bool
	Paused      bool // told to rest
	CheckAll    bool
	Password    bool         // one is asked
	Fixed       *adit.Hashes // difficulty

	Hashrate  [3]*float64 // over a minute, an hour, a day
	Shares    map[adit.ShareOutcome]uint64
	Refused   uint64 // by the upstream
	Work      float64
	LastShare *time.Time // accepted
	LastSeen  *time.Time // connected, or a share
	Checked   *float64   // fraction of its shares that was hashed, nil before the first
	Lies      int

	Seats  []Seat
	Beat   *coop.Beat
	BeatAt *time.Time
	Rests  bool // its last word was that it rests, and no share has told otherwise since
}

// Seat is one connection of a member.
type Seat struct {
	Hello      coop.Hello
	Lane       coop.Lane
	Slice      coop.Slice // of the newest work it was given
	JobID      string     // "" = none
	Difficulty adit.Hashes
	Hashrate   *float64
	Accepted   uint64
	Refused    uint64
	Since      time.Time
	LastShare  *time.Time
}

// Members returns all members, by id.
func (c *Crew) Members() []Member {
	c.mu.Lock()
	all := make([]*member, 0, len(c.members))
	for _, m := range c.members {
		all = append(all, m)
	}
	c.mu.Unlock()
	slices.SortFunc(all, func(a, b *member) int { return strings.Compare(string(a.id), string(b.id)) })
	out := make([]Member, 0, len(all))
	for _, m := range all {
		out = append(out, c.view(m))
	}
	return out
}

// Member returns one member.
func (c *Crew) Member(id coop.MemberID) (Member, error) {
	m, err := c.member(id)
	if err != nil {
		return Member{}, err
	}
	return c.view(m), nil
}

func (c *Crew) member(id coop.MemberID) (*member, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if m := c.members[id]; m != nil {
		return m, nil
	}
	return nil, adit.Errorf(adit.NotFound, "there is no member %q", clip(string(id)))
}

func (c *Crew) view(m *member) Member {
	now := c.now()
	m.mu.Lock()
	v := Member{
		ID: m.id, Number: m.number, Name: m.card.Name, Via: m.via, Since: m.since, InvitedBy: m.invitedBy, Agent: m.agent,
		Suspended: m.card.Suspended, Slowed: m.slow > now,
		Paused: m.card.Paused, CheckAll: m.card.CheckAll, Password: m.card.Password != "", Hashrate: m.rates.read(now),
		Refused: m.refused, Work: m.work, Lies: int(m.trust.lies), Shares: map[adit.ShareOutcome]uint64{},
	}
	for i, n := range m.count {
		v.Shares[outcomes[i]] = uint64(n)
	}
	v.LastShare, v.LastSeen = known(m.lastAt), known(m.seen)
	if m.ban > now {
		v.BannedUntil = known(m.until)
	}
	if !m.card.Fixed.IsZero() {
		fixed := m.card.Fixed
		v.Fixed = &fixed
	}
	if w := m.worker; w != nil {
		v.Threads, v.OS, v.Arch, v.Cert, v.BeatAt = w.threads, w.os, w.arch, w.cert, known(w.beatAt)
		if v.BeatAt != nil {
			b := w.beat
			v.Beat = &b
		}
		v.Rests = m.rests()
	}
	if all := m.trust.checked + m.trust.trusted; all > 0 {
		part := float64(m.trust.checked) / float64(all)
		v.Checked = &part
	}
	seats := slices.Clone(m.seats)
	m.mu.Unlock()
	for _, s := range seats {
		v.Seats = append(v.Seats, s.view(now))
	}
	return v
}

// lateShares is how long after it went to rest what a worker had found may still come.
const lateShares = 5 * time.Second

// rests reports whether a worker rests by its own word. A worker that has just joined says so, because it has no work yet,
// and speaks again half a minute later. It is called with mu held.
func (m *member) rests() bool {
	w := m.worker
	return w != nil && w.beat.Paused && !m.lastAt.After(w.beatAt.Add(lateShares))
}

func (s *seat) view(now int64) Seat {
	v := Seat{Hello: s.hello(), Since: s.since}
	s.lock(func(l *lane) {
		v.Lane, v.Accepted, v.Refused = l.id, uint64(s.counted[0]), uint64(s.counted[1])
		if g := &s.given[0]; g.w != nil {
			a := g.assignment()
			v.JobID, v.Slice, v.Difficulty = a.JobID, a.Slice, a.Difficulty
		}
		if r, ok := s.pace.Rate(&s.crew.pace, now); ok {
			v.Hashrate = &r
		}
		if s.lastPart != 0 {
			t := time.Now().Add(-time.Duration(now - s.lastPart))
			v.LastShare = &t
		}
	})
	return v
}

func known(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
