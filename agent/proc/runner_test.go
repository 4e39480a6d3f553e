package proc

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/agent/consent"
)

// puppet is a launcher whose programs do what the test says; time is the bubble's.
type puppet struct {
	mu     sync.Mutex // over all of it and its dolls
	starts int
	refuse error
	deaf   bool          // ends on SIGKILL only
	lives  time.Duration // ends by itself after; 0 = never
	all    []*doll
}

type doll struct {
	p     *puppet
	began time.Time
	exit  chan Exit
	ended bool
	kills int
	terms int
	pid   int
}

func (p *puppet) limits() []Limit { return nil }
func (p *puppet) cgroup() string  { return "" }
func (p *puppet) tidy()           {}

func (p *puppet) launch(Spec) (child, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.refuse != nil {
		return nil, p.refuse
	}
	p.starts++
	d := &doll{p: p, began: time.Now(), exit: make(chan Exit, 1), pid: 100 + p.starts}
	p.all = append(p.all, d)
	if p.lives > 0 {
		time.AfterFunc(p.lives, func() {
			p.mu.Lock()
			defer p.mu.Unlock()
			d.end("itself")
		})
	}
	return d, nil
}

func (d *doll) end(how string) {
	if !d.ended {
		d.ended = true
		d.exit <- Exit{At: time.Now(), Ran: time.Since(d.began), Words: "ended by " + how}
	}
}

func (d *doll) ident() ident       { return ident{PID: d.pid} }
func (d *doll) done() <-chan Exit  { return d.exit }
func (d *doll) stdin([]byte) error { return nil }
func (d *doll) kill() {
	d.p.mu.Lock()
	defer d.p.mu.Unlock()
	d.kills++
	d.end("SIGKILL")
}
func (d *doll) terminate() {
	d.p.mu.Lock()
	defer d.p.mu.Unlock()
	d.terms++
	if !d.p.deaf {
		d.end("SIGTERM")
	}
}

// with changes or reads the puppet between its moves.
func (p *puppet) with(do func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	do()
}

// stage runs a runner with puppets inside a bubble; the returned function ends it.
func stage(t *testing.T, spec Spec, p *puppet, prepare ...func(*runner)) (*runner, func()) {
	t.Helper()
	spec.Name, spec.Path = "one", "/bin/one"
	r := newRunner(spec.withDefaults(), p, newRing(time.Now), ident{PID: 1}, state{})
	for _, f := range prepare {
		f(r)
	}
	ctx, cancel := context.WithCancel(t.Context())
	go r.run(ctx)
	synctest.Wait()
	return r, func() {
		cancel()
		<-r.gone
	}
}

// elapse lets the bubble's time pass.
func elapse(t *testing.T, d time.Duration) { _ = pause(t.Context(), d) }

func now(r *runner) Status {
	synctest.Wait()
	s, _ := r.status.get()
	return s
}

// TestNoTimeoutEndsAWantedProgram runs three days with nobody attached: public code behind the seed killed every miner
// after five minutes.
func TestNoTimeoutEndsAWantedProgram(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		g := Guards{ConsentFile: filepath.Join(dir, "consent.json"), PauseFile: filepath.Join(dir, "pause.json")}
		if err := consent.Grant(g.ConsentFile, adit.LocalOwner("test"), consent.ViaFlag, time.Now()); err != nil {
			t.Fatal(err)
		}
		p := &puppet{}
		r, end := stage(t, Spec{Guards: g}, p)
		defer end()
		for hour := range 72 {
			elapse(t, time.Hour)
			if s := now(r); s.Phase != Running || p.starts != 1 || p.all[0].terms+p.all[0].kills != 0 {
				t.Fatalf("hour %d: %+v after %d starts", hour, s, p.starts)
			}
		}
	})
}

func TestBackoffDoublesAndBudgetEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &puppet{lives: time.Millisecond}
		r, end := stage(t, Spec{Restart: Budget{Max: 4, Window: time.Hour, MinBackoff: time.Second, MaxBackoff: 3 * time.Second}}, p)
		defer end()
		elapse(t, time.Minute)
		s := now(r)
		if s.Phase != Quarantined || p.starts != 5 || s.Restarts != 4 {
			t.Fatalf("%d starts: %+v", p.starts, s)
		}
		var waits []time.Duration
		for i := range p.all[1:] {
			waits = append(waits, p.all[i+1].began.Sub(p.all[i].began).Round(100*time.Millisecond))
		}
		want := []time.Duration{time.Second, 2 * time.Second, 3 * time.Second, 3 * time.Second}
		for i := range want {
			if waits[i] != want[i] {
				t.Fatalf("waits %v, want %v", waits, want)
			}
		}
		elapse(t, 24*time.Hour)
		if p.starts != 5 {
			t.Error("quarantine ended by itself")
		}
	})
}

// TestRareExitsNeverQuarantine: a program that ends once an hour is started again for ever, and quickly.
func TestRareExitsNeverQuarantine(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &puppet{lives: time.Hour}
		r, end := stage(t, Spec{}, p)
		defer end()
		elapse(t, 100*time.Hour+30*time.Minute)
		if s := now(r); s.Phase != Running || p.starts != 101 {
			t.Errorf("%d starts: %+v", p.starts, s)
		}
	})
}

func TestDeafProgramIsKilled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &puppet{deaf: true}
		r, end := stage(t, Spec{StopTimeout: 7 * time.Second}, p)
		began := time.Now()
		end()
		if took := time.Since(began); took != 7*time.Second || p.all[0].kills != 1 || p.all[0].terms != 1 {
			t.Errorf("took %s: %+v", took, p.all[0])
		}
		if s := now(r); s.Phase != Stopped {
			t.Errorf("%+v", s)
		}
		if err := r.post(t.Context(), func() error { return nil }); adit.CodeOf(err) != adit.Conflict {
			t.Errorf("an order after the end: %v", err)
		}
	})
}

func TestHeldWhileItBacksOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pauseFile := filepath.Join(t.TempDir(), "pause.json")
		p := &puppet{lives: time.Second}
		r, end := stage(t, Spec{Guards: Guards{PauseFile: pauseFile}, Restart: Budget{MinBackoff: time.Minute, MaxBackoff: time.Minute}}, p)
		defer end()
		elapse(t, 2*time.Second)
		until := time.Now().Add(time.Hour)
		if err := consent.Pause(pauseFile, adit.LocalOwner("test"), &until, time.Now()); err != nil {
			t.Fatal(err)
		}
		elapse(t, 30*time.Minute)
		if s := now(r); s.Phase != Held || s.Hold != HoldPause || p.starts != 1 {
			t.Fatalf("%d starts: %+v", p.starts, s)
		}
		p.with(func() { p.lives = 0 })
		elapse(t, 31*time.Minute) // the pause runs out by itself
		if s := now(r); s.Phase != Running || p.starts != 2 || s.Restarts != 1 {
			t.Fatalf("%d starts: %+v", p.starts, s)
		}
	})
}

func TestDamagedFilesHold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		g := Guards{ConsentFile: filepath.Join(dir, "consent.json"), PauseFile: filepath.Join(dir, "pause.json")}
		write := func(path, text string) {
			t.Helper()
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		write(g.ConsentFile, `{"granted":tr`)
		p := &puppet{}
		r, end := stage(t, Spec{Guards: g}, p)
		defer end()
		if s := now(r); s.Hold != HoldConsent || !strings.Contains(s.Words, "damaged") {
			t.Errorf("%+v", s)
		}
		write(g.ConsentFile, `{"granted":true,"by":"owner","version":1}`)
		write(g.PauseFile, `garbage`)
		elapse(t, 2*time.Second)
		if s := now(r); s.Hold != HoldPause || !strings.Contains(s.Words, "damaged") || p.starts != 0 {
			t.Errorf("%+v", s)
		}
	})
}

func TestRefusalIsNotTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &puppet{refuse: adit.Errorf(adit.Refused, "not the file")}
		r, end := stage(t, Spec{}, p)
		elapse(t, time.Hour)
		if s := now(r); s.Phase != Quarantined || s.Words != "not the file" || s.Restarts != 0 {
			t.Errorf("%+v", s)
		}
		end()
		p = &puppet{refuse: errors.New("out of processes")}
		r, end = stage(t, Spec{}, p)
		defer end()
		elapse(t, time.Second/2)
		p.with(func() { p.refuse = nil })
		elapse(t, time.Minute)
		if s := now(r); s.Phase != Running || s.Restarts != 1 {
			t.Errorf("%+v", s)
		}
	})
}

// TestRecordThatCannotBeWritten: a full disk stops nothing, is said, and is tried again.
func TestRecordThatCannotBeWritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		full := true
		var last state
		r, end := stage(t, Spec{}, &puppet{}, func(r *runner) {
			r.record = func(s state) error {
				mu.Lock()
				defer mu.Unlock()
				if full {
					return errors.New("no space left on device")
				}
				last = s
				return nil
			}
		})
		defer end()
		if s := now(r); s.Phase != Running || !strings.Contains(s.StateErr, "no space left") {
			t.Errorf("%+v", s)
		}
		mu.Lock()
		full = false
		mu.Unlock()
		elapse(t, time.Minute)
		s := now(r)
		mu.Lock()
		defer mu.Unlock()
		if s.StateErr != "" || last.Phase != Running || last.Child == nil {
			t.Errorf("%+v, recorded %+v", s, last)
		}
	})
}

func TestStopOutranksWhateverIsUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &puppet{deaf: true}
		r, end := stage(t, Spec{}, p)
		defer end()
		if err := r.post(t.Context(), func() error { return r.restart("why not") }); err != nil {
			t.Fatal(err)
		}
		if err := r.post(t.Context(), func() error { return r.quarantine("enough") }); err != nil {
			t.Fatal(err)
		}
		if err := r.post(t.Context(), func() error { return r.release() }); adit.CodeOf(err) != adit.Conflict {
			t.Errorf("release of what is still ending: %v", err)
		}
		if s := now(r); s.Phase != Stopping || s.Words != "enough" {
			t.Errorf("%+v", s)
		}
		elapse(t, time.Minute)
		if s := now(r); s.Phase != Quarantined || s.Words != "enough" || p.starts != 1 {
			t.Errorf("%+v", s)
		}
	})
}

// TestClockJumps: restarts recorded by a clock that was ahead, or long ago, do not count.
func TestClockJumps(t *testing.T) {
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	l := ledger{budget: Budget{Max: 2, Window: time.Hour}}
	l.restore([]time.Time{at.Add(-2 * time.Hour), at.Add(-time.Minute), at.Add(5 * time.Hour)}, at)
	if len(l.times) != 1 {
		t.Fatalf("restored %v", l.times)
	}
	if !l.spend(at) || l.spend(at) {
		t.Error("the budget of two is one and one")
	}
	if !l.spend(at.Add(2 * time.Hour)) {
		t.Error("the window does not move on")
	}
	if r := newRing(func() time.Time { return time.Unix(-5, 0) }); r.next == 0 {
		t.Error("a clock before 1970 gives no line numbers")
	}
}
