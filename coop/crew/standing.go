package crew

import (
	"context"
	"database/sql"
	"encoding/json"
	"math"
	"strings"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop"
	"github.com/adit-mining/adit/store/sqldb"
)

// Earned is what the ledger has of a member.
type Earned struct {
	Member coop.MemberID
	Shares uint64  // accepted
	Work   float64 // their difficulty, summed
	LastAt time.Time
}

// standing is a member as the table coop_standing holds it: what would begin anew with the coordinator otherwise.
type standing struct {
	id      coop.MemberID
	counts  [kinds]uint32
	work    float64
	refused uint64
	last    time.Time
	seen    time.Time
	agent   string
	trust   trust
	until   time.Time // of a ban; zero = none
}

// kept tells whether a member has changed since its standing was written.
type kept struct {
	shares uint32 // all counters, summed; they wrap around together
	lies   uint8
	ban    int64
}

// standEach is how often standings are written. Bans and wrong hashes are at the next tick.
const standEach = time.Minute

const standingColumns = `member, at, counts, work, refused, last_at, seen_at, agent, hashed_right, lies, checked, trusted, banned_until`

// standing is what is to be written of a member; ok is false where nothing is.
func (m *member) standing(now int64, all bool) (s standing, ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	k := kept{lies: m.trust.lies, ban: m.ban, shares: m.trust.checked + m.trust.trusted + uint32(m.refused)}
	for _, n := range m.count {
		k.shares += n
	}
	if k == m.kept || !all && k.lies == m.kept.lies && k.ban == m.kept.ban {
		return s, false
	}
	m.kept = k
	s = standing{id: m.id, counts: m.count, work: m.work, refused: m.refused, last: m.lastAt, seen: m.seen, agent: m.agent, trust: m.trust}
	if m.ban > now {
		s.until = m.until
	}
	return s, true
}

// standMost is how many standings go into one statement.
const standMost = 200

// flushStandings writes the standings that changed: all, or only those that must not wait.
func (c *Crew) flushStandings(ctx context.Context, all bool) error {
	if c.o.DB == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	now := c.now()
	var rows []standing
	var whose []*member
	for _, m := range c.everybody() {
		if s, ok := m.standing(now, all); ok {
			rows, whose = append(rows, s), append(whose, m)
		}
		if len(rows) == standMost {
			if err := c.putStandings(ctx, rows, whose); err != nil {
				return err
			}
			rows, whose = rows[:0], whose[:0]
		}
	}
	return c.putStandings(ctx, rows, whose)
}

func (c *Crew) everybody() []*member {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := make([]*member, 0, len(c.members))
	for _, m := range c.members {
		all = append(all, m)
	}
	return all
}

// putStandings writes some standings at once. What could not be written stays to be.
func (c *Crew) putStandings(ctx context.Context, rows []standing, whose []*member) error {
	if len(rows) == 0 {
		return nil
	}
	err := upsertStandings(ctx, c.o.DB, time.Now(), rows)
	if err == nil {
		return nil
	}
	for _, m := range whose {
		m.mu.Lock()
		m.kept = kept{shares: math.MaxUint32, ban: -1}
		m.mu.Unlock()
	}
	return adit.Errorf(adit.CodeOf(err), "the members' counters cannot be written: %w", err)
}

func upsertStandings(ctx context.Context, q sqldb.Q, at time.Time, rows []standing) error {
	var query strings.Builder
	query.WriteString(`INSERT INTO coop_standing (` + standingColumns + `) VALUES `)
	args := make([]any, 0, 13*len(rows))
	for n, s := range rows {
		if n > 0 {
			query.WriteString(", ")
		}
		query.WriteString("(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
		counts := map[adit.ShareOutcome]uint32{}
		for i, n := range s.counts {
			if n > 0 {
				counts[outcomes[i]] = n
			}
		}
		raw, err := json.Marshal(counts)
		if err != nil {
			return err
		}
		args = append(args, string(s.id), sqldb.Millis(at), string(raw), s.work, s.refused, millis(s.last), millis(s.seen), s.agent,
			s.trust.right, s.trust.lies, s.trust.checked, s.trust.trusted, millis(s.until))
	}
	query.WriteString(` ON CONFLICT (member) DO UPDATE SET at = excluded.at, counts = excluded.counts, work = excluded.work,
		refused = excluded.refused, last_at = excluded.last_at, seen_at = excluded.seen_at, agent = excluded.agent,
		hashed_right = excluded.hashed_right, lies = excluded.lies, checked = excluded.checked, trusted = excluded.trusted,
		banned_until = excluded.banned_until`)
	_, err := q.Exec(ctx, query.String(), args...)
	return err
}

// millis is NULL for a time that is not known.
func millis(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return sqldb.Millis(t)
}

func selectStandings(ctx context.Context, q sqldb.Q) ([]standing, error) {
	return sqldb.All(ctx, q, func(rows *sql.Rows) (s standing, err error) {
		var at time.Time
		var raw string
		var last, seen, until *time.Time
		var right, lies, checked, trusted int64
		if err := rows.Scan(&s.id, sqldb.ScanTime(&at), &raw, &s.work, &s.refused, sqldb.ScanTimeOrNil(&last), sqldb.ScanTimeOrNil(&seen),
			&s.agent, &right, &lies, &checked, &trusted, sqldb.ScanTimeOrNil(&until)); err != nil {
			return s, err
		}
		counts := map[adit.ShareOutcome]uint32{}
		if err := json.Unmarshal([]byte(raw), &counts); err != nil {
			return s, err
		}
		for i, o := range outcomes {
			s.counts[i] = counts[o]
		}
		s.trust = trust{right: bounded(right), lies: uint8(min(bounded(lies), math.MaxUint8)), checked: bounded(checked), trusted: bounded(trusted)}
		for to, t := range map[*time.Time]*time.Time{&s.last: last, &s.seen: seen, &s.until: until} {
			if t != nil {
				*to = *t
			}
		}
		return s, nil
	}, `SELECT `+standingColumns+` FROM coop_standing`)
}

func bounded(n int64) uint32 { return uint32(min(max(n, 0), math.MaxUint32)) }

// recall gives members back what was known of them, and counts at least what the ledger has: it is never behind. Nobody
// else uses the crew yet.
func (c *Crew) recall(ctx context.Context) error {
	rows, err := selectStandings(ctx, c.o.DB)
	if err != nil {
		return adit.Errorf(adit.CodeOf(err), "the members' counters cannot be read: %w", err)
	}
	now, today := c.now(), time.Now()
	for _, s := range rows {
		m := c.members[s.id]
		if m == nil {
			continue
		}
		m.count, m.work, m.refused, m.lastAt, m.seen, m.agent, m.trust = s.counts, s.work, s.refused, s.last, s.seen, s.agent, s.trust
		if left := min(s.until.Sub(today), c.o.Rules.Ban.For); !s.until.IsZero() && left > 0 { // the day's time may have jumped
			m.ban, m.until = now+int64(left), today.Add(left)
		}
	}
	for _, e := range c.o.Earned {
		m := c.members[e.Member]
		if m == nil {
			continue
		}
		if n := uint64(m.count[0]) + uint64(m.count[1]); e.Shares > n {
			m.count[0] += bounded(int64(min(e.Shares-n, math.MaxUint32)))
		}
		m.work = max(m.work, e.Work)
		if e.LastAt.After(m.lastAt) {
			m.lastAt = e.LastAt
		}
	}
	for _, m := range c.members {
		for i, n := range m.count {
			c.total.count[i].Add(uint64(n))
		}
	}
	return nil
}
