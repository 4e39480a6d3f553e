package worker

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/adit-mining/adit/coop/rpc"
)

// Worker is one machine of the crew. Make one with New, run it once with Run.
type Worker struct {
	o      Options
	client *rpc.Client
	bridge *bridge
	queue  *queue
	helm   *helm
	over   chan string // the coordinator's order to end, with its reason

	mu      sync.Mutex
	st      Status // what does not change by itself; see Status
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
	refused    string    // why it takes nothing from this worker, until it is registered again
}

// restWhy is why the engine shall rest, "" = it shall not.
func (o orders) restWhy(now time.Time) string {
	switch {
	case o.paused:
		return "paused by the coordinator" + after(o.pausedWhy)
	case o.refused != "":
		return o.refused
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
	w := &Worker{o: o, over: make(chan string, 1), away: "not joined yet"}
	w.bridge, w.queue, w.helm = newBridge(w), newQueue(w), newHelm(w)
	o.Client.Handler = crew{w}
	if w.client, err = rpc.NewClient(o.Client); err != nil {
		return nil, err
	}
	now := time.Now().UTC()
	w.st = Status{ID: o.ID, Name: o.Name, Coordinator: w.address(), State: Connecting, Reason: w.away, Since: now, StartedAt: now}
	return w, nil
}

// How long the end may take, part by part.
const (
	stopTime  = 10 * time.Second
	drainTime = 2 * time.Second
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
	all.Go(func() { joined <- w.client.Run(life) }) // says goodbye when life ends

	why, err := "stopped", error(nil)
	select {
	case <-ctx.Done():
	case reason := <-w.over:
		why = "ended by the coordinator" + after(reason)
	case err = <-joined:
		why = "gave up"
	case err = <-broken:
		why = "failed"
	}
	release()
	<-steered
	stopping, cancel := context.WithTimeout(life, stopTime)
	if e := w.helm.stop(stopping); e != nil && err == nil {
		err = e
	}
	cancel()
	w.drain()
	end()
	all.Wait()
	w.mu.Lock()
	w.ended, w.st.Connected = why, false
	w.mu.Unlock()
	w.settle()
	return err
}

// drain waits a moment until what the engine found is handed in.
func (w *Worker) drain() {
	if !w.client.Connected() {
		return
	}
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	limit := time.NewTimer(drainTime)
	defer limit.Stop()
	for w.queue.size() > 0 {
		select {
		case <-tick.C:
		case <-limit.C:
			return
		}
	}
}

// address names the coordinator.
func (w *Worker) address() string { return strings.Join(w.o.Client.Addresses, ", ") }
