package book

import (
	"context"
	"log/slog"
	"math"
	"sync"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop"
	"github.com/adit-mining/adit/coop/ledger"
	"github.com/adit-mining/adit/coop/payout"
	"github.com/adit-mining/adit/coop/view"
	"github.com/adit-mining/adit/store/sqldb"
)

// Journal writes down who changed what about money; fleet/journal is one.
type Journal interface {
	Note(ctx context.Context, actor adit.Actor, kind, severity, subject, text string, data map[string]string) error
}

// Options of a Service; DB, Ledger and Coin are needed.
type Options struct {
	DB     *sqldb.DB
	Ledger *ledger.Ledger
	Coin   view.Coin
	Rule   payout.Rule // zero = payout.DefaultRule; a block is divided by the rule of when it was found

	Chain         coop.Chain     // tells what became of blocks; nil = there are none, or nobody can tell
	Confirmations uint64         // after which a block counts; 0 = 1
	Solo          func() bool    // whether the crew finds blocks of its own now; nil = where there is a Chain
	Reward        func() *uint64 // atomic units of a block now, nil where unknown; nil = always unknown
	MinPayout     uint64         // atomic units; less stays in the balance

	Name    func(coop.MemberID) string       // as people see a member; nil = its id
	Address func(coin, address string) error // checks a payout address; nil = none can be set
	Journal Journal                          // nil = none
	Now     func() time.Time                 // nil = time.Now
	Log     *slog.Logger                     // nil = silent
	Poll    time.Duration                    // how often the chain is asked; 0 = 20 s
}

// Service is the crew's accounts. Its methods may be called from several goroutines.
type Service struct {
	o    Options
	wake chan struct{}

	window windowCache
}

var (
	_    ledger.Sink = (*Service)(nil)
	loop             = adit.LocalOwner("loop")
)

// New makes the service; Run keeps it going.
func New(o Options) (*Service, error) {
	if o.Rule == (payout.Rule{}) {
		o.Rule = payout.DefaultRule()
	}
	if err := o.Rule.Validate(); err != nil {
		return nil, err
	}
	switch {
	case o.DB == nil || o.Ledger == nil:
		return nil, adit.Errorf(adit.Internal, "the crew's accounts need a database and a ledger")
	case o.Coin.Symbol == "":
		return nil, adit.InvalidField("coin", "the symbol of the coin that the crew earns is missing")
	}
	if o.Solo == nil {
		chain := o.Chain != nil
		o.Solo = func() bool { return chain }
	}
	if o.Reward == nil {
		o.Reward = func() *uint64 { return nil }
	}
	if o.Name == nil {
		o.Name = func(m coop.MemberID) string { return string(m) }
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	o.Confirmations = max(o.Confirmations, 1)
	if o.Poll <= 0 {
		o.Poll = 20 * time.Second
	}
	return &Service{o: o, wake: make(chan struct{}, 1)}, nil
}

// Rule is how money is divided, for people.
func (s *Service) rule() view.Rule {
	r := view.Rule{Scheme: string(s.o.Rule.Kind), Basis: "credits", Window: float64(s.o.Rule.WindowPPM) / 1e6, FeePercent: float64(s.o.Rule.FeePPM) / 1e4}
	if s.o.MinPayout > 0 {
		least := view.Atomic(s.o.MinPayout)
		r.MinPayout = &least
	}
	if s.o.Solo() {
		n := s.o.Confirmations
		r.Basis, r.Confirmations = "blocks", &n
	}
	return r
}

func (s *Service) note(ctx context.Context, actor adit.Actor, kind, severity, subject, text string) {
	if s.o.Journal == nil {
		return
	}
	if err := s.o.Journal.Note(ctx, actor, kind, severity, subject, text, nil); err != nil {
		s.o.Log.WarnContext(ctx, "the journal has no line of it", "kind", kind, "subject", subject, "err", err)
	}
}

// money makes an amount fit for a table, which counts to 2^63-1.
func money(field string, amount uint64) (int64, error) {
	if amount > math.MaxInt64 {
		return 0, adit.InvalidField(field, "%d atomic units are more than can be booked (%d)", amount, int64(math.MaxInt64))
	}
	return int64(amount), nil
}

// windowCache is the payout window as it was last asked for.
type windowCache struct {
	mu   sync.Mutex
	w    *ledger.Window
	from uint64 // of a window without bound
	key  string // what it is a window of
	view *view.Window
	at   time.Time
}

// Close lets go of files.
func (s *Service) Close() {
	s.window.mu.Lock()
	defer s.window.mu.Unlock()
	if s.window.w != nil {
		s.window.w.Close()
		s.window.w = nil
	}
}
