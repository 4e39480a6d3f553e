package worker

import (
	"context"
	"log/slog"
	"time"

	"google.golang.org/grpc"

	"github.com/adit-mining/adit"
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

// Conn is a connection to the coordinator. *grpc.ClientConn is one.
type Conn interface {
	grpc.ClientConnInterface
	// ResetConnectBackoff makes it try at once where it waits before dialling again.
	ResetConnectBackoff()
}

// Options of a Worker. Conn, Engine and ID are needed.
type Options struct {
	Conn    Conn
	Engine  Engine
	ID      string // of this worker in the crew; it stays the same for ever
	Name    string // for people; "" = ID
	Address string // of the coordinator, for words; "" = "the coordinator"
	Threads int    // 0 = the engine's own choice

	// Explain puts a failed call into words a person can act on; nil = the error itself.
	Explain func(error) error

	Every    time.Duration // between two looks at the engine; 0 = 10 s
	Pause    time.Duration // the longest pause before the coordinator is tried again; 0 = 4 s
	Attempts int           // failures in a row after which Run gives up; 0 = never

	Log      *slog.Logger   // nil = silent
	Rand     func() float64 // in [0,1), for jitter; nil = math/rand/v2
	OnChange func(Status)   // called when the state, its reason or the job changed; must not block. nil = nobody asks
}

const (
	defaultEvery = 10 * time.Second
	defaultPause = 4 * time.Second
)

func (o Options) withDefaults() (Options, error) {
	switch {
	case o.Conn == nil:
		return o, adit.InvalidField("conn", "a worker needs a connection to its coordinator")
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
	if o.Address == "" {
		o.Address = "the coordinator"
	}
	if o.Explain == nil {
		o.Explain = func(err error) error { return err }
	}
	if o.Every == 0 {
		o.Every = defaultEvery
	}
	if o.Pause == 0 {
		o.Pause = defaultPause
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.OnChange == nil {
		o.OnChange = func(Status) {}
	}
	return o, nil
}
