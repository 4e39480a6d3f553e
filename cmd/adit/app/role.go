package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/thejerf/suture/v4"

	"github.com/adit-mining/adit"
)

// Role is one part of the house that runs and can fail by itself.
type Role string

// The roles of `adit up`.
const (
	RoleStore    Role = "store"    // database and time series
	RoleBus      Role = "bus"      // messages between hub and agents
	RoleHub      Role = "hub"      // decides, remembers, explains
	RolePractice Role = "practice" // an upstream of our own, idle until asked for
	RoleAgent    Role = "agent"    // runs devices and mining programs here
	RoleAPI      Role = "api"      // people's listener: REST, live feed, web app
	RoleOffice   Role = "office"   // of a coordinator alone: accounts and journal
	RoleCoop     Role = "coop"     // the crew's coordinator, where it is switched on
)

// Service is the running part of a role. Run works until ctx ends; when it returns before, or panics, it is run again
// after a pause that grows. A Service that is also an io.Closer is closed when it has ended for good.
type Service interface {
	Run(ctx context.Context) error
}

// ServiceFunc makes a function a Service.
type ServiceFunc func(ctx context.Context) error

// Run calls the function.
func (f ServiceFunc) Run(ctx context.Context) error { return f(ctx) }

// idle is the Service of a role whose parts run by themselves between open and close.
var idle = ServiceFunc(func(ctx context.Context) error { <-ctx.Done(); return nil })

// part is one row of the table of roles.
type part struct {
	role  Role
	needs []Role
	// open builds the role from what the roles it needs have built; it is called once, after theirs.
	open func(ctx context.Context, h *House) (Service, error)
}

// inOrder returns the parts that the wanted roles need, each after those it needs.
func inOrder(table []part, wanted ...Role) ([]part, error) {
	byRole := map[Role]part{}
	for _, p := range table {
		byRole[p.role] = p
	}
	var out []part
	state := map[Role]int{} // 1 = being visited, 2 = placed
	var visit func(r Role) error
	visit = func(r Role) error {
		p, known := byRole[r]
		switch {
		case !known:
			return adit.Errorf(adit.Internal, "there is no role %q", r)
		case state[r] == 1:
			return adit.Errorf(adit.Internal, "role %q needs itself", r)
		case state[r] == 2:
			return nil
		}
		state[r] = 1
		for _, n := range p.needs {
			if err := visit(n); err != nil {
				return err
			}
		}
		state[r] = 2
		out = append(out, p)
		return nil
	}
	for _, r := range wanted {
		if err := visit(r); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// keeper runs one role under a supervisor of its own, so that one that fails again and again slows nobody else down.
type keeper struct {
	role  Role
	s     Service
	stop  context.CancelFunc
	ended <-chan error
}

// endLimit is how long a role may take to end before it is left behind.
const endLimit = 3 * time.Second

func keep(ctx context.Context, r Role, s Service, log *slog.Logger) *keeper {
	ctx, stop := context.WithCancel(context.WithoutCancel(ctx)) // the house ends roles in its own order
	sup := suture.New(string(r), suture.Spec{
		EventHook:        func(e suture.Event) { tell(log, r, e) },
		FailureThreshold: 3,
		FailureDecay:     30,
		FailureBackoff:   5 * time.Second,
		BackoffJitter:    &suture.DefaultJitter{},
		Timeout:          endLimit,
	})
	sup.Add(served{r, s})
	return &keeper{role: r, s: s, stop: stop, ended: sup.ServeBackground(ctx)}
}

// end stops the role and closes it; it returns within endLimit or a little more.
func (k *keeper) end() error {
	k.stop()
	err := <-k.ended
	if errors.Is(err, context.Canceled) {
		err = nil
	}
	if c, ok := k.s.(interface{ Close() error }); ok {
		err = errors.Join(err, c.Close())
	}
	if err != nil {
		return fmt.Errorf("%s: %w", k.role, err)
	}
	return nil
}

type served struct {
	role Role
	s    Service
}

func (s served) String() string { return string(s.role) }

// Serve turns a return while nobody asked for it into a failure.
func (s served) Serve(ctx context.Context) error {
	err := s.s.Run(ctx)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err == nil:
		return errors.New("it ended by itself")
	}
	return err
}

func tell(log *slog.Logger, r Role, e suture.Event) {
	switch e := e.(type) {
	case suture.EventServicePanic:
		log.Error("a part of adit failed and is started again", "role", r, "reason", e.PanicMsg, "stack", e.Stacktrace)
	case suture.EventServiceTerminate:
		log.Warn("a part of adit failed and is started again", "role", r, "reason", fmt.Sprint(e.Err))
	case suture.EventBackoff:
		log.Error("a part of adit fails again and again: it waits before the next try", "role", r)
	case suture.EventResume:
		log.Info("a part of adit is tried again", "role", r)
	case suture.EventStopTimeout:
		log.Error("a part of adit did not end in time", "role", r)
	}
}
