package config

import (
	"time"

	"github.com/adit-mining/adit"
)

// Worker is what an `adit worker` is to do. It is complete and checked when LoadWorker returns it.
type Worker struct {
	ID          string // "" = the stable one of this computer
	Name        string // for people; "" = the id
	Coordinator Connector
	Mining      Mining
	Resources   Resources
	Logging     Logging
	Health      Health

	Warnings []string // what the owner should hear at the start
}

// Connector is where the coordinator is.
type Connector struct {
	Address   string // HOST:PORT
	Reconnect Reconnect
	TLS       TLS
}

// Mining is how the engine hashes.
type Mining struct {
	Threads          int    // 0 = as many as fit
	HugePages        bool   // reserved ones, where there are any
	Mode             string // "auto", "fast" or "light"
	HashrateInterval time.Duration
}

// Resources are limits of the engine.
type Resources struct {
	MaxMemory *adit.Bytes // nil = no limit
	Affinity  []int       // CPUs, nil = the system decides
}

// Health is a small local page that says how the worker is.
type Health struct {
	Enabled bool
	Listen  string // always on loopback
}

// DefaultWorker is what holds where nothing is said.
func DefaultWorker() Worker {
	return Worker{
		Coordinator: Connector{Address: "localhost:50051", Reconnect: Reconnect{Delay: 5 * time.Second}, TLS: TLS{Enabled: true}},
		Mining:      Mining{HugePages: true, Mode: "auto", HashrateInterval: 10 * time.Second},
		Health:      Health{Listen: "127.0.0.1:9091"},
	}
}
