package main

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net"
	"net/http"
	"os"
	"strconv"
	"time"

	"github.com/adit-mining/adit"
)

// api serves what XMRig serves, on loopback and to whoever holds the token. Sources: xmrig doc/API.md and
// src/base/api; PUT and POST need Content-Type application/json there, else 415.
type api struct {
	m    *miner
	l    net.Listener
	file string // port file
}

const maxBody = 1 << 20 // bytes of a request

// listen takes the configured port, or any where it is taken, and tells which.
func (m *miner) listen() (*api, error) {
	host := "127.0.0.1"
	l, err := net.Listen("tcp", net.JoinHostPort(host, strconv.Itoa(m.cfg.HTTP.Port)))
	if err != nil && m.cfg.HTTP.Port != 0 {
		m.log.Warn("the API's port cannot be had, another one is taken", "port", m.cfg.HTTP.Port, "error", err)
		l, err = net.Listen("tcp", net.JoinHostPort(host, "0"))
	}
	if err != nil {
		return nil, adit.Errorf(adit.Refused, "the API cannot listen: %w", err)
	}
	a := &api{m: m, l: l, file: m.cfg.HTTP.PortFile}
	port := l.Addr().(*net.TCPAddr).Port
	if a.file != "" {
		if err := writeFile(a.file, []byte(strconv.Itoa(port)+"\n")); err != nil {
			_ = l.Close()
			return nil, adit.InvalidField("http.port-file", "%v", err)
		}
	}
	m.log.Info("API on http://"+l.Addr().String(), "port", port)
	return a, nil
}

// close frees the port and forgets it.
func (a *api) close() {
	_ = a.l.Close()
	if a.file != "" {
		os.Remove(a.file)
	}
}

// serve answers until ctx ends.
func (a *api) serve(ctx context.Context) error {
	s := &http.Server{
		Handler: a.handler(), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 15 * time.Second,
		WriteTimeout: 15 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 16 << 10,
	}
	done := make(chan error, 1)
	go func() { done <- s.Serve(a.l) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	_ = s.Close()
	<-done
	return nil
}

func (a *api) handler() http.Handler {
	mux := http.NewServeMux()
	for _, p := range []string{"/1/summary", "/2/summary"} {
		mux.HandleFunc("GET "+p, func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, a.m.summary()) })
	}
	mux.HandleFunc("GET /2/backends", func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, a.m.backends()) })
	for _, p := range []string{"/1/config", "/2/config"} {
		mux.HandleFunc("PUT "+p, a.putConfig)
	}
	mux.HandleFunc("POST /json_rpc", a.rpc)
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { fail(w, http.StatusNotFound, "NOT FOUND") })
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		want := "Bearer " + a.m.cfg.HTTP.Token
		if subtle.ConstantTimeCompare([]byte(r.Header.Get("Authorization")), []byte(want)) != 1 {
			fail(w, http.StatusUnauthorized, "UNAUTHORIZED")
			return
		}
		if r.Method == http.MethodPut || r.Method == http.MethodPost {
			if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != "application/json" {
				fail(w, http.StatusUnsupportedMediaType, "UNSUPPORTED MEDIA TYPE: send Content-Type: application/json")
				return
			}
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		mux.ServeHTTP(w, r)
	})
}

// putConfig takes new pools and goes on without a restart; every other key is ignored.
func (a *api) putConfig(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		fail(w, http.StatusRequestEntityTooLarge, "the body is too large or was cut off")
		return
	}
	var c struct {
		Pools []poolConfig `json:"pools"`
	}
	if err := json.Unmarshal(body, &c); err != nil {
		fail(w, http.StatusBadRequest, err.Error())
		return
	}
	if err := a.m.setPools(c.Pools); err != nil {
		fail(w, http.StatusBadRequest, err.Error())
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// setPools applies new pools and writes them to the configuration file, so that a restart keeps them.
func (m *miner) setPools(list []poolConfig) error {
	ps, err := pools(list)
	if err != nil {
		return err
	}
	if err := m.pool.SetPools(ps); err != nil {
		return err
	}
	m.log.Info("new pools", "first", ps[0].URL, "count", len(ps))
	if m.file == "" {
		return nil
	}
	m.files.Lock()
	defer m.files.Unlock()
	if err := savePools(m.file, list); err != nil {
		m.log.Warn("the new pools could not be written to the configuration file and are lost at a restart", "error", err)
	}
	return nil
}

// rpc takes JSON-RPC orders: pause, resume, stop. Source: xmrig Miner::onRequest.
func (a *api) rpc(w http.ResponseWriter, r *http.Request) {
	var q struct {
		ID     json.RawMessage `json:"id"`
		Method string          `json:"method"`
	}
	err := json.NewDecoder(r.Body).Decode(&q)
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		fail(w, http.StatusRequestEntityTooLarge, "the body is too large")
		return
	case err != nil:
		answer(w, http.StatusOK, rpcError(nil, -32700, "Parse error"))
		return
	}
	orders := map[string]func(){"pause": a.m.engine.Pause, "resume": a.m.engine.Resume, "stop": a.m.engine.Halt}
	do, ok := orders[q.Method]
	if !ok {
		answer(w, http.StatusOK, rpcError(q.ID, -32601, "Method not found"))
		return
	}
	do()
	a.m.log.Info(q.Method + " was ordered through the API")
	answer(w, http.StatusOK, map[string]any{"id": q.ID, "jsonrpc": "2.0", "result": map[string]string{"status": "OK"}})
}

func rpcError(id json.RawMessage, code int, text string) any {
	return map[string]any{"id": id, "jsonrpc": "2.0", "error": map[string]any{"code": code, "message": text}}
}

func fail(w http.ResponseWriter, status int, text string) {
	answer(w, status, map[string]any{"status": status, "error": text})
}

func answer(w http.ResponseWriter, status int, v any) {
	b, err := json.MarshalIndent(v, "", "    ")
	if err != nil {
		status, b = http.StatusInternalServerError, []byte(`{"status":500,"error":"INTERNAL SERVER ERROR"}`)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	w.Write(append(b, '\n'))
}
