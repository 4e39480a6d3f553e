package estimate

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/adit-mining/adit"
)

// Kinds of rows.
const (
	measured  = "measured"
	benchmark = "benchmark"
)

// found is a hashrate that was once seen; Hashrate 0 = none was.
type found struct {
	Program, Algorithm string
	Threads            int // 0 = not known
	Source             string
	Hashrate           float64
	Watts              *float64
	At                 time.Time
}

// rate looks for what this computer does with a program, an algorithm and a number of threads: what runs now, what ran
// last, a benchmark. threads nil = the program's own choice, for which the newest of any number stands.
func (s *Service) rate(ctx context.Context, actor adit.Actor, p Program, algorithm string, threads *int) (found, error) {
	now, err := s.o.Hub.Measured(ctx, actor)
	if err != nil {
		return found{}, err
	}
	var best found
	for _, m := range now {
		if f, ok := m.found(); ok {
			best = better(best, f, p.Name, algorithm, threads)
		}
	}
	if best.Hashrate > 0 {
		return best, nil
	}
	rows, err := rates(ctx, s.o.DB, p.Name, algorithm)
	for _, f := range rows {
		best = better(best, f, p.Name, algorithm, threads)
	}
	return best, err
}

// better is the one of two that says more: measured before benchmark, then the newer.
func better(a, b found, program, algorithm string, threads *int) found {
	switch {
	case b.Program != program || b.Algorithm != algorithm || threads != nil && b.Threads != *threads:
		return a
	case a.Hashrate == 0:
		return b
	case a.Source != b.Source:
		if b.Source == measured {
			return b
		}
		return a
	case b.At.After(a.At):
		return b
	}
	return a
}

// warm is how long a program has run before its rate of a minute is believed.
const warm = 2 * time.Minute

// found is what a running program shows; ok is false while it is not at full speed.
func (m Measured) found() (f found, ok bool) {
	f = found{Program: m.Program, Algorithm: m.Algorithm, Threads: m.Threads, Source: measured, Watts: m.Watts, At: m.At}
	if m.Light || m.Algorithm == "" || m.At.IsZero() {
		return f, false
	}
	ran := time.Duration(orZero(m.Uptime) * float64(time.Second))
	for _, c := range []struct {
		rate  *float64
		after time.Duration
	}{{m.Baseline, 0}, {m.Hashrate15m, 15 * time.Minute}, {m.Hashrate60s, warm}} {
		if c.rate != nil && *c.rate > 0 && !math.IsInf(*c.rate, 0) && ran >= c.after {
			f.Hashrate = *c.rate
			return f, true
		}
	}
	return f, false
}

// rate is what was found, for people; threads are those that were asked for.
func (f found) rate(program string, threads *int) Rate {
	if f.Hashrate <= 0 {
		with := ""
		switch {
		case threads == nil:
		case *threads == 1:
			with = " with 1 thread"
		default:
			with = fmt.Sprintf(" with %d threads", *threads)
		}
		return Rate{Why: "what this computer does with " + program + with + " is not known yet: it is measured while the program runs, or by `adit bench`"}
	}
	r := Rate{Value: &f.Hashrate, Source: FromMeasured, At: &f.At}
	if f.Source == benchmark {
		r.Source = FromBenchmark
	}
	if f.Threads > 0 {
		r.Threads = &f.Threads
	}
	return r
}

// Benchmark notes what a benchmark on this computer showed.
func (s *Service) Benchmark(ctx context.Context, actor adit.Actor, program string, algorithm adit.Algorithm, threads int, hashrate float64) error {
	if err := actor.May(adit.ScopeControl); err != nil {
		return err
	}
	switch {
	case !adit.ValidName(program):
		return adit.InvalidField("minerType", "name the mining program as `adit list --available` does")
	case algorithm == "" || len(algorithm) > 64:
		return adit.InvalidField("algorithm", "name what was hashed, such as rx/0")
	case threads < 1 || threads > 1024:
		return adit.InvalidField("threads", "it must be 1 to 1024")
	case !(hashrate > 0) || math.IsInf(hashrate, 0):
		return adit.InvalidField("hashrate", "it must be more than 0 hashes per second")
	}
	return saveRate(ctx, s.o.DB, found{Program: s.program(ctx, actor, program).Name, Algorithm: string(algorithm), Threads: threads,
		Source: benchmark, Hashrate: hashrate, At: s.o.Now()})
}
