package estimate

import (
	"context"
	"encoding/json"
	"time"

	"github.com/adit-mining/adit"
)

// Profiles finds the configuration of a profile. fleet/sheet fills it.
type Profiles interface {
	// ProfileConfig is a profile's program and configuration, without secrets.
	ProfileConfig(ctx context.Context, actor adit.Actor, id string) (kind string, config json.RawMessage, err error)
}

// Hub knows the programs and what they do. fleet/command and fleet/telemetry fill it.
type Hub interface {
	// Programs are the mining programs the agent knows; Unreachable where it cannot be asked.
	Programs(ctx context.Context, actor adit.Actor) ([]Program, error)
	// Measured is what runs on this computer now.
	Measured(ctx context.Context, actor adit.Actor) ([]Measured, error)
}

// Settings knows what people set. fleet/setting fills it.
type Settings interface {
	// Figures are those of a coin, and the power settings.
	Figures(ctx context.Context, actor adit.Actor, coin string) (Figures, error)
}

// Program is a mining program.
type Program struct {
	Name       string
	Aliases    []string
	FeePercent *float64 // of its author, nil = not known
}

// Measured is a running program.
type Measured struct {
	Program     string // driver name
	Algorithm   string
	Threads     int // 0 = not known
	Hashrate60s *float64
	Hashrate15m *float64
	Baseline    *float64 // what the computer does when warm, as its agent learned
	Watts       *float64
	Uptime      *float64  // seconds
	Light       bool      // it does not run at full speed yet
	At          time.Time // of the reading
}

// Figures are what people or a feed said.
type Figures struct {
	Currency    string
	PricePerKwh *float64
	Watts       *float64
	Price       Figure // of one coin
	Difficulty  Figure // hashes for one block
	Reward      Figure // coins for one block
}

// Figure is a number with its age.
type Figure struct {
	Value  *float64
	At     *time.Time
	Source string // "typed", "feed"
}
