package proc

import (
	"strconv"
	"strings"
	"time"

	"github.com/adit-mining/adit/internal/smallfile"
)

// A sensor that has hung shows one value for ever. So may a healthy one that shows whole degrees, at a steady load. The
// two differ when the load changes: half of a CPU's power is tens of degrees. A sensor therefore counts as frozen only if
// it has moved before, has shown the very same raw value for stillFor, and in that time the computer was both nearly idle
// and nearly fully loaded, each for steadyFor without a break. One that has never moved, whatever the load, is no sensor
// (boards report such constants); that is said, and it stops nothing.
const (
	stillFor  = 10 * time.Minute
	steadyFor = 2 * time.Minute
	loadLow   = 0.25
	loadHigh  = 0.75
)

// stillness remembers when each CPU sensor last moved and how the load went.
type stillness struct {
	sensors map[string]*moves
	load    loads
	never   string // a sensor that did not move though the load did, "" = none
}

type moves struct {
	raw   int64
	since time.Time
	moved bool
}

// look returns a frozen sensor, "" = none.
func (s *stillness) look(list []reading, fs sysfs, now time.Time) (frozen string) {
	if s.sensors == nil {
		s.sensors = map[string]*moves{}
	}
	s.load.look(fs, now)
	s.never = ""
	for _, r := range list {
		if r.Class != classCPU || r.Value == nil {
			continue
		}
		m := s.sensors[r.Key]
		switch {
		case m == nil:
			s.sensors[r.Key] = &moves{raw: r.Raw, since: now}
			continue
		case m.raw != r.Raw:
			m.raw, m.since, m.moved = r.Raw, now, true
			continue
		case now.Sub(m.since) < stillFor || !s.load.swungSince(m.since):
			continue
		case m.moved:
			frozen = r.Key
		default:
			s.never = r.Key
		}
	}
	return frozen
}

func (s *stillness) words() string {
	if s.never == "" {
		return ""
	}
	return s.never + " never moves and counts as no sensor"
}

// loads follows how busy the CPUs are.
type loads struct {
	busy, all uint64
	low, high steady
}

// steady is a stretch in which the load was on one side without a break.
type steady struct {
	from time.Time // zero = it is not
	// began and ended are of the last stretch that was long enough; zero = none.
	began, ended time.Time
}

func (s *steady) note(on bool, now time.Time) {
	if !on {
		s.from = time.Time{}
		return
	}
	if s.from.IsZero() {
		s.from = now
	}
	if now.Sub(s.from) >= steadyFor {
		s.began, s.ended = s.from, now
	}
}

func (l *loads) look(fs sysfs, now time.Time) {
	busy, all, ok := fs.cpu()
	was, wasAll := l.busy, l.all
	l.busy, l.all = busy, all
	if !ok || wasAll == 0 || all <= wasAll || busy < was {
		return
	}
	share := float64(busy-was) / float64(all-wasAll)
	l.low.note(share <= loadLow, now)
	l.high.note(share >= loadHigh, now)
}

// swungSince reports that steadyFor of both little and much load lie after t.
func (l *loads) swungSince(t time.Time) bool {
	for _, s := range []steady{l.low, l.high} {
		from := s.began
		if from.Before(t) {
			from = t
		}
		if s.ended.IsZero() || s.ended.Sub(from) < steadyFor {
			return false
		}
	}
	return true
}

// cpu reads the first line of proc(5) stat: user nice system idle iowait irq softirq steal, in ticks of all CPUs.
func (s sysfs) cpu() (busy, all uint64, ok bool) {
	b, err := smallfile.Read(s.path("proc", "stat"), 511) // the whole file has a line per CPU and one per interrupt
	if err != nil {
		return 0, 0, false
	}
	first, _, _ := strings.Cut(string(b), "\n")
	f := strings.Fields(first)
	if len(f) < 5 || f[0] != "cpu" {
		return 0, 0, false
	}
	for i, v := range f[1:min(len(f), 9)] {
		n, err := strconv.ParseUint(v, 10, 64)
		if err != nil {
			return 0, 0, false
		}
		all += n
		if i != 3 && i != 4 {
			busy += n
		}
	}
	return busy, all, true
}
