package rpc

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"slices"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop"
	"github.com/adit-mining/adit/coop/coopv1"
	"github.com/adit-mining/adit/link/pki"
)

// Bounds of what a worker says of itself.
const (
	maxWord         = 64
	maxName         = 128
	maxCapabilities = 32
)

// turn makes the registrations of one member come one after the other.
type turn struct {
	sem   chan struct{}
	users int
}

// Register implements the service.
func (s *Server) Register(ctx context.Context, r *coopv1.RegisterRequest) (*coopv1.RegisterResponse, error) {
	c, err := s.admitted(ctx)
	if err != nil {
		return nil, err
	}
	id := r.GetWorkerId()
	if id == "" {
		id = chosenID(r.GetWorkerName())
	}
	member, id, err := c.member(id)
	if err != nil {
		return nil, err
	}
	h, err := hello(c, member, r)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, joinTime)
	defer cancel()
	leave, err := s.takeTurn(ctx, member)
	if err != nil {
		return nil, err
	}
	defer leave()
	if err := s.room(member); err != nil {
		return nil, err
	}
	seat, err := s.o.Crew.Join(ctx, s, h)
	if err != nil {
		return nil, refusal(ctx, err)
	}
	w := newWorker(member, id, newSession(), seat, s.o.Now())
	w.limit = s.limiter()
	if err := s.seatTaken(ctx, w); err != nil {
		return nil, err
	}
	return &coopv1.RegisterResponse{
		Success: true, Message: "welcome", AssignedId: id, Config: s.config(), Session: w.session, Member: string(member),
		CurrentJob: s.currentJob(w),
	}, nil
}

// chosenID is the id of a worker that brings none: its name where that can be one.
func chosenID(name string) string {
	if pki.ValidName(name) {
		return name
	}
	return "worker-" + adit.NewID()[:12]
}

func newSession() string {
	var b [12]byte
	_, _ = rand.Read(b[:]) // never fails since Go 1.24
	return hex.EncodeToString(b[:])
}

// hello is what the crew learns of a worker, within bounds.
func hello(c caller, m coop.MemberID, r *coopv1.RegisterRequest) (h coop.Hello, err error) {
	if r.GetThreads() < 0 || r.GetThreads() > 1<<16 {
		return h, status.Errorf(codes.InvalidArgument, "threads: %d: use 0 (unknown) to 65536", r.GetThreads())
	}
	if len(r.GetCapabilities()) > maxCapabilities || len(r.GetAlgos()) > maxCapabilities {
		return h, status.Errorf(codes.InvalidArgument, "capabilities, algos: at most %d each", maxCapabilities)
	}
	h = coop.Hello{
		Member: m, Name: cut(r.GetWorkerName(), maxName), Via: coop.ViaGRPC, Agent: cut(r.GetVersion(), maxName),
		Remote: c.remote, TLS: c.tls, Cert: c.fingerprint(), AnyOffset: r.GetAnyNonceOffset(),
		Threads: int(r.GetThreads()), OS: cut(r.GetOs(), maxWord), Arch: cut(r.GetArch(), maxWord), FixedDiff: r.GetFixedDifficulty(),
	}
	for _, s := range r.GetCapabilities() {
		h.Capabilities = append(h.Capabilities, cut(s, maxWord))
	}
	for _, s := range r.GetAlgos() {
		if a := adit.Algorithm(cut(s, maxWord)); !slices.Contains(h.Algos, a) {
			h.Algos = append(h.Algos, a)
		}
	}
	if d := r.GetDifficulty(); d != "" {
		if err := h.Difficulty.UnmarshalText([]byte(cut(d, maxWord))); err != nil {
			return h, status.Error(codes.InvalidArgument, "difficulty: a whole number of expected hashes in decimal is expected")
		}
	}
	return h, nil
}

// takeTurn waits until no other registration of the member is going on.
func (s *Server) takeTurn(ctx context.Context, m coop.MemberID) (leave func(), err error) {
	s.mu.Lock()
	t := s.turns[m]
	if t == nil {
		t = &turn{sem: make(chan struct{}, 1)}
		s.turns[m] = t
	}
	t.users++
	s.mu.Unlock()
	left := func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if t.users--; t.users == 0 {
			delete(s.turns, m)
		}
		if len(s.turns) == 0 {
			clear(s.early)
		}
	}
	select {
	case t.sem <- struct{}{}:
		return func() { <-t.sem; left() }, nil
	case <-ctx.Done():
		left()
		return nil, status.FromContextError(ctx.Err()).Err()
	}
}

// room refuses newcomers where all places are taken.
func (s *Server) room(m coop.MemberID) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, here := s.workers[m]; here || len(s.workers) < s.o.MaxWorkers {
		return nil
	}
	return status.Errorf(codes.ResourceExhausted, "the coordinator takes %d workers (grpc.max_workers) and they are here", s.o.MaxWorkers)
}

func refusal(ctx context.Context, err error) error {
	switch adit.CodeOf(err) {
	case adit.Invalid:
		return status.Error(codes.InvalidArgument, words(err))
	case adit.Forbidden, adit.Unauthorized, adit.Refused, adit.NoConsent:
		return status.Error(codes.PermissionDenied, words(err))
	case adit.Unsupported:
		return status.Error(codes.FailedPrecondition, words(err))
	}
	if ctx.Err() != nil {
		return status.Error(codes.Unavailable, words(errNoWork))
	}
	return status.Error(codes.Unavailable, words(err))
}

var errReplaced = adit.Errorf(adit.Conflict, "a worker with the same id under the same certificate has come: it takes this one's place")

// seatTaken puts a worker in its place, and sends away who was there before.
func (s *Server) seatTaken(ctx context.Context, w *worker) error {
	s.mu.Lock()
	before := s.workers[w.member]
	if w.recent = s.recent[w.member]; w.recent == nil {
		w.recent = &verdicts{used: s.o.Now()}
		s.recent[w.member] = w.recent
	}
	s.workers[w.member], s.bySeat[w.seat] = w, w
	sentAway, early := s.early[w.seat]
	delete(s.early, w.seat)
	s.mu.Unlock()
	if before != nil {
		s.drop(before, errReplaced, true)
	}
	if early {
		s.drop(w, sentAway, false)
		return goneStatus(sentAway)
	}
	if ctx.Err() != nil { // the caller has hung up: nobody would ever use this seat
		s.drop(w, errReplaced, true)
		return status.FromContextError(ctx.Err()).Err()
	}
	w.begin()
	return nil
}

// drop ends a registration. leave gives its seat back, where the crew has not taken it already.
func (s *Server) drop(w *worker, reason error, leave bool) {
	if !w.end(reason) {
		return
	}
	s.mu.Lock()
	if s.workers[w.member] == w {
		delete(s.workers, w.member)
	}
	delete(s.bySeat, w.seat)
	s.mu.Unlock()
	if leave {
		w.seat.Leave(reason)
	}
}

func (s *Server) config() *coopv1.ClusterConfig {
	c := s.o.Cluster()
	out := &coopv1.ClusterConfig{
		ClusterId: c.ID, ClusterName: c.Name, HeartbeatIntervalMs: int32(s.o.Heartbeat.Milliseconds()),
		JobTimeoutMs: int32(c.JobTimeout.Milliseconds()), Coin: c.Coin, Algo: string(c.Algorithm),
	}
	if c.Target.Hi == 0 {
		out.TargetDifficulty = c.Target.Lo
	}
	return out
}

// Unregister implements the service.
func (s *Server) Unregister(ctx context.Context, r *coopv1.UnregisterRequest) (*coopv1.UnregisterResponse, error) {
	w, err := s.worker(ctx, r.GetWorkerId(), r.GetSession())
	if err != nil {
		return nil, err
	}
	s.drop(w, adit.Errorf(adit.NotFound, "it has left"), true)
	return &coopv1.UnregisterResponse{Success: true, Message: "goodbye"}, nil
}

// worker finds the registration that a call is about. A session that is not the present one is of a program whose place
// another has taken.
func (s *Server) worker(ctx context.Context, id, session string) (*worker, error) {
	c, err := s.admitted(ctx)
	if err != nil {
		return nil, err
	}
	m, _, err := c.member(id)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	w := s.workers[m]
	s.mu.Unlock()
	switch {
	case w == nil:
		return nil, status.Error(codes.NotFound, "the coordinator does not know this worker: register again")
	case session != "" && session != w.session:
		return nil, status.Error(codes.Aborted, words(errReplaced))
	}
	w.alive(s.o.Now())
	return w, nil
}
