package command

import (
	"context"
	"log/slog"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/fleet/inventory"
	"github.com/adit-mining/adit/link/bus"
	"github.com/adit-mining/adit/link/wire"
	"github.com/adit-mining/adit/store/sqldb"
)

// How long an agent may take.
const (
	startWithin = 30 * time.Second // a program is found, checked and started
	orderWithin = 20 * time.Second
	queryWithin = 10 * time.Second
	grace       = time.Second // for the answer to come back after the deadline
)

// Practice is the upstream of our own, as far as orders go. cmd fills it.
type Practice interface {
	// Start starts it where it does not run, and returns where miners connect: "stratum+tcp://127.0.0.1:41234".
	Start(ctx context.Context) (poolURL string, err error)
	// Stop ends it; it is no error where it does not run.
	Stop(ctx context.Context) error
	// Running reports whether it runs.
	Running() bool
}

// NoPractice is Practice in an adit without it.
type NoPractice struct{}

var _ Practice = NoPractice{}

// Start implements Practice.
func (NoPractice) Start(context.Context) (string, error) {
	return "", adit.Errorf(adit.Unsupported, "this adit was started without practice: `adit up` has it")
}

// Stop implements Practice.
func (NoPractice) Stop(context.Context) error { return nil }

// Running implements Practice.
func (NoPractice) Running() bool { return false }

// Journal writes down who ordered what. fleet/journal fills it.
type Journal interface {
	Note(ctx context.Context, actor adit.Actor, kind, severity, subject, text string, data map[string]string) error
}

// Options of a Service. DB, Bus, Inventory and Journal are needed.
type Options struct {
	DB        *sqldb.DB
	Bus       bus.Conn // the hub's
	Inventory *inventory.Service
	Journal   Journal
	Practice  Practice         // nil = NoPractice
	Fence     uint64           // number of the hub's lock; agents refuse orders of an older one
	Now       func() time.Time // nil = time.Now
	Log       *slog.Logger     // nil = silent
}

// Service is the noun. Its methods may be called from several goroutines.
type Service struct{ o Options }

// New makes the service. Orders that were open when the hub ended are marked as unknown.
func New(ctx context.Context, o Options) (*Service, error) {
	if o.Practice == nil {
		o.Practice = NoPractice{}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Service{o: o}, closeOpen(ctx, o.DB, o.Now())
}

// Target is one device of one rig; Name "" is the rig itself.
type Target struct {
	Rig  adit.RigID
	Name string
}

// id is how tables and the journal name the target.
func (t Target) id() string {
	if t.Name == "" {
		return string(t.Rig)
	}
	return string(t.Rig.Device(t.Name))
}

func (t Target) check() error {
	if !wire.ValidRig(t.Rig) {
		return adit.Errorf(adit.NotFound, "there is no computer of that id")
	}
	if t.Name != "" && !adit.ValidName(t.Name) {
		return adit.Errorf(adit.NotFound, "there is no miner of that name: `adit list` names those there are")
	}
	return nil
}

// home is the rig meant where none is named.
func (s *Service) home() (Target, error) {
	r, ok := s.o.Inventory.Home()
	if !ok {
		return Target{}, adit.Errorf(adit.Unreachable, "no agent has spoken yet: is adit's agent running on this computer?")
	}
	return Target{Rig: r.ID}, nil
}
