package worker

import (
	"math"
	"runtime"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop/coopv1"
	"github.com/adit-mining/adit/stratum"
	"github.com/adit-mining/adit/stratum/jsonline"
)

// crew is the worker as its connection to the coordinator sees it: an rpc.Handler.
type crew struct{ *Worker }

// Hello implements rpc.Handler.
func (w crew) Hello() *coopv1.RegisterRequest {
	return &coopv1.RegisterRequest{
		WorkerId: w.o.ID, WorkerName: w.o.Name, Threads: int32(min(w.threads(), mostThreads)), Version: "adit/" + adit.Version,
		Os: runtime.GOOS, Arch: runtime.GOARCH, Capabilities: []string{stratum.NonceOffset},
		Algos: []string{string(adit.RandomX)}, AnyNonceOffset: true,
	}
}

// Registered implements rpc.Handler.
func (w crew) Registered(r *coopv1.RegisterResponse) {
	w.mu.Lock()
	w.st.Connected, w.st.Member = true, jsonline.Clip(r.GetMember())
	w.st.Joins++
	w.away, w.refusal = "", ""
	w.orders.alone, w.orders.refused = false, ""
	w.mu.Unlock()
	w.o.Log.Info("joined", "coordinator", w.address(), "worker", r.GetAssignedId())
	w.take(r.GetConfig())
	w.settle()
}

const mostThreads = 1024

// take makes the coordinator's settings those of this worker.
func (w *Worker) take(c *coopv1.ClusterConfig) {
	if c == nil {
		return
	}
	w.mu.Lock()
	if name := jsonline.Clip(c.GetClusterName()); name != "" {
		w.st.Cluster = name
	}
	w.orders.jobTimeout = time.Duration(max(c.GetJobTimeoutMs(), 0)) * time.Millisecond
	w.orders.threads = nil
	if n := int(c.GetThreads()); c.Threads != nil && n >= 0 && n <= mostThreads {
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

// Job implements rpc.Handler.
func (w crew) Job(m *coopv1.JobMessage) {
	noWork := ""
	if m.GetIdle() {
		if noWork = jsonline.Clip(m.GetIdleReason()); noWork == "" {
			noWork = "the coordinator waits for work"
		}
	} else if j, err := jobOf(m); err != nil {
		noWork = "the coordinator sent work that cannot be mined: " + jsonline.Clip(err.Error())
		w.o.Log.Warn("work that cannot be mined", "job", jsonline.Clip(m.GetJobId()), "err", err)
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

// Beat implements rpc.Handler; what is not known is left out.
func (w crew) Beat() *coopv1.HeartbeatRequest {
	accepted, rejected, stale, _, _, _ := w.queue.counts()
	w.mu.Lock()
	defer w.mu.Unlock()
	h := &coopv1.HeartbeatRequest{SharesValid: accepted, SharesInvalid: rejected + stale, UptimeMs: time.Since(w.st.StartedAt).Milliseconds()}
	if state, reason := w.judge(); state == Resting || state == Waiting {
		h.Paused, h.PausedReason = true, reason
	}
	r := w.reading
	if r == nil {
		return h
	}
	if r.Hashrate != nil && finite(float64(*r.Hashrate)) {
		v := float64(*r.Hashrate)
		h.Hashrate = &v
	}
	if r.HashesTotal != nil {
		h.HashesTotal = *r.HashesTotal
	}
	h.CpuUsage, h.MemoryUsage = narrow(r.CPU), narrow(r.Memory)
	if r.Temperature != nil {
		v := float64(*r.Temperature)
		h.Temperature = narrow(&v)
	}
	h.Threads = int32(min(max(r.Threads, 0), mostThreads))
	return h
}

func finite(f float64) bool { return !math.IsNaN(f) && !math.IsInf(f, 0) }

func narrow(p *float64) *float32 {
	if p == nil || !finite(*p) {
		return nil
	}
	v := float32(*p)
	return &v
}

// Command implements rpc.Handler.
func (w crew) Command(c coopv1.WorkerCommand, config *coopv1.ClusterConfig, why string) {
	switch c {
	case coopv1.WorkerCommand_COMMAND_PAUSE, coopv1.WorkerCommand_COMMAND_RESUME:
		pause := c == coopv1.WorkerCommand_COMMAND_PAUSE
		w.mu.Lock()
		news := w.orders.paused != pause
		w.orders.paused, w.orders.pausedWhy = pause, why
		w.mu.Unlock()
		if news {
			w.o.Log.Info("an order of the coordinator", "pause", pause, "reason", why)
		}
	case coopv1.WorkerCommand_COMMAND_UPDATE_CONFIG:
		w.o.Log.Info("an order of the coordinator", "config", "changed", "reason", why)
		w.take(config)
	case coopv1.WorkerCommand_COMMAND_SHUTDOWN:
		select {
		case w.over <- why:
		default: // it ends already
		}
	}
	w.helm.wake()
	w.settle()
}

// Lost implements rpc.Handler.
func (w crew) Lost(err error, _ time.Duration) {
	words, refused := jsonline.Clip(err.Error()), false
	switch adit.CodeOf(err) {
	case adit.Forbidden, adit.Invalid, adit.Unauthorized, adit.Unsupported, adit.Conflict:
		refused = true
	}
	w.mu.Lock()
	w.st.Connected = false
	news := w.away != words
	w.away, w.refusal = words, ""
	if refused {
		w.refusal, w.orders.refused = words, words
	}
	w.orders.alone = true
	w.mu.Unlock()
	if news {
		w.o.Log.Warn("not with the coordinator", "coordinator", w.address(), "reason", words)
	}
	w.helm.wake()
	w.settle()
}
