package estimate

import (
	"encoding/json"
	"time"

	"github.com/adit-mining/adit"
)

// Request says what would be run: a profile, or a program with a configuration.
type Request struct {
	Profile   string // id; "" = MinerType and Config
	MinerType string
	Config    json.RawMessage // only pool, coin, algo, threads and donateLevel are looked at
	Threads   *int            // nil = as the configuration says
}

// Estimate is what would come of it. What cannot be known is nil, with the reason.
type Estimate struct {
	At        time.Time
	MinerType string
	Coin      string
	Algorithm adit.Algorithm
	Currency  string

	Hashrate    Rate
	CoinsPerDay *float64
	Revenue     Amount
	Cost        Amount
	FeePercent  *float64 // of the program's author; adit takes none
	PoolFee     *float64 // of the pool, where it is one of the recommended ones
	Net         *float64 // revenue less cost, per day
	Loss        *bool
	Sentence    string // all of it for people
}

// Rate is an expected hashrate.
type Rate struct {
	Value   *float64 // H/s
	Source  string   // "measured on this computer", "benchmark", "" = not known
	At      *time.Time
	Threads *int   // those it was measured with, nil = not known
	Why     string // where Value is nil: why, and how to mend it
}

// Where a Rate comes from, for people.
const (
	FromMeasured  = "measured on this computer"
	FromBenchmark = "benchmark"
)

// Amount is money per day.
type Amount struct {
	Value  *float64
	Why    string  // where Value is nil: why, and how to mend it; else what it leaves out
	Inputs []Input // what it is made of
}

// Input is one number an amount is made of.
type Input struct {
	Name   string // "price", "difficulty", "reward", "hashrate", "power", "pricePerKwh"
	Value  *float64
	Unit   string
	At     *time.Time // nil = it has no age, or is not known
	Source string     // "typed", "feed", "measured on this computer", "benchmark"
}
