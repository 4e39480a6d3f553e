package agent

import (
	"context"

	"github.com/adit-mining/adit/agent/proc"
)

// supervisor is what the agent needs of proc.Supervisor.
type supervisor interface {
	Start(ctx context.Context, s proc.Spec) (program, error)
	Adopt(ctx context.Context) ([]program, error)
	Names() ([]string, error)
	End(ctx context.Context, name string) (ended bool, err error)
	Recorded(name string) (proc.Spec, proc.Status, error)
	Tail(name string, limit int) ([]string, error)
}

// program is what the agent needs of a proc.Process.
type program interface {
	Spec() proc.Spec
	Status() proc.Status
	Watch() (proc.Status, <-chan struct{})
	Done() <-chan struct{}
	Close()
	Stop(ctx context.Context) error
	Restart(ctx context.Context, reason string) error
	Quarantine(ctx context.Context, words string) error
	Release(ctx context.Context) error
	Stdin(ctx context.Context, data []byte) error
	Update(ctx context.Context, c proc.Change) error
	Logs(ctx context.Context, after uint64, limit int) ([]proc.Line, error)
	LogMark() (mark proc.LogMark, ok bool)
}

// shims is the real supervisor.
type shims struct{ *proc.Supervisor }

func (s shims) Start(ctx context.Context, spec proc.Spec) (program, error) {
	p, err := s.Supervisor.Start(ctx, spec)
	if err != nil {
		return nil, err // never a nil *Process in an interface
	}
	return p, nil
}

func (s shims) Adopt(ctx context.Context) ([]program, error) {
	ps, err := s.Supervisor.Adopt(ctx)
	out := make([]program, 0, len(ps))
	for _, p := range ps {
		out = append(out, p)
	}
	return out, err
}
