package xmrig

import (
	"encoding/json"
	"net/http"
	"reflect"
	"slices"
	"time"

	"github.com/adit-mining/adit/drivers/internal/xmrapi"
)

// pools are those of the configuration in use.
func (f *Fake) pools() []PutPool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return poolsOf(f.config)
}

func poolsOf(config map[string]any) []PutPool {
	var out []PutPool
	list, _ := config["pools"].([]any)
	for _, p := range list {
		m, _ := p.(map[string]any)
		text := func(key string) string { s, _ := m[key].(string); return s }
		if text("url") != "" {
			out = append(out, PutPool{text("url"), text("user"), text("pass")})
		}
	}
	return out
}

// put takes a whole configuration: 400 for bad JSON or one without a pool, 204 for success.
func (f *Fake) put(w http.ResponseWriter, r *http.Request) {
	var c map[string]any
	if err := json.NewDecoder(r.Body).Decode(&c); err != nil {
		xmrapi.Fail(w, http.StatusBadRequest, "Missing a name for object member.")
		return
	}
	b := f.behaviour()
	if b.Fault == FaultRefuse || len(poolsOf(c)) == 0 {
		xmrapi.Fail(w, http.StatusBadRequest, "BAD_REQUEST")
		return
	}
	f.called("PUT")
	f.say("config", `configuration saved to: "config.json"`)
	w.WriteHeader(http.StatusNoContent)
	switch {
	case b.Fault == FaultDeaf:
	case b.Reload == 0:
		f.replace(c)
	default:
		f.late.Go(func() {
			t := time.NewTimer(b.Reload)
			defer t.Stop()
			select {
			case <-t.C:
				f.say("config", `"config.json" was changed, reloading configuration`)
				f.replace(c)
			case <-f.done:
			}
		})
	}
}

// replace puts a configuration to use. Workers that were stopped begin again (src/core/Miner.cpp, onConfigChanged, or at
// the new pool's first job); a pause holds.
func (f *Fake) replace(c map[string]any) {
	f.mu.Lock()
	same := reflect.DeepEqual(f.config["pools"], c["pools"])
	f.config, f.stopped = c, false
	tell := f.b.Pools
	f.mu.Unlock()
	if !same && tell != nil {
		tell(poolsOf(c))
	}
}

func (f *Fake) rpc(w http.ResponseWriter, r *http.Request) {
	var q struct{ Method string }
	if err := json.NewDecoder(r.Body).Decode(&q); err != nil {
		xmrapi.Fail(w, http.StatusBadRequest, err.Error())
		return
	}
	b := f.behaviour()
	if !slices.Contains([]string{"pause", "resume", "stop"}, q.Method) || b.Fault == FaultRefuse {
		xmrapi.SendJSON(w, `{"error":{"code":-32601,"message":"Method not found"},"jsonrpc":"2.0","id":1}`)
		return
	}
	f.called(q.Method)
	if b.Fault != FaultDeaf {
		f.obey(q.Method, b)
	}
	xmrapi.SendJSON(w, `{"result":{"status":"OK"},"jsonrpc":"2.0","id":1}`)
}

func (f *Fake) obey(method string, b Behaviour) {
	f.mu.Lock()
	was := f.paused
	switch method {
	case "stop":
		f.stopped = true
	default:
		f.paused = method == "pause"
	}
	now := f.paused
	f.mu.Unlock()
	if was == now {
		return
	}
	if now {
		f.say("miner", "paused, press  r  to resume")
	} else {
		f.say("miner", "resumed")
	}
	if b.Paused != nil {
		b.Paused(now)
	}
}
