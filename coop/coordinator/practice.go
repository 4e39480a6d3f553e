package coordinator

import (
	"context"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop/view"
)

// Practice pays one atomic unit for each hash that it took, which is worth nothing. It is booked like a pool's credit, so
// that a crew can see its accounts work before money is in them.
const (
	practiceCreditEvery = 10 * time.Minute
	practiceNote        = "practice: one atomic unit for each hash it took; worth nothing"
)

// creditPractice books what practice took, period by period, until ctx ends.
func (c *Coordinator) creditPractice(ctx context.Context) error {
	t := time.NewTicker(practiceCreditEvery)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
		}
		if err := c.creditPeriod(ctx); err != nil && ctx.Err() == nil {
			c.o.Log.Warn("practice's credit of the last minutes was not booked; the next one holds it", "err", err)
		}
	}
}

// creditPeriod books what practice took since the last credit.
func (c *Coordinator) creditPeriod(ctx context.Context) error {
	if !c.practices() {
		return nil
	}
	actor := adit.LocalOwner("loop")
	last, err := c.book.Credits(ctx, actor, view.PageQuery{Limit: 1})
	if err != nil {
		return err
	}
	from, until := uint64(1), time.Now().UTC()
	if len(last) > 0 {
		seq, err := c.ledger.Until(ctx, last[0].Until)
		if err != nil {
			return err
		}
		from = seq + 1
	}
	to, err := c.ledger.Until(ctx, until)
	if err != nil || to < from {
		return err
	}
	work, _, err := c.ledger.Upstream(ctx, from, to)
	if err != nil || work.Hi == 0 && work.Lo == 0 {
		return err
	}
	amount := view.Atomic(work.Lo)
	if work.Hi > 0 {
		amount = 1<<63 - 1
	}
	_, err = c.book.Credit(ctx, actor, view.CreditRequest{Amount: amount, Until: &until, Note: practiceNote})
	return err
}

// practices reports whether practice is what the crew works for now.
func (c *Coordinator) practices() bool {
	if c.sources.practice == nil {
		return false
	}
	for _, l := range c.crew.Status().Lanes {
		return l.Upstream.URL == "practice:"
	}
	return false
}
