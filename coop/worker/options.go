package worker

import (
	"context"
	"log/slog"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop/rpc"
)

// Engine is the mining program as this computer runs it: started, kept and stopped under its owner's rules. Its methods
// are called from one goroutine at a time.
type Engine interface {
	// Start makes it mine as s says, and changes over where it runs already. It returns before anything is hashed.
	Start(ctx context.Context, s Settings) error
	// Rest asks it to stop hashing and keep its memory, or to go on. The owner's own rules win over "go on".
	Rest(ctx context.Context, rest bool, why string) error
	// Read tells how it is. An error means that it does not answer now.
	Read(ctx context.Context) (Reading, error)
	// Stop ends it and waits until it has gone.
	Stop(ctx context.Context) error
}

// Settings are where the engine mines and with what.
type Settings struct {
	URL, User, Password string // of the bridge
	Threads             int    // 0 = the engine's own choice
}

// Reading is what the engine says of itself. Nil is unknown.
type Reading struct {
	Hashrate    *adit.Hashrate
	HashesTotal *uint64
	Threads     int            // that hash now; 0 = unknown
	CPU         *float64       // per cent of the computer's cores that are busy
	Memory      *float64       // per cent of the computer's memory that is used
	Temperature *adit.Celsius  // the hottest of the processor
	Rests       bool           // it does not hash, whoever asked for it
	Why         string         // why it rests, or what it does while it does not hash yet
	Mode        string         // "light", "fast", "starting"; "" = unknown
	Built       *float64       // part of the dataset that is ready, 0 to 1
	Uptime      *time.Duration // of the program
}

// Options of a Worker. Client.Addresses, Engine and ID are needed.
type Options struct {
	// Client is how the coordinator is reached; its Handler is the worker itself.
	Client rpc.ClientOptions
	Engine Engine
	ID     string // of this worker in the crew; it stays the same for ever
	Name   string // for people; "" = ID

	Threads  int           // 0 = the engine's own choice
	Every    time.Duration // between two looks at the engine; 0 = 10 s
	Log      *slog.Logger  // nil = silent
	OnChange func(Status)  // called when the state, its reason or the job changed; must not block. nil = nobody asks
}

const defaultEvery = 10 * time.Second

func (o Options) withDefaults() (Options, error) {
	switch {
	case o.Engine == nil:
		return o, adit.InvalidField("engine", "a worker needs an engine that hashes")
	case o.ID == "":
		return o, adit.InvalidField("worker.id", "a worker needs an id")
	case o.Threads < 0:
		return o, adit.InvalidField("threads", "%d is less than nothing", o.Threads)
	}
	if o.Name == "" {
		o.Name = o.ID
	}
	if o.Every == 0 {
		o.Every = defaultEvery
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Client.Log == nil {
		o.Client.Log = o.Log
	}
	if o.OnChange == nil {
		o.OnChange = func(Status) {}
	}
	return o, nil
}
