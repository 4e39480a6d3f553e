package xmrig

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/device"
)

func TestPause(t *testing.T) {
	f, m := fake(t, record(t, "hashing"))
	ctx := t.Context()
	p, ok := device.As[device.Pauser](m)
	if !ok {
		t.Fatal("it cannot pause")
	}
	if err := p.Pause(ctx); err != nil {
		t.Errorf("pause: %v", err)
	}
	s, err := m.Snapshot(ctx)
	if err != nil || s.Work != device.WorkPaused {
		t.Errorf("after pause: %q, %v", s.Work, err)
	}
	if *s.Hashrate != 0 || *s.Threads[0].Hashrate != 0 {
		t.Errorf("a paused miner hashes nothing, whatever XMRig goes on to tell: %v", *s.Hashrate)
	}
	if err := p.Resume(ctx); err != nil {
		t.Errorf("resume: %v", err)
	}
	if paused, stopped := f.State(); paused || stopped {
		t.Errorf("paused %v, stopped %v", paused, stopped)
	}
	if got := f.Calls(); !slices.Equal(got, []string{"pause", "resume"}) {
		t.Errorf("calls %q: never stop, which a reload undoes", got)
	}
	f.Set(func(b *Behaviour) { b.Fault = FaultRefuse })
	if err := p.Pause(ctx); adit.CodeOf(err) != adit.Refused || !strings.Contains(err.Error(), "Method not found") {
		t.Errorf("a refusal must carry XMRig's words: %v", err)
	}
	f.Set(func(b *Behaviour) { b.Fault = FaultDeaf })
	if err := p.Pause(ctx); adit.CodeOf(err) != adit.Refused || !strings.Contains(err.Error(), "did not") {
		t.Errorf("OK for a pause that does not come is no success: %v", err)
	}
}

var twoPools = []device.Pool{{URL: "stratum+tcp://127.0.0.1:1", User: "x", Password: "p"}, {URL: "stratum+ssl://127.0.0.1:2", User: "y"}}

func TestSetPools(t *testing.T) {
	f, m := fake(t, record(t, "hashing"))
	ctx := t.Context()
	before := f.Config()
	if err := m.SetPools(ctx, twoPools); err != nil {
		t.Fatal(err)
	}
	got := poolsOf(f.Config())
	if want := []PutPool{{"stratum+tcp://127.0.0.1:1", "x", "p"}, {"stratum+ssl://127.0.0.1:2", "y", ""}}; !slices.Equal(got, want) {
		t.Errorf("pools %v, want %v", got, want)
	}
	for key, v := range before {
		if key == "pools" {
			continue
		}
		a, _ := json.Marshal(v)
		b, _ := json.Marshal(f.Config()[key])
		if string(a) != string(b) {
			t.Errorf("%s changed from %s to %s", key, a, b)
		}
	}
	if s, err := m.Snapshot(ctx); err != nil || s.Pool == nil || s.Pool.URL != "stratum+tcp://127.0.0.1:1" || s.Pool.Count != 2 {
		t.Errorf("after SetPools: %+v, %v", s.Pool, err)
	}
	if err := m.SetPools(ctx, []device.Pool{{URL: "http://x"}}); adit.CodeOf(err) != adit.Invalid {
		t.Errorf("bad pool: %v", err)
	}
	if err := m.SetPools(ctx, nil); adit.CodeOf(err) != adit.Invalid {
		t.Errorf("no pool: %v", err)
	}
	f.Set(func(b *Behaviour) { b.Fault = FaultRefuse })
	if err := m.SetPools(ctx, twoPools[:1]); adit.CodeOf(err) != adit.Refused {
		t.Errorf("refused: %v", err)
	}
}

// TestReload: an XMRig that watches its file takes new pools half a second later; SetPools waits for that, and a pause
// from before holds. One that never takes them is no success.
func TestReload(t *testing.T) {
	f, m := fake(t, record(t, "hashing"), func(b *Behaviour) { b.Reload = 150 * time.Millisecond })
	ctx := t.Context()
	if err := m.Pause(ctx); err != nil {
		t.Fatal(err)
	}
	if err := m.SetPools(ctx, twoPools); err != nil {
		t.Fatal(err)
	}
	if got := poolsOf(f.Config()); len(got) != 2 {
		t.Errorf("SetPools came back before the pools were in use: %v", got)
	}
	if paused, _ := f.State(); !paused {
		t.Error("the pause was lost")
	}
	f.Set(func(b *Behaviour) { b.Fault = FaultDeaf })
	short, cancel := context.WithTimeout(ctx, 300*time.Millisecond)
	defer cancel()
	if err := m.SetPools(short, twoPools[:1]); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want a timeout", err)
	}
}

// TestStopIsUndone shows why adit never asks for "stop": XMRig's next reload starts the threads again.
func TestStopIsUndone(t *testing.T) {
	f, m := fake(t, record(t, "hashing"))
	if err := m.api.Call(t.Context(), "stop"); err != nil {
		t.Fatal(err)
	}
	if s, err := m.Snapshot(t.Context()); err != nil || s.Work == device.WorkPaused || s.Hashrate != nil {
		t.Errorf("XMRig tells a stop by its missing rate only: %q %v %v", s.Work, s.Hashrate, err)
	}
	if err := m.SetPools(t.Context(), twoPools); err != nil {
		t.Fatal(err)
	}
	if _, stopped := f.State(); stopped {
		t.Error("the fake does not behave as XMRig does")
	}
}

// The proxy and the account of the start hold for pools that come later.
func TestSetPoolsKeepsProxy(t *testing.T) {
	l, err := Render(request(t, func(r *device.LaunchRequest) {
		r.Pools[0].User = ""
		r.Settings = &device.Settings{Proxy: "127.0.0.1:9050", UserPass: "account:secret"}
	}))
	if err != nil {
		t.Fatal(err)
	}
	f := NewFake(Behaviour{Token: l.Endpoint.Token, Summary: `{}`, Backends: `[]`, Config: string(l.Files[configFile])})
	t.Cleanup(f.Close)
	at := f.Address("xmrig")
	at.Settings = l.Endpoint.Settings
	m, err := Open(at)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = m.Close() })
	if err := m.SetPools(t.Context(), []device.Pool{{URL: "stratum+tcp://127.0.0.1:1"}}); err != nil {
		t.Fatal(err)
	}
	p := f.Config()["pools"].([]any)[0].(map[string]any)
	if p["socks5"] != "127.0.0.1:9050" || p["user"] != "account" || p["pass"] != "secret" || p["algo"] != "rx/0" {
		t.Errorf("pool %v", p)
	}
}
