package api

import (
	"context"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/api/body"
)

// counters are what the handlers count of themselves since adit started.
type counters struct {
	sockets  atomic.Int64  // WebSockets open now
	messages atomic.Uint64 // sent over WebSockets

	mu       sync.Mutex
	requests map[requestKind]uint64
	took     [latencies]time.Duration // a ring of the newest
	next     int
	kept     int
}

// requestKind is what requests are told apart by.
type requestKind struct {
	method string
	status int
}

// latencies is how many of the newest requests are averaged.
const latencies = 1000

var methods = map[string]bool{"GET": true, "HEAD": true, "POST": true, "PUT": true, "PATCH": true, "DELETE": true, "OPTIONS": true}

func (c *counters) add(method string, status int, took time.Duration, lasting bool) {
	if !methods[method] {
		method = "other"
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.requests == nil {
		c.requests = map[requestKind]uint64{}
	}
	c.requests[requestKind{method, status}]++
	if lasting { // a feed says nothing of how fast adit answers
		return
	}
	c.took[c.next] = took
	c.next = (c.next + 1) % latencies
	c.kept = min(c.kept+1, latencies)
}

// all is a copy of the requests so far.
func (c *counters) all() map[requestKind]uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := make(map[requestKind]uint64, len(c.requests))
	for k, n := range c.requests {
		out[k] = n
	}
	return out
}

func (c *counters) average() (mean time.Duration, samples int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.kept == 0 {
		return 0, 0
	}
	var sum time.Duration
	for _, d := range c.took[:c.kept] {
		sum += d
	}
	return sum / time.Duration(c.kept), c.kept
}

// counted counts what next answers.
func (s *server) counted(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		sw := &statusWriter{ResponseWriter: w, status: http.StatusOK}
		defer func() {
			lasting := sw.status == http.StatusSwitchingProtocols || sw.lasting
			s.counts.add(r.Method, sw.status, time.Since(began), lasting)
		}()
		next.ServeHTTP(sw, r)
	})
}

// statusWriter remembers the status of an answer.
type statusWriter struct {
	http.ResponseWriter
	status  int
	told    bool
	lasting bool // it is a feed
}

// WriteHeader implements http.ResponseWriter.
func (w *statusWriter) WriteHeader(status int) {
	if !w.told && (status >= 200 || status == http.StatusSwitchingProtocols) {
		w.status, w.told = status, true
	}
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap is what http.ResponseController asks for.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// Flush implements http.Flusher.
func (w *statusWriter) Flush() { _ = http.NewResponseController(w.ResponseWriter).Flush() }

func (s *server) miningMetrics(ctx context.Context, actor adit.Actor, _ *none) (*answer[body.MiningMetrics], error) {
	c, err := s.Telemetry.Counts(ctx, actor)
	if err != nil {
		return nil, err
	}
	out := body.MiningMetrics{
		MinersStarted: c.RunsStarted, MinersStopped: c.RunsEnded, MinersErrored: c.RunsFailed,
		StatsCollected: c.Readings, StatsFailed: c.ReadingsLost,
		WSConnections: int(s.counts.sockets.Load()), WSMessages: s.counts.messages.Load(),
	}
	for k, n := range s.counts.all() {
		out.RequestsTotal += n
		if k.status >= 400 {
			out.RequestsErrored += n
		}
	}
	mean, samples := s.counts.average()
	out.RequestLatencyAvgMS, out.RequestLatencySamples = float64(mean.Microseconds())/1000, samples
	return give(out, nil)
}

func (k requestKind) code() string { return strconv.Itoa(k.status) }
