package worker

import (
	"context"
	"fmt"
	"sync"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop/coopv1"
	"github.com/adit-mining/adit/stratum"
)

// Worker is one machine of the crew. Make one with New, run it once with Run.
type Worker struct {
	o      Options
	client coopv1.CoopMineClient
	bridge *bridge
	queue  *queue
	helm   *helm
	over   chan string // the coordinator's order to end, with its reason

	mu      sync.Mutex
	st      Status   // what does not change by itself; see Status
	sess    *session // nil while not registered
	orders  orders
	reading *Reading
	trouble string // why the engine cannot be started
	refusal string // why the coordinator does not take this worker
	away    string // why it is not connected
	ended   string
}

// orders are what the coordinator wants of this worker. They are kept under Worker.mu.
type orders struct {
	paused     bool
	pausedWhy  string
	noWork     string // why there is no work, "" = there is, or was never any
	threads    *int   // nil = the worker's own choice
	jobTimeout time.Duration
	jobCame    time.Time // of the newest work
	alone      bool      // the coordinator is away, so that nobody says that the work has ended
}

// restWhy is why the engine shall rest, "" = it shall not.
func (o orders) restWhy(now time.Time) string {
	switch {
	case o.paused:
		return "paused by the coordinator" + after(o.pausedWhy)
	case o.alone && o.jobTimeout > 0 && !o.jobCame.IsZero() && now.Sub(o.jobCame) > o.jobTimeout:
		return "the coordinator is away and its last work is too old to be worth mining"
	}
	return ""
}

func after(why string) string {
	if why == "" {
		return ""
	}
	return ": " + why
}

// New checks the options. Nothing runs before Run.
func New(o Options) (*Worker, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	w := &Worker{o: o, client: coopv1.NewCoopMineClient(o.Conn), over: make(chan string, 1), away: "not joined yet"}
	w.bridge, w.queue, w.helm = newBridge(w), newQueue(w), newHelm(w)
	now := time.Now().UTC()
	w.st = Status{ID: o.ID, Name: o.Name, Coordinator: o.Address, State: Connecting, Reason: w.away, Since: now, StartedAt: now}
	return w, nil
}

// How long the end may take, part by part.
const (
	stopTime  = 10 * time.Second
	drainTime = 2 * time.Second
	leaveTime = 2 * time.Second
)

// Run mines for the coordinator until ctx ends or the coordinator orders the end (nil). Then it stops the engine, hands
// in what is left and leaves the crew in good order. It fails where it gave up after Options.Attempts failures.
func (w *Worker) Run(ctx context.Context) error {
	if err := w.bridge.listen(); err != nil {
		return err
	}
	life, end := context.WithCancel(context.WithoutCancel(ctx))
	var all sync.WaitGroup
	broken := make(chan error, 2)
	all.Go(func() {
		if err := w.bridge.serve(life); err != nil {
			broken <- err
		}
	})
	all.Go(func() { w.queue.run(life) })
	steering, release := context.WithCancel(life)
	steered := make(chan struct{})
	all.Go(func() { w.helm.run(steering); close(steered) })
	joined := make(chan error, 1)
	all.Go(func() { joined <- w.join(life) })

	why, err := "stopped", error(nil)
	select {
	case <-ctx.Done():
	case reason := <-w.over:
		why = "ended by the coordinator" + after(reason)
	case err = <-joined:
	case err = <-broken:
	}
	release()
	<-steered
	stopping, cancel := context.WithTimeout(life, stopTime)
	if e := w.helm.stop(stopping); e != nil && err == nil {
		err = e
	}
	cancel()
	w.leave(life, why)
	end()
	all.Wait()
	w.mu.Lock()
	w.ended, w.st.Connected = why, false
	w.mu.Unlock()
	w.settle()
	return err
}

// leave hands in what is left and unregisters.
func (w *Worker) leave(ctx context.Context, why string) {
	s := w.session()
	if s == nil {
		return
	}
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for limit := time.After(drainTime); w.queue.size() > 0; {
		select {
		case <-tick.C:
			continue
		case <-limit:
		}
		break
	}
	ctx, cancel := context.WithTimeout(ctx, leaveTime)
	defer cancel()
	if _, err := w.client.Unregister(ctx, &coopv1.UnregisterRequest{WorkerId: s.id, Session: s.token}); err != nil {
		w.o.Log.Info("the coordinator was not told of the end", "reason", why, "err", err)
	}
}

// session is the registration in force, nil where there is none.
func (w *Worker) session() *session {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.sess
}

// refusedPause is about how long a coordinator that refused is left alone, and how long a registration must have held
// to count as one.
const (
	refusedPause = 20 * time.Second
	heldFor      = 10 * time.Second
)

// join registers and works, again and again, until ctx ends (nil) or it gave up.
func (w *Worker) join(ctx context.Context) error {
	quick := stratum.Backoff{Least: min(250*time.Millisecond, w.o.Pause), Most: w.o.Pause, Rand: w.o.Rand}
	slow := stratum.Backoff{Least: refusedPause, Most: refusedPause, Rand: w.o.Rand}
	failures := 0
	for ctx.Err() == nil {
		began := time.Now()
		err := w.sit(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if failures++; time.Since(began) > heldFor {
			failures = 1
		}
		pause := quick.Wait(failures - 1)
		refused := final(err)
		if refused {
			pause = refusedPause/2 + slow.Wait(0)
		}
		w.parted(err, refused)
		if w.o.Attempts > 0 && failures >= w.o.Attempts {
			return adit.Errorf(adit.CodeOf(err), "gave up after %d tries: %w", failures, err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(pause):
		}
		w.o.Conn.ResetConnectBackoff()
	}
	return nil
}

// final reports whether trying again at once is of no use.
func final(err error) bool {
	if code := adit.CodeOf(err); code == adit.Refused || code == adit.Conflict {
		return true
	}
	switch status.Code(err) {
	case codes.Unauthenticated, codes.PermissionDenied, codes.FailedPrecondition, codes.InvalidArgument, codes.Unimplemented, codes.AlreadyExists, codes.Aborted:
		return true
	}
	return false
}

// parted notes that there is no registration now, and why.
func (w *Worker) parted(err error, refused bool) {
	words := clip(w.words(err))
	w.mu.Lock()
	w.st.Connected = false
	news := w.away != words
	w.away, w.refusal = words, ""
	if refused {
		w.refusal = words
	}
	w.orders.alone = true
	w.mu.Unlock()
	if news {
		w.o.Log.Warn("not with the coordinator", "coordinator", w.o.Address, "reason", words)
	}
	w.helm.wake()
	w.settle()
}

// words are an error's as people read them.
func (w *Worker) words(err error) string {
	if _, coded := adit.AsError(err); coded {
		return err.Error()
	}
	told := w.o.Explain(err)
	if s, ok := status.FromError(told); ok {
		switch s.Code() {
		case codes.Unavailable:
			return fmt.Sprintf("%s does not answer: %s", w.o.Address, s.Message())
		case codes.DeadlineExceeded:
			return fmt.Sprintf("%s does not answer in time", w.o.Address)
		}
		return s.Message()
	}
	return told.Error()
}
