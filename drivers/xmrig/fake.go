package xmrig

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"time"

	"github.com/adit-mining/adit/device"
	"github.com/adit-mining/adit/drivers/internal/xmrapi"
)

// Fault is a way in which a Fake misbehaves.
type Fault = xmrapi.Fault

// The faults.
const (
	FaultNone    = xmrapi.FaultNone
	FaultSlow    = xmrapi.FaultSlow
	FaultHang    = xmrapi.FaultHang
	FaultGarbage = xmrapi.FaultGarbage
	FaultShape   = xmrapi.FaultShape
	FaultFlood   = xmrapi.FaultFlood
	FaultToken   = xmrapi.FaultToken
	FaultRefuse  = xmrapi.FaultRefuse
	FaultDeaf    = xmrapi.FaultDeaf
	FaultCut     = xmrapi.FaultCut
)

// Behaviour is what a Fake answers.
type Behaviour struct {
	Token    string
	Summary  string // body of /2/summary; pause, stop and pools are worked in
	Backends string // body of /2/backends
	Config   string // body of /2/config; "" = one with no pool
	// Reload is how long a PUT waits to take effect, as where XMRig watches its file; 0 = at once, as without.
	Reload time.Duration
	Fault  Fault
	Delay  time.Duration

	// Live, when set, fills in what changes while it runs.
	Live func(summary map[string]any)
	// Pools, when set, is told of pools that were put into the configuration, in order of preference.
	Pools func([]PutPool)
	// Paused, when set, is told of a pause and its end.
	Paused func(bool)
	// Say, when set, gets the lines that XMRig would write.
	Say func(tag, text string)
}

// PutPool is a pool as it was put into a Fake's configuration.
type PutPool struct{ URL, User, Pass string }

// Fake is XMRig's HTTP API in this process, for tests and simulation. Source of its ways: src/base/api and
// src/base/kernel/Base.cpp of xmrig 6.26.
type Fake struct {
	srv  *httptest.Server // nil where only the Handler is used
	done chan struct{}
	once sync.Once
	late sync.WaitGroup

	mu      sync.Mutex
	b       Behaviour
	paused  bool
	stopped bool
	config  map[string]any
	calls   []string
}

// NewFake starts a fake API on a random loopback port.
func NewFake(b Behaviour) *Fake {
	f := NewUnheardFake(b)
	f.srv = httptest.NewServer(f.Handler())
	return f
}

// NewUnheardFake makes a fake without a port of its own: serve its Handler.
func NewUnheardFake(b Behaviour) *Fake {
	f := &Fake{b: b, done: make(chan struct{}), config: map[string]any{"pools": []any{}, "http": map[string]any{}}}
	if b.Config != "" {
		_ = json.Unmarshal([]byte(b.Config), &f.config) // a test's own text
	}
	return f
}

// Handler answers as XMRig's API does.
func (f *Fake) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /2/summary", f.summary)
	mux.HandleFunc("GET /2/backends", func(w http.ResponseWriter, _ *http.Request) { xmrapi.SendJSON(w, f.behaviour().Backends) })
	mux.HandleFunc("GET /2/config", func(w http.ResponseWriter, _ *http.Request) {
		f.mu.Lock()
		defer f.mu.Unlock()
		_ = json.NewEncoder(w).Encode(f.config) // the other side may have gone
	})
	mux.HandleFunc("PUT /2/config", f.put)
	mux.HandleFunc("POST /json_rpc", f.rpc)
	return f.guard(mux)
}

// Address is how to open the fake as a device.
func (f *Fake) Address(name string) device.Address {
	return device.Address{Name: name, URL: f.srv.URL, Token: f.behaviour().Token}
}

// Set changes what the fake answers from now on.
func (f *Fake) Set(change func(*Behaviour)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change(&f.b)
}

// State reports whether the fake was told to pause, and to stop.
func (f *Fake) State() (paused, stopped bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.paused, f.stopped
}

// Config is the configuration in use.
func (f *Fake) Config() map[string]any {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.config
}

// Calls lists the requests so far that change something: "pause", "resume", "stop", "PUT".
func (f *Fake) Calls() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.calls)
}

// Close ends the fake, every request that hangs in it and every change that waits.
func (f *Fake) Close() {
	f.once.Do(func() {
		close(f.done)
		if f.srv != nil {
			f.srv.Close()
		}
	})
	f.late.Wait()
}

func (f *Fake) behaviour() Behaviour {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.b
}

// guard applies the faults and checks the token as XMRig does: 401 without one, 403 for another.
func (f *Fake) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b := f.behaviour()
		if b.Fault.Misbehave(w, r, b.Delay, f.done) {
			return
		}
		switch auth := r.Header.Get("Authorization"); {
		case auth == "":
			xmrapi.Fail(w, http.StatusUnauthorized, "UNAUTHORIZED")
		case b.Fault == FaultToken || auth != "Bearer "+b.Token:
			xmrapi.Fail(w, http.StatusForbidden, "FORBIDDEN")
		case r.Method != http.MethodGet && r.Header.Get("Content-Type") != "application/json":
			xmrapi.Fail(w, http.StatusUnsupportedMediaType, "UNSUPPORTED_MEDIA_TYPE")
		default:
			next.ServeHTTP(w, r)
		}
	})
}

func (f *Fake) summary(w http.ResponseWriter, _ *http.Request) {
	b := f.behaviour()
	var m map[string]any
	if json.Unmarshal([]byte(b.Summary), &m) != nil {
		xmrapi.SendJSON(w, b.Summary)
		return
	}
	paused, stopped := f.State()
	if _, tells := m["paused"]; tells {
		m["paused"] = paused || m["paused"] == true
	}
	if h, ok := m["hashrate"].(map[string]any); ok && stopped {
		h["total"] = []any{nil, nil, nil}
	}
	if ps := f.pools(); len(ps) > 0 {
		if c, ok := m["connection"].(map[string]any); ok {
			c["pool"] = hostPort(ps[0].URL)
		}
	}
	if b.Live != nil {
		b.Live(m)
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(m) // the other side may have gone
}

func (f *Fake) called(what string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls = append(f.calls, what)
}

func (f *Fake) say(tag, text string) {
	if say := f.behaviour().Say; say != nil {
		say(tag, text)
	}
}
