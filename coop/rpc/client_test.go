package rpc_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop"
	"github.com/adit-mining/adit/coop/coopv1"
	"github.com/adit-mining/adit/coop/rpc"
	"github.com/adit-mining/adit/internal/badline"
	"github.com/adit-mining/adit/link/pki"
	"github.com/adit-mining/adit/stratum"
)

// hand is a worker that writes down what it hears.
type hand struct {
	id string

	mu         sync.Mutex
	registered int
	jobs       []*coopv1.JobMessage
	commands   []coopv1.WorkerCommand
	beats      int
	lost       []error
}

func (h *hand) Hello() *coopv1.RegisterRequest {
	return &coopv1.RegisterRequest{WorkerId: h.id, Threads: 2, Algos: []string{"rx/0"}, AnyNonceOffset: true}
}

func (h *hand) Registered(*coopv1.RegisterResponse) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.registered++
}

func (h *hand) Job(j *coopv1.JobMessage) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.jobs = append(h.jobs, j)
}

func (h *hand) Beat() *coopv1.HeartbeatRequest {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.beats++
	return &coopv1.HeartbeatRequest{Hashrate: proto.Float64(100)}
}

func (h *hand) Command(c coopv1.WorkerCommand, _ *coopv1.ClusterConfig, _ string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.commands = append(h.commands, c)
}

func (h *hand) Lost(err error, _ time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.lost = append(h.lost, err)
}

func (h *hand) count() (registered, jobs, beats int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.registered, len(h.jobs), h.beats
}

func (h *hand) lastLost() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.lost) == 0 {
		return nil
	}
	return h.lost[len(h.lost)-1]
}

// has reports whether the newest job is of this id.
func (h *hand) has(id string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.jobs) > 0 && h.jobs[len(h.jobs)-1].GetJobId() == id
}

// works runs a client until the test, or stop, ends it.
func works(t *testing.T, w *hand, id *pki.Identity, addresses ...string) (c *rpc.Client, stop func()) {
	t.Helper()
	c, err := rpc.NewClient(rpc.ClientOptions{Addresses: addresses, Identity: id, Handler: w, Backoff: stratum.Backoff{Least: 20 * time.Millisecond, Most: 200 * time.Millisecond}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var owned sync.WaitGroup
	owned.Go(func() {
		if err := c.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	stop = sync.OnceFunc(func() { cancel(); owned.Wait() })
	t.Cleanup(stop)
	return c, stop
}

func TestClientJourney(t *testing.T) {
	h := open(t, nil)
	w := &hand{id: "w1"}
	c, stop := works(t, w, h.member("attic"), h.addr)
	soon(t, "a job", func() bool { return w.has(work(1, true).ID) })
	h.crew.deliver(work(2, false))
	soon(t, "the next job", func() bool { return w.has(work(2, false).ID) })
	h.crew.mu.Lock()
	h.crew.orders["attic/w1"] = coop.Order{Command: coop.CommandPause}
	h.crew.mu.Unlock()
	soon(t, "a command", func() bool {
		w.mu.Lock()
		defer w.mu.Unlock()
		return len(w.commands) > 0 && w.commands[0] == coopv1.WorkerCommand_COMMAND_PAUSE
	})
	v, err := c.Submit(t.Context(), &coopv1.ShareRequest{JobId: "j", Nonce: nonceOf(1), Result: make([]byte, 32)})
	if err != nil || !v.GetAccepted() {
		t.Error(v, err)
	}
	_, err = c.Submit(t.Context(), &coopv1.ShareRequest{JobId: "j", Nonce: []byte{1}, Result: make([]byte, 32)})
	if adit.CodeOf(err) != adit.Invalid || !strings.Contains(err.Error(), "nonce") {
		t.Error(err)
	}
	if !c.Connected() {
		t.Error("not connected")
	}
	stop()
	if !h.crew.hasLeft("attic/w1") || c.Connected() {
		t.Error("it left without a goodbye")
	}
}

// TestFaults: latency, resets, cuts and connections that break every few bytes between worker and coordinator. The worker comes back each time, gets
// the newest job, and no share is lost or counted twice.
func TestFaults(t *testing.T) {
	h := open(t, nil)
	net := badline.To(t, h.addr)
	w := &hand{id: "w1"}
	c, stop := works(t, w, h.member("attic"), net.Addr())
	soon(t, "a job", func() bool { return w.has(work(1, true).ID) })

	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var shares sync.WaitGroup
	const many = 120
	begin := make(chan struct{}, many)
	for n := range many {
		shares.Go(func() {
			<-begin
			v, err := c.Submit(ctx, &coopv1.ShareRequest{JobId: "j", Nonce: nonceOf(uint32(n)), Result: make([]byte, 32)})
			if err != nil || !v.GetAccepted() {
				t.Errorf("share %d: %v, %v", n, v, err)
			}
		})
	}
	some := func() {
		for range many / 4 {
			begin <- struct{}{}
		}
	}
	back := func(n uint64, what string) {
		t.Helper()
		h.crew.deliver(work(n, true))
		soon(t, what, func() bool { return w.has(work(n, true).ID) })
	}

	net.With(`{"name": "slow", "type": "latency", "stream": "downstream", "attributes": {"latency": 30, "jitter": 20}}`)
	some()
	back(2, "a job through latency")
	net.Without("slow")

	net.With(`{"name": "reset", "type": "reset_peer", "stream": "downstream", "attributes": {"timeout": 20}}`)
	some()
	soon(t, "a loss", func() bool { return w.lastLost() != nil })
	net.Without("reset")
	back(3, "a job after resets")

	some()
	net.Down()
	net.Up()
	back(4, "a job after a cut")

	net.With(`{"name": "few", "type": "limit_data", "stream": "downstream", "attributes": {"bytes": 4000}}`)
	some()
	registered, _, _ := w.count()
	soon(t, "it breaks every few bytes", func() bool { r, _, _ := w.count(); return r > registered+1 || w.lastLost() != nil })
	net.Without("few")
	back(5, "a job after all")
	shares.Wait()
	stop()
	if all, double := h.crew.doubles(); all != many || double != 0 {
		t.Errorf("%d of %d shares were counted, %d of them twice", all, many, double)
	}
}

// TestRestart: the coordinator ends and comes again on the same port; workers register and hand in what waited.
func TestRestart(t *testing.T) {
	h := open(t, nil)
	id := h.member("attic") // two workers of one certificate
	one, two := &hand{id: "w1"}, &hand{id: "w2"}
	c, _ := works(t, one, id, h.addr)
	works(t, two, id, h.addr)
	soon(t, "two workers", func() bool { return h.server.Workers() == 2 && one.has("jb") && two.has("jb") })
	h.stop()
	result := make(chan error, 1)
	go func() {
		v, err := c.Submit(t.Context(), &coopv1.ShareRequest{JobId: "j", Nonce: nonceOf(1), Result: make([]byte, 32)})
		if err == nil && !v.GetAccepted() {
			err = fmt.Errorf("%v", v)
		}
		result <- err
	}()
	soon(t, "both know", func() bool { return one.lastLost() != nil && two.lastLost() != nil })
	h.start(h.addr, nil)
	soon(t, "two workers again", func() bool { return h.server.Workers() == 2 })
	if err := <-result; err != nil {
		t.Error(err)
	}
	for _, w := range []*hand{one, two} {
		soon(t, w.id+" is registered again", func() bool { r, _, _ := w.count(); return r == 2 })
	}
}

// TestFailover: the next address is tried, and the first one again.
func TestFailover(t *testing.T) {
	h := open(t, nil)
	first := badline.To(t, h.addr)
	first.Down()
	w := &hand{id: "w1"}
	works(t, w, h.member("attic"), first.Addr(), h.addr)
	soon(t, "a job from the second", func() bool { return w.has(work(1, true).ID) })
	if err := w.lastLost(); err == nil || adit.CodeOf(err) != adit.Unreachable || !strings.Contains(err.Error(), first.Addr()) {
		t.Error(err)
	}
}

// TestClientIsToldWhy: what is wrong is said in words that help, and does not spin.
func TestClientIsToldWhy(t *testing.T) {
	h := open(t, nil)
	gone := h.member("gone")
	if _, err := h.ca.Revoke(t.Context(), "gone", ""); err != nil {
		t.Fatal(err)
	}
	h.revoked.Look()
	foreign := &house{t: t, ca: newCA(t)}
	stranger, err := pki.Load(pki.Files{Cert: foreign.ca.ClientFiles().Cert, Key: foreign.ca.ClientFiles().Key, CA: h.ca.ClientFiles().CA}, pki.IdentityOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		name string
		id   *pki.Identity
		addr string
		code adit.Code
		want string
	}{
		{"revoked", gone, h.addr, adit.Forbidden, "revoked"},
		{"of another CA", stranger, h.addr, adit.Forbidden, "adit coop join"},
		{"nobody there", gone, "127.0.0.1:1", adit.Unreachable, "cannot be reached"},
		{"plain", nil, h.addr, adit.Unreachable, "cannot be reached"},
	} {
		t.Run(x.name, func(t *testing.T) {
			w := &hand{id: "w1"}
			works(t, w, x.id, x.addr)
			soon(t, "a reason", func() bool { return w.lastLost() != nil })
			if err := w.lastLost(); adit.CodeOf(err) != x.code || !strings.Contains(err.Error(), x.want) {
				t.Errorf("%v (%s)", err, adit.CodeOf(err))
			}
		})
	}
	t.Run("suspended", func(t *testing.T) {
		h.crew.refuse = adit.Errorf(adit.Forbidden, "you are suspended")
		w := &hand{id: "w1"}
		works(t, w, h.member("attic"), h.addr)
		soon(t, "a reason", func() bool { return w.lastLost() != nil })
		if err := w.lastLost(); adit.CodeOf(err) != adit.Forbidden || !strings.Contains(err.Error(), "suspended") {
			t.Error(err)
		}
	})
}

func TestClientGivesUp(t *testing.T) {
	c, err := rpc.NewClient(rpc.ClientOptions{Addresses: []string{"127.0.0.1:1"}, Handler: &hand{id: "w"}, Attempts: 3, Backoff: stratum.Backoff{Least: time.Millisecond, Most: time.Millisecond}})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Run(t.Context()); adit.CodeOf(err) != adit.Unreachable || !strings.Contains(err.Error(), "3 attempts") {
		t.Error(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if _, err := c.Submit(ctx, &coopv1.ShareRequest{}); adit.CodeOf(err) != adit.Timeout {
		t.Error(err)
	}
	for _, bad := range []string{"", "host", "host:0", "host:99999", ":50051"} {
		if _, err := rpc.NewClient(rpc.ClientOptions{Addresses: []string{bad}}); adit.CodeOf(err) != adit.Invalid {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
