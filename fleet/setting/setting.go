package setting

import (
	"time"
)

// Settings are what people set. What nobody said is nil.
type Settings struct {
	General       General            `json:"general"`
	Power         Power              `json:"power"`
	Figures       map[string]Figures `json:"figures" doc:"by coin: XMR"`
	Feed          Feed               `json:"feed"`
	Notifications Notifications      `json:"notifications"`
}

// General is how pages look.
type General struct {
	Profile  string `json:"profile" enum:"home,site" doc:"what the first page is made for: a few computers, or a building full"`
	Currency string `json:"currency" doc:"ISO 4217: EUR; of every price here"`
	Language string `json:"language" doc:"en, or another of the form de-CH"`
	Units    string `json:"units" enum:"metric,imperial"`
	Timezone string `json:"timezone" doc:"Europe/Berlin; empty: the browser's own"`
}

// Power is what electricity costs and how much is drawn, where a person said.
type Power struct {
	PricePerKwh *float64 `json:"pricePerKwh" nullable:"true" doc:"in the currency of general, per kWh; null: not known"`
	Watts       *float64 `json:"watts" nullable:"true" doc:"what mining draws on this computer, measured at the plug; null: not known"`
}

// Figures are what an estimate of one coin needs.
type Figures struct {
	Price      Figure `json:"price" doc:"of one coin, in the currency of general"`
	Difficulty Figure `json:"difficulty" doc:"of the network: hashes for one block, on average"`
	Reward     Figure `json:"reward" doc:"coins for one block"`
}

// Figure is a number with its age and where it came from.
type Figure struct {
	Value  *float64   `json:"value" nullable:"true" doc:"null: not known"`
	At     *time.Time `json:"at,omitempty" nullable:"true" doc:"when it was typed or read; set by adit"`
	Source string     `json:"source,omitempty" enum:"typed,feed" doc:"set by adit"`
}

// Sources of a Figure.
const (
	SourceTyped = "typed"
	SourceFeed  = "feed"
)

// Feed is an address that tells figures as JSON. adit asks it at most every ten minutes, and only while it is enabled.
type Feed struct {
	Enabled    bool    `json:"enabled"`
	URL        string  `json:"url" doc:"https://…, or http:// on this computer itself"`
	Coin       string  `json:"coin" doc:"whose figures they are: XMR"`
	Price      string  `json:"price" doc:"JSON pointer (RFC 6901) to the price, like /monero/eur; empty: the feed does not tell it"`
	Difficulty string  `json:"difficulty" doc:"JSON pointer to the difficulty"`
	Reward     string  `json:"reward" doc:"JSON pointer to the reward of a block"`
	RewardUnit float64 `json:"rewardUnit" doc:"coins in one unit of the reward the feed tells: 1, or 1e-12 where it counts piconero"`

	Status FeedStatus `json:"status" doc:"set by adit"`
}

// FeedStatus is how the feed fares.
type FeedStatus struct {
	TriedAt *time.Time `json:"triedAt,omitempty" nullable:"true" doc:"the last connection; absent: never"`
	OKAt    *time.Time `json:"okAt,omitempty" nullable:"true" doc:"the last answer that could be used"`
	NextAt  *time.Time `json:"nextAt,omitempty" nullable:"true" doc:"absent: never, it is off"`
	Error   string     `json:"error,omitempty" doc:"what was wrong the last time"`
	Fails   int        `json:"fails,omitempty" doc:"tries in a row that went wrong"`
}

// Notifications are what pages tell beyond the page itself.
type Notifications struct {
	Browser  bool   `json:"browser" doc:"show the browser's own notifications"`
	Sound    bool   `json:"sound"`
	Severity string `json:"severity" enum:"info,warn,crit" doc:"the least that is told"`
}

// Defaults are the settings of an adit nobody set anything of.
func Defaults() Settings {
	return Settings{
		General:       General{Profile: "home", Currency: "EUR", Language: "en", Units: "metric"},
		Figures:       map[string]Figures{},
		Feed:          Feed{Coin: "XMR", RewardUnit: 1},
		Notifications: Notifications{Severity: "warn"},
	}
}
