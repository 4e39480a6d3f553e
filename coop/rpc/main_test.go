package rpc_test

import (
	"context"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/status"

	"github.com/adit-mining/adit/coop/coopv1"
	"github.com/adit-mining/adit/coop/rpc"
	"github.com/adit-mining/adit/internal/badline"
	"github.com/adit-mining/adit/link/pki"
)

// TestMain looks for goroutines left behind. Toxiproxy leaves its own where a link breaks while a toxic comes or goes.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m, badline.Leftovers()...) }

// house is a coordinator's gRPC port with a CA and a crew in memory.
type house struct {
	t       *testing.T
	ca      *pki.Folder
	crew    *crew
	server  *rpc.Server
	revoked *pki.Revocations
	addr    string
	stop    func()
}

func newCA(t *testing.T) *pki.Folder {
	t.Helper()
	f := pki.At(filepath.Join(t.TempDir(), "pki"), pki.Options{})
	if _, err := f.Init(t.Context(), pki.InitOptions{Client: "here"}); err != nil {
		t.Fatal(err)
	}
	return f
}

func open(t *testing.T, change func(*rpc.Options)) *house {
	t.Helper()
	h := &house{t: t, ca: newCA(t), crew: newCrew()}
	h.start("127.0.0.1:0", change)
	t.Cleanup(func() { h.stop() })
	return h
}

// start runs a coordinator on an address, as after a restart.
func (h *house) start(addr string, change func(*rpc.Options)) {
	h.t.Helper()
	revoked, err := pki.WatchRevoked(h.ca.RevokedFile(), nil)
	if err != nil {
		h.t.Fatal(err)
	}
	id, err := pki.Load(h.ca.ServerFiles(), pki.IdentityOptions{})
	if err != nil {
		h.t.Fatal(err)
	}
	o := rpc.Options{Crew: h.crew, Commander: h.crew, Identity: id, Revoked: revoked, Heartbeat: 200 * time.Millisecond}
	if change != nil {
		change(&o)
	}
	h.server, err = rpc.New(o)
	if err != nil {
		h.t.Fatal(err)
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		h.t.Fatal(err)
	}
	h.revoked, h.addr = revoked, l.Addr().String()
	ctx, cancel := context.WithCancel(context.Background())
	var owned sync.WaitGroup
	owned.Go(func() {
		if err := h.server.Serve(ctx, l); err != nil {
			h.t.Error(err)
		}
	})
	h.stop = sync.OnceFunc(func() { cancel(); owned.Wait() })
}

// member issues a certificate.
func (h *house) member(name string) *pki.Identity {
	h.t.Helper()
	files, _, err := h.ca.Issue(h.t.Context(), pki.Request{Name: name}, h.t.TempDir())
	if err != nil {
		h.t.Fatal(err)
	}
	id, err := pki.Load(files, pki.IdentityOptions{})
	if err != nil {
		h.t.Fatal(err)
	}
	return id
}

// dial is a plain gRPC client with a member's certificate.
func (h *house) dial(id *pki.Identity) coopv1.CoopMineClient {
	h.t.Helper()
	return coopv1.NewCoopMineClient(h.conn(credentials.NewTLS(id.Client("127.0.0.1"))))
}

func (h *house) conn(c credentials.TransportCredentials) *grpc.ClientConn {
	h.t.Helper()
	conn, err := grpc.NewClient("passthrough:///"+h.addr, grpc.WithTransportCredentials(c), grpc.WithNoProxy())
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { _ = conn.Close() })
	return conn
}

func (h *house) register(c coopv1.CoopMineClient, id string) *coopv1.RegisterResponse {
	h.t.Helper()
	r, err := c.Register(h.t.Context(), &coopv1.RegisterRequest{WorkerId: id, WorkerName: "a worker", Threads: 4, Algos: []string{"rx/0"}, AnyNonceOffset: true})
	if err != nil {
		h.t.Fatal(err)
	}
	return r
}

func (h *house) jobs(c coopv1.CoopMineClient, r *coopv1.RegisterResponse) grpc.ServerStreamingClient[coopv1.JobMessage] {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	h.t.Cleanup(cancel)
	s, err := c.StreamJobs(ctx, &coopv1.StreamJobsRequest{WorkerId: r.GetAssignedId(), Session: r.GetSession()})
	if err != nil {
		h.t.Fatal(err)
	}
	return s
}

func recv(t *testing.T, s grpc.ServerStreamingClient[coopv1.JobMessage]) *coopv1.JobMessage {
	t.Helper()
	j, err := s.Recv()
	if err != nil {
		t.Fatal(err)
	}
	return j
}

// refused checks the code of an error and its words.
func refused(t *testing.T, err error, code codes.Code, parts ...string) {
	t.Helper()
	if status.Code(err) != code {
		t.Errorf("%v, want %s", err, code)
	}
	for _, p := range parts {
		if err == nil || !strings.Contains(err.Error(), p) {
			t.Errorf("%v says nothing of %q", err, p)
		}
	}
}

// ends reads a stream until its error.
func ends(t *testing.T, s grpc.ServerStreamingClient[coopv1.JobMessage]) error {
	t.Helper()
	for {
		if _, err := s.Recv(); err != nil {
			return err
		}
	}
}

// soon waits until something is so.
func soon(t *testing.T, what string, is func() bool) {
	t.Helper()
	end := time.NewTimer(30 * time.Second)
	defer end.Stop()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !is() {
		select {
		case <-end.C:
			t.Fatal("never: " + what)
		case <-tick.C:
		}
	}
}
