package agent

import (
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/agent/proc"
)

// Which selects programs.
type Which string

// The selections of StopPrograms.
const (
	AllPrograms      Which = "all"
	PracticePrograms Which = "practice" // those that mine for practice only
)

// StopPrograms stops running programs together and remembers them as stopped, so that nothing starts by itself next
// time. After AllPrograms this agent starts nothing any more: adit ends. It may be called before Run has taken over what
// an earlier agent left; that is stopped too.
// It returns when all have ended or ctx has; the error names those that did not end.
func (a *Agent) StopPrograms(ctx context.Context, which Which) error {
	if which == AllPrograms {
		a.mu.Lock()
		a.ends = true
		a.mu.Unlock()
	}
	return errors.Join(a.stopAll(ctx, which, "adit ends"), a.save()) // a full disk must not come before the stop
}

// ending reports whether StopPrograms has been called for all.
func (a *Agent) ending() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.ends
}

// stopAll stops the selected programs; the caller saves. Of all, those count too that no unit stands for.
func (a *Agent) stopAll(ctx context.Context, which Which, why string) error {
	var g sync.WaitGroup
	var mu sync.Mutex
	var failed []error
	stop := func(name string, do func() (bool, error)) {
		g.Go(func() {
			ended, err := do()
			if err == nil && ended {
				a.tell(evStopped, info, name, "%s was stopped because %s", name, why)
			}
			mu.Lock()
			defer mu.Unlock()
			failed = append(failed, err)
		})
	}
	var known []string
	for _, u := range a.programs() {
		u.mu.Lock()
		take := which == AllPrograms || u.want.Args.Practice
		u.mu.Unlock()
		known = append(known, u.name)
		if take {
			stop(u.name, func() (bool, error) { return a.halt(ctx, u) })
		}
	}
	if which == AllPrograms {
		names, err := a.sup.Names()
		mu.Lock()
		failed = append(failed, err)
		mu.Unlock()
		for _, name := range names {
			if !slices.Contains(known, name) {
				stop(name, func() (bool, error) { return a.sup.End(ctx, name) })
			}
		}
	}
	all := make(chan struct{})
	go func() { // ends when every stop has, each of which ends with ctx or with the order that is under way
		g.Wait()
		close(all)
	}()
	select {
	case <-all:
	case <-ctx.Done():
		mu.Lock()
		defer mu.Unlock()
		return errors.Join(append(failed, adit.Errorf(adit.Timeout, "not every program has ended yet: %w", context.Cause(ctx)))...)
	}
	a.poke()
	return errors.Join(failed...)
}

// halt ends a program, taken over or not; the caller saves. It reports whether something ran.
func (a *Agent) halt(ctx context.Context, u *unit) (ended bool, err error) {
	u.mu.Lock()
	u.want.Desired, u.failed = wantStopped, ""
	u.mu.Unlock()
	u.order.Lock()
	defer u.order.Unlock()
	u.mu.Lock()
	u.want.Desired, u.failed = wantStopped, "" // an order that was under way may have wished otherwise
	p := u.prog
	u.mu.Unlock()
	if p == nil {
		return a.sup.End(ctx, u.name)
	}
	if err := p.Stop(ctx); err != nil {
		return true, err // the stop goes on; ended sees to the rest
	}
	a.drop(u)
	return true, nil
}

// StopLeft stops what an earlier adit left running on a data directory, where there is no agent to do it, and records
// that nothing shall run. No agent may work on dir meanwhile.
func StopLeft(ctx context.Context, o Options) error {
	sup := &proc.Supervisor{Dir: shimDir(o.Dir), Exe: o.Exe, Root: o.Root, Log: o.Log}
	names, err := sup.Names()
	errs := make([]error, len(names)+2)
	var g sync.WaitGroup
	for i, name := range names {
		g.Go(func() { _, errs[i] = sup.End(ctx, name) })
	}
	g.Wait()
	errs[len(names)] = err
	if len(names) > 0 {
		errs[len(names)+1] = wantNothing(desiredFile(o.Dir))
	}
	return errors.Join(errs...)
}

// wantNothing marks every program on record as stopped; a record that cannot be read is left for the agent.
func wantNothing(path string) error {
	d, err := readDesired(path)
	if err != nil || !slices.ContainsFunc(d.Wants, func(w want) bool { return w.Desired != wantStopped }) {
		return nil
	}
	for i := range d.Wants {
		d.Wants[i].Desired = wantStopped
	}
	return writeDesired(path, d)
}
