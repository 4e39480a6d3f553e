package book

import (
	"context"
	"testing"

	"go.uber.org/goleak"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop/view"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// source is the part of view.Source that a Service is: the coordinator hands it through.
type source interface {
	view.Accounts
	Blocks(ctx context.Context, actor adit.Actor, q view.PageQuery) ([]view.Block, error)
	Rounds(ctx context.Context, actor adit.Actor, q view.PageQuery) ([]view.Round, error)
	Round(ctx context.Context, actor adit.Actor, id string) (view.RoundDetail, error)
	Window(ctx context.Context, actor adit.Actor) (view.Window, error)
	Balances(ctx context.Context, actor adit.Actor) ([]view.Balance, error)
	Statement(ctx context.Context, actor adit.Actor, q view.StatementQuery) (view.Statement, error)
	Verify(ctx context.Context, actor adit.Actor) (view.Check, error)
	Records(ctx context.Context, actor adit.Actor, q view.RecordQuery, yield func(view.Record) error) error
}

var _ source = (*Service)(nil)
