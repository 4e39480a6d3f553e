package fee

import (
	"context"
	"log/slog"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/store/sqldb"
)

// Event is a thing of the journal, as far as fees go.
type Event struct {
	Seq     int64
	At      time.Time
	Kind    string // "fee.started", "fee.ended", "miner.started", "miner.restarted"
	Subject string // the device's id
}

// Journal hands out events with a number greater than after, oldest first, at most limit.
type Journal interface {
	After(ctx context.Context, after int64, limit int) ([]Event, error)
}

// Now is a program at this moment.
type Now struct {
	Device  string // id
	Name    string
	Program string   // driver
	Percent *float64 // declared; nil = unknown
	Hashing bool     // with a fresh reading
	// Shows reports that the program tells when it works for its author, Active that it does so now.
	Shows, Active bool
}

// State tells what runs now.
type State interface {
	Programs(ctx context.Context) ([]Now, error)
}

// Options of a Service; DB, Journal and State are needed.
type Options struct {
	DB      *sqldb.DB
	Journal Journal
	State   State
	Now     func() time.Time // nil = time.Now
	Log     *slog.Logger     // nil = silent
}

// Service is the noun. Its methods may be called from several goroutines.
type Service struct{ o Options }

// New makes the service; Run keeps the ledger.
func New(o Options) *Service {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Service{o: o}
}

// Ledger is what is known about fees now.
func (s *Service) Ledger(ctx context.Context, actor adit.Actor) (Ledger, error) {
	if err := actor.May(adit.ScopeRead); err != nil {
		return Ledger{}, err
	}
	return s.ledger(ctx)
}
