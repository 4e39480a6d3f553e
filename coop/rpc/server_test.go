package rpc_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop"
	"github.com/adit-mining/adit/coop/coopv1"
	"github.com/adit-mining/adit/coop/rpc"
	"github.com/adit-mining/adit/link/pki"
	"github.com/adit-mining/adit/stratum/bitcoin"
)

func TestJourneyOfAWorker(t *testing.T) {
	h := open(t, func(o *rpc.Options) {
		o.Cluster = func() rpc.Cluster {
			return rpc.Cluster{ID: "c1", Name: "Crew", Target: adit.HashesOf(5000), JobTimeout: time.Minute, Coin: "XMR", Algorithm: "rx/0"}
		}
	})
	c := h.dial(h.member("attic"))
	r := h.register(c, "w1")
	if r.GetMember() != "attic/w1" || r.GetAssignedId() != "w1" || r.GetSession() == "" || !r.GetSuccess() {
		t.Errorf("%v", r)
	}
	if g := r.GetConfig(); g.GetClusterId() != "c1" || g.GetTargetDifficulty() != 5000 || g.GetHeartbeatIntervalMs() != 200 || g.GetJobTimeoutMs() != 60000 || g.GetCoin() != "XMR" {
		t.Errorf("%v", g)
	}
	hello := h.crew.seat("attic/w1").Hello()
	if hello.Via != coop.ViaGRPC || hello.TLS != "TLS 1.3" || len(hello.Cert) != 64 || hello.Threads != 4 || !hello.AnyOffset || !slices.Equal(hello.Algos, []adit.Algorithm{"rx/0"}) {
		t.Errorf("%+v", hello)
	}
	s := h.jobs(c, r)
	j := recv(t, s)
	if !proto.Equal(j, r.GetCurrentJob()) {
		t.Errorf("the stream begins with\n%v\nand not with\n%v", j, r.GetCurrentJob())
	}
	if !j.GetCleanJobs() || j.GetNonceStart() != 1<<24 || j.GetNonceEnd() != 1<<24|0xffffff || j.GetNonceOffset() != 39 || j.GetAlgo() != "rx/0" ||
		j.GetHeight() != 3_000_001 || j.GetDifficulty() != "1000" || !bytes.Equal(j.GetTarget(), []byte{0, 0, 0, 0, 0, 0, 64, 0}) || len(j.GetNextSeed()) != 0 {
		t.Errorf("%v", j)
	}
	if got := binary.LittleEndian.Uint32(j.GetBlob()[39:]); got != j.GetNonceStart() {
		t.Errorf("the blob holds the nonce %08x", got)
	}
	next := work(2, false)
	next.Blob.NextSeed = &[32]byte{9}
	h.crew.deliver(next)
	if j = recv(t, s); j.GetJobId() != next.ID || j.GetCleanJobs() || j.GetNextSeed()[0] != 9 {
		t.Errorf("%v", j)
	}
	h.crew.deliver(nil)
	if j = recv(t, s); !j.GetIdle() || !strings.Contains(j.GetIdleReason(), "the pool is away") || j.GetJobId() != "" {
		t.Errorf("%v", j)
	}
	cut := work(3, true)
	cut.Blob.Cut = func(n uint32) []byte { return append(bytes.Repeat([]byte{7}, 75), byte(n)) }
	h.crew.deliver(cut)
	if j = recv(t, s); !j.GetCleanJobs() || j.GetExtraNonceSize() != 4 || j.GetExtraNonce() != 1 || j.GetNonceEnd() != math.MaxUint32 || j.GetBlob()[75] != 1 {
		t.Errorf("%v", j)
	}
	v, err := c.SubmitShare(t.Context(), &coopv1.ShareRequest{WorkerId: "w1", Session: r.GetSession(), JobId: cut.ID, Nonce: nonceOf(5), Result: make([]byte, 32)})
	if err != nil || !v.GetAccepted() || v.GetDifficulty() != 1000 || v.GetOutcome() != "accepted" {
		t.Errorf("%v, %v", v, err)
	}
	if _, err := c.Unregister(t.Context(), &coopv1.UnregisterRequest{WorkerId: "w1", Session: r.GetSession()}); err != nil {
		t.Error(err)
	}
	refused(t, ends(t, s), codes.NotFound, "left")
	if !h.crew.hasLeft("attic/w1") || h.server.Workers() != 0 {
		t.Error("the seat was not given back")
	}
	_, err = c.Heartbeat(t.Context(), &coopv1.HeartbeatRequest{WorkerId: "w1"})
	refused(t, err, codes.NotFound, "register again")
}

// TestSeedsProgram: what a program of the seed does, with none of our fields, works as well.
func TestSeedsProgram(t *testing.T) {
	h := open(t, nil)
	c := h.dial(h.member("old"))
	r, err := c.Register(t.Context(), &coopv1.RegisterRequest{WorkerName: "My Mining Rig"})
	if err != nil || r.GetAssignedId() == "" {
		t.Fatal(r, err)
	}
	s, err := c.StreamJobs(t.Context(), &coopv1.StreamJobsRequest{WorkerId: r.GetAssignedId()})
	if err != nil {
		t.Fatal(err)
	}
	if j := recv(t, s); j.GetJobId() == "" || len(j.GetBlob()) != 76 {
		t.Errorf("%v", j)
	}
	if _, err := c.Heartbeat(t.Context(), &coopv1.HeartbeatRequest{WorkerId: "old/" + r.GetAssignedId(), Hashrate: proto.Float64(0)}); err != nil {
		t.Error(err)
	}
	if b := h.crew.seat(coop.MemberID(r.GetMember())).lastBeat(t); b.Hashrate == nil || *b.Hashrate != 0 || b.CPU != nil || b.Temperature != nil {
		t.Errorf("%+v", b)
	}
	if r, err = c.Register(t.Context(), &coopv1.RegisterRequest{WorkerName: "rig-7"}); err != nil || r.GetAssignedId() != "rig-7" {
		t.Error(r, err)
	}
}

// TestSlowReader: whoever reads slowly gets the newest work alone, marked clean where one it missed was.
func TestSlowReader(t *testing.T) {
	h := open(t, nil)
	c := h.dial(h.member("attic"))
	r := h.register(c, "w1")
	h.crew.deliver(work(2, false))
	h.crew.deliver(work(3, true))
	h.crew.deliver(work(4, false))
	s := h.jobs(c, r)
	if j := recv(t, s); j.GetJobId() != work(4, false).ID || !j.GetCleanJobs() {
		t.Errorf("%v", j)
	}
	h.crew.gate.Refresh(h.crew.seat("attic/w1"))
	if j := recv(t, s); j.GetJobId() != work(4, false).ID || j.GetCleanJobs() {
		t.Errorf("%v", j)
	}
	bit := work(5, true)
	bit.Algorithm, bit.Blob, bit.Bitcoin = "sha256d", nil, &bitcoin.Job{}
	h.crew.deliver(bit)
	if j := recv(t, s); !j.GetIdle() || !strings.Contains(j.GetIdleReason(), "sha256d") {
		t.Errorf("%v", j)
	}
}

// TestRejoin: who comes anew takes its own place, however often, and the one before learns why it is out.
func TestRejoin(t *testing.T) {
	h := open(t, nil)
	id := h.member("attic")
	one, two := h.dial(id), h.dial(id)
	first := h.register(one, "w1")
	s := h.jobs(one, first)
	recv(t, s)
	second := h.register(two, "w1")
	if second.GetMember() != first.GetMember() || second.GetSession() == first.GetSession() {
		t.Error(first, second)
	}
	refused(t, ends(t, s), codes.Aborted)
	_, err := one.Heartbeat(t.Context(), &coopv1.HeartbeatRequest{WorkerId: "w1", Session: first.GetSession()})
	refused(t, err, codes.Aborted, "same id")
	_, err = one.Unregister(t.Context(), &coopv1.UnregisterRequest{WorkerId: "w1", Session: first.GetSession()})
	refused(t, err, codes.Aborted)
	if _, err := two.Heartbeat(t.Context(), &coopv1.HeartbeatRequest{WorkerId: "w1", Session: second.GetSession()}); err != nil {
		t.Error(err)
	}
	a := h.jobs(two, second)
	recv(t, a)
	b := h.jobs(two, second)
	recv(t, b)
	refused(t, ends(t, a), codes.Aborted, "another stream")
	h.crew.deliver(work(2, false))
	if j := recv(t, b); j.GetJobId() != work(2, false).ID {
		t.Error(j)
	}
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if _, err := two.Register(context.Background(), &coopv1.RegisterRequest{WorkerId: "w1"}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if n := h.server.Workers(); n != 1 {
		t.Errorf("%d workers", n)
	}
}

// TestOwnIDsOnly: a certificate speaks for ids under its own name, and for nothing else.
func TestOwnIDsOnly(t *testing.T) {
	h := open(t, nil)
	honest, liar := h.dial(h.member("honest")), h.dial(h.member("liar"))
	r := h.register(honest, "w1")
	same := h.register(liar, "w1") // the same worker id under another certificate is somebody else
	if same.GetMember() != "liar/w1" || h.server.Workers() != 2 {
		t.Error(same)
	}
	other := h.register(honest, "w2") // and one certificate has room for many
	if other.GetMember() != "honest/w2" || h.server.Workers() != 3 {
		t.Error(other)
	}
	const theirs = "honest/w1"
	for name, call := range map[string]func(id string) error{
		"Register": func(id string) error {
			_, err := liar.Register(t.Context(), &coopv1.RegisterRequest{WorkerId: id})
			return err
		},
		"Unregister": func(id string) error {
			_, err := liar.Unregister(t.Context(), &coopv1.UnregisterRequest{WorkerId: id, Session: r.GetSession()})
			return err
		},
		"Heartbeat": func(id string) error {
			_, err := liar.Heartbeat(t.Context(), &coopv1.HeartbeatRequest{WorkerId: id, Session: r.GetSession()})
			return err
		},
		"SubmitShare": func(id string) error {
			_, err := liar.SubmitShare(t.Context(), &coopv1.ShareRequest{WorkerId: id, Session: r.GetSession(), JobId: "x", Nonce: nonceOf(1), Result: make([]byte, 32)})
			return err
		},
		"StreamJobs": func(id string) error {
			s, err := liar.StreamJobs(t.Context(), &coopv1.StreamJobsRequest{WorkerId: id, Session: r.GetSession()})
			if err == nil {
				_, err = s.Recv()
			}
			return err
		},
		"GetWorkerStats": func(id string) error {
			_, err := liar.GetWorkerStats(t.Context(), &coopv1.WorkerStatsRequest{WorkerId: id})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			refused(t, call(theirs), codes.PermissionDenied, "worker_id")
			refused(t, call("liar/"), codes.InvalidArgument, "worker_id")
			refused(t, call("liar/../honest"), codes.InvalidArgument, "worker_id")
			refused(t, call(strings.Repeat("a", 65)), codes.InvalidArgument, "worker_id")
			refused(t, call("a b\x00"), codes.InvalidArgument, "worker_id")
		})
	}
	if h.crew.hasLeft("honest/w1") {
		t.Error("somebody else sent it away")
	}
}

func TestNoCertificateNoService(t *testing.T) {
	h := open(t, nil)
	ca, err := h.ca.CA()
	if err != nil {
		t.Fatal(err)
	}
	c := coopv1.NewCoopMineClient(h.conn(credentials.NewTLS(pki.Pinned(pki.PinOf(ca), "127.0.0.1", nil))))
	_, err = c.Register(t.Context(), &coopv1.RegisterRequest{WorkerId: "w1"})
	refused(t, err, codes.Unauthenticated, "adit coop join")
	_, err = c.Heartbeat(t.Context(), &coopv1.HeartbeatRequest{WorkerId: "w1"})
	refused(t, err, codes.Unauthenticated)
	_, err = c.GetClusterStats(t.Context(), &coopv1.ClusterStatsRequest{})
	refused(t, err, codes.Unauthenticated)
	s, err := c.StreamJobs(t.Context(), &coopv1.StreamJobsRequest{WorkerId: "w1"})
	if err == nil {
		_, err = s.Recv()
	}
	refused(t, err, codes.Unauthenticated)
	if _, err := rpc.New(rpc.Options{Crew: h.crew}); adit.CodeOf(err) != adit.Invalid || !strings.Contains(err.Error(), "adit pki init") {
		t.Errorf("a port for everybody without a word: %v", err)
	}
}

// TestStrangersAreFew: connections without a certificate are counted by address and do not stay.
func TestStrangersAreFew(t *testing.T) {
	h := open(t, nil)
	ca, _ := h.ca.CA()
	var conns []coopv1.CoopMineClient
	unauthenticated, cut := 0, 0
	for range rpc.StrangersPerIP + 4 {
		c := coopv1.NewCoopMineClient(h.conn(credentials.NewTLS(pki.Pinned(pki.PinOf(ca), "127.0.0.1", nil))))
		conns = append(conns, c)
		_, err := c.GetClusterStats(t.Context(), &coopv1.ClusterStatsRequest{})
		switch status.Code(err) {
		case codes.Unauthenticated:
			unauthenticated++
		case codes.Unavailable:
			cut++
		default:
			t.Error(err)
		}
	}
	if unauthenticated != rpc.StrangersPerIP || cut != 4 {
		t.Errorf("%d answered, %d cut", unauthenticated, cut)
	}
	h.register(h.dial(h.member("attic")), "w1") // who has a certificate is not held up by them
	h.server.Sweep(time.Now().Add(2 * time.Minute))
	soon(t, "their places are free again", func() bool {
		_, err := conns[rpc.StrangersPerIP+3].GetClusterStats(t.Context(), &coopv1.ClusterStatsRequest{})
		return status.Code(err) == codes.Unauthenticated
	})
}

func TestAnonymous(t *testing.T) {
	h := open(t, func(o *rpc.Options) { o.Identity, o.Revoked, o.Anonymous = nil, nil, true })
	c := coopv1.NewCoopMineClient(h.conn(insecure.NewCredentials()))
	r := h.register(c, "w1")
	if r.GetMember() != "w1" || h.crew.seat("w1").Hello().TLS != "" || h.crew.seat("w1").Hello().Cert != "" {
		t.Error(r)
	}
	_, err := c.Heartbeat(t.Context(), &coopv1.HeartbeatRequest{WorkerId: "x/w1"})
	refused(t, err, codes.PermissionDenied)
}

// TestNoReflection: the port tells nobody what it can.
func TestNoReflection(t *testing.T) {
	h := open(t, nil)
	conn := h.conn(credentials.NewTLS(h.member("attic").Client("127.0.0.1")))
	for _, m := range []string{"/grpc.reflection.v1.ServerReflection/ServerReflectionInfo", "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", "/grpc.health.v1.Health/Check"} {
		refused(t, conn.Invoke(t.Context(), m, &coopv1.ClusterStatsRequest{}, &coopv1.ClusterStatsResponse{}), codes.Unimplemented)
	}
}

func TestBounds(t *testing.T) {
	h := open(t, func(o *rpc.Options) { o.MaxWorkers, o.MaxShareRate = 1, 1 })
	c := h.dial(h.member("attic"))
	_, err := c.Register(t.Context(), &coopv1.RegisterRequest{WorkerId: "w1", WorkerName: strings.Repeat("x", 70_000)})
	refused(t, err, codes.ResourceExhausted)
	_, err = c.Register(t.Context(), &coopv1.RegisterRequest{WorkerId: "w1", Threads: -1})
	refused(t, err, codes.InvalidArgument, "threads")
	_, err = c.Register(t.Context(), &coopv1.RegisterRequest{WorkerId: "w1", Difficulty: "1e9"})
	refused(t, err, codes.InvalidArgument, "difficulty")
	_, err = c.Register(t.Context(), &coopv1.RegisterRequest{WorkerId: "w1", Capabilities: make([]string, 100)})
	refused(t, err, codes.InvalidArgument, "capabilities")
	h.register(c, "w1")
	_, err = c.Register(t.Context(), &coopv1.RegisterRequest{WorkerId: "w2"})
	refused(t, err, codes.ResourceExhausted, "grpc.max_workers")
	r := h.register(c, "w1") // who is here may always come again
	limited := 0
	for n := range 40 {
		_, err = c.SubmitShare(t.Context(), &coopv1.ShareRequest{WorkerId: "w1", Session: r.GetSession(), JobId: "x", Nonce: nonceOf(uint32(n)), Result: make([]byte, 32)})
		if status.Code(err) == codes.ResourceExhausted {
			limited++
		} else if err != nil {
			t.Fatal(err)
		}
	}
	if limited == 0 {
		t.Error("a flood of shares was taken")
	}
}

func TestRefusals(t *testing.T) {
	h := open(t, nil)
	c := h.dial(h.member("attic"))
	for _, x := range []struct {
		err  error
		want codes.Code
		word string
	}{
		{adit.Errorf(adit.Forbidden, "you are suspended: lies"), codes.PermissionDenied, "suspended"},
		{adit.Errorf(adit.Unsupported, "this crew mines sha256d"), codes.FailedPrecondition, "sha256d"},
		{adit.Errorf(adit.Unreachable, "no pool answers"), codes.Unavailable, "no pool"},
		{adit.Errorf(adit.Internal, "secret detail"), codes.Unavailable, "log says why"},
		{adit.InvalidField("difficulty", "too much"), codes.InvalidArgument, "too much"},
	} {
		h.crew.refuse = x.err
		_, err := c.Register(t.Context(), &coopv1.RegisterRequest{WorkerId: "w1"})
		refused(t, err, x.want, x.word)
		if strings.Contains(err.Error(), "secret") {
			t.Error("an internal error went out")
		}
	}
}

// TestEvictedWhileJoining: the crew may send somebody away before Join has returned.
func TestEvictedWhileJoining(t *testing.T) {
	h := open(t, nil)
	h.crew.inJoin = func(s *seat) { h.crew.gate.Evict(s, adit.Errorf(adit.Forbidden, "suspended just now")) }
	c := h.dial(h.member("attic"))
	_, err := c.Register(t.Context(), &coopv1.RegisterRequest{WorkerId: "w1"})
	refused(t, err, codes.PermissionDenied, "suspended just now")
	if h.server.Workers() != 0 {
		t.Error("it sits there")
	}
}

func TestEvict(t *testing.T) {
	h := open(t, nil)
	c := h.dial(h.member("attic"))
	r := h.register(c, "w1")
	s := h.jobs(c, r)
	recv(t, s)
	h.crew.gate.Evict(h.crew.seat("attic/w1"), adit.Errorf(adit.Forbidden, "banned until noon"))
	refused(t, ends(t, s), codes.PermissionDenied, "banned until noon")
	_, err := c.Heartbeat(t.Context(), &coopv1.HeartbeatRequest{WorkerId: "w1", Session: r.GetSession()})
	refused(t, err, codes.NotFound)
}

// TestSilence: who gives no sign of life has left, and is told so when it comes back.
func TestSilence(t *testing.T) {
	h := open(t, func(o *rpc.Options) { o.Timeout = time.Minute })
	c := h.dial(h.member("attic"))
	r := h.register(c, "w1")
	s := h.jobs(c, r)
	recv(t, s)
	h.server.Sweep(time.Now().Add(30 * time.Second))
	if h.crew.hasLeft("attic/w1") {
		t.Fatal("sent away too soon")
	}
	h.server.Sweep(time.Now().Add(2 * time.Minute))
	refused(t, ends(t, s), codes.NotFound, "sign of life")
	if !h.crew.hasLeft("attic/w1") {
		t.Error("its seat is kept")
	}
}

// TestRevokedIsCutAtOnce: a living connection ends when its certificate is taken back, and none comes after it.
func TestRevokedIsCutAtOnce(t *testing.T) {
	h := open(t, nil)
	gone, stays := h.dial(h.member("gone")), h.dial(h.member("stays"))
	s, k := h.jobs(gone, h.register(gone, "w1")), h.jobs(stays, h.register(stays, "w1"))
	recv(t, s)
	recv(t, k)
	if _, err := h.ca.Revoke(t.Context(), "gone", "sold"); err != nil {
		t.Fatal(err)
	}
	h.revoked.Look()
	refused(t, ends(t, s), codes.Unavailable)
	_, err := gone.Heartbeat(t.Context(), &coopv1.HeartbeatRequest{WorkerId: "w1"})
	refused(t, err, codes.Unavailable, "bad certificate")
	h.crew.deliver(work(2, true))
	if j := recv(t, k); j.GetJobId() != work(2, true).ID {
		t.Error("somebody else was hit")
	}
}

// TestExpiredIsCut: a certificate that expires while its connection lives ends it.
func TestExpiredIsCut(t *testing.T) {
	h := open(t, nil)
	files, _, err := h.ca.Issue(t.Context(), pki.Request{Name: "brief", Life: time.Hour}, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	id, err := pki.Load(files, pki.IdentityOptions{})
	if err != nil {
		t.Fatal(err)
	}
	c := h.dial(id)
	s := h.jobs(c, h.register(c, "w1"))
	recv(t, s)
	h.server.Sweep(time.Now().Add(2 * time.Hour))
	err = ends(t, s)
	if code := status.Code(err); code != codes.Unavailable && code != codes.NotFound { // the sweep also finds it silent
		t.Error(err)
	}
}
