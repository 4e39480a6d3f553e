//go:build linux

package test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/adit-mining/adit/api/body"
	"github.com/adit-mining/adit/api/client"
	"github.com/adit-mining/adit/coop/ledger"
	"github.com/adit-mining/adit/coop/view"
	"github.com/adit-mining/adit/stratum"
	"github.com/adit-mining/adit/test/fakework"
)

// crewServer is a running `adit coordinator`.
type crewServer struct {
	*server
	stratum, grpc string // HOST:PORT
}

var (
	minersRE  = regexp.MustCompile(`Miners:\s+stratum\+tcp://([0-9.:]+)`)
	workersRE = regexp.MustCompile(`Workers:\s+([0-9.:]+);`)
)

// coordinator starts `adit coordinator` on free ports of loopback and waits for its greeting.
func (h *home) coordinator(args ...string) *crewServer {
	h.t.Helper()
	return h.coordinatorAt("127.0.0.1:0", "127.0.0.1:0", args...)
}

func (h *home) coordinatorAt(stratumAt, grpcAt string, args ...string) *crewServer {
	h.t.Helper()
	s := &crewServer{server: h.launch(append([]string{"coordinator", "--dashboard-listen", "127.0.0.1:0", "--stratum-listen", stratumAt,
		"--grpc-listen", grpcAt}, args...)...)}
	said := s.says(linkRE)
	s.link, s.url = said[0], said[1]
	s.stratum, s.grpc = s.says(minersRE)[1], s.says(workersRE)[1]
	token, err := os.ReadFile(filepath.Join(h.dir, "token"))
	if err != nil {
		h.t.Fatal(err)
	}
	if s.client, err = client.New(s.url, strings.TrimSpace(string(token))); err != nil {
		h.t.Fatal(err)
	}
	return s
}

// members waits until ok is content with the members, by id.
func (s *crewServer) members(d time.Duration, ok func(map[string]view.Member) bool) map[string]view.Member {
	s.t.Helper()
	var by map[string]view.Member
	eventually(s.t, d, func() error {
		list, err := s.client.CoopMembers(s.t.Context(), client.CoopMembersQuery{})
		if err != nil {
			return err
		}
		by = map[string]view.Member{}
		for _, m := range list.Members {
			by[m.ID] = m
		}
		if !ok(by) {
			b, _ := json.Marshal(list)
			return fmt.Errorf("%s\nadit said:\n%s", b, s.out)
		}
		return nil
	})
	return by
}

// crewMiner lets a Stratum miner with the fake hash work for the crew until the test ends: unmodified, and back half a second
// after its connection broke. acked counts accepted shares.
func crewMiner(t *testing.T, at, login string, acked *atomic.Int64) (refused *refusals) {
	t.Helper()
	refused = &refusals{}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for ctx.Err() == nil {
			fakework.Mine(ctx, stratum.Pool{URL: "stratum+tcp://" + at, User: login}, func(v stratum.Verdict, err error) {
				switch {
				case err != nil: // no verdict: the coordinator is away
				case v.Outcome.Accepted():
					acked.Add(1)
				default:
					refused.add(string(v.Outcome) + ": " + v.Text)
				}
			})
			pause := time.NewTimer(500 * time.Millisecond)
			select {
			case <-ctx.Done():
			case <-pause.C:
			}
			pause.Stop()
		}
	}()
	t.Cleanup(func() { cancel(); <-ended })
	return refused
}

type refusals struct {
	mu  sync.Mutex
	all []string
}

func (r *refusals) add(s string) { r.mu.Lock(); defer r.mu.Unlock(); r.all = append(r.all, s) }

// but are those that do not hold any of the words.
func (r *refusals) but(words ...string) (out []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
next:
	for _, s := range r.all {
		for _, w := range words {
			if strings.HasPrefix(s, w) {
				continue next
			}
		}
		out = append(out, s)
	}
	return out
}

// TestCrew: a coordinator alone, with practice as its upstream, a worker over mutual TLS and two miners over Stratum. All
// three earn in one ledger, and every door shows the same.
func TestCrew(t *testing.T) {
	t.Parallel()
	h := newHome(t, fakeBin)
	s := h.coordinator("--pool-address", "practice:", "--cluster-id", "test-crew")
	w := h.launch("worker", "--coordinator", s.grpc, "--worker-id", "w1", "--threads", "1", "--yes-i-own-this-machine")
	var acked atomic.Int64
	refused := []*refusals{crewMiner(t, s.stratum, "alice", &acked), crewMiner(t, s.stratum, "bob", &acked)}
	var worker string
	s.members(soon, func(by map[string]view.Member) bool {
		for id, m := range by {
			if m.Via == "grpc" {
				worker = id
			}
		}
		return by["alice"].Shares.Accepted > 2 && by["bob"].Shares.Accepted > 2 && by[worker].Shares.Accepted > 0 && by[worker].Status == view.Mining
	})
	if !strings.HasSuffix(worker, "/w1") {
		t.Errorf("the worker is called %q", worker)
	}
	for _, r := range refused {
		if bad := r.but("stale"); len(bad) > 0 {
			t.Errorf("refused: %q", bad)
		}
	}
	out, _, code := h.adit("coop", "status", "-o", "json")
	var stats body.CoopMineStats
	if err := json.Unmarshal([]byte(out), &stats); err != nil || code != 0 || stats.ClusterID != "test-crew" || stats.WorkersTotal != 3 || !stats.PoolConnected || stats.SharesValid == 0 {
		t.Errorf("coop status: %d %v\n%s", code, err, out)
	}
	if out, errs, code := h.adit("coop", "ledger", "verify"); code != 0 {
		t.Errorf("ledger verify: %d\n%s%s", code, out, errs)
	}
	if _, errs, code := h.adit("coop", "suspend", "bob", "--reason", "test"); code != 0 {
		t.Errorf("suspend: %d %s", code, errs)
	}
	s.members(soon, func(by map[string]view.Member) bool {
		return by["bob"].Status == view.Suspended && by["bob"].Connections == 0
	})
	if d := w.end(syscall.SIGTERM); d > 10*time.Second {
		t.Errorf("the worker took %v to end", d)
	}
	s.members(soon, func(by map[string]view.Member) bool { return by[worker].Status == view.Offline })
	s.end(syscall.SIGTERM)
	nothingLeft(t, h)
}

// ledgerOf reads what a stopped coordinator wrote: shares by member. A share that is there twice fails the test.
func (h *home) ledgerOf() map[string]int64 {
	h.t.Helper()
	l, err := ledger.Open(h.t.Context(), ledger.Options{Dir: filepath.Join(h.dir, "coop", "ledger")})
	if err != nil {
		h.t.Fatal(err)
	}
	defer l.Close()
	by, seen := map[string]int64{}, map[[2]uint64]bool{}
	if l.Last() == 0 {
		return by
	}
	err = l.Scan(h.t.Context(), 1, l.Last(), func(e *ledger.Entry) error {
		if e.Kind != ledger.KindShare {
			return nil
		}
		key := [2]uint64{e.Share.WorkSeq, e.Share.Key}
		if seen[key] {
			h.t.Errorf("share %d is in the ledger twice", e.Share.Seq)
		}
		seen[key] = true
		by[string(e.Share.Member)]++
		return nil
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return by
}

// TestCrewIsKilled: the coordinator is killed ten times at random moments under load. Nothing acknowledged is lost, nothing
// counts twice, and worker and miners come back by themselves.
func TestCrewIsKilled(t *testing.T) {
	t.Parallel()
	h := newHome(t, fakeBin)
	at := [2]string{freeAddr(t), freeAddr(t)}
	args := []string{"--pool-address", "practice:"}
	s := h.coordinatorAt(at[0], at[1], args...)
	logins := []string{"alice", "bob", "carol", "dave"}
	acked, refused := map[string]*atomic.Int64{}, map[string]*refusals{}
	for _, l := range logins {
		acked[l] = new(atomic.Int64)
		refused[l] = crewMiner(t, at[0], l+"+100", acked[l]) // two shares a second
	}
	w := h.launch("worker", "--coordinator", at[1], "--worker-id", "w1", "--threads", "1", "--yes-i-own-this-machine")
	slow := 0
	for round := range 10 {
		began := time.Now()
		s.members(soon, func(by map[string]view.Member) bool {
			online := 0
			for _, m := range by {
				if m.Connections > 0 {
					online++
				}
			}
			return online == len(logins)+1
		})
		if took := time.Since(began); took > 5*time.Second && round > 0 {
			slow++
		}
		t.Logf("round %d: all members are back after %v", round, time.Since(began).Round(10*time.Millisecond))
		before := acked["alice"].Load()
		eventually(t, soon, func() error {
			if acked["alice"].Load() > before {
				return nil
			}
			m, _ := s.client.CoopMember(t.Context(), "alice")
			b, _ := json.Marshal(m)
			return fmt.Errorf("no share of alice is accepted: %s, refused %q\n%s", b, refused["alice"].but(), s.out)
		})
		hold(t, time.Duration(rand.IntN(400))*time.Millisecond)
		s.kill()
		s = h.coordinatorAt(at[0], at[1], args...)
	}
	if slow > 3 { // a busy machine may be late now and then
		t.Errorf("members were not back within 5 s in %d of 9 rounds", slow)
	}
	w.end(syscall.SIGTERM)
	s.kill()
	hold(t, 100*time.Millisecond) // acknowledgements that were on their way
	got := h.ledgerOf()
	for _, l := range logins {
		if n := acked[l].Load(); got[l] < n {
			t.Errorf("%s: %d shares were acknowledged, %d are in the ledger", l, n, got[l])
		}
	}
	t.Logf("in the ledger: %v", got)
	nothingLeft(t, h)
}

// hold waits in a test of processes, where no event tells that time has passed.
func hold(t *testing.T, d time.Duration) {
	t.Helper()
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-t.Context().Done():
	}
}

// freeAddr is an address on which nothing listens, and below the ports that Linux gives out by itself (ip(7),
// ip_local_port_range): nobody takes it while what listened there is killed and comes again.
func freeAddr(t *testing.T) string {
	t.Helper()
	for range 1000 {
		at := fmt.Sprintf("127.0.0.1:%d", 20000+rand.IntN(12000))
		if _, taken := given.LoadOrStore(at, true); taken {
			continue
		}
		if l, err := net.Listen("tcp", at); err == nil {
			l.Close()
			return at
		}
	}
	t.Fatal("no free port")
	return ""
}

// given are the addresses of freeAddr.
var given sync.Map

// TestCrewInHub: an existing hub becomes a coordinator with a switch, shows it on every interface, and is none after it.
func TestCrewInHub(t *testing.T) {
	t.Parallel()
	h := newHome(t, fakeBin)
	s := h.up()
	if c, err := s.client.CoopConfig(t.Context()); err != nil || c.Mode != "off" || c.Running {
		t.Fatalf("%+v, %v", c, err)
	}
	stratumAt := freeAddr(t)
	on := view.ConfigRequest{Mode: "on", Settings: &view.SettingsRequest{
		Cluster: "friends", Pools: []view.PoolRequest{{Address: "practice:"}},
		Stratum: &view.DoorSetting{Listen: stratumAt}, GRPC: &view.DoorSetting{Listen: freeAddr(t)},
	}}
	c, err := s.client.SetCoopConfig(t.Context(), on)
	if err != nil || !c.Running || c.Settings.Cluster != "friends" {
		t.Fatalf("%+v, %v", c, err)
	}
	var acked atomic.Int64
	crewMiner(t, stratumAt, "alice", &acked)
	eventually(t, soon, func() error {
		if acked.Load() > 0 {
			return nil
		}
		return fmt.Errorf("no share is accepted\n%s", s.out)
	})
	s.kill()
	s = h.up() // it is on again by itself
	before := acked.Load()
	eventually(t, soon, func() error {
		if acked.Load() > before {
			return nil
		}
		return fmt.Errorf("no share is accepted after the restart\n%s", s.out)
	})
	bad := on
	bad.Settings = &view.SettingsRequest{Pools: []view.PoolRequest{{Address: "monerod://127.0.0.1:18081", Wallet: "nobody"}}}
	if _, err := s.client.SetCoopConfig(t.Context(), bad); err == nil || !strings.Contains(err.Error(), "wallet") {
		t.Errorf("a wallet that is none: %v", err)
	}
	before = acked.Load()
	eventually(t, soon, func() error { // what was refused changed nothing
		if acked.Load() > before {
			return nil
		}
		return fmt.Errorf("no share is accepted after a refused change\n%s", s.out)
	})
	if c, err := s.client.SetCoopConfig(t.Context(), view.ConfigRequest{Mode: "off"}); err != nil || c.Running {
		t.Errorf("%+v, %v", c, err)
	}
	if conn, err := net.DialTimeout("tcp", stratumAt, time.Second); err == nil {
		conn.Close()
		t.Error("the Stratum port is still open")
	}
	s.end(syscall.SIGTERM)
	nothingLeft(t, h)
}

// TestTwoCoordinators: two on one data directory: the second says so and stops; a hub beside it is welcome.
func TestTwoCoordinators(t *testing.T) {
	t.Parallel()
	h := newHome(t, fakeBin)
	s := h.coordinator("--pool-address", "practice:")
	_, errs, code := h.adit("coordinator", "--pool-address", "practice:", "--dashboard-listen", "127.0.0.1:0", "--stratum-listen", "127.0.0.1:0", "--grpc-listen", "127.0.0.1:0")
	if code == 0 || !strings.Contains(errs, "already coordinates a crew") {
		t.Errorf("%d %s", code, errs)
	}
	hub := h.up()
	if _, err := hub.client.State(t.Context()); err != nil {
		t.Error(err)
	}
	if out, errs, code := h.adit("coop", "status"); code != 0 || bytes.Contains([]byte(out), []byte("no crew")) {
		t.Errorf("coop status beside a hub: %d %s%s", code, out, errs)
	}
	hub.end(syscall.SIGTERM)
	s.end(syscall.SIGTERM)
	nothingLeft(t, h)
}
