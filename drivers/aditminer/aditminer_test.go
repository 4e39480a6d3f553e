package aditminer

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/device"
	"github.com/adit-mining/adit/device/devicetest"
	"github.com/adit-mining/adit/drivers/internal/xmrapi"
	"github.com/adit-mining/adit/drivers/internal/xmrapi/xmrapitest"
	"github.com/adit-mining/adit/internal/shared"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const token = "0123456789abcdef"

// case file: what the two endpoints answer.
type recorded struct{ Summary, Backends json.RawMessage }

func record(t testing.TB, path string) recorded {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var r recorded
	if err := json.Unmarshal(b, &r); err != nil {
		t.Fatal(err)
	}
	return r
}

func fake(t testing.TB, r recorded, fault Fault) (*Fake, *Engine) {
	t.Helper()
	f := NewFake(Behaviour{Token: token, Summary: string(r.Summary), Backends: string(r.Backends), Fault: fault})
	t.Cleanup(f.Close)
	e, err := Open(f.Address("native"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	return f, e
}

func TestSuite(t *testing.T) {
	fast := record(t, "testdata/adit/fast.json")
	blank := recorded{json.RawMessage(`{"uptime":null,"hashrate":{"total":[null,null,null],"highest":null},"connection":{},"adit":{}}`), json.RawMessage(`[]`)}
	open := func(r recorded, fault Fault) func(*testing.T) device.Device {
		return func(t *testing.T) device.Device { _, e := fake(t, r, fault); return e }
	}
	devicetest.Run(t, devicetest.Suite{Open: open(fast, FaultNone), Blank: open(blank, FaultNone), Hang: open(fast, FaultHang)})
}

// TestGolden reads each testdata/*/*.json; a new case needs no Go: add a recording and run with -update.
func TestGolden(t *testing.T) {
	cases, err := filepath.Glob("testdata/*/*.json")
	if err != nil || len(cases) == 0 {
		t.Fatal("no cases", err)
	}
	for _, c := range cases {
		t.Run(filepath.ToSlash(c), func(t *testing.T) {
			_, e := fake(t, record(t, c), FaultNone)
			s, err := e.Snapshot(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			s.At = time.Time{}
			xmrapitest.Golden(t, s, strings.TrimSuffix(c, ".json")+".golden")
		})
	}
}

// TestXMRig reads what XMRig 6.26 really answered; the keys we share must mean the same.
func TestXMRig(t *testing.T) {
	read := func(name string) json.RawMessage {
		b, err := os.ReadFile(shared.Path(t, "fixtures/xmrig/"+name))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	for _, c := range []struct {
		summary, backends string
		work              device.Work
		hashrate          adit.Hashrate
		accepted, reject  uint64
		threads           int
	}{
		{"api-2-summary.json", "api-2-backends.json", device.WorkHashing, 14.65, 48, 16, 2},
		{"api-2-summary-paused.json", "api-2-backends.json", device.WorkPaused, -1, 9, 0, 2},
		{"fast-2-summary.json", "fast-2-backends.json", device.WorkHashing, -1, 0, 0, 2},
		{"solo-2-summary.json", "solo-2-backends.json", "", -1, 0, 0, 0},
	} {
		_, e := fake(t, recorded{read(c.summary), read(c.backends)}, FaultNone)
		s, err := e.Snapshot(t.Context())
		if err != nil {
			t.Errorf("%s: %v", c.summary, err)
			continue
		}
		if c.work != "" && s.Work != c.work {
			t.Errorf("%s: work %q, want %q", c.summary, s.Work, c.work)
		}
		if c.hashrate >= 0 && (s.Hashrate == nil || *s.Hashrate != c.hashrate) {
			t.Errorf("%s: hashrate %v, want %v", c.summary, s.Hashrate, c.hashrate)
		}
		if c.accepted > 0 && (*s.Accepted != c.accepted || *s.Rejected != c.reject) {
			t.Errorf("%s: shares %d and %d, want %d and %d", c.summary, *s.Accepted, *s.Rejected, c.accepted, c.reject)
		}
		if c.threads > 0 && len(s.Threads) != c.threads {
			t.Errorf("%s: %d threads, want %d", c.summary, len(s.Threads), c.threads)
		}
		if s.Stale != nil || s.LastAccepted != nil || s.Mode != "" {
			t.Errorf("%s: XMRig does not tell stale, last share or mode, yet %+v", c.summary, s)
		}
		if v := e.Info().Version; v != "6.26.0" {
			t.Errorf("%s: version %q", c.summary, v)
		}
	}
}

func TestFaults(t *testing.T) {
	fast := record(t, "testdata/adit/fast.json")
	xmrapitest.Faults(t, token, func(fault Fault, delay time.Duration) (device.Device, func()) {
		f, e := fake(t, fast, fault)
		f.Set(func(b *Behaviour) { b.Delay = delay })
		return e, f.Close
	})
}

func TestAbilities(t *testing.T) {
	f, e := fake(t, record(t, "testdata/adit/fast.json"), FaultNone)
	ctx := t.Context()
	p, ok := device.As[device.Pauser](e)
	if !ok {
		t.Fatal("it cannot pause")
	}
	if err := p.Pause(ctx); err != nil || !f.Paused() {
		t.Errorf("pause: %v", err)
	}
	if s, err := e.Snapshot(ctx); err != nil || s.Work != device.WorkPaused {
		t.Errorf("after pause: %q, %v", s.Work, err)
	}
	if err := p.Resume(ctx); err != nil || f.Paused() {
		t.Errorf("resume: %v", err)
	}
	if err := e.SetPools(ctx, []device.Pool{{URL: "stratum+tcp://127.0.0.1:1", User: "x"}, {URL: "stratum+ssl://127.0.0.1:2"}}); err != nil {
		t.Fatal(err)
	}
	if got := f.Pools(); !slices.Equal(got, []string{"stratum+tcp://127.0.0.1:1", "stratum+ssl://127.0.0.1:2"}) {
		t.Errorf("pools %v", got)
	}
	if s, err := e.Snapshot(ctx); err != nil || s.Pool == nil || s.Pool.URL != "stratum+tcp://127.0.0.1:1" {
		t.Errorf("after SetPools: %+v, %v", s.Pool, err)
	}
	if err := e.SetPools(ctx, []device.Pool{{URL: "http://x"}}); adit.CodeOf(err) != adit.Invalid {
		t.Errorf("bad pool: %v", err)
	}
	f.Set(func(b *Behaviour) { b.Fault = FaultRefuse })
	if err := p.Pause(ctx); adit.CodeOf(err) != adit.Refused || !strings.Contains(err.Error(), "Method not found") {
		t.Errorf("a refusal must carry the engine's words: %v", err)
	}
	if err := e.SetPools(ctx, nil); adit.CodeOf(err) != adit.Refused || !strings.Contains(err.Error(), "no valid pools") {
		t.Errorf("a refusal must carry the engine's words: %v", err)
	}
}

func TestPortFileWins(t *testing.T) {
	r := record(t, "testdata/adit/fast.json")
	f, _ := fake(t, r, FaultNone)
	dir := t.TempDir()
	l, err := Render(device.LaunchRequest{Name: "native", Dir: dir, Token: token, Pools: []device.Pool{{URL: "stratum+tcp://127.0.0.1:1"}}})
	if err != nil {
		t.Fatal(err)
	}
	e, err := Open(l.Endpoint)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	if _, err := e.Snapshot(t.Context()); adit.CodeOf(err) != adit.Unreachable {
		t.Errorf("no port is known yet: %v", err)
	}
	_, port, _ := strings.Cut(strings.TrimPrefix(f.Address("x").URL, "http://"), ":")
	if err := os.WriteFile(filepath.Join(dir, l.PortFile), []byte(port+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := e.Snapshot(t.Context()); err != nil {
		t.Errorf("the port is known now: %v", err)
	}
}

// A port that another program has taken may redirect: our token must not follow.
func TestNoRedirect(t *testing.T) {
	f, _ := fake(t, record(t, "testdata/adit/fast.json"), FaultNone)
	xmrapitest.NoRedirect(t, f.Address("x").URL, func(url string) (device.Device, error) {
		return Open(device.Address{Name: "x", URL: url, Token: token})
	})
}

func TestRender(t *testing.T) {
	threads, pages := 2, true
	dir := t.TempDir()
	l, err := Render(device.LaunchRequest{Name: "native", Path: "/opt/adit-miner", Dir: dir, Algorithm: adit.RandomX, Threads: &threads,
		Affinity: []int{0, 1}, HugePages: &pages, Port: 40123, Token: "secret-secret-secret",
		Pools: []device.Pool{{URL: "stratum+ssl://p.example:443", User: "u", Password: "hunter2", RigID: "r", Fingerprint: "ab"}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range append(l.Args, l.Env...) {
		if strings.Contains(a, "secret") || strings.Contains(a, "hunter2") {
			t.Errorf("a secret is visible to everybody in %q", a)
		}
	}
	var c config
	if err := json.Unmarshal(l.Files[configFile], &c); err != nil {
		t.Fatal(err)
	}
	if c.HTTP.Port != 40123 || c.HTTP.Token != "secret-secret-secret" || c.HTTP.PortFile != filepath.Join(dir, portFile) || *c.CPU.Threads != 2 {
		t.Errorf("config %+v", c)
	}
	if want := (pool{URL: "stratum+ssl://p.example:443", User: "u", Pass: "hunter2", RigID: "r", Keepalive: true, TLS: true, Fingerprint: "ab"}); len(c.Pools) != 1 || c.Pools[0] != want {
		t.Errorf("pools %+v", c.Pools)
	}
	if l.Endpoint.URL != "http://127.0.0.1:40123" || !slices.Contains(l.Env, "GLIBC_TUNABLES=glibc.malloc.hugetlb=1") {
		t.Errorf("launch %+v", l)
	}
}

func TestRefusedInput(t *testing.T) {
	good := device.LaunchRequest{Name: "native", Dir: t.TempDir(), Token: token, Pools: []device.Pool{{URL: "stratum+tcp://127.0.0.1:1"}}}
	n := func(i int) *int { return &i }
	for field, change := range map[string]func(*device.LaunchRequest){
		"name":         func(r *device.LaunchRequest) { r.Name = "../x" },
		"dir":          func(r *device.LaunchRequest) { r.Dir = "x" },
		"algorithm":    func(r *device.LaunchRequest) { r.Algorithm = "kawpow" },
		"threads":      func(r *device.LaunchRequest) { r.Threads = n(0) },
		"pools":        func(r *device.LaunchRequest) { r.Pools = nil },
		"port":         func(r *device.LaunchRequest) { r.Port = 70000 },
		"token":        func(r *device.LaunchRequest) { r.Token = "short" },
		"affinity":     func(r *device.LaunchRequest) { r.Affinity = []int{-1} },
		"pools[1].url": func(r *device.LaunchRequest) { r.Pools = []device.Pool{{URL: "stratum+tcp://a:1"}, {URL: "a:1"}} },
	} {
		r := good
		change(&r)
		_, err := Render(r)
		var e *adit.Error
		if !errors.As(err, &e) || e.Code != adit.Invalid || e.Field != field {
			t.Errorf("%s: got %v", field, err)
		}
	}
	for _, a := range []device.Address{
		{Name: "", URL: "http://127.0.0.1:1"}, {Name: "x"}, {Name: "x", URL: "https://127.0.0.1:1"}, {Name: "x", URL: "http://10.0.0.1:1"},
		{Name: "x", URL: "http://127.0.0.1"}, {Name: "x", URL: "http://u:p@127.0.0.1:1"}, {Name: "x", URL: "http://localhost.example:1"},
		{Name: "x", URL: "http://127.0.0.1:1", Settings: []byte("{")},
	} {
		if _, err := Open(a); adit.CodeOf(err) != adit.Invalid {
			t.Errorf("%+v: got %v", a, err)
		}
	}
}

// FuzzDecode: whatever an engine answers, a Snapshot is made or an error, and no unknown becomes absurd.
func FuzzDecode(f *testing.F) {
	for _, c := range []string{"fast", "building", "waiting"} {
		r := record(f, "testdata/adit/"+c+".json")
		f.Add([]byte(r.Summary), []byte(r.Backends))
	}
	f.Fuzz(func(t *testing.T, sum, back []byte) {
		var s summary
		var b []xmrapi.Backend
		if json.Unmarshal(sum, &s) != nil || json.Unmarshal(back, &b) != nil {
			return
		}
		n := s.snapshot(b)
		if n.Hashrate != nil && !(*n.Hashrate >= 0) || n.Uptime != nil && *n.Uptime < 0 || n.Pool != nil && n.Pool.Index >= n.Pool.Count {
			t.Fatalf("%+v", n)
		}
	})
}
