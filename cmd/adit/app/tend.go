package app

import (
	"context"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/fleet/command"
	"github.com/adit-mining/adit/fleet/telemetry/view"
)

// How often the practice programs are looked at, and how long one gets to follow before it is told again.
const (
	tendEvery = time.Second
	tellAgain = 10 * time.Second
)

// tendPractice keeps practice and its programs together until ctx ends: where a practice program is meant to run (one
// that outlived the adit before, say) practice listens, and a program whose pool moved is told the new one. No restart.
func (h *House) tendPractice(ctx context.Context) error {
	t := time.NewTicker(tendEvery)
	defer t.Stop()
	told := map[string]time.Time{}
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
			h.tendOnce(ctx, told)
		}
	}
}

func (h *House) tendOnce(ctx context.Context, told map[string]time.Time) {
	for _, d := range h.Programs(ctx) {
		if !d.Practice || d.Desired == "stopped" || h.practice.calledOff() {
			continue
		}
		url, err := h.practice.Start(ctx)
		if err != nil {
			h.o.Log.Warn("practice cannot listen", "err", err)
			return
		}
		if !movedAway(d, url) || time.Since(told[d.ID]) < tellAgain {
			continue
		}
		told[d.ID] = time.Now()
		if err := h.commands.MovePractice(ctx, loop(), command.Target{Rig: adit.RigID(d.Rig), Name: d.Name}, url); err != nil && ctx.Err() == nil {
			h.o.Log.Warn("a practice program could not be told that practice moved", "program", d.Name, "err", err)
			continue
		}
		h.o.Log.Info("practice moved: its program follows without a restart", "program", d.Name, "pool", url)
	}
}

// movedAway reports whether a program works for another address than practice has now; false where that is unknown.
func movedAway(d view.Device, url string) bool {
	return d.Pool != nil && d.Pool.URL != "" && d.Pool.URL != url
}

// loop is the actor of what the house does by itself.
func loop() adit.Actor {
	return adit.Actor{ID: "adit", Name: "adit", Via: "loop", Scopes: []adit.Scope{adit.ScopeRead, adit.ScopeControl}}
}
