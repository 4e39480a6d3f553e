package crew

import (
	"testing"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop"
	"github.com/adit-mining/adit/store/sqldb"
	"github.com/adit-mining/adit/store/sqldb/sqltest"
	"github.com/adit-mining/adit/stratum/upstream"
)

func openOn(t *testing.T, db *sqldb.DB, earned ...Earned) *Crew {
	t.Helper()
	c, err := Open(t.Context(), Options{Sources: func() []upstream.Source { return nil }, Coin: xmr, Ledger: newLedger(), DB: db, Earned: earned})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func viewOf(t *testing.T, c *Crew, id coop.MemberID) Member {
	t.Helper()
	m, err := c.Member(id)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestStandingSurvives: counters, bans and trust are those of before after a restart, on both engines; of what a crash took
// the ledger gives accepted shares back.
func TestStandingSurvives(t *testing.T) {
	sqltest.Each(t, func(t *testing.T, db *sqldb.DB) {
		ctx := t.Context()
		c := openOn(t, db)
		for _, id := range []coop.MemberID{"ann", "bob", "liar"} {
			if err := c.Add(ctx, id, "", coop.ViaStratum, ""); err != nil {
				t.Fatal(err)
			}
		}
		at := time.Now().Add(-time.Hour).UTC().Truncate(time.Millisecond)
		set := func(id coop.MemberID, fn func(m *member)) {
			m, err := c.member(id)
			if err != nil {
				t.Fatal(err)
			}
			m.mu.Lock()
			defer m.mu.Unlock()
			fn(m)
		}
		set("ann", func(m *member) {
			m.count[kindOf(adit.ShareAccepted)], m.count[kindOf(adit.ShareBlock)], m.count[kindOf(adit.ShareStale)] = 40, 1, 3
			m.work, m.refused, m.lastAt, m.seen, m.agent = 5000, 2, at, at, "XMRig/6"
			m.trust = trust{right: 41, checked: 41, trusted: 7}
		})
		set("liar", func(m *member) {
			m.trust = trust{lies: 3, checked: 9}
			m.ban, m.until = c.now()+int64(c.o.Rules.Ban.For), time.Now().Add(c.o.Rules.Ban.For)
		})
		if err := c.write(ctx, false); err != nil { // a tick: only what must not wait
			t.Fatal(err)
		}
		again := openOn(t, db)
		liar := viewOf(t, again, "liar")
		if liar.Lies != 3 || liar.BannedUntil == nil || time.Until(*liar.BannedUntil) < c.o.Rules.Ban.For/2 {
			t.Errorf("the liar gets off: %+v", liar)
		}
		if m, _ := again.member("liar"); m.blocked(again.now()) == nil || m.trust.unproven() <= firstChecked {
			t.Errorf("the liar may mine, or is believed as before: %+v", m.trust)
		}
		if n := viewOf(t, again, "ann").Shares[adit.ShareAccepted]; n != 0 {
			t.Errorf("what can wait was written at a tick: %d", n)
		}
		if err := c.write(ctx, true); err != nil {
			t.Fatal(err)
		}
		again = openOn(t, db, Earned{"ann", 50, 6000, at.Add(time.Minute)}, Earned{"bob", 5, 50, at}, Earned{"nobody", 5, 50, at})
		ann, bob := viewOf(t, again, "ann"), viewOf(t, again, "bob")
		if ann.Shares[adit.ShareAccepted] != 49 || ann.Shares[adit.ShareBlock] != 1 || ann.Shares[adit.ShareStale] != 3 || ann.Refused != 2 ||
			ann.Work != 6000 || !ann.LastShare.Equal(at.Add(time.Minute)) || !ann.LastSeen.Equal(at) || ann.Agent != "XMRig/6" {
			t.Errorf("%+v", ann)
		}
		if m, _ := again.member("ann"); m.trust != (trust{right: 41, checked: 41, trusted: 7}) || !m.trust.proven() {
			t.Errorf("%+v", m.trust)
		}
		if bob.Shares[adit.ShareAccepted] != 5 || bob.LastSeen != nil {
			t.Errorf("%+v", bob)
		}
		if n := again.Status().Shares[adit.ShareAccepted]; n != 54 {
			t.Errorf("the crew has %d accepted shares", n)
		}
	})
}

// TestBanAfterAJumpOfTheClock: an hour back does not make a ban longer than the rule says.
func TestBanAfterAJumpOfTheClock(t *testing.T) {
	db := sqltest.Open(t, sqltest.SQLite(t))
	c := openOn(t, db)
	if err := c.Add(t.Context(), "liar", "", coop.ViaStratum, ""); err != nil {
		t.Fatal(err)
	}
	if err := c.write(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	if err := upsertStandings(t.Context(), db, time.Now(), []standing{{id: "liar", until: time.Now().Add(48 * time.Hour)}}); err != nil {
		t.Fatal(err)
	}
	again := openOn(t, db)
	if v := viewOf(t, again, "liar"); v.BannedUntil == nil || time.Until(*v.BannedUntil) > again.o.Rules.Ban.For {
		t.Errorf("%v", v.BannedUntil)
	}
}

// TestManyStandings: more than fit one statement, and again only those that changed.
func TestManyStandings(t *testing.T) {
	db := sqltest.Open(t, sqltest.SQLite(t))
	c := openOn(t, db)
	const n = standMost*2 + 7
	for i := range n {
		if err := c.Add(t.Context(), coop.MemberID("m"+string(rune('a'+i%26))+string(rune('a'+i/26))), "", coop.ViaStratum, ""); err != nil {
			t.Fatal(err)
		}
	}
	for _, m := range c.everybody() {
		m.count[0] = 1
	}
	if err := c.write(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	rows, err := selectStandings(t.Context(), db)
	if err != nil || len(rows) != n {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	for _, m := range c.everybody() {
		if _, ok := m.standing(c.now(), true); ok {
			t.Fatalf("%s is written again although nothing changed", m.id)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	c.everybody()[0].count[0]++
	if err := c.flushStandings(t.Context(), true); err == nil {
		t.Error("a database that is away takes standings")
	}
	changed := 0
	for _, m := range c.everybody() {
		if _, ok := m.standing(c.now(), false); ok {
			changed++
		}
	}
	if changed != 1 {
		t.Errorf("%d members are to be written again, want the one that was not", changed)
	}
}
