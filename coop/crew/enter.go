package crew

import (
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop"
)

// enter finds or makes the member of a login and checks the rules of joining, in this order: the name, invitation,
// suspended or shut out, the password.
func (c *Crew) enter(h *coop.Hello) (*member, error) {
	if err := checkName(h.Member); err != nil {
		return nil, err
	}
	c.mu.Lock()
	m := c.members[h.Member]
	var fresh bool
	if m == nil {
		if err := c.admit(h); err != nil {
			c.mu.Unlock()
			return nil, err
		}
		m, fresh = c.create(h.Member, h.Name, h.Via, ""), true
	}
	c.mu.Unlock()
	if fresh {
		c.told(m.id, EventJoined, "")
		return m, nil
	}
	if m.via != h.Via {
		return nil, adit.Errorf(adit.Forbidden, "the name %s belongs to a member that comes over %s", m.id, m.via)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.blocked(c.now()); err != nil {
		return nil, err
	}
	if h.Name != "" && h.Name != m.card.Name && h.Via == coop.ViaGRPC {
		m.card.Name, m.dirty = h.Name, true
	}
	return m, m.pass(h.Password)
}

// admit says whether an unknown name may become a member. It is called with mu held.
func (c *Crew) admit(h *coop.Hello) error {
	switch {
	case h.Via == coop.ViaStratum && c.o.Rules.InviteOnly:
		return adit.Errorf(adit.Forbidden, "this crew takes members by invitation only; ask its operator for one")
	case len(c.members) >= c.o.Rules.MostMembers:
		return adit.Errorf(adit.Conflict, "this crew has %d members and takes no new ones", len(c.members))
	}
	return nil
}

// create makes a member. It is called with mu held.
func (c *Crew) create(id coop.MemberID, name, via, invitedBy string) *member {
	c.number++
	if name == "" {
		name = string(id)
	}
	m := &member{
		id: id, number: c.number, via: via, since: time.Now().UTC().Truncate(time.Millisecond), invitedBy: invitedBy,
		card: card{Name: name}, dirty: true,
	}
	m.employ()
	c.members[id] = m
	return m
}

// employ gives a worker what only workers have.
func (m *member) employ() {
	if m.via == coop.ViaGRPC {
		m.worker = new(worker)
	}
}

// sits reports whether a member is connected.
func (m *member) sits() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.seats) > 0
}

// pass checks a password. Members without one take any: miners send "x" or options of other pools. The verifier is slow
// on purpose; that a password was right before is remembered, so that a thousand rigs can come back at once. It is
// called with mu held.
func (m *member) pass(password string) error {
	if m.card.Password == "" {
		return nil
	}
	quick := sha256.Sum256([]byte(m.card.Password + "\x00" + password))
	if m.known != nil && subtle.ConstantTimeCompare(m.known[:], quick[:]) == 1 {
		return nil
	}
	if !verify(m.card.Password, password) {
		return adit.Errorf(adit.Forbidden, "the password of member %s is wrong", m.id)
	}
	m.known = &quick
	return nil
}

// rounds of PBKDF2-HMAC-SHA256: about 5 ms. A member's password guards where its shares are counted, no money.
const rounds = 20_000

// verifier makes what is kept of a password: "pbkdf2-sha256$ROUNDS$SALT$KEY".
func verifier(password string) string {
	var salt [16]byte
	rand.Read(salt[:])
	return fmt.Sprintf("pbkdf2-sha256$%d$%s$%s", rounds, base64.RawStdEncoding.EncodeToString(salt[:]),
		base64.RawStdEncoding.EncodeToString(derive(password, salt[:], rounds)))
}

func derive(password string, salt []byte, rounds int) []byte {
	key, err := pbkdf2.Key(sha256.New, password, salt, rounds, 32)
	if err != nil {
		panic(err) // the numbers are ours
	}
	return key
}

func verify(kept, password string) bool {
	var n int
	head, rest, ok := strings.Cut(strings.TrimPrefix(kept, "pbkdf2-sha256$"), "$")
	salt64, key64, ok2 := strings.Cut(rest, "$")
	if _, err := fmt.Sscan(head, &n); err != nil || !ok || !ok2 || n < 1 {
		return false
	}
	salt, err := base64.RawStdEncoding.DecodeString(salt64)
	if err != nil {
		return false
	}
	key, err := base64.RawStdEncoding.DecodeString(key64)
	return err == nil && subtle.ConstantTimeCompare(key, derive(password, salt, n)) == 1
}

// told calls the hook.
func (c *Crew) told(m coop.MemberID, what, text string) {
	if c.o.Hooks.OnMember != nil {
		c.o.Hooks.OnMember(m, what, text)
	}
}
