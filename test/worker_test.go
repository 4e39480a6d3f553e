//go:build linux

package test

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop/coopv1"
	"github.com/adit-mining/adit/coop/worker"
	"github.com/adit-mining/adit/pow/verify"
	"github.com/adit-mining/adit/stratum"
	"github.com/adit-mining/adit/test/fakework"
)

// chief is a coordinator that hands out one job and checks by hashing what comes back.
type chief struct {
	coopv1.UnimplementedCoopMineServer
	t    *testing.T
	addr string
	hash verify.Hasher

	mu      sync.Mutex
	srv     *grpc.Server
	session string
	job     *coopv1.JobMessage
	order   *coopv1.HeartbeatResponse
	beat    *coopv1.HeartbeatRequest
	joined  map[string]int
	left    int
	good    int
	bad     []string
}

func newChief(t *testing.T, hash verify.Hasher, difficulty uint64) *chief {
	blob := make([]byte, 80)
	for i := range blob {
		blob[i] = byte(i)
	}
	target := make([]byte, 8)
	for i := range target {
		target[i] = byte(stratum.TargetOf(difficulty) >> (8 * i))
	}
	c := &chief{t: t, hash: hash, session: "1", joined: map[string]int{}, job: &coopv1.JobMessage{
		JobId: "j1", Blob: blob, Target: target, SeedHash: make([]byte, 32), NonceStart: 0x2a000000, NonceEnd: 0x2affffff, NonceOffset: 76, Algo: "rx/0",
	}}
	c.open()
	t.Cleanup(c.kill)
	return c
}

func (c *chief) open() {
	c.t.Helper()
	at := c.addr
	if at == "" {
		at = "127.0.0.1:0"
	}
	ln, err := net.Listen("tcp", at)
	if err != nil {
		c.t.Fatal(err)
	}
	c.addr = ln.Addr().String()
	srv := grpc.NewServer()
	coopv1.RegisterCoopMineServer(srv, c)
	c.mu.Lock()
	c.srv = srv
	c.mu.Unlock()
	go func() { _ = srv.Serve(ln) }()
}

func (c *chief) kill() {
	c.mu.Lock()
	srv := c.srv
	c.srv = nil
	c.session += "+"
	c.mu.Unlock()
	if srv != nil {
		srv.Stop()
	}
}

func (c *chief) Register(_ context.Context, r *coopv1.RegisterRequest) (*coopv1.RegisterResponse, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.joined[r.GetWorkerId()]++
	return &coopv1.RegisterResponse{Success: true, AssignedId: r.GetWorkerId(), Session: c.session, Config: &coopv1.ClusterConfig{HeartbeatIntervalMs: 500}}, nil
}

func (c *chief) known(session string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if session != c.session {
		return status.Error(codes.NotFound, "register again")
	}
	return nil
}

func (c *chief) Unregister(context.Context, *coopv1.UnregisterRequest) (*coopv1.UnregisterResponse, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.left++
	return &coopv1.UnregisterResponse{Success: true}, nil
}

func (c *chief) Heartbeat(_ context.Context, r *coopv1.HeartbeatRequest) (*coopv1.HeartbeatResponse, error) {
	if err := c.known(r.GetSession()); err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.beat = r
	if o := c.order; o != nil {
		c.order = nil
		return o, nil
	}
	return &coopv1.HeartbeatResponse{Success: true}, nil
}

func (c *chief) StreamJobs(r *coopv1.StreamJobsRequest, s grpc.ServerStreamingServer[coopv1.JobMessage]) error {
	if err := c.known(r.GetSession()); err != nil {
		return err
	}
	if err := s.Send(c.job); err != nil {
		return err
	}
	<-s.Context().Done()
	return s.Context().Err()
}

// SubmitShare hashes what came and counts it.
func (c *chief) SubmitShare(ctx context.Context, r *coopv1.ShareRequest) (*coopv1.ShareResponse, error) {
	if err := c.known(r.GetSession()); err != nil {
		return nil, err
	}
	j := stratum.Job{ID: "j1", Blob: c.job.Blob, Algorithm: adit.RandomX, Place: &stratum.NoncePlace{Offset: 76, Start: c.job.NonceStart, End: c.job.NonceEnd}}
	var why string
	blob, err := j.WithNonce(r.GetNonce())
	if err != nil {
		why = err.Error()
	} else if got, err := c.hash.Hash(ctx, adit.RandomX, [32]byte{}, [][]byte{blob}); err != nil {
		why = err.Error()
	} else if string(got[0][:]) != string(r.GetResult()) {
		why = fmt.Sprintf("nonce %x hashes to %x, not %x", r.GetNonce(), got[0], r.GetResult())
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if why != "" {
		c.bad = append(c.bad, why)
		return &coopv1.ShareResponse{Reason: why}, nil
	}
	c.good++
	return &coopv1.ShareResponse{Accepted: true, Outcome: string(adit.ShareAccepted)}, nil
}

// shares waits for so many more good ones.
func (c *chief) shares(n int, d time.Duration) {
	c.t.Helper()
	c.mu.Lock()
	want := c.good + n
	c.mu.Unlock()
	eventually(c.t, d, func() error {
		c.mu.Lock()
		defer c.mu.Unlock()
		if len(c.bad) > 0 {
			c.t.Fatalf("a share is wrong: %s", c.bad[0])
		}
		if c.good < want {
			return fmt.Errorf("%d of %d shares, the last heartbeat is %v", c.good, want, c.beat)
		}
		return nil
	})
}

// beats waits for a heartbeat that ok is content with.
func (c *chief) beats(what string, ok func(*coopv1.HeartbeatRequest) bool) {
	c.t.Helper()
	eventually(c.t, soon, func() error {
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.beat == nil || !ok(c.beat) {
			return fmt.Errorf("no heartbeat of %s: %v", what, c.beat)
		}
		return nil
	})
}

func (c *chief) say(command coopv1.WorkerCommand, why string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.order = &coopv1.HeartbeatResponse{Success: true, Command: command, Message: why}
}

// works starts `adit worker` for a coordinator without TLS.
func (h *home) works(c *chief, args ...string) *server {
	h.t.Helper()
	file := filepath.Join(h.t.TempDir(), "worker.yaml")
	text := fmt.Sprintf("coordinator:\n  address: %q\n  tls: {enabled: false}\nmining: {threads: 1, mode: light, hashrate_interval: 1s}\n", c.addr)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		h.t.Fatal(err)
	}
	return h.launch(append([]string{"worker", "--config", file}, args...)...)
}

// TestWorker is a worker's life: it mines for the crew, rests for its owner and for the coordinator, goes on through a
// restart of the coordinator, and leaves in good order.
func TestWorker(t *testing.T) {
	t.Parallel()
	h, c := newHome(t, fakeBin), newChief(t, fakework.Hasher{}, 50)
	s := h.works(c, "--worker-id", "shed", "--yes-i-own-this-machine")
	s.says(regexp.MustCompile("worker shed for " + regexp.QuoteMeta(c.addr)))
	c.shares(3, soon)
	c.beats("a speed", func(b *coopv1.HeartbeatRequest) bool {
		return b.Hashrate != nil && *b.Hashrate > 0 && b.MemoryUsage != nil && !b.Paused
	})
	if p := h.pids("shim"); len(p) != 1 {
		t.Errorf("%d shims", len(p))
	}

	if _, errs, code := h.adit("pause"); code != 0 {
		t.Fatal(errs)
	}
	c.beats("the owner's pause", func(b *coopv1.HeartbeatRequest) bool { return b.Paused && strings.Contains(b.PausedReason, "paused") })
	if _, errs, code := h.adit("resume"); code != 0 {
		t.Fatal(errs)
	}
	c.beats("work", func(b *coopv1.HeartbeatRequest) bool { return !b.Paused && b.Hashrate != nil })
	c.say(coopv1.WorkerCommand_COMMAND_PAUSE, "the sun is down")
	c.beats("the coordinator's pause", func(b *coopv1.HeartbeatRequest) bool {
		return b.Paused && strings.Contains(b.PausedReason, "the sun is down")
	})
	c.say(coopv1.WorkerCommand_COMMAND_RESUME, "")
	c.beats("work", func(b *coopv1.HeartbeatRequest) bool { return !b.Paused && b.Hashrate != nil })

	engine := h.pids("engine")
	c.kill()
	c.open()
	c.shares(3, soon)
	if now := h.pids("engine"); len(now) != 1 || len(engine) != 1 || now[0] != engine[0] {
		t.Errorf("the engine %v was replaced by %v", engine, now)
	}

	for _, pid := range h.pids("shim") {
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}
	c.shares(3, soon)

	if _, errs, code := h.adit("worker", "--worker-id", "shed", "--coordinator", c.addr); code != 1 || !strings.Contains(errs, "already runs") {
		t.Errorf("a second worker of that id: %d, %s", code, errs)
	}
	if took := s.end(syscall.SIGTERM); took > 12*time.Second {
		t.Errorf("the end took %s", took)
	}
	c.mu.Lock()
	if c.left == 0 || c.joined["shed"] < 2 || len(c.joined) != 1 {
		t.Errorf("joined %v, left %d times", c.joined, c.left)
	}
	c.mu.Unlock()
	nothingLeft(t, h)
}

// TestWorkerConsent: nothing starts without the owner's word, which a variable can give and a withdrawal takes back.
func TestWorkerConsent(t *testing.T) {
	t.Parallel()
	h, c := newHome(t, fakeBin), newChief(t, fakework.Hasher{}, 50)
	if _, errs, code := h.adit("worker", "--coordinator", c.addr); code != 5 || !strings.Contains(errs, "ADIT_CONSENT=yes") {
		t.Errorf("without a word: %d, %s", code, errs)
	}
	h.env = []string{"ADIT_CONSENT=yes"}
	s := h.works(c, "-o", "json")
	c.shares(1, soon)
	if _, errs, code := h.adit("consent", "revoke"); code != 0 {
		t.Fatal(errs)
	}
	c.beats("withdrawn consent", func(b *coopv1.HeartbeatRequest) bool {
		return b.Paused && strings.Contains(b.PausedReason, "not allowed")
	})
	if p := h.pids("engine"); len(p) != 0 {
		t.Errorf("it still runs: %v", p)
	}
	s.end(syscall.SIGINT)
	var st worker.Status
	_, line, _ := strings.Cut(s.out.String(), "\n{") // notes for people come first
	line, _, _ = strings.Cut("{"+line, "\n")
	if err := json.Unmarshal([]byte(line), &st); err != nil || st.ID == "" || st.Coordinator != c.addr {
		t.Errorf("it prints %q: %v", line, err)
	}
	if _, errs, code := h.adit("worker", "--coordinator", c.addr); code != 5 || !strings.Contains(errs, "does not undo") {
		t.Errorf("after the withdrawal: %d, %s", code, errs)
	}
	nothingLeft(t, h)
}

// TestWorkerKilled: kill -9 of a worker ends its engine within a moment of the next start, and its id is the same.
func TestWorkerKilled(t *testing.T) {
	t.Parallel()
	h, c := newHome(t, fakeBin), newChief(t, fakework.Hasher{}, 50)
	s := h.works(c, "--yes-i-own-this-machine")
	c.shares(1, soon)
	s.kill()
	s = h.works(c)
	c.shares(2, soon)
	if e, sh := h.pids("engine"), h.pids("shim"); len(e) != 1 || len(sh) != 1 {
		t.Errorf("%d engines, %d shims", len(e), len(sh))
	}
	s.end(syscall.SIGTERM)
	c.mu.Lock()
	if len(c.joined) != 1 {
		t.Errorf("it joined as %v", c.joined)
	}
	c.mu.Unlock()
	nothingLeft(t, h)
}
