package device

import "time"

// Fee is what a program's author takes of the mining time, as the program itself tells it while it runs.
type Fee struct {
	// Percent is the share of the mining time, in per cent, that this run gives; nil = unknown.
	Percent *float64 `json:"percent,omitempty"`
	// Active says whether the program mines for its author at this moment; nil = unknown.
	Active *bool `json:"active,omitempty"`
	// Since is when Active became what it is; nil = unknown.
	Since *time.Time `json:"since,omitempty"`
}
