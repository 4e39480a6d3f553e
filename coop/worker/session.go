package worker

import (
	"context"
	"errors"
	"io"
	"runtime"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop/coopv1"
	"github.com/adit-mining/adit/stratum"
)

// session is one registration with the coordinator.
type session struct {
	w     *Worker
	id    string // by which the coordinator knows the worker
	token string
	every time.Duration // between heartbeats
	beat  chan struct{} // holds one when a heartbeat is due at once
	cut   context.CancelCauseFunc
}

// Bounds of what a coordinator may ask for.
const (
	callTime   = 10 * time.Second
	leastBeat  = 500 * time.Millisecond
	mostBeat   = 10 * time.Minute
	usualBeat  = 30 * time.Second
	mostThread = 1024
)

// sit registers and works until that ends, with its cause.
func (w *Worker) sit(ctx context.Context) error {
	s, first, err := w.register(ctx)
	if err != nil {
		return err
	}
	ctx, s.cut = context.WithCancelCause(ctx)
	defer s.cut(nil)
	w.mu.Lock()
	w.sess = s
	w.st.Connected = true
	w.st.Joins++
	w.away, w.refusal = "", ""
	w.orders.alone = false
	w.mu.Unlock()
	defer s.drop()
	w.o.Log.Info("joined", "coordinator", w.o.Address, "worker", s.id)
	if first != nil {
		w.work(first)
	}
	w.queue.wake()
	w.settle()
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return s.stream(ctx) })
	g.Go(func() error { return s.beats(ctx) })
	err = g.Wait()
	if cause := context.Cause(ctx); cause != nil && !errors.Is(cause, context.Canceled) {
		err = cause
	}
	return err
}

// fail ends the registration because a call said that it is none any more.
func (s *session) fail(err error) {
	s.drop()
	s.cut(err)
}

func (s *session) drop() {
	s.w.mu.Lock()
	defer s.w.mu.Unlock()
	if s.w.sess == s {
		s.w.sess = nil
	}
}

func (w *Worker) register(ctx context.Context) (*session, *coopv1.JobMessage, error) {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	r, err := w.client.Register(ctx, &coopv1.RegisterRequest{
		WorkerId: w.o.ID, WorkerName: w.o.Name, Threads: int32(min(w.threads(), mostThread)), Version: "adit/" + adit.Version,
		Os: runtime.GOOS, Arch: runtime.GOARCH, Capabilities: []string{stratum.NonceOffset},
		Algos: []string{string(adit.RandomX)}, AnyNonceOffset: true,
	})
	if err != nil {
		return nil, nil, err
	}
	if !r.GetSuccess() {
		why := clip(r.GetMessage())
		if why == "" {
			why = "it gave no reason"
		}
		return nil, nil, adit.Errorf(adit.Refused, "the coordinator did not take this worker: %s", why)
	}
	s := &session{w: w, id: r.GetAssignedId(), token: r.GetSession(), every: usualBeat, beat: make(chan struct{}, 1)}
	if s.id == "" {
		s.id = w.o.ID
	}
	w.mu.Lock()
	w.st.Member = clip(r.GetMember())
	w.mu.Unlock()
	s.take(r.GetConfig())
	return s, r.GetCurrentJob(), nil
}

// take makes the coordinator's settings those of this worker.
func (s *session) take(c *coopv1.ClusterConfig) {
	if c == nil {
		return
	}
	w := s.w
	if ms := c.GetHeartbeatIntervalMs(); ms > 0 {
		s.every = min(max(time.Duration(ms)*time.Millisecond, leastBeat), mostBeat)
	}
	w.mu.Lock()
	w.st.Cluster = clip(c.GetClusterName())
	w.orders.jobTimeout = time.Duration(max(c.GetJobTimeoutMs(), 0)) * time.Millisecond
	w.orders.threads = nil
	if n := int(c.GetThreads()); c.Threads != nil && n >= 0 && n <= mostThread {
		w.orders.threads = &n
	}
	w.mu.Unlock()
	w.helm.wake()
}

// threads are how many shall hash, 0 = the engine's own choice. The coordinator may ask for fewer than the owner set, or
// say a number where the owner said none; it may not ask for more.
func (w *Worker) threads() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	own, asked := w.o.Threads, w.orders.threads
	switch {
	case asked == nil || *asked == 0:
		return own
	case own == 0:
		return min(*asked, runtime.NumCPU())
	}
	return min(*asked, own)
}

// stream takes jobs until the stream ends.
func (s *session) stream(ctx context.Context) error {
	st, err := s.w.client.StreamJobs(ctx, &coopv1.StreamJobsRequest{WorkerId: s.id, Session: s.token})
	if err != nil {
		return err
	}
	for {
		m, err := st.Recv()
		switch {
		case errors.Is(err, io.EOF):
			return adit.Errorf(adit.Unreachable, "the coordinator ended the stream of jobs")
		case err != nil:
			return err
		}
		s.w.work(m)
	}
}

// work takes one message of the stream of jobs.
func (w *Worker) work(m *coopv1.JobMessage) {
	noWork := ""
	if m.GetIdle() {
		if noWork = clip(m.GetIdleReason()); noWork == "" {
			noWork = "the coordinator waits for work"
		}
	} else if j, err := jobOf(m); err != nil {
		noWork = "the coordinator sent work that cannot be mined: " + clip(err.Error())
		w.o.Log.Warn("work that cannot be mined", "job", clip(m.GetJobId()), "err", err)
	} else {
		w.bridge.set(j, m.GetCleanJobs())
	}
	w.mu.Lock()
	w.orders.noWork = noWork
	if noWork == "" {
		w.orders.jobCame = time.Now()
	}
	w.mu.Unlock()
	w.helm.wake()
	w.settle()
}

// beats tells how the worker is until a call fails.
func (s *session) beats(ctx context.Context) error {
	t := time.NewTimer(0)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-t.C:
		case <-s.beat:
		}
		if err := s.tell(ctx); err != nil {
			return err
		}
		t.Reset(s.every)
	}
}

// tell is one heartbeat.
func (s *session) tell(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	a, err := s.w.client.Heartbeat(ctx, s.w.heartbeat(s))
	if err != nil {
		return err
	}
	if !a.GetSuccess() {
		return adit.Errorf(adit.Unreachable, "the coordinator does not know this worker any more%s", after(clip(a.GetMessage())))
	}
	s.obey(a)
	return nil
}

// heartbeat is what the worker says of itself; what is not known is left out.
func (w *Worker) heartbeat(s *session) *coopv1.HeartbeatRequest {
	accepted, rejected, stale, _, _, _ := w.queue.counts()
	w.mu.Lock()
	defer w.mu.Unlock()
	h := &coopv1.HeartbeatRequest{
		WorkerId: s.id, Session: s.token, SharesValid: accepted, SharesInvalid: rejected + stale,
		UptimeMs: time.Since(w.st.StartedAt).Milliseconds(),
	}
	state, reason := w.judge()
	if state == Resting || state == Waiting {
		h.Paused, h.PausedReason = true, reason
	}
	r := w.reading
	if r == nil {
		return h
	}
	if r.Hashrate != nil {
		v := float64(*r.Hashrate)
		h.Hashrate = &v
	}
	if r.HashesTotal != nil {
		h.HashesTotal = *r.HashesTotal
	}
	h.CpuUsage, h.MemoryUsage = float(r.CPU), float(r.Memory)
	if r.Temperature != nil {
		v := float32(*r.Temperature)
		h.Temperature = &v
	}
	h.Threads = int32(r.Threads)
	return h
}

func float(p *float64) *float32 {
	if p == nil {
		return nil
	}
	v := float32(*p)
	return &v
}

// obey does what the answer to a heartbeat asks for.
func (s *session) obey(a *coopv1.HeartbeatResponse) {
	w, why := s.w, clip(strings.TrimSpace(a.GetMessage()))
	switch a.GetCommand() {
	case coopv1.WorkerCommand_COMMAND_PAUSE, coopv1.WorkerCommand_COMMAND_RESUME:
		pause := a.GetCommand() == coopv1.WorkerCommand_COMMAND_PAUSE
		w.mu.Lock()
		news := w.orders.paused != pause
		w.orders.paused, w.orders.pausedWhy = pause, why
		w.mu.Unlock()
		if news {
			w.o.Log.Info("an order of the coordinator", "pause", pause, "reason", why)
			s.soon()
		}
	case coopv1.WorkerCommand_COMMAND_UPDATE_CONFIG:
		w.o.Log.Info("an order of the coordinator", "config", "changed", "reason", why)
		s.take(a.GetConfig())
	case coopv1.WorkerCommand_COMMAND_SHUTDOWN:
		select {
		case w.over <- why:
		default: // it ends already
		}
	}
	w.helm.wake()
	w.settle()
}

// soon asks for a heartbeat at once, so that the coordinator sees its order obeyed.
func (s *session) soon() {
	select {
	case s.beat <- struct{}{}:
	default:
	}
}
