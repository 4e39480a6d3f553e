package view

import "time"

// Overview is the one object the first page needs.
type Overview struct {
	At         time.Time    `json:"at"`
	Sentence   string       `json:"sentence"`
	State      string       `json:"state" enum:"ok,warn,crit,idle"`
	NeedsYou   []Need       `json:"needsYou"`
	Totals     []Total      `json:"totals"` // one row per algorithm: rates of different algorithms are never added
	Devices    DeviceCounts `json:"devices"`
	Shares     ShareCounts  `json:"shares"`
	PowerWatts *float64     `json:"powerWatts"`
	Mode       string       `json:"mode" enum:"empty,practice,mining"`
}

// Need is something only a person can settle.
type Need struct {
	ID       string  `json:"id"`
	Severity string  `json:"severity" enum:"info,warn,crit"`
	Text     string  `json:"text"`
	Action   *Action `json:"action"`
}

// Action is what the button beside a Need does: open a page, copy a command, or POST {} to a path of the API.
type Action struct {
	_       struct{} `nullable:"true"`
	Label   string   `json:"label"`
	Href    string   `json:"href,omitempty"`
	Command string   `json:"command,omitempty"`
	Post    string   `json:"post,omitempty"`
}

// Total is the hashrate of one algorithm over the devices whose reading is fresh.
type Total struct {
	Algorithm     string   `json:"algorithm"`
	Hashrate      *float64 `json:"hashrate"`
	Counted       int      `json:"counted"`
	NotCounted    int      `json:"notCounted"`
	NotCountedWhy string   `json:"notCountedWhy"`
}

// DeviceCounts counts devices by headline; stopped ones are in none.
type DeviceCounts struct {
	OK     int `json:"ok"`
	Warn   int `json:"warn"`
	Crit   int `json:"crit"`
	Blind  int `json:"blind"`
	Paused int `json:"paused"`
}

// ShareCounts adds up the shares of the present runs; nil where no device has told.
type ShareCounts struct {
	Accepted *uint64 `json:"accepted"`
	Rejected *uint64 `json:"rejected"`
	Stale    *uint64 `json:"stale"`
}
