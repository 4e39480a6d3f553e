package fee

import "time"

// Ledger is what is known about fees. Times are seconds.
type Ledger struct {
	AditPercent float64    `json:"aditPercent" doc:"what adit takes: 0, always"`
	Words       string     `json:"words" doc:"the ledger in a sentence"`
	Since       *time.Time `json:"since" doc:"when the first program was seen; null: none yet"`
	Programs    []Program  `json:"programs"`
}

// Program is one mining program's line of the ledger.
type Program struct {
	Device          string     `json:"device" doc:"id, <rig>/<name>"`
	Name            string     `json:"name"`
	Program         string     `json:"program" doc:"its kind: xmrig"`
	DeclaredPercent *float64   `json:"declaredPercent" doc:"what its author says it takes; null: unknown"`
	Source          string     `json:"source" enum:"observed,declared,none" doc:"observed: the program shows when it works for its author; declared: it does not show it, only the declared share is known; none: it takes nothing"`
	MiningSeconds   float64    `json:"miningSeconds" doc:"time in which adit saw it hash"`
	FeeSeconds      *float64   `json:"feeSeconds" doc:"time in which adit saw it work for its author; null: it does not show that"`
	SharePercent    *float64   `json:"sharePercent" doc:"feeSeconds of miningSeconds; null: not known, or hashed for less than an hour"`
	Rounds          int        `json:"rounds" doc:"times it began to work for its author"`
	Active          bool       `json:"active" doc:"it works for its author at this moment"`
	ActiveSince     *time.Time `json:"activeSince"`
	LastRound       *Round     `json:"lastRound"`
	Starts          int        `json:"starts" doc:"times it was started; a program that takes its fee early in a run takes more the oftener it starts"`
	Words           string     `json:"words"`
}

// Round is one time in which a program worked for its author.
type Round struct {
	_       struct{}  `nullable:"true"`
	Start   time.Time `json:"start"`
	Seconds float64   `json:"seconds"`
}
