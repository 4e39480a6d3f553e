package api

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"sort"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/api/body"
	"github.com/adit-mining/adit/coop/view"
	"github.com/adit-mining/adit/coop/view/viewtest"
	"github.com/adit-mining/adit/fleet/account"
	"github.com/adit-mining/adit/store/sqldb/sqltest"
)

// TestCoopMineShapes: exactly CoopMine's keys, and its numbers.
func TestCoopMineShapes(t *testing.T) {
	h := openHub(t)
	keys := func(v any) string {
		var out []string
		for k := range v.(map[string]any) {
			out = append(out, k)
		}
		sort.Strings(out)
		return strings.Join(out, " ")
	}
	var stats map[string]any
	h.wants(200, "GET", "/api/stats", "", &stats)
	if got := keys(stats); got != "blocks_found cluster_id cluster_name hashrate_unit last_block_time pool_connected shares_invalid shares_valid total_hashrate uptime_seconds workers workers_online workers_total" {
		t.Error(got)
	}
	var s body.CoopMineStats
	h.wants(200, "GET", "/api/stats", "", &s)
	if s.ClusterID != "home" || s.WorkersOnline != 3 || s.WorkersTotal != 5 || s.TotalHashrate != 3.005 || s.HashrateUnit != "KH/s" || s.SharesValid != 41_234 || s.SharesInvalid != 43 ||
		s.BlocksFound != 3 || s.Uptime != 26*3600 || s.LastBlockTime != viewtest.At.Unix() || !s.PoolConnected || len(s.Workers) != 5 {
		t.Errorf("%+v", s)
	}
	var workers []any
	h.wants(200, "GET", "/api/workers", "", &workers)
	if got := keys(workers[0]); got != "hashrate id last_seen name shares status" {
		t.Error(got)
	}
	if got := s.Workers[3]; got.Status != "offline" || got.Hashrate != 0 {
		t.Errorf("a suspended member: %+v", got)
	}
	var detail map[string]any
	h.wants(200, "GET", "/api/workers/home%2Fattic", "", &detail)
	if got := keys(detail); got != "connected_at current_job_id extra_nonce hashrate hashrate_unit id last_seen_at last_share_at name shares_invalid shares_valid status threads" {
		t.Error(got)
	}
	if detail["threads"] != 8.0 || detail["extra_nonce"] != 2.0 || detail["hashrate"] != 1.001 || detail["hashrate_unit"] != "KH/s" {
		t.Errorf("%v", detail)
	}
	h.wants(404, "GET", "/api/workers/nobody", "", nil)
	var jobs []body.CoopMineJob
	h.wants(200, "GET", "/api/jobs", "", &jobs)
	if len(jobs) != 3 || !jobs[0].Active || jobs[1].Active || jobs[0].Height != 3_300_000 {
		t.Errorf("%+v", jobs)
	}
	var shares []body.CoopMineShare
	h.wants(200, "GET", "/api/shares", "", &shares)
	if len(shares) != 40 || shares[0].Status != "valid" || shares[2].Status != "stale" || shares[4].Status != "invalid" || !shares[5].IsBlock || shares[5].Status != "valid" {
		t.Errorf("%+v", shares[:6])
	}
	var health map[string]any
	h.wants(200, "GET", "/health", "", &health, func(*http.Request) {})
	if !reflect.DeepEqual(health, map[string]any{"status": "healthy", "workers": 3.0, "pool_connected": true}) {
		t.Errorf("%v", health)
	}
}

// dial opens a WebSocket of the owner.
func dial(t *testing.T, url, token, path string) *websocket.Conn {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	conn, res, err := websocket.Dial(ctx, url+path, &websocket.DialOptions{HTTPHeader: http.Header{"Authorization": {"Bearer " + token}}})
	if err != nil {
		t.Fatal(err, res)
	}
	t.Cleanup(func() { _ = conn.CloseNow() })
	return conn
}

// TestCoopMineSocket: the first message comes at once, the next follow, and it ends with the coordinator.
func TestCoopMineSocket(t *testing.T) {
	h := openHub(t)
	h.wants(401, "GET", "/ws", "", nil, func(*http.Request) {})
	conn := dial(t, h.url, h.token, "/ws")
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for i := range 2 {
		_, text, err := conn.Read(ctx)
		must(t, err)
		var m push
		must(t, json.Unmarshal(text, &m))
		if m.Type != "stats" || m.Timestamp == 0 || m.Data.WorkersOnline != 3+i {
			t.Errorf("%s", text)
		}
		h.crew.Lock()
		h.crew.G.Members.Online++
		h.crew.Unlock()
	}
	h.crewOff.Store(true)
	if _, _, err := conn.Read(ctx); websocket.CloseStatus(err) != websocket.StatusGoingAway {
		t.Errorf("%v", err)
	}
}

// TestCoopLive: the crew is in the hub's live frames, and goes out of them with the coordinator.
func TestCoopLive(t *testing.T) {
	h := openHub(t)
	var st struct {
		State struct {
			Overview any          `json:"overview"`
			Coop     *view.Glance `json:"coop"`
			Shares   []view.Share `json:"coop/shares"`
		} `json:"state"`
	}
	h.wants(200, "GET", "/api/v1/state", "", &st)
	if st.State.Overview == nil || st.State.Coop == nil || st.State.Coop.Sentence == "" || len(st.State.Shares) != 30 {
		t.Errorf("%+v", st)
	}
}

// openLone is an adit that coordinates a crew and has no hub.
func openLone(t *testing.T) *hub {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	tokenFile := filepath.Join(t.TempDir(), "token")
	acc, err := account.Open(ctx, account.Options{DB: sqltest.Open(t, sqltest.SQLite(t)), TokenFile: tokenFile})
	must(t, err)
	raw, err := os.ReadFile(tokenFile)
	must(t, err)
	out := &hub{t: t, account: acc, crew: viewtest.New(5), token: strings.TrimSpace(string(raw))}
	handler, err := New(Options{Account: acc, Coop: out.source, UI: webApp})
	must(t, err)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	out.url = "http://" + ln.Addr().String()
	var loops sync.WaitGroup
	loops.Go(func() {
		if err := Serve(ctx, ln, handler, nil); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(func() { cancel(); loops.Wait() })
	t.Cleanup(http.DefaultClient.CloseIdleConnections)
	return out
}

// TestLoneCoordinator: no operation panics without a hub; the hub's say that there is none, the others work.
func TestLoneCoordinator(t *testing.T) {
	h := openLone(t)
	_, all := contract(t)
	hub, own := 0, 0
	for _, o := range all {
		if lasting[o.OperationID] {
			continue
		}
		content, kind := o.body(moneroAddress(t))
		status, header, text := h.request(o.Method, o.address(), content, h.asOwner, func(r *http.Request) {
			if kind != "" {
				r.Header.Set("Content-Type", kind)
			}
		})
		switch {
		case status == 404 && strings.Contains(text, "has no hub"):
			hub++
			h.problem(status, header, text)
		case status >= 500 && status != http.StatusNotImplemented:
			t.Errorf("%s: %d %s", o.name(), status, text)
		case status < 300:
			own++
		}
	}
	if hub < 40 || own < 35 {
		t.Errorf("%d operations of the hub, %d that work", hub, own)
	}
	h.wants(401, "GET", "/api/v1/doctor", "", nil, func(*http.Request) {})
	h.wants(404, "GET", "/api/v1/nonsense", "", nil)
	h.wants(501, "GET", "/api/v1/coop/config", "", nil)
	var about body.About
	h.wants(200, "GET", "/api/v1/about", "", &about)
	if len(about.Roles) != 1 || about.Roles[0] != "coordinator" || about.Version != adit.Version {
		t.Errorf("%+v", about)
	}
	if text := h.wants(200, "GET", "/ready", "", nil, func(*http.Request) {}); !strings.Contains(text, `"ready"`) {
		t.Error(text)
	}
	if text := h.wants(200, "GET", "/metrics", "", nil); !strings.Contains(text, "adit_build_info") {
		t.Error(text)
	}
}

// TestLoneLive: the live feed of a lone coordinator tells of the crew alone, once a second where something changed.
func TestLoneLive(t *testing.T) {
	h := openLone(t)
	one, two := dial(t, h.url, h.token, "/api/v1/live"), dial(t, h.url, h.token, "/api/v1/live")
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	var seq uint64
	for _, conn := range []*websocket.Conn{one, two} {
		_, text, err := conn.Read(ctx)
		must(t, err)
		var f frame
		must(t, json.Unmarshal(text, &f))
		if len(f.State) != 2 || f.State[view.KeyCoop] == nil || f.State[view.KeyShares] == nil {
			t.Fatalf("%s", text)
		}
		seq = f.Seq
	}
	h.crew.Lock()
	h.crew.G.Members.Online = 99
	h.crew.Unlock()
	_, text, err := one.Read(ctx)
	must(t, err)
	var f frame
	must(t, json.Unmarshal(text, &f))
	var g view.Glance
	must(t, json.Unmarshal(f.Set[view.KeyCoop], &g))
	if f.Seq != seq+1 || len(f.Set) != 1 || g.Members.Online != 99 {
		t.Errorf("%s", text)
	}
	h.crewOff.Store(true)
	_, text, err = one.Read(ctx)
	must(t, err)
	must(t, json.Unmarshal(text, &f))
	if len(f.Del) != 2 {
		t.Errorf("%s", text)
	}
}
