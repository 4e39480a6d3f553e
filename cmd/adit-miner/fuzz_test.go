package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"
)

// FuzzAPI: whatever the body of a change holds, it is answered with JSON of its own or with nothing, and never with a
// fault of the server.
func FuzzAPI(f *testing.F) {
	f.Add(true, []byte(`{"pools":[{"url":"stratum+tcp://127.0.0.1:3333"}]}`))
	f.Add(true, []byte(`{"pools":null}`))
	f.Add(false, []byte(`{"id":1,"jsonrpc":"2.0","method":"pause"}`))
	f.Add(false, []byte(`[{"method":"resume"}]`))
	f.Add(false, []byte(`{"id":{"a":[1e999]},"method":"nope"}`))
	f.Fuzz(func(t *testing.T, config bool, body []byte) {
		m := idleMiner(t)
		method, path := http.MethodPost, "/json_rpc"
		if config {
			method, path = http.MethodPut, "/2/config"
		}
		r := httptest.NewRequest(method, path, bytes.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Authorization", "Bearer "+m.cfg.HTTP.Token)
		w := httptest.NewRecorder()
		(&api{m: m}).handler().ServeHTTP(w, r)
		switch {
		case w.Code == http.StatusNoContent && config:
		case w.Code == http.StatusOK && !config, w.Code >= 400 && w.Code < 500:
			if !json.Valid(w.Body.Bytes()) {
				t.Fatalf("%d: %q", w.Code, w.Body.Bytes())
			}
		default:
			t.Fatalf("%d: %q", w.Code, w.Body.Bytes())
		}
	})
}
