package main

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// options of the miners.
type options struct {
	connect, control string
	pid, n, jobs     int
	difficulty       uint64
	up               bool
	closed, open     time.Duration
	idle             time.Duration
	rate             int
	storm            bool
}

// result is the line that is printed. Times in milliseconds, CPU in microseconds, memory in bytes; 0 = not measured.
type result struct {
	Miners        int     `json:"miners"`
	LoginSeconds  float64 `json:"login_s"`
	LoginCPU      float64 `json:"login_cpu_s"`
	RSSBefore     int     `json:"rss_before"`
	RSS           int     `json:"rss"`
	Peak          int     `json:"rss_peak"`
	IdleCPU       float64 `json:"idle_cpu_percent"`
	JobMedian     float64 `json:"job_median_ms"`
	JobP99        float64 `json:"job_p99_ms"`
	JobLast       float64 `json:"job_last_ms"`
	JobLastWorst  float64 `json:"job_last_worst_ms"`
	JobCPU        float64 `json:"job_cpu_ms"`
	SharesPerSec  float64 `json:"shares_per_s"`
	ShareCPU      float64 `json:"share_cpu_us"`
	ClosedP50     float64 `json:"closed_p50_ms"`
	ClosedP99     float64 `json:"closed_p99_ms"`
	OpenPerSec    float64 `json:"open_per_s"`
	OpenP50       float64 `json:"open_p50_ms"`
	OpenP99       float64 `json:"open_p99_ms"`
	OpenMax       float64 `json:"open_max_ms"`
	OpenCPU       float64 `json:"open_share_cpu_us"`
	StormSeconds  float64 `json:"storm_s,omitempty"`
	Accepted      int64   `json:"accepted"`
	Refused       int64   `json:"refused"`
	Dropped       int64   `json:"dropped"`
	UpstreamCount string  `json:"upstream_connections"`
}

func runMiners(ctx context.Context, args []string) error {
	var o options
	fs := flag.NewFlagSet("miners", flag.ContinueOnError)
	fs.StringVar(&o.connect, "connect", "127.0.0.1:3333", "the port under load")
	fs.StringVar(&o.control, "control", "127.0.0.1:4445", "of the fake pool")
	fs.IntVar(&o.pid, "pid", 0, "of the process under load, for its CPU and memory; 0: not measured")
	fs.IntVar(&o.n, "n", 10000, "how many miners; one process holds fewer than 20,000")
	fs.IntVar(&o.jobs, "jobs", 8, "how many jobs are sent to all")
	fs.Uint64Var(&o.difficulty, "difficulty", 5000, "each login ends in +N; 0: it does not")
	fs.BoolVar(&o.up, "up", false, "every share meets the pool's difficulty, too")
	fs.DurationVar(&o.closed, "closed", 8*time.Second, "closed loop: each answer leads to the next share")
	fs.DurationVar(&o.open, "open", 8*time.Second, "open loop at the rate")
	fs.DurationVar(&o.idle, "idle", 3*time.Second, "how long nothing happens")
	fs.IntVar(&o.rate, "rate", 4000, "shares per second of the open loop")
	fs.BoolVar(&o.storm, "storm", false, "at the end all connections break and come back at once")
	if err := fs.Parse(args); err != nil {
		return err
	}
	l := &load{o: o}
	r, err := l.run(ctx)
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(r)
}

// load is all miners together.
type load struct {
	o      options
	miners []*miner
	read   sync.WaitGroup

	began time.Time // of the process: times are kept relative to it

	accepted, refused, dropped atomic.Int64
	again                      atomic.Bool // closed loop
	ending                     atomic.Bool
	round                      atomic.Pointer[round]
}

// round is one broadcast.
type round struct {
	after int64 // ns since 1970: older jobs are not of it
	got   atomic.Int64
	times []int64
	done  chan struct{}
}

func (l *load) run(ctx context.Context) (*result, error) {
	r := &result{}
	before, err := usageOf(l.o.pid)
	if err != nil {
		return nil, err
	}
	r.RSSBefore = before.rss
	l.began = time.Now()
	if err := l.login(ctx); err != nil {
		return nil, err
	}
	r.LoginSeconds = time.Since(l.began).Seconds()
	now, err := usageOf(l.o.pid)
	if err != nil {
		return nil, err
	}
	r.Miners, r.LoginCPU = len(l.miners), (now.cpu - before.cpu).Seconds()
	wait(ctx, l.o.idle)
	idle, err := usageOf(l.o.pid)
	if err != nil {
		return nil, err
	}
	r.RSS = idle.rss
	r.IdleCPU = 100 * (idle.cpu - now.cpu).Seconds() / max(l.o.idle.Seconds(), 1e-9)
	for _, phase := range []func(context.Context, *result) error{l.broadcasts, l.closedLoop, l.openLoop} {
		if err := phase(ctx, r); err != nil {
			return nil, err
		}
	}
	if l.o.storm {
		if err := l.comeBack(ctx, r); err != nil {
			return nil, err
		}
	}
	end, err := usageOf(l.o.pid)
	if err != nil {
		return nil, err
	}
	r.Peak = end.peak
	r.Accepted, r.Refused, r.Dropped = l.accepted.Load(), l.refused.Load(), l.dropped.Load()
	l.hangUp()
	return r, ctx.Err()
}

func (l *load) hangUp() {
	l.ending.Store(true)
	for _, m := range l.miners {
		m.conn.Close()
	}
	l.read.Wait()
}

// login connects all, 200 at a time.
func (l *load) login(ctx context.Context) error {
	l.miners = make([]*miner, l.o.n)
	errs := make(chan error, l.o.n)
	next := atomic.Int64{}
	var all sync.WaitGroup
	for range 200 {
		all.Go(func() {
			for i := int(next.Add(1)) - 1; i < l.o.n && ctx.Err() == nil; i = int(next.Add(1)) - 1 {
				m, err := l.dial(ctx, i)
				if err != nil {
					errs <- err
					return
				}
				l.miners[i] = m
			}
		})
	}
	all.Wait()
	select {
	case err := <-errs:
		return err
	default:
	}
	for _, m := range l.miners {
		l.read.Go(m.read)
	}
	return ctx.Err()
}

// broadcasts measures from the pool's sending of a job to the last miner's Read.
func (l *load) broadcasts(ctx context.Context, r *result) error {
	if l.o.jobs == 0 {
		return nil
	}
	ctl, err := net.Dial("tcp", l.o.control)
	if err != nil {
		return err
	}
	defer ctl.Close()
	in := bufio.NewReader(ctl)
	var medians, p99s, lasts []float64
	before, err := usageOf(l.o.pid)
	if err != nil {
		return err
	}
	for range l.o.jobs {
		w := &round{after: time.Now().UnixNano(), times: make([]int64, len(l.miners)), done: make(chan struct{})}
		l.round.Store(w)
		fmt.Fprintln(ctl, "job")
		if r.UpstreamCount, err = in.ReadString('\n'); err != nil {
			return err
		}
		r.UpstreamCount = strings.TrimSpace(r.UpstreamCount)
		select {
		case <-w.done:
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(10 * time.Second):
			return fmt.Errorf("a job reached %d of %d miners in 10 s", w.got.Load(), len(l.miners))
		}
		slices.Sort(w.times)
		medians, p99s, lasts = append(medians, ms(at(w.times, 0.5))), append(p99s, ms(at(w.times, 0.99))), append(lasts, ms(at(w.times, 1)))
		wait(ctx, 300*time.Millisecond)
	}
	after, err := usageOf(l.o.pid)
	if err != nil {
		return err
	}
	l.round.Store(nil)
	slices.Sort(medians)
	slices.Sort(p99s)
	slices.Sort(lasts)
	r.JobMedian, r.JobP99, r.JobLast, r.JobLastWorst = at(medians, 0.5), at(p99s, 0.5), at(lasts, 0.5), lasts[len(lasts)-1]
	r.JobCPU = ms(int64(after.cpu-before.cpu)) / float64(l.o.jobs)
	return nil
}

// closedLoop has every miner hand in a share at each answer.
func (l *load) closedLoop(ctx context.Context, r *result) error {
	if l.o.closed == 0 {
		return nil
	}
	l.forget()
	l.again.Store(true)
	for _, m := range l.miners {
		m.submit()
	}
	wait(ctx, time.Second) // warm
	before, err := usageOf(l.o.pid)
	if err != nil {
		return err
	}
	first, began := l.accepted.Load(), time.Now()
	wait(ctx, l.o.closed)
	after, err := usageOf(l.o.pid)
	if err != nil {
		return err
	}
	n := float64(l.accepted.Load() - first)
	r.SharesPerSec = n / time.Since(began).Seconds()
	r.ShareCPU = (after.cpu - before.cpu).Seconds() * 1e6 / max(n, 1)
	l.again.Store(false)
	wait(ctx, 2*time.Second)
	trips := l.forget()
	r.ClosedP50, r.ClosedP99 = ms(at(trips, 0.5)), ms(at(trips, 0.99))
	return nil
}

// openLoop hands in shares at a rate, whether answers come or not.
func (l *load) openLoop(ctx context.Context, r *result) error {
	if l.o.open == 0 {
		return nil
	}
	before, err := usageOf(l.o.pid)
	if err != nil {
		return err
	}
	first, began := l.accepted.Load(), time.Now()
	sent := 0
	for next := 0; time.Since(began) < l.o.open && ctx.Err() == nil; {
		due := int(time.Since(began).Seconds() * float64(l.o.rate))
		for ; sent < due; sent++ {
			l.miners[next%len(l.miners)].submit()
			next++
		}
		time.Sleep(250 * time.Microsecond)
	}
	took := time.Since(began)
	wait(ctx, time.Second)
	after, err := usageOf(l.o.pid)
	if err != nil {
		return err
	}
	n := float64(l.accepted.Load() - first)
	trips := l.forget()
	r.OpenPerSec = n / took.Seconds()
	r.OpenP50, r.OpenP99, r.OpenMax = ms(at(trips, 0.5)), ms(at(trips, 0.99)), ms(at(trips, 1))
	r.OpenCPU = (after.cpu - before.cpu).Seconds() * 1e6 / max(n, 1)
	return nil
}

// comeBack breaks every connection and logs all in again, at once.
func (l *load) comeBack(ctx context.Context, r *result) error {
	l.hangUp()
	l.ending.Store(false)
	began := time.Now()
	errs := make(chan error, len(l.miners))
	var all sync.WaitGroup
	for i := range l.miners {
		all.Go(func() {
			m, err := l.dial(ctx, i)
			if err != nil {
				errs <- err
				return
			}
			l.miners[i] = m
		})
	}
	all.Wait()
	r.StormSeconds = time.Since(began).Seconds()
	for _, m := range l.miners {
		l.read.Go(m.read)
	}
	select {
	case err := <-errs:
		return err
	default:
		return nil
	}
}

// forget returns the round trips since the last call, sorted.
func (l *load) forget() []int64 {
	var all []int64
	for _, m := range l.miners {
		m.mu.Lock()
		all = append(all, m.trips...)
		m.trips = m.trips[:0]
		m.mu.Unlock()
	}
	slices.Sort(all)
	return all
}

func wait(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// at is a quantile of sorted numbers, 0 where there are none.
func at[T int64 | float64](sorted []T, q float64) T {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(int(q*float64(len(sorted))), len(sorted)-1)]
}

func ms(ns int64) float64 { return float64(ns) / 1e6 }

func (l *load) name(i int) string {
	if l.o.difficulty == 0 {
		return "load" + strconv.Itoa(i)
	}
	return fmt.Sprintf("load%d+%d", i, l.o.difficulty)
}
