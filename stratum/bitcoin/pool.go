package bitcoin

import (
	"net"
	"net/url"
	"strings"

	"golang.org/x/net/publicsuffix"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/stratum"
)

// Pool is where to mine and as whom, with what this dialect adds. Of stratum.Pool it uses URL, User, Password, Agent and
// Fingerprint; a URL that ends in "#xnsub" asks for ExtranonceSubscribe, as cgminer has it.
type Pool struct {
	stratum.Pool

	// ExtranonceSubscribe sends mining.extranonce.subscribe after the login. NiceHash wants it; some pools do not know it
	// and say so, say nothing, or hang up, so it is off unless asked for.
	ExtranonceSubscribe bool
	NoConfigure         bool    // leave mining.configure out, for pools that hang up on it: no version rolling then
	Mask                uint32  // of the version bits to ask for; 0 = RollingMask
	MinimumDifficulty   float64 // asked for with mining.configure; 0 = none
	SuggestDifficulty   float64 // asked for with mining.suggest_difficulty; 0 = none
	Session             string  // of an earlier login, to be resumed with its extranonce1; "" = a new one
	FollowAnywhere      bool    // obey client.reconnect to any host; else only within the same registrable domain
}

// Validate names the field that is wrong and how to mend it.
func (p Pool) Validate() error {
	if err := p.plain().Pool.Validate(); err != nil {
		return err
	}
	if p.MinimumDifficulty != 0 {
		if err := checkDifficulty("minimum-difficulty", p.MinimumDifficulty); err != nil {
			return err
		}
	}
	if p.SuggestDifficulty != 0 {
		if err := checkDifficulty("suggest-difficulty", p.SuggestDifficulty); err != nil {
			return err
		}
	}
	if len(p.Session) > maxText {
		return adit.InvalidField("session", "longer than %d characters", maxText)
	}
	return nil
}

// plain takes "#xnsub" off the URL.
func (p Pool) plain() Pool {
	if u, ok := strings.CutSuffix(p.URL, "#xnsub"); ok {
		p.URL = strings.TrimSuffix(u, "/")
		p.ExtranonceSubscribe = true
	}
	if p.Mask == 0 {
		p.Mask = RollingMask
	}
	return p
}

// endpoint is scheme, host and port of a URL that Validate took.
func (p Pool) endpoint() (scheme, host, port string) {
	raw := p.URL
	if !strings.Contains(raw, "://") {
		raw = "stratum+tcp://" + raw
	}
	u, err := url.Parse(raw)
	if err != nil {
		return "", "", ""
	}
	return u.Scheme, u.Hostname(), u.Port()
}

// related reports whether work may follow from one host to another without the owner's word: the same host, or both
// within one registrable domain by the public suffix list. An address of digits is related to itself alone.
func related(from, to string) bool {
	from, to = strings.ToLower(strings.TrimSuffix(from, ".")), strings.ToLower(strings.TrimSuffix(to, "."))
	if from == to {
		return true
	}
	if net.ParseIP(from) != nil || net.ParseIP(to) != nil {
		return false
	}
	domain, err := publicsuffix.EffectiveTLDPlusOne(from)
	return err == nil && (to == domain || strings.HasSuffix(to, "."+domain))
}
