package worker

import (
	"errors"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop/coopv1"
	"github.com/adit-mining/adit/coop/rpc"
	"github.com/adit-mining/adit/stratum"
)

func mining(s Status) bool { return s.State == Mining }

// TestJoin: it says who it is, its engine gets the work with the part that is its own, and what it finds is handed in.
func TestJoin(t *testing.T) {
	o, m := newOffice(t), newMachine(t)
	o.send(workOf("a"))
	s := begin(t, o, m, func(o *Options) { o.Name, o.Threads = "Shed", 3 })
	r := next(t, "the registration", o.joins)
	if r.GetWorkerId() != "w1" || r.GetWorkerName() != "Shed" || r.GetThreads() != 3 || !r.GetAnyNonceOffset() || r.GetOs() == "" {
		t.Errorf("it registers as %v", r)
	}
	j := next(t, "the job", m.jobs)
	if j.ID != "a" || j.Place == nil || *j.Place != (stratum.NoncePlace{Offset: 76, Start: 0x05000000, End: 0x05ffffff}) {
		t.Errorf("the engine got %+v", j)
	}
	if v := next(t, "the verdict", m.find(1)); v.Outcome != adit.ShareAccepted {
		t.Errorf("verdict %+v", v)
	}
	sh := next(t, "the share", o.shares)
	if sh.GetJobId() != "a" || sh.GetWorkerId() != "w1" || sh.GetSession() != "s1" || sh.GetNonce()[0] != 1 || len(sh.GetResult()) != 32 || sh.GetAttempt() != 0 {
		t.Errorf("it hands in %v", sh)
	}
	st := s.until("mining", mining)
	if st.Accepted != 1 || st.Member != "cert/w1" || st.Cluster != "test" || *st.Hashrate != 1234 || *st.Height != 7 || st.Threads != 3 || !st.Connected {
		t.Errorf("status %+v", st)
	}
	b := next(t, "a heartbeat that knows the speed", filter(o.beats, func(b *coopv1.HeartbeatRequest) bool { return b.Hashrate != nil && b.SharesValid == 1 }))
	if b.GetHashrate() != 1234 || b.Temperature != nil || b.CpuUsage != nil || b.GetPaused() || b.GetThreads() != 3 {
		t.Errorf("heartbeat %v", b)
	}
	if err := s.end(); err != nil {
		t.Fatal(err)
	}
	if f := next(t, "the farewell", o.farewell); f.GetWorkerId() != "w1" || f.GetSession() != "s1" {
		t.Errorf("farewell %v", f)
	}
	if m.stop != nil {
		t.Error("the engine was not stopped")
	}
}

// filter passes on what is wanted; it ends when it found one.
func filter[T any](in <-chan T, ok func(T) bool) <-chan T {
	out := make(chan T, 1)
	limit := time.After(patience)
	go func() {
		for {
			select {
			case v := <-in:
				if ok(v) {
					out <- v
					return
				}
			case <-limit:
				return
			}
		}
	}()
	return out
}

// TestRestart: the coordinator is killed and comes back as one that knows nothing: the engine goes on meanwhile, the same
// worker is back by itself within five seconds, and what it found is handed in.
func TestRestart(t *testing.T) {
	o, m := newOffice(t), newMachine(t)
	o.send(workOf("a"))
	s := begin(t, o, m, nil)
	next(t, "the registration", o.joins)
	next(t, "the job", m.jobs)
	s.until("mining", mining)
	for round := range 5 {
		o.kill()
		s.until("the loss", func(st Status) bool { return !st.Connected })
		var verdicts []chan stratum.Verdict
		for i := range 3 {
			verdicts = append(verdicts, m.find(byte(10*round+i+1)))
		}
		s.until("the shares", func(st Status) bool { return st.Queued == 3 })
		o.set(func() { o.session = string(rune('t' + round)) })
		began := time.Now()
		o.open()
		if r := next(t, "the next registration", o.joins); r.GetWorkerId() != "w1" {
			t.Errorf("it is %q now", r.GetWorkerId())
		}
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("it was back after %s", took)
		}
		for _, v := range verdicts {
			if v := next(t, "a verdict", v); !v.Outcome.Accepted() {
				t.Errorf("a share of the time between: %+v", v)
			}
		}
	}
	st := s.until("mining again", mining)
	if st.Accepted != 15 || st.Lost != 0 || len(m.starts) != 1 || m.resting() {
		t.Errorf("after all: %+v, %d starts", st, len(m.starts))
	}
	if st.Joins != 6 {
		t.Errorf("%d registrations", st.Joins)
	}
}

// TestAway: work that nobody renews is mined for as long as the coordinator said, and no longer.
func TestAway(t *testing.T) {
	o, m := newOffice(t), newMachine(t)
	o.config.JobTimeoutMs = 300
	o.send(workOf("a"))
	s := begin(t, o, m, nil)
	s.until("mining", mining)
	o.kill()
	s.until("the loss", func(st Status) bool { return st.State == Connecting })
	s.until("rest", func(Status) bool { return m.resting() })
	o.open()
	s.until("mining again", mining)
	s.until("work again", func(Status) bool { return !m.resting() })
}

// TestRefusedRests: a worker that is suspended or whose certificate was taken back in the middle of its work does not heat
// the room for nothing, however long its work may be mined without the coordinator, and goes on once it is taken again.
func TestRefusedRests(t *testing.T) {
	o, m := newOffice(t), newMachine(t)
	o.config.JobTimeoutMs = 3_600_000
	o.send(workOf("a"))
	s := begin(t, o, m, nil)
	s.until("mining", mining)
	o.set(func() { o.refuse = status.Error(codes.PermissionDenied, "member is suspended") })
	o.kill()
	o.open()
	s.until("the refusal", func(st Status) bool { return st.State == Refused && m.resting() })
	crew{s.Worker}.Lost(adit.Errorf(adit.Unreachable, "the line is dead"), 0)
	s.until("the loss", func(st Status) bool { return st.State == Connecting })
	if !m.resting() {
		t.Error("it mines for a coordinator that refused it and is away now")
	}
	crew{s.Worker}.Registered(&coopv1.RegisterResponse{Success: true})
	s.until("work again", func(Status) bool { return !m.resting() })
}

// TestOrders: pause, resume, another number of threads, and the end.
func TestOrders(t *testing.T) {
	o, m := newOffice(t), newMachine(t)
	o.send(workOf("a"))
	s := begin(t, o, m, func(o *Options) { o.Threads = 4 })
	s.until("mining", mining)
	order := func(c coopv1.WorkerCommand, why string, config *coopv1.ClusterConfig) {
		o.set(func() {
			o.command = &coopv1.HeartbeatResponse{Success: true, Command: c, Message: why, Config: config}
		})
	}
	order(coopv1.WorkerCommand_COMMAND_PAUSE, "the sun is down", nil)
	st := s.until("the pause", func(st Status) bool { return st.State == Resting && m.resting() })
	if st.Reason != "paused by the coordinator: the sun is down" {
		t.Errorf("it rests because %q", st.Reason)
	}
	next(t, "a heartbeat that says so", filter(o.beats, func(b *coopv1.HeartbeatRequest) bool { return b.Paused && b.PausedReason == st.Reason }))
	order(coopv1.WorkerCommand_COMMAND_RESUME, "", nil)
	s.until("the end of the pause", func(st Status) bool { return st.State == Mining && !m.resting() })

	two, nine := int32(2), int32(9)
	order(coopv1.WorkerCommand_COMMAND_UPDATE_CONFIG, "", &coopv1.ClusterConfig{Threads: &two, HeartbeatIntervalMs: 500})
	last := func() Settings { m.mu.Lock(); defer m.mu.Unlock(); return m.starts[len(m.starts)-1] }
	s.until("two threads", func(Status) bool { return last().Threads == 2 })
	order(coopv1.WorkerCommand_COMMAND_UPDATE_CONFIG, "", &coopv1.ClusterConfig{Threads: &nine, HeartbeatIntervalMs: 500})
	s.until("as many as the owner allows", func(Status) bool { return last().Threads == 4 })

	order(coopv1.WorkerCommand_COMMAND_SHUTDOWN, "we move", nil)
	if err := next(t, "the end", s.done); err != nil {
		t.Errorf("it ended with %v", err)
	}
	s.done <- nil // for end
	next(t, "the farewell", o.farewell)
	if st := s.Status(); st.State != Ended || st.Reason != "ended by the coordinator: we move" {
		t.Errorf("status %+v", st)
	}
}

// TestIdleAndGarbage: no work, and work that cannot be mined, let the engine rest; good work wakes it.
func TestIdleAndGarbage(t *testing.T) {
	o, m := newOffice(t), newMachine(t)
	s := begin(t, o, m, nil)
	s.until("waiting", func(st Status) bool { return st.State == Waiting && st.Connected })
	o.send(workOf("a"))
	s.until("mining", mining)
	o.send(&coopv1.JobMessage{Idle: true, IdleReason: "the pool is away"})
	if st := s.until("rest", func(st Status) bool { return st.State == Waiting && m.resting() }); st.Reason != "the pool is away" {
		t.Errorf("it waits because %q", st.Reason)
	}
	o.send(workOf("b"))
	s.until("work", func(st Status) bool { return st.State == Mining && !m.resting() && st.Job == "b" })
	bad := workOf("c")
	bad.SeedHash = nil
	o.send(bad)
	st := s.until("rest", func(st Status) bool { return st.State == Waiting && m.resting() })
	if !strings.Contains(st.Reason, "seed_hash") {
		t.Errorf("it waits because %q", st.Reason)
	}
	o.send(workOf("d"))
	s.until("work", func(st Status) bool { return st.State == Mining && !m.resting() && st.Job == "d" })
}

// TestForgotten: a coordinator that does not know the worker any more gets a new registration, and the share again.
func TestForgotten(t *testing.T) {
	o, m := newOffice(t), newMachine(t)
	o.send(workOf("a"))
	s := begin(t, o, m, nil)
	next(t, "the registration", o.joins)
	next(t, "the job", m.jobs)
	o.set(func() { o.session = "s2" })
	v := m.find(1)
	next(t, "the next registration", o.joins)
	if v := next(t, "the verdict", v); !v.Outcome.Accepted() {
		t.Errorf("verdict %+v", v)
	}
	if sh := next(t, "the share", o.shares); sh.GetSession() != "s2" {
		t.Errorf("it hands in %v", sh)
	}
	s.until("mining", mining)
}

// TestUnjudged: a share that was not judged is handed in again, and says so.
func TestUnjudged(t *testing.T) {
	o, m := newOffice(t), newMachine(t)
	o.send(workOf("a"))
	first := make(chan struct{}, 1)
	first <- struct{}{}
	o.judge = func(r *coopv1.ShareRequest) (*coopv1.ShareResponse, error) {
		select {
		case <-first:
			return nil, status.Error(codes.Unavailable, "the disk is full")
		default:
			return &coopv1.ShareResponse{Accepted: true, IsBlock: true}, nil
		}
	}
	s := begin(t, o, m, nil)
	next(t, "the job", m.jobs)
	if v := next(t, "the verdict", m.find(1)); v.Outcome != adit.ShareAccepted {
		t.Errorf("verdict %+v", v)
	}
	next(t, "the share", o.shares)
	if again := next(t, "the share again", o.shares); again.GetAttempt() != 1 {
		t.Errorf("attempt %d", again.GetAttempt())
	}
	if st := s.Status(); st.Joins != 1 || st.Blocks != 1 || st.Queued != 0 {
		t.Errorf("status %+v", st)
	}
}

// TestRefusedShares: the coordinator's words reach the engine and are counted.
func TestRefusedShares(t *testing.T) {
	o, m := newOffice(t), newMachine(t)
	o.send(workOf("a"))
	o.judge = func(r *coopv1.ShareRequest) (*coopv1.ShareResponse, error) {
		switch r.GetNonce()[0] {
		case 1:
			return &coopv1.ShareResponse{Reason: "Stale share", Outcome: string(adit.ShareStale)}, nil
		case 2:
			return &coopv1.ShareResponse{Reason: "Low difficulty share"}, nil // as the seed says it
		}
		return nil, status.Error(codes.InvalidArgument, "nonce: 4 bytes are expected")
	}
	s := begin(t, o, m, nil)
	next(t, "the job", m.jobs)
	for n, want := range map[byte]adit.ShareOutcome{1: adit.ShareStale, 2: adit.ShareLowDifficulty, 3: adit.ShareMalformed} {
		if v := next(t, "the verdict", m.find(n)); v.Outcome != want {
			t.Errorf("share %d: %+v, want %s", n, v, want)
		}
	}
	if st := s.Status(); st.Stale != 1 || st.Rejected != 2 || st.Accepted != 0 {
		t.Errorf("status %+v", st)
	}
}

// TestRefused: a coordinator that does not want the worker is not asked all the time, and its reason is shown.
func TestRefused(t *testing.T) {
	for name, c := range map[string]struct {
		set  func(*office)
		want string
	}{
		"by the call":   {func(o *office) { o.refuse = status.Error(codes.PermissionDenied, "the certificate was revoked") }, "the coordinator refuses this worker: the certificate was revoked"},
		"by the answer": {func(o *office) { o.reject = "suspended by the owner" }, "the coordinator refuses this worker: suspended by the owner"},
	} {
		t.Run(name, func(t *testing.T) {
			o, m := newOffice(t), newMachine(t)
			c.set(o)
			s := begin(t, o, m, nil)
			if st := s.until("the refusal", func(st Status) bool { return st.State == Refused }); st.Reason != c.want {
				t.Errorf("reason %q", st.Reason)
			}
		})
	}
}

func TestGivesUp(t *testing.T) {
	o, m := newOffice(t), newMachine(t)
	o.kill()
	s := begin(t, o, m, func(o *Options) { o.Client.Attempts = 3 })
	err := next(t, "the end", s.done)
	if err == nil || !strings.Contains(err.Error(), "after 3 attempts") {
		t.Errorf("it ended with %v", err)
	}
	s.done <- nil
}

// TestEngineFails: an engine that does not start is tried again, and its reason is shown.
func TestEngineFails(t *testing.T) {
	o, m := newOffice(t), newMachine(t)
	m.fails = errors.New("adit-miner is not there")
	o.send(workOf("a"))
	s := begin(t, o, m, nil)
	if st := s.until("the reason", func(st Status) bool { return st.Reason == "adit-miner is not there" }); st.State != Starting {
		t.Errorf("state %s", st.State)
	}
	m.mu.Lock()
	m.fails = nil
	m.mu.Unlock()
	s.until("mining", mining)
}

// TestHeldByOwner: what the owner's rules hold is said as it is.
func TestHeldByOwner(t *testing.T) {
	o, m := newOffice(t), newMachine(t)
	m.reading = Reading{Rests: true, Why: "paused by owner until resumed"}
	o.send(workOf("a"))
	s := begin(t, o, m, nil)
	s.until("rest", func(st Status) bool { return st.State == Resting && st.Reason == "paused by owner until resumed" })
	next(t, "a heartbeat that says so", filter(o.beats, func(b *coopv1.HeartbeatRequest) bool { return b.Paused && b.Hashrate == nil }))
}

// TestBridge: the engine's port is for the engine, and what cannot be right never reaches the coordinator.
func TestBridge(t *testing.T) {
	o, m := newOffice(t), newMachine(t)
	o.send(workOf("a"))
	s := begin(t, o, m, nil)
	next(t, "the job", m.jobs)
	set := m.starts[0]
	for name, p := range map[string]stratum.Pool{
		"another password": {URL: set.URL, User: set.User, Password: "x", Extensions: []string{stratum.NonceOffset}},
		"another user":     {URL: set.URL, User: "me", Password: set.Password, Extensions: []string{stratum.NonceOffset}},
		"no extension":     {URL: set.URL, User: set.User, Password: set.Password},
	} {
		if c, err := stratum.Dial(t.Context(), p, nil, nil); err == nil {
			c.Close()
			t.Errorf("%s was let in", name)
		}
	}
	m.mu.Lock()
	j, pool := *m.job, m.pool
	m.mu.Unlock()
	submit := func(sh stratum.Share) stratum.Verdict {
		v, err := pool.Submit(t.Context(), sh)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	if v := submit(j.Share([]byte{1, 0, 0, 6}, [32]byte{})); v.Outcome.Accepted() {
		t.Error("a nonce of somebody else was taken")
	}
	high := [32]byte{}
	for i := range high {
		high[i] = 255
	}
	if v := submit(j.Share([]byte{1, 0, 0, 5}, high)); v.Outcome != adit.ShareLowDifficulty {
		t.Errorf("a hash that is too high: %+v", v)
	}
	old := j
	old.ID = "never"
	if v := submit(old.Share([]byte{1, 0, 0, 5}, [32]byte{})); v.Outcome.Accepted() {
		t.Error("a job that never was")
	}
	clean := workOf("b")
	clean.CleanJobs = true
	o.send(clean)
	s.until("the next job", func(st Status) bool { return st.Job == "b" })
	if v := submit(j.Share([]byte{2, 0, 0, 5}, [32]byte{})); v.Outcome != adit.ShareStale {
		t.Errorf("a share of work that is over: %+v", v)
	}
	select {
	case sh := <-o.shares:
		t.Errorf("the coordinator got %v", sh)
	default:
	}
}

// TestQueueBound: what cannot be handed in for too long is given up, the oldest first, and counted.
func TestQueueBound(t *testing.T) {
	w, err := New(Options{Client: nowhere, Engine: newMachine(t), ID: "w"})
	if err != nil {
		t.Fatal(err)
	}
	var first stratum.Verdict
	for i := range queueMost + 1 {
		reply := func(stratum.Verdict) {}
		if i == 0 {
			reply = func(v stratum.Verdict) { first = v }
		}
		w.queue.add(&found{job: "a", at: time.Unix(int64(i), 0), reply: reply})
	}
	_, _, _, lost, _, _ := w.queue.counts()
	if w.queue.size() != queueMost || lost != 1 || first.Text == "" || first.Outcome != "" {
		t.Errorf("%d wait, %d lost, %+v", w.queue.size(), lost, first)
	}
	w.queue.close()
	if _, _, _, lost, _, _ = w.queue.counts(); lost != queueMost+1 {
		t.Errorf("%d lost at the end", lost)
	}
}

var nowhere = rpc.ClientOptions{Addresses: []string{"127.0.0.1:1"}}

func TestOptions(t *testing.T) {
	for field, o := range map[string]Options{
		"coordinator.address": {Engine: &machine{}, ID: "w"}, "engine": {Client: nowhere}, "worker.id": {Client: nowhere, Engine: &machine{}},
		"threads": {Client: nowhere, Engine: &machine{}, ID: "w", Threads: -1},
	} {
		_, err := New(o)
		if e, ok := adit.AsError(err); !ok || e.Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
}
