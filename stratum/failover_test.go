package stratum

import (
	"context"
	"fmt"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/stratum/failover"
)

// stage runs a Failover over pipes in virtual time and writes down what it tells.
type stage struct {
	*nets
	f     *Failover
	t     *testing.T
	ended chan error
	stop  context.CancelFunc

	mu   sync.Mutex
	told []string
	jobs []Job
}

func pools(hosts ...string) (p []Pool) {
	for _, h := range hosts {
		p = append(p, Pool{URL: h, User: "u"})
	}
	return p
}

// play starts; random is what jitter draws each time.
func play(t *testing.T, random float64, hosts ...string) *stage {
	t.Helper()
	s := &stage{nets: newNets(), t: t, ended: make(chan error, 1)}
	var err error
	s.f, err = NewFailover(FailoverOptions{
		Pools: pools(hosts...), Dial: s.Dial, Rand: func() float64 { return random },
		OnJob: func(j Job) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.told = append(s.told, j.ID)
			s.jobs = append(s.jobs, j)
		},
		OnIdle: func(err error) {
			s.mu.Lock()
			defer s.mu.Unlock()
			if err == nil {
				t.Error("idle without a reason")
			}
			s.told = append(s.told, "idle")
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *stage) run() {
	ctx, cancel := context.WithCancel(s.t.Context())
	s.stop = cancel
	go func() { s.ended <- s.f.Run(ctx) }()
}

func (s *stage) end() {
	s.t.Helper()
	before := time.Now()
	s.stop()
	if err := <-s.ended; err != nil {
		s.t.Error(err)
	}
	if took := time.Since(before); took > time.Second {
		s.t.Errorf("it took %v to end", took)
	}
	s.wait.Wait()
	if st := s.f.Status(); st.State != Ended || st.Since != nil {
		s.t.Errorf("%+v", st)
	}
}

// tells fails unless exactly this was told so far.
func (s *stage) tells(want ...string) {
	s.t.Helper()
	synctest.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	if fmt.Sprint(s.told) != fmt.Sprint(want) {
		s.t.Fatalf("told %v, want %v", s.told, want)
	}
}

func (s *stage) job() Job {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.jobs[len(s.jobs)-1]
}

// pool is a good pool: one job named after it, then every share is accepted.
func pool(name string) func(net.Conn) {
	return func(c net.Conn) {
		j := testJob(1, 10)
		j.ID = name
		d := newDesk(c)
		if d.login(j) {
			d.drain()
		}
	}
}

func TestFailsOverAndReturns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := play(t, 0.5, "first:1", "second:1")
		s.set("second:1", pool("b"))
		s.run()
		// Five refusals with pauses of half of 1, 2, 4, 8 s between them, then the second pool.
		time.Sleep(7500*time.Millisecond - 1)
		s.tells("idle")
		if n := s.count("first:1"); n != 4 {
			t.Fatalf("%d tries", n)
		}
		time.Sleep(1)
		s.tells("idle", "b")
		if n := s.count("first:1"); n != failover.Tries {
			t.Fatalf("%d tries", n)
		}
		st := s.f.Status()
		if st.State != Working || st.Pool != 1 || st.URL != "second:1" || st.Failures != 5 || st.Reason != "" || *st.Difficulty != 10 {
			t.Fatalf("%+v", st)
		}
		// The first is tried again and again, at most each minute, and takes over when it logs in.
		time.Sleep(5 * time.Minute)
		if n := s.count("first:1"); n < failover.Tries+8 || n > failover.Tries+20 {
			t.Fatalf("%d tries of the first pool in five minutes", n-failover.Tries)
		}
		s.set("first:1", pool("a"))
		time.Sleep(time.Minute)
		s.tells("idle", "b", "a")
		if st := s.f.Status(); st.Pool != 0 || st.URL != "first:1" || st.Logins != 2 {
			t.Fatalf("%+v", st)
		}
		// A share of the former pool's job is not sent to this one.
		v, err := s.f.Submit(t.Context(), s.jobs[0].Share([]byte{1, 0, 0, 0}, easy(1)))
		if err != nil || v.Outcome != adit.ShareStale {
			t.Fatalf("%+v %v", v, err)
		}
		v, err = s.f.Submit(t.Context(), s.job().Share([]byte{1, 0, 0, 0}, easy(1)))
		if err != nil || v.Outcome != adit.ShareAccepted {
			t.Fatalf("%+v %v", v, err)
		}
		st = s.f.Status()
		if st.Accepted != 1 || st.Stale != 1 || st.AcceptedWork != 10 || st.LastAcceptedAt == nil || st.Refusals["the connection of this job is gone"] != 1 {
			t.Fatalf("%+v", st)
		}
		s.end()
	})
}

// A pool that takes the login and hangs up is not good: it is left after five times, and after one more when it did
// the same once after returning to it; only 60 s of accepted work wash it clean.
func TestFlappingPool(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := play(t, 0, "first:1", "second:1")
		s.set("first:1", func(c net.Conn) { newDesk(c).login(testJob(1, 10)) })
		s.set("second:1", pool("b"))
		s.run()
		time.Sleep(time.Millisecond)
		s.tells("job-1", "idle", "job-1", "idle", "job-1", "idle", "job-1", "idle", "job-1", "idle", "b")
		s.set("first:1", func(c net.Conn) {
			d := newDesk(c)
			d.login(testJob(2, 10))
			time.Sleep(30 * time.Second)
		})
		time.Sleep(40 * time.Second)
		s.mu.Lock()
		told := s.told[11:]
		s.mu.Unlock()
		if fmt.Sprint(told) != "[job-2 idle b]" && fmt.Sprint(told) != "[job-2 idle b job-2]" {
			t.Fatalf("%v", told)
		}
		s.set("first:1", pool("a"))
		time.Sleep(time.Minute)
		accept := func() {
			t.Helper()
			if v, err := s.f.Submit(t.Context(), s.job().Share([]byte{1, 0, 0, 0}, easy(1))); err != nil || !v.Outcome.Accepted() {
				t.Fatal(v, err)
			}
		}
		if s.job().ID != "a" {
			t.Fatalf("%v", s.told)
		}
		before := s.f.line.Status().Sources[0].Failures
		time.Sleep(time.Minute)
		accept()
		after := s.f.line.Status().Sources[0].Failures
		if before < failover.Tries || after != 0 {
			t.Fatalf("failures %d, after a minute of accepted work %d", before, after)
		}
		s.end()
	})
}

// A single pool is tried for ever, with pauses that grow to a minute and no further.
func TestBackoff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := play(t, 0.999999999, "only:1")
		s.run()
		time.Sleep(2 * time.Hour)
		// 1+2+4+8+16+32 s, then each minute.
		if n := s.count("only:1"); n < 120 || n > 128 {
			t.Fatalf("%d tries in two hours", n)
		}
		st := s.f.Status()
		if st.State != Connecting || st.Reason == "" || st.Since != nil || st.Difficulty != nil {
			t.Fatalf("%+v", st)
		}
		_, err := s.f.Submit(t.Context(), Share{Login: 1})
		wants(t, err, adit.Unreachable, "lost")
		s.set("only:1", pool("a"))
		time.Sleep(time.Minute)
		s.tells("idle", "a")
		s.end()
	})
	b := Backoff{Least: time.Second, Most: time.Minute, Rand: func() float64 { return 1 }}
	for n, want := range map[int]time.Duration{0: time.Second, 3: 8 * time.Second, 5: 32 * time.Second, 6: time.Minute, 61: time.Minute, 62: time.Minute, 1000: time.Minute} {
		if got := b.Wait(n); got != want {
			t.Errorf("%d: %v, want %v", n, got, want)
		}
	}
	for range 1000 {
		if d := (Backoff{Least: time.Second, Most: time.Minute}).Wait(3); d < 0 || d >= 8*time.Second {
			t.Fatal(d)
		}
	}
}

func TestSetPools(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := play(t, 0.5, "a:1")
		for _, h := range []string{"a", "b"} {
			s.set(h+":1", pool(h))
		}
		s.run()
		s.tells("a")
		// The same pool further down stays connected until the better one logs in.
		if err := s.f.SetPools(pools("dead:1", "a:1")); err != nil {
			t.Fatal(err)
		}
		time.Sleep(5 * time.Minute)
		s.tells("a")
		if st := s.f.Status(); st.Pool != 1 || st.Pools != 2 || st.Logins != 1 {
			t.Fatalf("%+v", st)
		}
		if n := s.count("dead:1"); n == 0 {
			t.Fatal("the new first pool is not tried")
		}
		// Another pool: leaves at once, without a pause.
		if err := s.f.SetPools(pools("b:1")); err != nil {
			t.Fatal(err)
		}
		s.tells("a", "idle", "b")
		if err := s.f.SetPools(pools("b:1")); err != nil {
			t.Fatal(err)
		}
		s.tells("a", "idle", "b")
		// A change while a dead pool is waited for is seen at once, too.
		if err := s.f.SetPools(pools("dead:1")); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Minute)
		if err := s.f.SetPools(pools("a:1")); err != nil {
			t.Fatal(err)
		}
		s.tells("a", "idle", "b", "idle", "a")
		for _, bad := range [][]Pool{nil, {{URL: "x:1"}}, {{URL: "nowhere", User: "u"}}, make([]Pool, 17)} {
			if err := s.f.SetPools(bad); adit.CodeOf(err) != adit.Invalid {
				t.Errorf("%v: %v", bad, err)
			}
		}
		s.end()
	})
}

// A share under way when the first pool comes back still gets its verdict.
func TestReturnWaitsForVerdict(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := play(t, 0.5, "first:1", "second:1")
		returned := make(chan struct{})
		s.set("second:1", func(c net.Conn) {
			d := newDesk(c)
			d.login(testJob(1, 10))
			m, ok := d.next()
			<-returned
			time.Sleep(2 * time.Second) // the first pool has taken over by then
			if ok {
				d.say(`{"id":%s,"result":{"status":"OK"}}`, m.ID)
			}
			hold(c)
		})
		s.run()
		time.Sleep(10 * time.Second)
		s.tells("idle", "job-1")
		s.set("first:1", func(c net.Conn) {
			close(returned)
			pool("a")(c)
		})
		v, err := s.f.Submit(t.Context(), s.job().Share([]byte{1, 2, 3, 4}, easy(1)))
		if err != nil || v.Outcome != adit.ShareAccepted {
			t.Fatal(v, err)
		}
		s.tells("idle", "job-1", "a")
		s.end()
	})
}

// Refusals are counted by the pool's own words, which a pool cannot make endless.
func TestRefusalTexts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := play(t, 0.5, "a:1")
		s.set("a:1", func(c net.Conn) {
			d := newDesk(c)
			d.login(testJob(1, 10))
			for i := 0; ; i++ {
				m, ok := d.next()
				if !ok {
					return
				}
				d.say(`{"id":%s,"error":{"code":-1,"message":"Low difficulty share %d"}}`, m.ID, i)
			}
		})
		s.run()
		synctest.Wait()
		for range 50 {
			if v, err := s.f.Submit(t.Context(), s.job().Share([]byte{1, 2, 3, 4}, easy(1))); err != nil || v.Outcome != adit.ShareLowDifficulty {
				t.Fatal(v, err)
			}
		}
		st := s.f.Status()
		if st.Rejected != 50 || len(st.Refusals) != mostRefusals+1 || st.Refusals[otherRefusals] != 18 || st.Ping == nil {
			t.Fatalf("%+v", st)
		}
		s.end()
	})
}

// A share that the pool could not judge is lost, not refused: it must not count against the miner.
func TestUnjudgedShare(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := play(t, 0.5, "a:1")
		s.set("a:1", func(c net.Conn) {
			d := newDesk(c)
			d.login(testJob(1, 10))
			for {
				m, ok := d.next()
				if !ok {
					return
				}
				d.say(`{"id":%s,"error":{"code":-1,"message":"Couldn't check PoW"}}`, m.ID)
			}
		})
		s.run()
		synctest.Wait()
		if v, err := s.f.Submit(t.Context(), s.job().Share([]byte{1, 2, 3, 4}, easy(1))); err != nil || v.Outcome != "" {
			t.Fatal(v, err)
		}
		if st := s.f.Status(); st.Lost != 1 || st.Rejected != 0 || st.Stale != 0 || st.Refusals["Couldn't check PoW"] != 1 {
			t.Fatalf("%+v", st)
		}
		s.end()
	})
}
