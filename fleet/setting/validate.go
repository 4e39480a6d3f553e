package setting

import (
	"maps"
	"math"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/adit-mining/adit"
)

var (
	currencyRE = regexp.MustCompile(`^[A-Z]{3}$`)
	languageRE = regexp.MustCompile(`^[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?$`)
)

// Bounds.
const (
	maxURL     = 1024
	maxPointer = 256

	maxPrice, maxDifficulty, maxReward = 1e12, 1e30, 1e12
)

// Validate checks all settings; the error names the key. Symbols of coins are put into one form.
func (s *Settings) Validate() error {
	for _, check := range []func() error{s.General.validate, s.Power.validate, s.validateFigures, s.Feed.validate, s.Notifications.validate} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

func oneOf(key, v string, of ...string) error {
	if slices.Contains(of, v) {
		return nil
	}
	return adit.InvalidField(key, "it must be one of %s", strings.Join(of, ", "))
}

func (g *General) validate() error {
	switch {
	case !currencyRE.MatchString(g.Currency):
		return adit.InvalidField("general.currency", "write the three letters of ISO 4217, such as EUR")
	case !languageRE.MatchString(g.Language):
		return adit.InvalidField("general.language", "write a language tag, such as en or de-CH")
	}
	if err := oneOf("general.profile", g.Profile, "home", "site"); err != nil {
		return err
	}
	if err := oneOf("general.units", g.Units, "metric", "imperial"); err != nil {
		return err
	}
	if g.Timezone == "" {
		return nil
	}
	if _, err := time.LoadLocation(g.Timezone); err != nil || g.Timezone == "Local" || len(g.Timezone) > 64 {
		return adit.InvalidField("general.timezone", "name it as in Europe/Berlin, or leave it empty for the browser's own")
	}
	return nil
}

func within(key string, v *float64, most float64) error {
	if v == nil || *v >= 0 && *v <= most && !math.IsNaN(*v) {
		return nil
	}
	return adit.InvalidField(key, "it must be a number from 0 to %g, or null for not known", most)
}

func (p *Power) validate() error {
	if err := within("power.pricePerKwh", p.PricePerKwh, 1000); err != nil {
		return err
	}
	return within("power.watts", p.Watts, 1e6)
}

func (s *Settings) validateFigures() error {
	for _, name := range slices.Sorted(maps.Keys(s.Figures)) {
		f := s.Figures[name]
		coin, ok := adit.MinedCoinNamed(name)
		if !ok {
			return adit.InvalidField("figures", "there is a coin adit does not know: it knows %s", coins())
		}
		for _, c := range []struct {
			key  string
			v    *float64
			most float64
		}{{"price", f.Price.Value, maxPrice}, {"difficulty", f.Difficulty.Value, maxDifficulty}, {"reward", f.Reward.Value, maxReward}} {
			if err := within("figures."+coin.Symbol+"."+c.key, c.v, c.most); err != nil {
				return err
			}
		}
		if v := f.Difficulty.Value; v != nil && *v == 0 {
			return adit.InvalidField("figures."+coin.Symbol+".difficulty", "it is never 0: write null where it is not known")
		}
		if coin.Symbol != name {
			delete(s.Figures, name)
			s.Figures[coin.Symbol] = f
		}
	}
	return nil
}

func coins() string {
	var out []string
	for _, c := range adit.MinedCoins() {
		out = append(out, c.Symbol)
	}
	return strings.Join(out, ", ")
}

func (f *Feed) validate() error {
	coin, ok := adit.MinedCoinNamed(f.Coin)
	switch {
	case !ok:
		return adit.InvalidField("feed.coin", "adit knows %s", coins())
	case !(f.RewardUnit > 0) || f.RewardUnit > 1e12:
		return adit.InvalidField("feed.rewardUnit", "it must be more than 0: 1, or 1e-12 where the feed counts piconero")
	case f.URL == "" && f.Enabled:
		return adit.InvalidField("feed.url", "name the feed's address before it is switched on")
	case f.Enabled && f.Price == "" && f.Difficulty == "" && f.Reward == "":
		return adit.InvalidField("feed.price", "say with a JSON pointer where the price, the difficulty or the reward stands in the feed's answer")
	}
	f.Coin = coin.Symbol
	for key, p := range map[string]string{"feed.price": f.Price, "feed.difficulty": f.Difficulty, "feed.reward": f.Reward} {
		if p != "" && (p[0] != '/' || len(p) > maxPointer) {
			return adit.InvalidField(key, "write a JSON pointer (RFC 6901), such as /monero/eur")
		}
	}
	if f.URL == "" {
		return nil
	}
	return checkURL(f.URL)
}

// checkURL allows https, and plain http where the answer does not leave this computer.
func checkURL(raw string) error {
	u, err := url.Parse(raw)
	switch {
	case err != nil || u.Host == "" || len(raw) > maxURL || strings.ContainsFunc(raw, func(r rune) bool { return r <= ' ' || r == 0x7f }):
		return adit.InvalidField("feed.url", "it is no address: write https://HOST/PATH")
	case u.User != nil:
		return adit.InvalidField("feed.url", "leave user and password out of it")
	case u.Scheme == "http" && local(u.Hostname()):
	case u.Scheme != "https":
		return adit.InvalidField("feed.url", "it must begin with https:// (http:// only for this computer itself)")
	}
	return nil
}

func local(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func (n *Notifications) validate() error {
	return oneOf("notifications.severity", n.Severity, "info", "warn", "crit")
}
