package aditminer

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
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
	FaultCut     = xmrapi.FaultCut
)

// Behaviour is what a Fake answers.
type Behaviour struct {
	Token    string
	Summary  string // body of /2/summary; its "paused" and pool follow what the fake was told
	Backends string // body of /2/backends
	Fault    Fault
	Delay    time.Duration
}

// Fake is an engine's HTTP API in this process, for tests and simulation.
type Fake struct {
	srv  *httptest.Server
	done chan struct{}
	once sync.Once

	mu     sync.Mutex
	b      Behaviour
	paused bool
	pools  []pool
	calls  []string
}

// NewFake starts a fake engine on a random loopback port.
func NewFake(b Behaviour) *Fake {
	f := &Fake{b: b, done: make(chan struct{})}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /2/summary", f.summary)
	mux.HandleFunc("GET /2/backends", func(w http.ResponseWriter, _ *http.Request) { xmrapi.SendJSON(w, f.behaviour().Backends) })
	mux.HandleFunc("PUT /2/config", f.config)
	mux.HandleFunc("POST /json_rpc", f.rpc)
	f.srv = httptest.NewServer(f.guard(mux))
	return f
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

// Paused reports whether the fake was told to pause.
func (f *Fake) Paused() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.paused
}

// Pools returns the URLs of the pools the fake was given last.
func (f *Fake) Pools() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	var out []string
	for _, p := range f.pools {
		out = append(out, p.URL)
	}
	return out
}

// Calls lists the requests so far that change something: "pause", "resume", "PUT".
func (f *Fake) Calls() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.calls)
}

// Close ends the fake and every request that hangs in it.
func (f *Fake) Close() {
	f.once.Do(func() {
		close(f.done)
		f.srv.Close()
	})
}

func (f *Fake) behaviour() Behaviour {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.b
}

// guard applies the faults and checks the token as XMRig does.
func (f *Fake) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b := f.behaviour()
		if b.Fault.Misbehave(w, r, b.Delay, f.done) {
			return
		}
		if b.Fault == FaultToken || r.Header.Get("Authorization") != "Bearer "+b.Token {
			xmrapi.Fail(w, http.StatusUnauthorized, "UNAUTHORIZED")
			return
		}
		next.ServeHTTP(w, r)
	})
}

func (f *Fake) summary(w http.ResponseWriter, _ *http.Request) {
	f.mu.Lock()
	body, paused := f.b.Summary, f.paused
	var url string
	if len(f.pools) > 0 {
		url = f.pools[0].URL
	}
	f.mu.Unlock()
	var m map[string]any
	if json.Unmarshal([]byte(body), &m) == nil && (paused || url != "") {
		if paused {
			m["paused"] = true
		}
		if url != "" {
			put(m, "connection", "pool", strings.TrimPrefix(url, "stratum+tcp://"))
			put(m, "adit", "pool", map[string]any{"index": 0, "count": 1, "state": "connected", "url": url})
		}
		b, _ := json.Marshal(m) // it came from JSON
		body = string(b)
	}
	xmrapi.SendJSON(w, body)
}

func put(m map[string]any, object, key string, v any) {
	if o, ok := m[object].(map[string]any); ok {
		o[key] = v
	}
}

// config takes pools as XMRig's PUT /2/config does: 415 for another content type, 400 for bad JSON, 204 for success.
func (f *Fake) config(w http.ResponseWriter, r *http.Request) {
	var c struct{ Pools []pool }
	switch {
	case f.behaviour().Fault == FaultRefuse:
		xmrapi.Fail(w, http.StatusBadRequest, "no valid pools")
		return
	case r.Header.Get("Content-Type") != "application/json":
		xmrapi.Fail(w, http.StatusUnsupportedMediaType, "Unsupported Media Type")
		return
	}
	if err := json.NewDecoder(r.Body).Decode(&c); err != nil {
		xmrapi.Fail(w, http.StatusBadRequest, err.Error())
		return
	}
	f.mu.Lock()
	f.pools, f.calls = c.Pools, append(f.calls, "PUT")
	f.mu.Unlock()
	w.WriteHeader(http.StatusNoContent)
}

func (f *Fake) rpc(w http.ResponseWriter, r *http.Request) {
	var q struct{ Method string }
	if err := json.NewDecoder(r.Body).Decode(&q); err != nil {
		xmrapi.Fail(w, http.StatusBadRequest, err.Error())
		return
	}
	if q.Method != "pause" && q.Method != "resume" || f.behaviour().Fault == FaultRefuse {
		xmrapi.SendJSON(w, `{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"Method not found"}}`)
		return
	}
	f.mu.Lock()
	f.paused, f.calls = q.Method == "pause", append(f.calls, q.Method)
	f.mu.Unlock()
	xmrapi.SendJSON(w, `{"jsonrpc":"2.0","id":1,"result":{"status":"OK"}}`)
}
