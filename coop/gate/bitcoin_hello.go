package gate

import (
	"strconv"
	"strings"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop"
	"github.com/adit-mining/adit/stratum/bitcoin"
)

// bitcoinHello is what the crew hears of a miner of the Bitcoin dialect.
type bitcoinHello struct{ coop.Hello }

// hello is what is known of a connection itself.
func hello(s *bitcoin.Session) bitcoinHello {
	return bitcoinHello{coop.Hello{
		Via: coop.ViaStratum, Agent: s.Agent(), Remote: s.Remote(), TLS: s.TLS(), Algos: []adit.Algorithm{adit.SHA256d},
	}}
}

// introduce adds what the login says. The whole user name is the member; what follows its last dot names the rig, too.
func (h *bitcoinHello) introduce(l bitcoin.Login) error {
	if strings.ContainsRune(l.User, '/') {
		return adit.InvalidField("user", "a name with a slash is that of a worker with a certificate; choose one without")
	}
	h.Member = coop.MemberID(l.User)
	if i := strings.LastIndexByte(l.User, '.'); i > 0 && i < len(l.User)-1 {
		h.RigID = l.User[i+1:]
	}
	h.Agent = l.Agent
	h.Difficulty, h.LeastDiff = l.Difficulty, l.Least
	var wish adit.Hashes
	if h.Password, wish = passwordWish(l.Password); !wish.IsZero() {
		h.Difficulty = wish
	}
	return nil
}

// passwordWish takes "d=N" out of a password of parts between commas or semicolons, as most pools read it: N is a
// difficulty and may have a fraction. What is no number stays part of the password.
func passwordWish(password string) (rest string, wish adit.Hashes) {
	if !strings.Contains(password, "d=") {
		return password, adit.Hashes{}
	}
	var kept strings.Builder
	for part := range strings.FieldsFuncSeq(password, func(r rune) bool { return r == ',' || r == ';' }) {
		if n, ok := strings.CutPrefix(strings.TrimSpace(part), "d="); ok {
			if d, err := strconv.ParseFloat(n, 64); err == nil {
				if h := bitcoin.HashesOf(d); !h.IsZero() {
					wish = h
					continue
				}
			}
		}
		if kept.Len() > 0 {
			kept.WriteByte(',')
		}
		kept.WriteString(part)
	}
	if wish.IsZero() {
		return password, wish
	}
	return kept.String(), wish
}
