package view

import "time"

// Config is whether this adit coordinates a crew, and how.
type Config struct {
	Mode     string     `json:"mode" enum:"off,on"`
	Running  bool       `json:"running"`
	Why      string     `json:"why" doc:"why it does not run although it is on; empty: it runs, or is off"`
	Since    *time.Time `json:"since" doc:"null: it does not run"`
	Fixed    string     `json:"fixed" doc:"why it cannot be changed here: a configuration file says it; empty: it can"`
	Settings Settings   `json:"settings" doc:"as they are, or as they would be where it is off"`
}

// Settings is how a crew is coordinated. Secrets are not told.
type Settings struct {
	Cluster string        `json:"cluster" doc:"name of the crew"`
	Coin    string        `json:"coin" doc:"symbol"`
	Pools   []PoolSetting `json:"pools" doc:"in the order of failover"`
	Stratum DoorSetting   `json:"stratum"`
	GRPC    DoorSetting   `json:"grpc"`
	Payout  PayoutSetting `json:"payout"`
}

// PoolSetting is one upstream.
type PoolSetting struct {
	Address     string `json:"address" doc:"stratum+tcp://, stratum+ssl://, monerod://host:port, bitcoind://host:port, practice:"`
	Wallet      string `json:"wallet" doc:"payout address, or login at the pool; empty for practice"`
	HasPassword bool   `json:"hasPassword"`
	Fingerprint string `json:"fingerprint" doc:"SHA-256 of the certificate that is expected; empty: any valid one"`
}

// DoorSetting is where members connect.
type DoorSetting struct {
	Listen string `json:"listen" maxLength:"262" doc:"host:port; empty: closed"`
}

// PayoutSetting is how money is divided.
type PayoutSetting struct {
	Scheme     string  `json:"scheme" enum:"pplns,prop"`
	Window     float64 `json:"window" minimum:"0.01" maximum:"1000" doc:"pplns: as a multiple of a block's work"`
	FeePercent float64 `json:"feePercent" minimum:"0" maximum:"100"`
	MinPayout  *Atomic `json:"minPayout" doc:"null: none"`
}

// ConfigRequest switches the coordinator on, off, or to other settings.
type ConfigRequest struct {
	Mode     string           `json:"mode" enum:"off,on"`
	Settings *SettingsRequest `json:"settings,omitempty" doc:"absent: as they were"`
}

// SettingsRequest is how a crew shall be coordinated.
type SettingsRequest struct {
	Cluster string         `json:"cluster,omitempty" maxLength:"64" doc:"name of the crew; absent: this computer's name"`
	Coin    string         `json:"coin,omitempty" maxLength:"16" doc:"symbol; absent: as the upstream's work tells"`
	Pools   []PoolRequest  `json:"pools" minItems:"1" maxItems:"16"`
	Stratum *DoorSetting   `json:"stratum,omitempty" doc:"absent: as it was; :3333 where none was set"`
	GRPC    *DoorSetting   `json:"grpc,omitempty" doc:"absent: as it was; :50051 where none was set"`
	Payout  *PayoutSetting `json:"payout,omitempty" doc:"absent: as it was; pplns over 2 without a fee where none was set"`
}

// PoolRequest is one upstream as it shall be.
type PoolRequest struct {
	Address     string  `json:"address" minLength:"1" maxLength:"512"`
	Wallet      string  `json:"wallet,omitempty" maxLength:"256"`
	Password    *string `json:"password,omitempty" nullable:"true" maxLength:"256" doc:"written, never told; absent: that of the pool with the same address stays"`
	Fingerprint string  `json:"fingerprint,omitempty" maxLength:"128"`
}
