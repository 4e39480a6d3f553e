package app

import (
	"context"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop/view"
)

// liveReader is who reads the crew for the live feed; whoever listens was checked before.
var liveReader = adit.Actor{ID: "live", Name: "live feed", Via: "loop", Scopes: []adit.Scope{adit.ScopeRead}}

// coopLive is what the hub's live feed shows of the crew. It is asked while somebody listens, which nobody can before the
// api role is open, and that is after this role.
func (h *House) coopLive() map[string]any {
	if h.coop == nil {
		return nil
	}
	return view.Live(context.Background(), liveReader, h.coop.Crew())
}
