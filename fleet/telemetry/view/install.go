package view

import "time"

// InstallPrefix begins the keys of installations, "install/<rig>/<program>"; one stays for a while after it has ended.
const InstallPrefix = "install/"

// Install is an installation of a mining program under way or just ended.
type Install struct {
	ID        string    `json:"id"`
	Rig       string    `json:"rig"`
	Program   string    `json:"program"`
	Version   string    `json:"version"` // "" = not known yet
	Phase     string    `json:"phase" enum:"waiting,downloading,checking,unpacking,done,failed,cancelled"`
	Done      float64   `json:"done"`  // bytes of this phase
	Total     *float64  `json:"total"` // null = unknown
	Speed     *float64  `json:"speed"` // bytes a second
	From      string    `json:"from"`
	StartedAt time.Time `json:"startedAt"`
	At        time.Time `json:"at"`
	Words     string    `json:"words"` // why it failed
}
