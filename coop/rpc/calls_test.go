package rpc_test

import (
	"context"
	"math"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop"
	"github.com/adit-mining/adit/coop/coopv1"
	"github.com/adit-mining/adit/coop/rpc"
)

func TestHeartbeat(t *testing.T) {
	h := open(t, nil)
	c := h.dial(h.member("attic"))
	r := h.register(c, "w1")
	full := &coopv1.HeartbeatRequest{
		WorkerId: "w1", Session: r.GetSession(), Hashrate: proto.Float64(4321.5), SharesValid: 7, SharesInvalid: 1, HashesTotal: 99, UptimeMs: 1500,
		CpuUsage: proto.Float32(50), MemoryUsage: proto.Float32(25), Temperature: proto.Float32(61.5), Paused: true, PausedReason: "on battery",
	}
	if _, err := c.Heartbeat(t.Context(), full); err != nil {
		t.Fatal(err)
	}
	b := h.crew.seat("attic/w1").lastBeat(t)
	if *b.Hashrate != 4321.5 || b.SharesValid != 7 || b.SharesWrong != 1 || b.HashesTotal != 99 || b.Uptime != 1500*time.Millisecond ||
		*b.CPU != 50 || *b.Memory != 25 || *b.Temperature != 61.5 || !b.Paused || b.PausedReason != "on battery" {
		t.Errorf("%+v", b)
	}
	for field, bad := range map[string]*coopv1.HeartbeatRequest{
		"hashrate":     {Hashrate: proto.Float64(math.NaN())},
		"cpu_usage":    {CpuUsage: proto.Float32(-1)},
		"memory_usage": {MemoryUsage: proto.Float32(101)},
		"temperature":  {Temperature: proto.Float32(float32(math.Inf(1)))},
		"uptime_ms":    {UptimeMs: -1},
	} {
		bad.WorkerId = "w1"
		_, err := c.Heartbeat(t.Context(), bad)
		refused(t, err, codes.InvalidArgument, field)
	}
	threads := 2
	for _, x := range []struct {
		order coop.Order
		want  coopv1.WorkerCommand
	}{
		{coop.Order{Command: coop.CommandPause, Reason: "noise"}, coopv1.WorkerCommand_COMMAND_PAUSE},
		{coop.Order{Command: coop.CommandResume}, coopv1.WorkerCommand_COMMAND_RESUME},
		{coop.Order{Command: coop.CommandConfig, Config: &coop.WorkerConfig{Threads: &threads}}, coopv1.WorkerCommand_COMMAND_UPDATE_CONFIG},
		{coop.Order{Command: coop.CommandShutdown}, coopv1.WorkerCommand_COMMAND_SHUTDOWN},
	} {
		h.crew.mu.Lock()
		h.crew.orders["attic/w1"] = x.order
		h.crew.mu.Unlock()
		got, err := c.Heartbeat(t.Context(), &coopv1.HeartbeatRequest{WorkerId: "w1"})
		if err != nil || got.GetCommand() != x.want || got.GetMessage() != x.order.Reason {
			t.Errorf("%v, %v", got, err)
		}
		if cfg := got.GetConfig(); (cfg != nil) != (x.order.Config != nil) || cfg != nil && cfg.GetThreads() != 2 {
			t.Errorf("%v", cfg)
		}
	}
}

func TestShares(t *testing.T) {
	h := open(t, nil)
	c := h.dial(h.member("attic"))
	r := h.register(c, "w1")
	hand := func(nonce uint32, attempt uint32) (*coopv1.ShareResponse, error) {
		return c.SubmitShare(t.Context(), &coopv1.ShareRequest{WorkerId: "w1", Session: r.GetSession(), JobId: "j", Nonce: nonceOf(nonce), Result: make([]byte, 32), Attempt: attempt})
	}
	judged := map[uint32]int{}
	var mu sync.Mutex
	h.crew.judge = func(_ *seat, x coop.Submission) coop.Verdict {
		mu.Lock()
		defer mu.Unlock()
		judged[x.Nonce]++
		switch {
		case x.Nonce == 1 && judged[1] > 1:
			return coop.Verdict{Outcome: adit.ShareDuplicate}
		case x.Nonce == 2:
			return coop.Verdict{Outcome: adit.ShareLowDifficulty}
		case x.Nonce == 3 && judged[3] == 1:
			return coop.Verdict{Reason: "the ledger cannot write: disk full"}
		case x.Nonce == 4:
			return coop.Verdict{Outcome: adit.ShareBlock, Block: true, BlockHash: "00ff", Difficulty: adit.Hashes{Hi: 1}}
		}
		return coop.Verdict{Outcome: adit.ShareAccepted, Difficulty: adit.HashesOf(1000)}
	}
	if v, err := hand(1, 0); err != nil || !v.GetAccepted() {
		t.Error(v, err)
	}
	if v, err := hand(1, 1); err != nil || !v.GetAccepted() { // its answer was lost: told again
		t.Error(v, err)
	}
	if v, err := hand(1, 0); err != nil || v.GetAccepted() || v.GetOutcome() != "duplicate" { // not a retry: a duplicate
		t.Error(v, err)
	}
	if judged[1] != 2 {
		t.Errorf("judged %d times", judged[1])
	}
	if v, err := hand(2, 0); err != nil || v.GetAccepted() || v.GetReason() != "low difficulty" {
		t.Error(v, err)
	}
	_, err := hand(3, 0)
	refused(t, err, codes.Unavailable, "disk full")
	if v, err := hand(3, 1); err != nil || !v.GetAccepted() {
		t.Error(v, err)
	}
	if v, err := hand(4, 0); err != nil || !v.GetIsBlock() || v.GetBlockHash() != "00ff" || v.GetDifficulty() != math.Ldexp(1, 64) {
		t.Error(v, err)
	}
	r = h.register(c, "w1") // what was said is remembered through a rejoin
	if v, err := hand(4, 3); err != nil || !v.GetIsBlock() || judged[4] != 1 {
		t.Error(v, err, judged[4])
	}
	for want, bad := range map[string]*coopv1.ShareRequest{
		"job_id": {Nonce: nonceOf(1), Result: make([]byte, 32)},
		"nonce":  {JobId: "j", Nonce: []byte{1}, Result: make([]byte, 32)},
		"result": {JobId: "j", Nonce: nonceOf(1), Result: make([]byte, 31)},
		"algo":   {JobId: "j", Nonce: nonceOf(1), Result: make([]byte, 32), Algo: strings.Repeat("x", 100)},
	} {
		bad.WorkerId = "w1"
		_, err := c.SubmitShare(t.Context(), bad)
		refused(t, err, codes.InvalidArgument, want)
	}
}

// stats answers the two calls for numbers.
type stats struct{}

func (stats) ClusterStats(context.Context) (*coopv1.ClusterStatsResponse, error) {
	return &coopv1.ClusterStatsResponse{ClusterId: "c1", WorkersOnline: 2}, nil
}

func (stats) WorkerStats(_ context.Context, m coop.MemberID) (*coopv1.WorkerStatsResponse, error) {
	if m != "attic/w1" {
		return nil, adit.Errorf(adit.NotFound, "no such worker")
	}
	return &coopv1.WorkerStatsResponse{WorkerId: "w1"}, nil
}

func TestStatsAndObserve(t *testing.T) {
	var mu sync.Mutex
	seen := map[string]int{}
	h := open(t, func(o *rpc.Options) {
		o.Stats = stats{}
		o.Observe = func(method, status string, took time.Duration) {
			mu.Lock()
			defer mu.Unlock()
			seen[method+" "+status]++
			if took < 0 {
				t.Error(took)
			}
		}
	})
	c := h.dial(h.member("attic"))
	if r, err := c.GetClusterStats(t.Context(), &coopv1.ClusterStatsRequest{}); err != nil || r.GetWorkersOnline() != 2 {
		t.Error(r, err)
	}
	if r, err := c.GetWorkerStats(t.Context(), &coopv1.WorkerStatsRequest{WorkerId: "w1"}); err != nil || r.GetWorkerId() != "w1" {
		t.Error(r, err)
	}
	_, err := c.GetWorkerStats(t.Context(), &coopv1.WorkerStatsRequest{WorkerId: "w2"})
	refused(t, err, codes.NotFound)
	h.crew.judge = func(*seat, coop.Submission) coop.Verdict { panic("a mistake") }
	h.register(c, "w1")
	_, err = c.SubmitShare(t.Context(), &coopv1.ShareRequest{WorkerId: "w1", JobId: "j", Nonce: nonceOf(1), Result: make([]byte, 32)})
	refused(t, err, codes.Internal, "its log says which")
	mu.Lock()
	defer mu.Unlock()
	for _, want := range []string{"GetClusterStats OK", "GetWorkerStats OK", "GetWorkerStats NotFound", "Register OK", "SubmitShare Internal"} {
		if seen[want] != 1 {
			t.Errorf("%s was seen %d times in %v", want, seen[want], seen)
		}
	}
	if got := rpc.MethodName("/adit.coop.Enrol/Join"); got != "Enrol.Join" {
		t.Error(got)
	}
}

// TestGoodbye: a coordinator that stops says so, and gives all seats back.
func TestGoodbye(t *testing.T) {
	h := open(t, nil)
	c := h.dial(h.member("attic"))
	s := h.jobs(c, h.register(c, "w1"))
	recv(t, s)
	h.stop()
	refused(t, ends(t, s), codes.Unavailable)
	if !h.crew.hasLeft("attic/w1") {
		t.Error("its seat was kept")
	}
}
