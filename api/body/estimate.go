package body

import "time"

// EstimateRequest says what would be run: a profile, or a program with a configuration.
type EstimateRequest struct {
	ProfileID string         `json:"profileId,omitempty" maxLength:"64" doc:"of the profile; absent: minerType and config"`
	MinerType string         `json:"minerType,omitempty" maxLength:"64"`
	Config    map[string]any `json:"config,omitempty" doc:"a Config, whole or not: pool, coin, algo, threads and donateLevel are looked at"`
	Threads   *int           `json:"threads,omitempty" nullable:"true" minimum:"0" maximum:"1024" doc:"absent: as the config says"`
}

// Estimate is what would come of it, per day. Null is unknown, with the reason in why. It is no promise.
type Estimate struct {
	At          time.Time    `json:"at"`
	MinerType   string       `json:"minerType"`
	Coin        string       `json:"coin"`
	Algorithm   string       `json:"algorithm"`
	Currency    string       `json:"currency"`
	Hashrate    ExpectedRate `json:"hashrate"`
	CoinsPerDay *float64     `json:"coinsPerDay" doc:"before fees"`
	Revenue     DayAmount    `json:"revenuePerDay" doc:"after the fees that are known"`
	Cost        DayAmount    `json:"costPerDay" doc:"of electricity"`
	FeePercent  *float64     `json:"feePercent" doc:"of the program's author; adit takes none"`
	PoolFee     *float64     `json:"poolFeePercent" doc:"of the pool, where it is one of the recommended ones"`
	Net         *float64     `json:"netPerDay" doc:"revenue less cost"`
	Loss        *bool        `json:"loss"`
	Sentence    string       `json:"sentence" doc:"all of it for people"`
}

// ExpectedRate is the hashrate that is expected.
type ExpectedRate struct {
	Value   *float64   `json:"value" doc:"H/s"`
	Source  *string    `json:"source" doc:"measured on this computer, or benchmark"`
	At      *time.Time `json:"at"`
	Threads *int       `json:"threads" doc:"those it was measured with"`
	Why     string     `json:"why" doc:"why value is null, and how to mend it"`
}

// DayAmount is money per day.
type DayAmount struct {
	Value  *float64        `json:"value" doc:"in currency"`
	Why    string          `json:"why" doc:"why value is null, and how to mend it; else what it leaves out"`
	Inputs []EstimateInput `json:"inputs" doc:"what it is made of"`
}

// EstimateInput is one number an amount is made of.
type EstimateInput struct {
	Name   string     `json:"name" doc:"hashrate, price, difficulty, reward, power, pricePerKwh"`
	Value  *float64   `json:"value"`
	Unit   string     `json:"unit"`
	At     *time.Time `json:"at" doc:"its age; null: it has none, or is not known"`
	Source *string    `json:"source" doc:"typed, feed, measured on this computer, benchmark"`
}

// BenchmarkRequest notes what a benchmark on this computer showed.
type BenchmarkRequest struct {
	MinerType string  `json:"minerType" minLength:"1" maxLength:"64"`
	Algorithm string  `json:"algorithm" minLength:"1" maxLength:"64"`
	Threads   int     `json:"threads" minimum:"1" maximum:"1024"`
	Hashrate  float64 `json:"hashrate" exclusiveMinimum:"0" doc:"H/s"`
}
