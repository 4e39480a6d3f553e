package crew

import (
	"context"
	"database/sql"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop"
	"github.com/adit-mining/adit/store/sqldb"
)

// row is a member as the table coop_member holds it.
type row struct {
	id        coop.MemberID
	number    int64
	via       string
	since     time.Time
	invitedBy *string
	card      card
}

const memberColumns = `id, number, via, name, first_seen_at, invited_by, password, suspended, check_all, paused, difficulty`

func selectMembers(ctx context.Context, q sqldb.Q) ([]row, error) {
	return sqldb.All(ctx, q, func(rows *sql.Rows) (r row, err error) {
		var password, suspended, difficulty *string
		err = rows.Scan(&r.id, &r.number, &r.via, &r.card.Name, sqldb.ScanTime(&r.since), &r.invitedBy, &password,
			&suspended, &r.card.CheckAll, &r.card.Paused, &difficulty)
		if err != nil {
			return r, err
		}
		r.card.Password, r.card.Suspended = deref(password), deref(suspended)
		if difficulty != nil {
			err = r.card.Fixed.UnmarshalText([]byte(*difficulty))
		}
		return r, err
	}, `SELECT `+memberColumns+` FROM coop_member ORDER BY number`)
}

// upsertMember writes a member, new or changed. What never changes is left as it is.
func upsertMember(ctx context.Context, q sqldb.Q, r row) error {
	var difficulty *string
	if !r.card.Fixed.IsZero() {
		s := r.card.Fixed.String()
		difficulty = &s
	}
	_, err := q.Exec(ctx, `INSERT INTO coop_member (`+memberColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET name = excluded.name, password = excluded.password, suspended = excluded.suspended,
		check_all = excluded.check_all, paused = excluded.paused, difficulty = excluded.difficulty`,
		string(r.id), r.number, r.via, r.card.Name, sqldb.Millis(r.since), r.invitedBy, ref(r.card.Password),
		ref(r.card.Suspended), r.card.CheckAll, r.card.Paused, difficulty)
	return err
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func ref(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// load reads all members.
func (c *Crew) load(ctx context.Context) error {
	if c.o.DB == nil {
		return nil
	}
	rows, err := selectMembers(ctx, c.o.DB)
	if err != nil {
		return adit.Errorf(adit.CodeOf(err), "the members cannot be read: %w", err)
	}
	for _, r := range rows {
		c.number = max(c.number, r.number)
		m := &member{
			id: r.id, number: r.number, via: r.via, since: r.since, invitedBy: deref(r.invitedBy), card: r.card,
		}
		m.employ()
		c.members[r.id] = m
	}
	return c.recall(ctx)
}

// row is what is to be written of a member; ok is false where nothing is.
func (m *member) row() (r row, ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.dirty {
		return r, false
	}
	m.dirty = false
	return row{m.id, m.number, m.via, m.since, ref(m.invitedBy), m.card}, true
}

// flush writes members that are new or changed, many in one transaction. What could not be written stays to be.
func (c *Crew) flush(ctx context.Context) error {
	if c.o.DB == nil {
		return nil
	}
	var rows []row
	var whose []*member
	c.mu.Lock()
	for _, m := range c.members {
		if r, ok := m.row(); ok {
			rows, whose = append(rows, r), append(whose, m)
		}
	}
	c.mu.Unlock()
	if len(rows) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	err := c.o.DB.InTx(ctx, func(q sqldb.Q) error {
		for _, r := range rows {
			if err := upsertMember(ctx, q, r); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		for _, m := range whose {
			m.mu.Lock()
			m.dirty = true
			m.mu.Unlock()
		}
		err = adit.Errorf(adit.CodeOf(err), "the members cannot be written: %w", err)
	}
	c.mu.Lock()
	c.trouble = err
	c.mu.Unlock()
	return err
}
