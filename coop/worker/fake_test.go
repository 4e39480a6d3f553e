package worker

import (
	"context"
	"errors"
	"net"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop/coopv1"
	"github.com/adit-mining/adit/coop/rpc"
	"github.com/adit-mining/adit/stratum"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is how long a test waits for what must come.
const patience = 20 * time.Second

// office is a fake coordinator on a real socket. It can be killed and opened again on the same port.
type office struct {
	coopv1.UnimplementedCoopMineServer
	t    *testing.T
	addr string

	mu       sync.Mutex
	srv      *grpc.Server
	jobs     map[chan *coopv1.JobMessage]bool // of streams
	newest   *coopv1.JobMessage
	config   *coopv1.ClusterConfig
	refuse   error // of Register
	reject   string
	command  *coopv1.HeartbeatResponse // the next answer
	judge    func(*coopv1.ShareRequest) (*coopv1.ShareResponse, error)
	session  string
	joins    chan *coopv1.RegisterRequest
	beats    chan *coopv1.HeartbeatRequest
	shares   chan *coopv1.ShareRequest
	farewell chan *coopv1.UnregisterRequest
}

func newOffice(t *testing.T) *office {
	o := &office{
		t: t, jobs: map[chan *coopv1.JobMessage]bool{}, config: &coopv1.ClusterConfig{ClusterName: "test", HeartbeatIntervalMs: 500},
		joins: make(chan *coopv1.RegisterRequest, 1000), beats: make(chan *coopv1.HeartbeatRequest, 1000),
		shares: make(chan *coopv1.ShareRequest, 10000), farewell: make(chan *coopv1.UnregisterRequest, 10), session: "s1",
	}
	o.open()
	t.Cleanup(o.kill)
	return o
}

// open listens, on the port of before where there was one.
func (o *office) open() {
	o.t.Helper()
	at := o.addr
	if at == "" {
		at = "127.0.0.1:0"
	}
	ln, err := net.Listen("tcp", at)
	if err != nil {
		o.t.Fatal(err)
	}
	o.addr = ln.Addr().String()
	srv := grpc.NewServer()
	coopv1.RegisterCoopMineServer(srv, o)
	o.mu.Lock()
	o.srv = srv
	o.mu.Unlock()
	go func() { _ = srv.Serve(ln) }()
}

// kill ends every call and closes the port.
func (o *office) kill() {
	o.mu.Lock()
	srv := o.srv
	o.srv = nil
	o.mu.Unlock()
	if srv != nil {
		srv.Stop()
	}
}

func (o *office) set(f func()) {
	o.mu.Lock()
	defer o.mu.Unlock()
	f()
}

// send gives a job to all streams.
func (o *office) send(j *coopv1.JobMessage) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.newest = j
	for c := range o.jobs {
		c <- j
	}
}

func (o *office) Register(_ context.Context, r *coopv1.RegisterRequest) (*coopv1.RegisterResponse, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.refuse != nil {
		return nil, o.refuse
	}
	o.joins <- r
	if o.reject != "" {
		return &coopv1.RegisterResponse{Message: o.reject}, nil
	}
	return &coopv1.RegisterResponse{Success: true, AssignedId: r.GetWorkerId(), Config: o.config, CurrentJob: o.newest, Session: o.session, Member: "cert/" + r.GetWorkerId()}, nil
}

func (o *office) Unregister(_ context.Context, r *coopv1.UnregisterRequest) (*coopv1.UnregisterResponse, error) {
	o.farewell <- r
	return &coopv1.UnregisterResponse{Success: true}, nil
}

func (o *office) Heartbeat(_ context.Context, r *coopv1.HeartbeatRequest) (*coopv1.HeartbeatResponse, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if r.GetSession() != o.session {
		return nil, status.Error(codes.NotFound, "who is that?")
	}
	select {
	case o.beats <- r:
	default:
	}
	if c := o.command; c != nil {
		o.command = nil
		return c, nil
	}
	return &coopv1.HeartbeatResponse{Success: true}, nil
}

func (o *office) StreamJobs(r *coopv1.StreamJobsRequest, s grpc.ServerStreamingServer[coopv1.JobMessage]) error {
	c := make(chan *coopv1.JobMessage, 1000)
	o.mu.Lock()
	if r.GetSession() != o.session {
		o.mu.Unlock()
		return status.Error(codes.NotFound, "who is that?")
	}
	o.jobs[c] = true
	if o.newest != nil {
		c <- o.newest
	}
	o.mu.Unlock()
	defer o.set(func() { delete(o.jobs, c) })
	for {
		select {
		case <-s.Context().Done():
			return s.Context().Err()
		case j := <-c:
			if err := s.Send(j); err != nil {
				return err
			}
		}
	}
}

func (o *office) SubmitShare(_ context.Context, r *coopv1.ShareRequest) (*coopv1.ShareResponse, error) {
	o.mu.Lock()
	judge, session := o.judge, o.session
	o.mu.Unlock()
	if r.GetSession() != session {
		return nil, status.Error(codes.NotFound, "who is that?")
	}
	o.shares <- r
	if judge != nil {
		return judge(r)
	}
	return &coopv1.ShareResponse{Accepted: true, Outcome: string(adit.ShareAccepted), Difficulty: 1}, nil
}

// workOf is a job whose every hash is a share.
func workOf(id string) *coopv1.JobMessage {
	blob := make([]byte, 80)
	copy(blob[1:], id)
	height := int64(7)
	return &coopv1.JobMessage{
		JobId: id, Blob: blob, Target: []byte{255, 255, 255, 255, 255, 255, 255, 255}, SeedHash: make([]byte, 32), Height: &height,
		NonceStart: 0x05000000, NonceEnd: 0x05ffffff, NonceOffset: 76, Algo: "rx/0", Timestamp: 1,
	}
}

// machine is a fake engine: a real Stratum client that finds what the test tells it to.
type machine struct {
	t *testing.T

	mu      sync.Mutex
	stop    func()
	pool    *stratum.Failover
	job     *stratum.Job
	starts  []Settings
	rests   []bool
	fails   error
	reading Reading
	jobs    chan stratum.Job
	changed chan struct{}
}

func newMachine(t *testing.T) *machine {
	rate := adit.Hashrate(1234)
	return &machine{t: t, jobs: make(chan stratum.Job, 1000), changed: make(chan struct{}, 1000), reading: Reading{Hashrate: &rate, Mode: "fast", Threads: 3}}
}

func (m *machine) Start(_ context.Context, s Settings) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fails != nil {
		return m.fails
	}
	if m.stop != nil {
		m.stop()
	}
	m.starts = append(m.starts, s)
	ctx, cancel := context.WithCancel(context.Background())
	pool, err := stratum.NewFailover(stratum.FailoverOptions{
		Pools: []stratum.Pool{{URL: s.URL, User: s.User, Password: s.Password, Extensions: []string{stratum.NonceOffset}}},
		OnJob: func(j stratum.Job) {
			m.mu.Lock()
			m.job = &j
			m.mu.Unlock()
			m.jobs <- j
		},
	})
	if err != nil {
		cancel()
		return err
	}
	done := make(chan struct{})
	go func() { _ = pool.Run(ctx); close(done) }()
	m.pool, m.stop = pool, func() { cancel(); <-done }
	m.changed <- struct{}{}
	return nil
}

func (m *machine) Rest(_ context.Context, rest bool, _ string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.rests = append(m.rests, rest)
	m.changed <- struct{}{}
	return nil
}

func (m *machine) Read(context.Context) (Reading, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.reading, nil
}

func (m *machine) Stop(context.Context) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.stop != nil {
		m.stop()
		m.stop = nil
	}
	return nil
}

func (m *machine) resting() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.rests) > 0 && m.rests[len(m.rests)-1]
}

// find submits a share of the newest job and returns the worker's word on it.
func (m *machine) find(n byte) chan stratum.Verdict {
	m.mu.Lock()
	pool, j := m.pool, *m.job
	m.mu.Unlock()
	out := make(chan stratum.Verdict, 1)
	go func() {
		v, err := pool.Submit(context.Background(), j.Share([]byte{n, 0, 0, 5}, [32]byte{n}))
		if err != nil {
			v.Text = err.Error()
		}
		out <- v
	}()
	return out
}

// shift is a worker under test.
type shift struct {
	*Worker
	t    *testing.T
	end  func() error // stops it and waits
	done chan error
}

func begin(t *testing.T, o *office, m *machine, tune func(*Options)) *shift {
	t.Helper()
	opt := Options{
		Client: rpc.ClientOptions{Addresses: []string{o.addr}, Backoff: stratum.Backoff{Least: 50 * time.Millisecond, Most: 200 * time.Millisecond}},
		Engine: m, ID: "w1", Every: 50 * time.Millisecond,
	}
	if tune != nil {
		tune(&opt)
	}
	w, err := New(opt)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	s := &shift{Worker: w, t: t, done: make(chan error, 1)}
	go func() { s.done <- w.Run(ctx) }()
	var once sync.Once
	s.end = func() (err error) {
		once.Do(func() {
			cancel()
			select {
			case err = <-s.done:
			case <-time.After(patience):
				err = errors.New("the worker does not end")
			}
		})
		return err
	}
	t.Cleanup(func() {
		if err := s.end(); err != nil && opt.Client.Attempts == 0 {
			t.Error(err)
		}
	})
	return s
}

// until polls: what happens in other goroutines and processes has no other bell here.
func (s *shift) until(what string, ok func(Status) bool) Status {
	s.t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	limit := time.After(patience)
	for {
		st := s.Status()
		if ok(st) {
			return st
		}
		select {
		case <-tick.C:
		case <-limit:
			s.t.Fatalf("%s did not come: %+v", what, st)
		}
	}
}

// next waits for something from a channel.
func next[T any](t *testing.T, what string, c <-chan T) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(patience):
		t.Fatalf("%s did not come", what)
		panic("unreachable")
	}
}
