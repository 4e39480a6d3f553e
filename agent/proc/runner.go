package proc

import (
	"context"
	"fmt"
	"reflect"
	"strings"
	"sync/atomic"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/internal/wording"
)

// launcher starts the program; the shim's real one is in child_linux.go.
type launcher interface {
	launch(Spec) (child, error) // a refusal (adit.Refused, NotFound) is not tried again
	limits() []Limit
	cgroup() string
	tidy() // now and then
}

// child is one run of the program.
type child interface {
	ident() ident
	terminate()         // SIGTERM to all of it
	kill()              // SIGKILL to all of it
	stdin([]byte) error //
	done() <-chan Exit  // one Exit, after all of it has gone and its output was read
}

// runner is the shim's heart: one loop that owns the program's life. Everything else talks to it through post.
// No deadline of its own ever ends a program that is wanted: only a hold, an order or the program itself does.
type runner struct {
	spec     Spec
	launcher launcher
	guard    *guard
	ledger   *ledger
	ring     *ring
	logWords func() string
	agents   func() int
	record   func(state) error
	homeless func() bool // its folder has gone: nobody could ever reach or adopt it again
	base     state       // what never changes: format, version, shim
	status   *cell[Status]
	orders   chan func()
	gone     chan struct{}         // closed when the loop has ended
	running  atomic.Pointer[ident] // the program; nil = not running

	phase    Phase
	hold     Hold
	words    string
	since    time.Time
	child    child
	started  time.Time
	executed string
	retryAt  time.Time
	killAt   time.Time
	end      ending // why the program was told to end
	restarts int
	lastExit *Exit

	lookedAt  time.Time
	tidiedAt  time.Time
	sent      Status
	recorded  state
	recordErr string
	recordAt  time.Time
}

// ending says what follows when a program that was told to end has ended.
type ending struct {
	next  Phase // "" = it was not told to; Starting, Held, Quarantined, Stopped
	hold  Hold
	words string
}

const (
	lookEvery   = time.Second
	calmEvery   = 3 * time.Second  // between two looks while a program runs and its guard is calm
	youngFor    = 30 * time.Second // a program that starts heats a computer within seconds
	tidyEvery   = 30 * time.Second
	recordRetry = 10 * time.Second
)

// run lives until the program was stopped for good. ctx ending means stop.
func (r *runner) run(ctx context.Context) {
	defer close(r.gone)
	defer r.guard.close()
	told := ctx.Done()
	wake := time.NewTimer(0)
	defer wake.Stop()
	for r.phase != Stopped {
		r.step(time.Now())
		r.publish(time.Now())
		if r.phase == Stopped {
			return
		}
		wake.Reset(max(0, time.Until(r.nextWake())))
		var done <-chan Exit
		if r.child != nil {
			done = r.child.done()
		}
		select {
		case e := <-done:
			r.ended(e)
		case do := <-r.orders:
			do()
			r.lookedAt = time.Time{} // it may be about what the guard looks at
		case <-wake.C:
		case <-told:
			told = nil
			r.stop("adit's shim was told to end")
		}
		if r.phase == Stopped {
			r.publish(time.Now())
		}
	}
}

// post runs do in the loop and waits for its answer.
func (r *runner) post(ctx context.Context, do func() error) error {
	answer := make(chan error, 1)
	select {
	case r.orders <- func() { answer <- do() }:
	case <-r.gone:
		return adit.Errorf(adit.Conflict, "%s has stopped", r.spec.Name)
	case <-ctx.Done():
		return ctx.Err()
	}
	return <-answer
}

// pace is how long after a look the next is due. Each look wakes a sleeping process, which costs more than the look.
func (r *runner) pace(now time.Time) time.Duration {
	if r.phase == Running && now.Sub(r.started) >= youngFor && r.guard.calm() {
		return calmEvery
	}
	return lookEvery
}

func (r *runner) nextWake() time.Time {
	at := r.lookedAt.Add(r.pace(r.lookedAt))
	if r.phase == BackingOff && r.retryAt.Before(at) {
		at = r.retryAt
	}
	if r.phase == Stopping && r.killAt.Before(at) {
		at = r.killAt
	}
	return at
}

// step does what is due.
func (r *runner) step(now time.Time) {
	due := r.phase == Starting || r.phase == BackingOff && !now.Before(r.retryAt)
	if due || now.Sub(r.lookedAt) >= r.pace(r.lookedAt) || now.Before(r.lookedAt) {
		r.look(now)
	}
	switch {
	case r.phase == Stopping && !now.Before(r.killAt):
		r.child.kill()
		r.killAt = now.Add(time.Second) // a program in an uninterruptible sleep needs another
	case r.phase == Starting, r.phase == BackingOff && !now.Before(r.retryAt):
		r.launch(now)
	}
	if now.Sub(r.tidiedAt) >= tidyEvery {
		r.tidiedAt = now
		r.launcher.tidy()
	}
}

// look asks the guard and obeys it.
func (r *runner) look(now time.Time) {
	r.lookedAt = now
	if r.homeless() {
		r.stop("its folder was removed")
		return
	}
	hold, words := r.guard.check(now, r.agents(), r.phase == Running)
	switch r.phase {
	case Running:
		if hold != "" {
			r.terminate(now, ending{next: Held, hold: hold, words: words})
		}
	case Starting, BackingOff:
		if hold != "" {
			r.enter(Held, hold, words)
		}
	case Held:
		if hold != "" {
			r.hold, r.words = hold, words
			return
		}
		r.ring.note("no longer held (" + string(r.hold) + ")")
		if now.Before(r.retryAt) {
			r.enter(BackingOff, "", "was held while it waited for its next start")
			return
		}
		r.enter(Starting, "", "")
	}
}

func (r *runner) enter(p Phase, hold Hold, words string) {
	r.phase, r.hold, r.words, r.since = p, hold, words, time.Now()
	if words != "" && p != BackingOff {
		r.ring.note(fmt.Sprintf("%s: %s", strings.ReplaceAll(string(p), "_", " "), words))
	}
}

func (r *runner) launch(now time.Time) {
	r.enter(Starting, "", "")
	r.retryAt = time.Time{}
	c, err := r.launcher.launch(r.spec)
	switch code := adit.CodeOf(err); {
	case err == nil:
		r.child, r.started, r.end = c, time.Now(), ending{}
		id := c.ident()
		r.executed = id.Digest
		r.running.Store(&id)
		r.enter(Running, "", "")
		r.ring.note(fmt.Sprintf("started %s (pid %d)", r.spec.Path, c.ident().PID))
	case code == adit.Refused || code == adit.NotFound:
		r.lastExit = &Exit{At: now, Words: "not started: " + err.Error()}
		r.enter(Quarantined, "", err.Error())
	default:
		r.failed(Exit{At: now, Words: "could not be started: " + err.Error()})
	}
}

// terminate tells the program to end and remembers what follows. A stop outranks everything, then quarantine.
func (r *runner) terminate(now time.Time, e ending) {
	if r.phase == Stopping {
		if rank(e.next) > rank(r.end.next) {
			r.end, r.words = e, e.words
		}
		return
	}
	r.end = e
	r.enter(Stopping, "", e.words)
	r.killAt = now.Add(r.spec.StopTimeout)
	r.child.terminate()
}

func rank(p Phase) int {
	switch p {
	case Stopped:
		return 3
	case Quarantined:
		return 2
	case Held:
		return 1
	}
	return 0
}

// ended takes a program's end: what was ordered follows, or else the budget decides.
func (r *runner) ended(e Exit) {
	r.child = nil
	r.running.Store(nil)
	r.lastExit = &e
	r.ring.note("ended: " + e.Words)
	told := r.end
	r.end = ending{}
	if told.next == "" {
		r.failed(e)
		return
	}
	r.enter(told.next, told.hold, told.words)
}

// failed decides after an end that nobody ordered.
func (r *runner) failed(e Exit) {
	r.lastExit = &e
	now := time.Now()
	if !r.ledger.spend(now) {
		r.enter(Quarantined, "", r.spentWords(e.Words))
		return
	}
	r.restarts++
	wait := r.ledger.backoff(e.Ran)
	r.retryAt = now.Add(wait)
	r.enter(BackingOff, "", fmt.Sprintf("%s; starts again in %s (%d of %d restarts within %s)", e.Words, wording.Length(wait), len(r.ledger.times), r.spec.Restart.Max, wording.Length(r.spec.Restart.Window)))
	r.ring.note(r.words)
}

func (r *runner) spentWords(last string) string {
	w := fmt.Sprintf("it was restarted %s within %s and is not started again until released; last: %s", wording.Count(len(r.ledger.times), "time"), wording.Length(r.spec.Restart.Window), last)
	if lines := r.ring.tail(3); len(lines) > 0 {
		w += "; its last lines: " + clean(strings.Join(lines, " | "), 600)
	}
	return w
}

// publish hands a changed status to the watchers and a changed record to the disk.
func (r *runner) publish(now time.Time) {
	st := r.state()
	due := r.recordErr != "" && now.Sub(r.recordAt) >= recordRetry
	if due || !reflect.DeepEqual(st, r.recorded) {
		r.recorded, r.recordAt, r.recordErr = st, now, ""
		if err := r.record(st); err != nil {
			r.recordErr = "the program's record cannot be written: " + err.Error()
		}
	}
	if s := r.snapshot(); !reflect.DeepEqual(s, r.sent) {
		r.sent = s
		r.status.set(s)
	}
}

func (r *runner) state() state {
	s := r.base
	s.Phase, s.Hold, s.Words, s.Since, s.Restarts, s.LastExit = r.phase, r.hold, r.words, r.since, r.restarts, r.lastExit
	s.RestartTimes = append([]time.Time(nil), r.ledger.times...)
	s.SensorsSeen, s.Cgroup = r.guard.thermal.known(), r.launcher.cgroup()
	if r.child != nil {
		id := r.child.ident()
		s.Child = &id
	}
	return s
}

func (r *runner) snapshot() Status {
	s := Status{
		Name: r.spec.Name, Driver: r.spec.Driver, ID: r.spec.ID, Phase: r.phase, Hold: r.hold, Words: r.words, Since: r.since,
		ShimPID: r.base.Shim.PID, Restarts: r.restarts, LastExit: r.lastExit, Limits: r.launcher.limits(),
		LogWords: r.logWords(), Version: r.base.Version, Agents: r.agents(), Executed: r.executed, StateErr: r.recordErr,
	}
	if r.child != nil {
		at := r.started
		s.PID, s.Started = r.child.ident().PID, &at
	}
	if r.phase == BackingOff {
		at := r.retryAt
		s.Retry = &at
	}
	if sensor := r.guard.sensor(); sensor != nil {
		if sensor.Celsius != nil { // whole degrees, so that noise is no news
			c := adit.Celsius(int(*sensor.Celsius + 0.5))
			sensor.Celsius = &c
		}
		s.Sensor = sensor
	}
	return s
}

// newRunner prepares a runner whose first step starts the program, unless the shim before it, which did not end by
// order, had it in quarantine: a crash must not be a way out of that.
func newRunner(spec Spec, l launcher, lines *ring, me ident, last state) *runner {
	now := time.Now()
	r := &runner{
		spec: spec, launcher: l, ring: lines, phase: Starting, since: now,
		guard: newGuard(spec.Guards, last.SensorsSeen, now), ledger: &ledger{budget: spec.Restart},
		agents: func() int { return 0 }, logWords: func() string { return "" }, record: func(state) error { return nil },
		homeless: func() bool { return false },
		base:     state{Format: stateFormat, Protocol: Protocol, Version: adit.Version, Name: spec.Name, ID: spec.ID, Digest: spec.Digest, Shim: me},
		orders:   make(chan func()), gone: make(chan struct{}),
	}
	if last.Phase != Stopped && last.Digest == spec.Digest { // another executable gets another chance
		r.ledger.restore(last.RestartTimes, now)
		if last.Phase == Quarantined {
			r.phase, r.words, r.since, r.lastExit = Quarantined, last.Words, last.Since, last.LastExit
		}
	}
	r.status = newCell(r.snapshot())
	return r
}

// hello says who this shim is and what it runs at the moment.
func (r *runner) hello() hello {
	return hello{Protocol: Protocol, MinProtocol: MinProtocol, Version: adit.Version,
		Name: r.base.Name, ID: r.base.ID, PID: r.base.Shim.PID, Child: r.running.Load()}
}
