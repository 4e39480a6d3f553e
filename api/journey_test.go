package api

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/api/body"
	"github.com/adit-mining/adit/api/client"
	"github.com/adit-mining/adit/link/wire"
)

// keys decodes an answer into its keys.
func (h *hub) keys(path string) map[string]any {
	h.t.Helper()
	status, _, text := h.request("GET", path, "", h.asOwner)
	if status != 200 {
		h.t.Fatalf("%s: %d %s", path, status, text)
	}
	var out map[string]any
	must(h.t, json.Unmarshal([]byte(text), &out))
	return out
}

// TestMiningShapes: the Mining Platform's names, and null for unknown.
func TestMiningShapes(t *testing.T) {
	h := openHub(t)
	info := h.keys("/api/v1/mining/info")
	for _, k := range []string{"timestamp", "os", "architecture", "go_version", "available_cpu_cores", "total_system_ram_gb", "installed_miners_info"} {
		if _, ok := info[k]; !ok {
			t.Errorf("info has no %s: %v", k, info)
		}
	}
	if info["total_system_ram_gb"] != nil {
		t.Error("memory that nobody measured is known")
	}
	first := info["installed_miners_info"].([]any)[0].(map[string]any)
	if first["is_installed"] != true || first["miner_binary"] != "/opt/adit/adit-miner" || first["path"] != "/opt/adit" {
		t.Errorf("%v", first)
	}
	stats := h.keys("/api/v1/mining/miners/m/stats")
	want := []string{"algorithm", "avgDifficulty", "diffCurrent", "extraData", "hashrate", "lastShare", "rejected", "shares", "uptime"}
	if got := slices.Sorted(maps.Keys(stats)); !slices.Equal(got, want) {
		t.Errorf("stats has %v, want %v", got, want)
	}
	if stats["hashrate"] != 1020.0 || stats["shares"] != 14.0 || stats["rejected"] != nil || stats["diffCurrent"] != nil || stats["avgDifficulty"] != nil {
		t.Errorf("stats: %v", stats)
	}
	miner := h.keys("/api/v1/mining/miners/m")
	for k, v := range map[string]any{"name": "m", "type": "adit-miner", "running": true, "hashrate": 1020.0, "shares": 14.0, "rejected": nil,
		"pool": "stratum+tcp://pool.example:3333", "uptime": nil, "device": "rig1/m", "state": "ok"} {
		if got, ok := miner[k]; !ok || got != v {
			t.Errorf("miner: %s is %v, want %v", k, got, v)
		}
	}
	status, header, text := h.request("GET", "/api/v1/mining/miners/m/logs?after=40", "", h.asOwner)
	if status != 200 || strings.TrimSpace(text) != `["b25l","dHdv"]` || header.Get("X-Adit-Next") != "42" {
		t.Errorf("logs: %d %s %v", status, text, header)
	}
	if status, _, text := h.request("GET", "/api/v1/mining/miners/m/hashrate-history", "", h.asOwner); status != 200 || !strings.HasPrefix(text, "[") {
		t.Errorf("history: %d %s", status, text)
	}
}

func TestClientJourney(t *testing.T) {
	h, ctx := openHub(t), t.Context()
	c := h.client
	st, err := c.State(ctx)
	if err != nil || st.Overview == nil || st.Devices["rig1/m"].Name != "m" || st.Consent == nil || !st.Consent.Granted || !st.Host.Agent.Connected {
		t.Fatalf("%+v %v", st, err)
	}
	if ms, err := c.Miners(ctx); err != nil || len(ms) != 1 || ms[0].Name != "m" {
		t.Errorf("%v %v", ms, err)
	}
	if av, err := c.Available(ctx); err != nil || len(av) != 2 || !av[0].Installed || av[1].Installed || av[0].Aliases[0] != "native" {
		t.Errorf("%v %v", av, err)
	}
	threads := 2
	m, err := c.Start(ctx, "native", body.Config{Pool: "pool.example:3333", Wallet: moneroAddress(t), Password: "hunter2", Threads: &threads})
	if err != nil || m.Name != "adit-miner" || m.Device != "rig1/adit-miner" || m.Hashrate != nil {
		t.Errorf("%+v %v", m, err)
	}
	log, err := c.Logs(ctx, "m", 40, 10)
	if err != nil || len(log.Lines) != 2 || log.Next != 42 || log.Lines[1].Text != "two" {
		t.Errorf("%+v %v", log, err)
	}
	for name, do := range map[string]func() error{
		"stop":    func() error { return c.Stop(ctx, "m") },
		"restart": func() error { return c.Restart(ctx, "rig1", "m") },
		"release": func() error { return c.Release(ctx, "rig1", "m") },
		"pools": func() error {
			return c.SetPools(ctx, "rig1", "m", body.PoolsRequest{Pools: []body.PoolConfig{{Pool: "h:1", Wallet: moneroAddress(t)}}})
		},
		"pause":          func() error { return c.Pause(ctx, time.Hour) },
		"pause for ever": func() error { return c.Pause(ctx, 0) },
		"resume":         func() error { return c.Resume(ctx) },
		"consent":        func() error { return c.GrantConsent(ctx, "flag") },
		"no consent":     func() error { return c.RevokeConsent(ctx) },
		"practice":       func() error { return c.StartPractice(ctx, nil) },
		"practice's end": func() error { return c.StopPractice(ctx) },
	} {
		if err := do(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if f, err := c.Doctor(ctx); err != nil || len(f) != 1 || f[0].Fix != "sysctl" {
		t.Errorf("%v %v", f, err)
	}
	if hist, err := c.History(ctx, 60, "rig1/m"); err != nil || hist.Step != 10 || len(hist.Points) != 360 {
		t.Errorf("%v points by %v s, %v", len(hist.Points), hist.Step, err)
	}
	if hist, err := c.History(ctx, 30*24*60, ""); err != nil || len(hist.Points) > 720 {
		t.Errorf("%v points, %v", len(hist.Points), err)
	}
	if con, err := c.Consent(ctx); err != nil || !con.Granted || con.Via != "terminal" {
		t.Errorf("%+v %v", con, err)
	}
	events, err := c.Events(ctx, 0, 100)
	if err != nil || len(events) < 10 {
		t.Errorf("%d events, %v", len(events), err)
	}
	for _, e := range events {
		if strings.Contains(e.Text, "hunter2") || !strings.HasPrefix(e.Kind, "order.") || e.Actor != "owner" {
			t.Errorf("%+v", e)
		}
	}
	if check := h.keys("/api/v1/journal/check"); check["whole"] != true {
		t.Errorf("%v", check)
	}
	verbs := h.agent.verbs()
	for _, v := range []wire.Verb{wire.VerbStart, wire.VerbStop, wire.VerbRestart, wire.VerbRelease, wire.VerbSetPools, wire.VerbPause, wire.VerbResume, wire.VerbConsentGrant, wire.VerbConsentRevoke} {
		if !slices.Contains(verbs, v) {
			t.Errorf("no order %s went out", v)
		}
	}
}

func TestClientErrors(t *testing.T) {
	h, ctx := openHub(t), t.Context()
	_, err := h.client.Miner(ctx, "nope")
	if adit.CodeOf(err) != adit.NotFound || !strings.Contains(err.Error(), "adit list") {
		t.Errorf("%v", err)
	}
	_, err = h.client.Start(ctx, "native", body.Config{Pool: "h:1", Wallet: "x"})
	if e, ok := adit.AsError(err); !ok || e.Code != adit.Invalid || e.Field != "wallet" {
		t.Errorf("%v", err)
	}
	h.agent.outcomeFails(adit.NoConsent, "not allowed on this computer yet")
	if err := h.client.StartPractice(ctx, nil); adit.CodeOf(err) != adit.NoConsent || err.Error() != "not allowed on this computer yet" {
		t.Errorf("%v", err)
	}
	stranger, err := client.New(h.url, "x")
	must(t, err)
	if _, err := stranger.State(ctx); adit.CodeOf(err) != adit.Unauthorized {
		t.Errorf("%v", err)
	}
	h.stop()
	if _, err := h.client.State(ctx); adit.CodeOf(err) != adit.Unreachable {
		t.Errorf("%v", err)
	}
}

// TestReady: database and agent must be there.
func TestReady(t *testing.T) {
	h := openHub(t)
	if err := h.client.Ready(t.Context()); err != nil {
		t.Error(err)
	}
	h.crewOff.Store(true)
	if status, _, text := h.request("GET", "/health", ""); status != 200 || strings.TrimSpace(text) != `{"status":"ok"}` {
		t.Errorf("%d %s", status, text)
	}
}
