package worker

import (
	"context"
	"time"
)

// helm makes the engine follow what is wanted of it, from one goroutine.
type helm struct {
	w     *Worker
	again chan struct{}

	started  bool
	running  Settings
	rests    *bool // what it was told last; nil = nothing since it was started
	restsWhy string
}

func newHelm(w *Worker) *helm { return &helm{w: w, again: make(chan struct{}, 1)} }

// wake has it look at once.
func (h *helm) wake() {
	select {
	case h.again <- struct{}{}:
	default:
	}
}

// warmEvery is how often an engine that does not hash yet is looked at.
const warmEvery = 2 * time.Second

// readTime is how long the engine may take to say how it is.
const readTime = 10 * time.Second

// run steers until ctx ends.
func (h *helm) run(ctx context.Context) {
	for {
		h.steer(ctx)
		pause := h.w.o.Every
		if h.started && !h.hashes() {
			pause = min(pause, warmEvery)
		}
		t := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			t.Stop()
			return
		case <-h.again:
		case <-t.C:
		}
		t.Stop()
	}
}

func (h *helm) hashes() bool {
	h.w.mu.Lock()
	defer h.w.mu.Unlock()
	return h.w.reading != nil && h.w.reading.Hashrate != nil
}

// steer takes one look and does what it asks for.
func (h *helm) steer(ctx context.Context) {
	w := h.w
	w.mu.Lock()
	why := w.orders.restWhy(time.Now())
	if why == "" {
		why = w.orders.noWork
	}
	w.mu.Unlock()
	if w.bridge.newest() != nil {
		h.follow(ctx, why)
	}
	if h.started && ctx.Err() == nil {
		h.read(ctx)
	}
	w.settle()
}

// follow starts the engine, or changes it over, and has it rest or go on.
func (h *helm) follow(ctx context.Context, why string) {
	w := h.w
	want := w.bridge.settings(w.threads())
	if !h.started && why != "" {
		return // nothing to do for it: it is not even started
	}
	if !h.started || want != h.running {
		if err := w.o.Engine.Start(ctx, want); err != nil {
			h.note(err.Error())
			return
		}
		h.started, h.running, h.rests = true, want, nil
	}
	rest := why != ""
	if h.rests == nil && !rest || h.rests != nil && *h.rests == rest && h.restsWhy == why {
		h.note("")
		return
	}
	if err := w.o.Engine.Rest(ctx, rest, why); err != nil {
		h.note(err.Error())
		return
	}
	h.rests, h.restsWhy = &rest, why
	h.note("")
}

// note keeps why the engine does not follow, and says so once.
func (h *helm) note(words string) {
	w := h.w
	w.mu.Lock()
	news := words != "" && words != w.trouble
	w.trouble = words
	w.mu.Unlock()
	if news {
		w.o.Log.Error("the engine does not follow", "reason", words)
	}
}

// read asks the engine how it is; one that does not answer is unknown.
func (h *helm) read(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, readTime)
	defer cancel()
	r, err := h.w.o.Engine.Read(ctx)
	h.w.mu.Lock()
	defer h.w.mu.Unlock()
	if err != nil {
		h.w.reading = &Reading{Why: err.Error()}
		return
	}
	h.w.reading = &r
}

// stop ends the engine; run has returned.
func (h *helm) stop(ctx context.Context) error {
	if !h.started {
		return nil
	}
	h.started = false
	return h.w.o.Engine.Stop(ctx)
}
