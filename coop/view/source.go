package view

import (
	"context"
	"time"

	"github.com/adit-mining/adit"
)

// Source is a running coordinator as people see and steer it. Every method checks the actor's scope first: read for what
// only reads, control for orders to members, owner for money and invitations. Its methods may be called from several
// goroutines; lists are never nil. Errors are adit's: NotFound for a member, round … that is not there.
type Source interface {
	Reader
	Orders
	Accounts
	Invites
}

// Reader is what is to be seen.
type Reader interface {
	// Glance is quick: it is asked once a second. State, sentence, alarms and the rule's words may be left to Tell.
	Glance(ctx context.Context, actor adit.Actor) (Glance, error)
	// Members are all members, by id.
	Members(ctx context.Context, actor adit.Actor) ([]Member, error)
	Member(ctx context.Context, actor adit.Actor, id string) (MemberDetail, error)
	// Jobs are the newest jobs, the newest first; limit is more than 0.
	Jobs(ctx context.Context, actor adit.Actor, limit int) ([]Job, error)
	// Shares are the newest submissions in memory, the newest first.
	Shares(ctx context.Context, actor adit.Actor, q ShareQuery) ([]Share, error)
	Blocks(ctx context.Context, actor adit.Actor, q PageQuery) ([]Block, error)
	Rounds(ctx context.Context, actor adit.Actor, q PageQuery) ([]Round, error)
	Round(ctx context.Context, actor adit.Actor, id string) (RoundDetail, error)
	Window(ctx context.Context, actor adit.Actor) (Window, error)
	Balances(ctx context.Context, actor adit.Actor) ([]Balance, error)
	Statement(ctx context.Context, actor adit.Actor, q StatementQuery) (Statement, error)
	// Verify reads the whole ledger again. It may take long and ends with ctx.
	Verify(ctx context.Context, actor adit.Actor) (Check, error)
	// Records gives the ledger's shares to yield, the oldest first, until yield returns an error, which is returned.
	Records(ctx context.Context, actor adit.Actor, q RecordQuery, yield func(Record) error) error
}

// Orders is what is done to members; each is journaled and says so with the actor's name.
type Orders interface {
	// Suspend hangs up on a member and lets it in no more; what it has earned stays.
	Suspend(ctx context.Context, actor adit.Actor, member, reason string) error
	Unsuspend(ctx context.Context, actor adit.Actor, member string) error
	// SetDifficulty fixes the difficulty of a member's shares in expected hashes; nil lets it be found again.
	SetDifficulty(ctx context.Context, actor adit.Actor, member string, d *adit.Hashes) error
	// SetPolicy is PolicyAuto or PolicyAll.
	SetPolicy(ctx context.Context, actor adit.Actor, member, policy string) error
	// Pause tells a worker to rest until Resume; Unsupported for who is no worker over gRPC.
	Pause(ctx context.Context, actor adit.Actor, member string) error
	Resume(ctx context.Context, actor adit.Actor, member string) error
	// SetThreads tells a worker how many threads shall mine; 0 is its own choice. Unsupported for who is no worker.
	SetThreads(ctx context.Context, actor adit.Actor, member string, threads int) error
}

// Accounts is the money. adit computes what is to be paid and sends nothing.
type Accounts interface {
	Credits(ctx context.Context, actor adit.Actor, q PageQuery) ([]Credit, error)
	Credit(ctx context.Context, actor adit.Actor, r CreditRequest) (Credit, error)
	Payments(ctx context.Context, actor adit.Actor, q PageQuery) ([]Payment, error)
	Payment(ctx context.Context, actor adit.Actor, id string) (Payment, error)
	// NewPayment sets aside what is payable now; Conflict where nothing is.
	NewPayment(ctx context.Context, actor adit.Actor) (Payment, error)
	// MarkPaid books a payment as sent; reference is its transaction.
	MarkPaid(ctx context.Context, actor adit.Actor, id, reference string) (Payment, error)
	// Payee is where a member is paid to; one that was never set has no address.
	Payee(ctx context.Context, actor adit.Actor, member string) (Payee, error)
	// SetPayee checks the address first.
	SetPayee(ctx context.Context, actor adit.Actor, member string, r PayeeRequest) (Payee, error)
	// CancelPayment gives its amounts back to the members' balances.
	CancelPayment(ctx context.Context, actor adit.Actor, id string) (Payment, error)
}

// Invites is how workers come.
type Invites interface {
	Invites(ctx context.Context, actor adit.Actor) ([]Invite, error)
	Invite(ctx context.Context, actor adit.Actor, r InviteRequest) (NewInvite, error)
	RevokeInvite(ctx context.Context, actor adit.Actor, id string) error
}

// Switch makes an adit a coordinator or no longer one.
type Switch interface {
	Config(ctx context.Context, actor adit.Actor) (Config, error)
	// SetConfig writes the settings and starts or stops the coordinator; an error says which field to mend, and then
	// nothing has changed.
	SetConfig(ctx context.Context, actor adit.Actor, r ConfigRequest) (Config, error)
}

// ShareQuery asks for shares.
type ShareQuery struct {
	Member   string // "" = all
	Outcome  string // "" = all; "rejected" = all that do not count
	After    time.Time
	Limit    int  // more than 0
	Upstream bool // only those that went up
}

// PageQuery asks for a page of a list, the newest first.
type PageQuery struct {
	Limit  int // more than 0
	Before *time.Time
}

// StatementQuery asks for a member's account.
type StatementQuery struct {
	Member   string
	From, To *time.Time // nil = from the beginning, until now
}

// RecordQuery asks for shares of the ledger; zero values are no bound.
type RecordQuery struct {
	FromSeq, ToSeq uint64 // both included; 0 = no bound
	Member         string
}

// Keys of a crew in the live feed. They are absent where none is coordinated.
const (
	KeyCoop   = "coop"        // Glance
	KeyShares = "coop/shares" // the newest submissions, a []Share
)

// liveShares is how many shares the live feed shows.
const liveShares = 30

// Live is what the live feed shows of a crew: nil where there is none, or it cannot be asked now.
func Live(ctx context.Context, actor adit.Actor, s Source) map[string]any {
	if s == nil {
		return nil
	}
	g, err := s.Glance(ctx, actor)
	if err != nil {
		return nil
	}
	g.Tell()
	g.At = time.Time{} // a clock alone is no news
	out := map[string]any{KeyCoop: g}
	if list, err := s.Shares(ctx, actor, ShareQuery{Limit: liveShares}); err == nil {
		out[KeyShares] = list
	}
	return out
}
