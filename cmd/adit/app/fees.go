package app

import (
	"context"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/fleet/fee"
	"github.com/adit-mining/adit/fleet/journal"
	"github.com/adit-mining/adit/fleet/telemetry"
)

// loopActor is who looks where no person asked.
func loopActor() adit.Actor { return adit.LocalOwner("loop") }

// newFees makes the ledger of fees over this house's journal and live state.
func (h *House) newFees() *fee.Service {
	return fee.New(fee.Options{DB: h.db, Journal: feeJournal{h.journal}, State: feeState{h.telemetry}, Log: h.o.Log})
}

// feeJournal hands the journal to the ledger.
type feeJournal struct{ j *journal.Service }

// After implements fee.Journal.
func (f feeJournal) After(ctx context.Context, after int64, limit int) ([]fee.Event, error) {
	list, err := f.j.List(ctx, loopActor(), after, limit)
	out := make([]fee.Event, 0, len(list))
	for _, e := range list {
		out = append(out, fee.Event{Seq: e.Seq, At: e.At, Kind: e.Kind, Subject: e.Subject})
	}
	return out, err
}

// feeState hands what runs now to the ledger.
type feeState struct{ t *telemetry.Service }

// Programs implements fee.State.
func (f feeState) Programs(ctx context.Context) ([]fee.Now, error) {
	list, err := f.t.Devices(ctx, loopActor())
	var out []fee.Now
	for _, d := range list {
		if d.Kind != "software" {
			continue
		}
		n := fee.Now{Device: d.ID, Name: d.Name, Program: d.Driver, Percent: d.FeePercent,
			Hashing: !d.Stale && d.Hashrate != nil && *d.Hashrate > 0}
		if d.Fee != nil && d.Fee.Active != nil {
			n.Shows, n.Active = true, *d.Fee.Active
		}
		out = append(out, n)
	}
	return out, err
}
