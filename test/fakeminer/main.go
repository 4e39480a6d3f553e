// Command fakeminer stands in for adit-miner in tests of the whole house: the same command line, configuration file,
// API and Stratum, with the hash of test/fakework. `fakeminer verify` checks its shares.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/internal/atomicfile"
	"github.com/adit-mining/adit/pow/verify"
	"github.com/adit-mining/adit/stratum"
	"github.com/adit-mining/adit/test/fakework"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "fakeminer:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) > 0 && args[0] == "verify" {
		go func() { <-ctx.Done(); os.Exit(0) }()
		return verify.Serve(ctx, os.Stdin, os.Stdout, fakework.Hasher{})
	}
	if len(args) > 0 && args[0] == "version" {
		fmt.Println("fakeminer " + adit.Version)
		return nil
	}
	fs := flag.NewFlagSet("fakeminer", flag.ContinueOnError)
	file := fs.String("config", "", "configuration")
	if err := fs.Parse(args); err != nil {
		return err
	}
	b, err := os.ReadFile(*file)
	if err != nil {
		return err
	}
	var c config
	if err := json.Unmarshal(b, &c); err != nil {
		return err
	}
	return (&miner{c: c}).run(ctx)
}

// config holds the keys of adit-miner's file that a fake acts on.
type config struct {
	HTTP struct {
		Port     int    `json:"port"`
		Token    string `json:"access-token"`
		PortFile string `json:"port-file"`
	} `json:"http"`
	Pools []poolConfig `json:"pools"`
}

type poolConfig struct {
	URL  string `json:"url"`
	User string `json:"user"`
	Pass string `json:"pass"`
}

type miner struct {
	c config
	w *fakework.Worker
}

func (m *miner) run(ctx context.Context) error {
	var err error
	m.w, err = fakework.New(pools(m.c.Pools), slog.New(slog.NewTextHandler(os.Stdout, nil)), nil, func(v stratum.Verdict, err error) {
		fmt.Println("share", v.Outcome, v.Text, err)
	})
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(m.c.HTTP.Port)))
	if err != nil {
		if l, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
			return err
		}
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	if m.c.HTTP.PortFile != "" {
		if err := atomicfile.Write(m.c.HTTP.PortFile, []byte(port+"\n"), 0o600); err != nil {
			return err
		}
	}
	srv := &http.Server{Handler: m.api(), ReadHeaderTimeout: time.Second}
	go func() { <-ctx.Done(); srv.Close() }()
	var all sync.WaitGroup
	all.Go(func() { m.w.Run(ctx) })
	fmt.Println("fakeminer mines, API on port", port)
	_ = srv.Serve(l)
	all.Wait()
	return nil
}

func pools(in []poolConfig) (out []stratum.Pool) {
	for _, p := range in {
		out = append(out, stratum.Pool{URL: p.URL, User: p.User, Password: p.Pass, Extensions: []string{stratum.NonceOffset}})
	}
	return out
}

func (m *miner) api() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /2/summary", func(w http.ResponseWriter, _ *http.Request) { m.summary(w) })
	mux.HandleFunc("GET /2/backends", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `[{"type":"cpu","threads":[{"affinity":-1,"hashrate":[%v,null,null]}]}]`, m.w.Rate())
	})
	mux.HandleFunc("PUT /2/config", func(w http.ResponseWriter, r *http.Request) {
		var c config
		b, _ := io.ReadAll(io.LimitReader(r.Body, 1<<20))
		if err := json.Unmarshal(b, &c); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		if err := m.w.Pool.SetPools(pools(c.Pools)); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("POST /json_rpc", func(w http.ResponseWriter, r *http.Request) {
		var q struct{ Method string }
		b, _ := io.ReadAll(io.LimitReader(r.Body, 1<<16))
		_ = json.Unmarshal(b, &q)
		m.w.Pause(q.Method == "pause")
		fmt.Fprintln(w, `{"jsonrpc":"2.0","id":1,"result":{"status":"OK"}}`)
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer "+m.c.HTTP.Token {
			http.Error(w, `{"error":"unauthorized"}`, http.StatusUnauthorized)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		mux.ServeHTTP(w, r)
	})
}

// poolStates are adit-miner's words (cmd/adit-miner/summary.go).
var poolStates = map[stratum.State]string{stratum.Working: "connected", stratum.Connecting: "connecting", stratum.Ended: "disconnected"}

func (m *miner) summary(w http.ResponseWriter) {
	st := m.w.Pool.Status()
	state, algo := "waiting", any(nil)
	if st.Difficulty != nil {
		state, algo = "hashing", string(st.Algorithm)
	}
	if m.w.Paused() {
		state = "paused"
	}
	rate := m.w.Rate()
	json.NewEncoder(w).Encode(map[string]any{
		"version": "fake", "uptime": int(m.w.Age().Seconds()), "paused": m.w.Paused(), "algo": algo,
		"results":    map[string]any{"diff_current": st.Difficulty, "shares_good": st.Accepted, "shares_total": st.Accepted + st.Rejected + st.Stale},
		"connection": map[string]any{"pool": st.URL, "uptime": 1, "failures": 0, "tls": nil, "rejected": st.Rejected + st.Stale},
		"hashrate":   map[string]any{"total": []any{rate, nil, nil}, "highest": rate},
		"hugepages":  []int{0, 0},
		"adit": map[string]any{"state": state, "mode": "light", "stale": st.Stale, "rejected": st.Rejected, "last_accepted_at": st.LastAcceptedAt,
			"pool": map[string]any{"index": st.Pool, "count": st.Pools, "url": st.URL, "state": poolStates[st.State]}},
	})
}
