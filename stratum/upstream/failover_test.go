package upstream

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/stratum"
	"github.com/adit-mining/adit/stratum/failover"
)

// place is a Source that the test plays.
type place struct {
	url  string
	solo bool

	mu    sync.Mutex
	away  error
	slow  time.Duration // of a verdict
	conns []*seatless
	got   []Solution
}

func (p *place) URL() string { return p.url }

func (p *place) Connect(context.Context) (Conn, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.away != nil {
		return nil, p.away
	}
	c := &seatless{p: p, over: make(chan error, 2), since: time.Now()}
	c.work = &Work{JobID: fmt.Sprint(p.url, len(p.conns)), Share: adit.HashesOf(7), Blob: &Blob{}, Mark: c}
	p.conns = append(p.conns, c)
	return c, nil
}

func (p *place) set(away error) { p.mu.Lock(); defer p.mu.Unlock(); p.away = away }

type seatless struct {
	p     *place
	over  chan error
	since time.Time
	work  *Work
	shut  bool // under p.mu
}

func (c *seatless) Work() *Work { return c.work }
func (c *seatless) Info() Info  { return Info{Since: c.since, Solo: c.p.solo} }

func (c *seatless) Run(ctx context.Context, _ func(*Work)) error {
	select {
	case <-ctx.Done():
		return nil
	case err := <-c.over:
		return err
	}
}

func (c *seatless) Close() {
	c.p.mu.Lock()
	defer c.p.mu.Unlock()
	c.shut = true
	if c.p.solo {
		return // as nodes do: their Run ends with its context alone
	}
	select {
	case c.over <- errors.New("closed"):
	default:
	}
}

func (c *seatless) Submit(ctx context.Context, s Solution) (stratum.Verdict, error) {
	time.Sleep(c.p.slow)
	c.p.mu.Lock()
	defer c.p.mu.Unlock()
	if c.shut {
		return stratum.Verdict{}, errors.New("closed")
	}
	c.p.got = append(c.p.got, s)
	return stratum.Verdict{Outcome: adit.ShareAccepted}, nil
}

// line runs a Failover and writes down what it tells.
type line struct {
	*Failover
	mu   sync.Mutex
	told []string
	vias []*Via
	stop context.CancelFunc
	done chan struct{}
}

func start(t *testing.T, places ...*place) *line {
	t.Helper()
	l := &line{done: make(chan struct{})}
	var sources []Source
	for _, p := range places {
		sources = append(sources, p)
	}
	var err error
	l.Failover, err = NewFailover(FailoverOptions{
		Sources: sources, Rand: func() float64 { return 0.5 },
		OnWork: func(v *Via, w *Work) {
			l.mu.Lock()
			defer l.mu.Unlock()
			l.told, l.vias = append(l.told, w.JobID), append(l.vias, v)
		},
		OnIdle: func(error) {
			l.mu.Lock()
			defer l.mu.Unlock()
			l.told = append(l.told, "idle")
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	l.stop = cancel
	t.Cleanup(cancel)
	go func() { defer close(l.done); l.Run(ctx) }()
	return l
}

func (l *line) tells(t *testing.T, want string) {
	t.Helper()
	synctest.Wait()
	l.mu.Lock()
	defer l.mu.Unlock()
	if got := strings.Join(l.told, " "); got != want {
		t.Fatalf("told %q, want %q", got, want)
	}
}

// Five failures, the next; back to the first when it logs in, before the other is left, which still answers.
func TestFailover(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := &place{url: "a", away: errors.New("nobody home")}, &place{url: "b", slow: 2 * time.Second}
		l := start(t, a, b)
		time.Sleep(7500*time.Millisecond - 1)
		l.tells(t, "idle")
		if st := l.Status(); st.State != failover.Connecting || st.Failures != 4 || st.Health[0].Failures != 4 || st.Health[0].Reason != "nobody home" || st.Work != nil {
			t.Fatalf("%+v", st)
		}
		time.Sleep(1)
		l.tells(t, "idle b0")
		if st := l.Status(); st.State != failover.Working || st.URL != "b" || st.Source != 1 || st.Work.JobID != "b0" || st.Health[1].LoginAt == nil {
			t.Fatalf("%+v", st)
		}
		a.set(nil)
		b.mu.Lock()
		work := b.conns[0].work
		b.mu.Unlock()
		for l.Status().URL != "a" { // a share is always under way
			v, err := l.Submit(t.Context(), l.vias[0], Solution{Work: work})
			if err != nil || v.Outcome != adit.ShareAccepted {
				t.Fatal(v, err)
			}
		}
		l.tells(t, "idle b0 a0")
		v, err := l.Submit(t.Context(), l.vias[0], Solution{Work: work})
		if err != nil || v.Outcome != adit.ShareStale {
			t.Fatal(v, err)
		}
		time.Sleep(failover.DrainTime)
		st := l.Status()
		if st.Stale != 1 || st.Accepted == 0 || st.Logins != 2 || *st.Latency != 2*time.Second || st.AcceptedWork != adit.HashesOf(7*st.Accepted) {
			t.Fatalf("%+v", st)
		}
		b.mu.Lock()
		if !b.conns[0].shut {
			t.Fatal("the second is still open")
		}
		b.mu.Unlock()
		l.stop()
		<-l.done
		if st := l.Status(); st.State != failover.Ended || st.Info != nil {
			t.Fatalf("%+v", st)
		}
		a.mu.Lock()
		defer a.mu.Unlock()
		if !a.conns[0].shut {
			t.Fatal("left open")
		}
	})
}

// A block of a connection that broke is sent: to a node by its newer connection, else where it came from.
func TestLateBlock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := &place{url: "a", solo: true}
		l := start(t, a)
		l.tells(t, "a0")
		work := a.conns[0].work
		a.conns[0].over <- errors.New("cut")
		time.Sleep(time.Minute)
		l.tells(t, "a0 idle a1")
		v, err := l.Submit(t.Context(), l.vias[0], Solution{Work: work, Block: true})
		if err != nil || !v.Outcome.Accepted() || len(a.got) != 1 {
			t.Fatal(v, err)
		}
		a.set(errors.New("away"))
		a.conns[1].over <- errors.New("cut")
		time.Sleep(time.Second)
		if _, err := l.Submit(t.Context(), l.vias[1], Solution{Work: a.conns[1].work, Block: true}); err == nil {
			t.Fatal("a verdict of nobody")
		}
		if st := l.Status(); st.Lost != 1 {
			t.Fatalf("%+v", st)
		}
		l.stop()
		<-l.done
	})
}

func TestSources(t *testing.T) {
	if _, err := NewFailover(FailoverOptions{}); adit.CodeOf(err) != adit.Invalid {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		a, b := &place{url: "a"}, &place{url: "b"}
		l := start(t, a)
		l.tells(t, "a0")
		if err := l.SetSources([]Source{b, a}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute) // stays, and goes to the better one without a gap
		l.tells(t, "a0 b0")
		if err := l.SetSources([]Source{a}); err != nil {
			t.Fatal(err)
		}
		l.tells(t, "a0 b0 idle a1")
		if err := l.SetSources(nil); adit.CodeOf(err) != adit.Invalid {
			t.Fatal(err)
		}
		l.stop()
		<-l.done
	})
}

// TestPauseAndTries: both are the owner's numbers.
func TestPauseAndTries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first, second := &place{url: "first", away: errors.New("refused")}, &place{url: "second"}
		f, err := NewFailover(FailoverOptions{
			Sources: []Source{first, second}, Pause: 10 * time.Second, Tries: 2, Rand: func() float64 { return 0.5 },
		})
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		var run sync.WaitGroup
		run.Go(func() { f.Run(ctx) })
		time.Sleep(5*time.Second - 1)
		synctest.Wait()
		if st := f.Status(); st.Failures != 1 || st.State == failover.Working {
			t.Errorf("before the pause is over: %+v", st)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if st := f.Status(); st.Failures != 2 || st.URL != "second" || st.State != failover.Working {
			t.Errorf("after two failures: %+v", st)
		}
		stop()
		run.Wait()
	})
}
