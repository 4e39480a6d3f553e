// Command fakeminer stands in for adit-miner in tests of the whole house: the same command line, configuration file,
// API and Stratum, with a hash (SHA-256) that needs no memory and no library. `fakeminer verify` checks its shares.
package main

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"math"
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
)

// tick and perTick set the speed: about 200 H/s, so that practice's first difficulty gives two shares a second.
const (
	tick    = 100 * time.Millisecond
	perTick = 20
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
		return verify.Serve(ctx, os.Stdin, os.Stdout, hasher{})
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
	return newMiner(c).run(ctx)
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

type hasher struct{}

// Hash implements verify.Hasher.
func (hasher) Hash(_ context.Context, _ adit.Algorithm, _ [32]byte, blobs [][]byte) ([][32]byte, error) {
	out := make([][32]byte, len(blobs))
	for i, b := range blobs {
		out[i] = sha256.Sum256(b)
	}
	return out, nil
}

type miner struct {
	c     config
	began time.Time
	pool  *stratum.Failover
	news  chan stratum.Job

	mu     sync.Mutex
	paused bool
	hashes uint64
}

func newMiner(c config) *miner {
	return &miner{c: c, began: time.Now(), news: make(chan stratum.Job, 16)}
}

func (m *miner) run(ctx context.Context) error {
	log := slog.New(slog.NewTextHandler(os.Stdout, nil))
	var err error
	m.pool, err = stratum.NewFailover(stratum.FailoverOptions{Pools: pools(m.c.Pools), OnJob: func(j stratum.Job) { m.news <- j }, Log: log})
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
	all.Go(func() { _ = m.pool.Run(ctx) })
	all.Go(func() { m.hash(ctx) })
	fmt.Println("fakeminer mines, API on port", port)
	_ = srv.Serve(l)
	all.Wait()
	return nil
}

func pools(in []poolConfig) (out []stratum.Pool) {
	for _, p := range in {
		out = append(out, stratum.Pool{URL: p.URL, User: p.User, Password: p.Pass})
	}
	return out
}

// hash tries nonces at a steady, low rate and submits what is below the target.
func (m *miner) hash(ctx context.Context) {
	t := time.NewTicker(tick)
	defer t.Stop()
	var job *stratum.Job
	var nonce uint32
	for {
		select {
		case <-ctx.Done():
			return
		case j := <-m.news:
			job, nonce = &j, 0
		case <-t.C:
			if job == nil || m.isPaused() {
				continue
			}
			for range perTick {
				nonce++
				m.try(ctx, *job, nonce)
			}
		}
	}
}

func (m *miner) try(ctx context.Context, j stratum.Job, nonce uint32) {
	var b [4]byte
	binary.LittleEndian.PutUint32(b[:], nonce)
	blob, err := j.WithNonce(b[:])
	if err != nil {
		return
	}
	m.mu.Lock()
	m.hashes++
	m.mu.Unlock()
	h := sha256.Sum256(blob)
	if stratum.Meets(h, j.Target) {
		go m.submit(ctx, j.Share(b[:], h))
	}
}

func (m *miner) submit(ctx context.Context, s stratum.Share) {
	v, err := m.pool.Submit(ctx, s)
	fmt.Println("share", v.Outcome, v.Text, err)
}

func (m *miner) isPaused() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.paused
}

func (m *miner) api() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /2/summary", func(w http.ResponseWriter, _ *http.Request) { m.summary(w) })
	mux.HandleFunc("GET /2/backends", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `[{"type":"cpu","threads":[{"affinity":-1,"hashrate":[%v,null,null]}]}]`, m.rate())
	})
	mux.HandleFunc("PUT /2/config", func(w http.ResponseWriter, r *http.Request) {
		var c config
		b, _ := io.ReadAll(io.LimitReader(r.Body, 1<<20))
		if err := json.Unmarshal(b, &c); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		if err := m.pool.SetPools(pools(c.Pools)); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("POST /json_rpc", func(w http.ResponseWriter, r *http.Request) {
		var q struct{ Method string }
		b, _ := io.ReadAll(io.LimitReader(r.Body, 1<<16))
		_ = json.Unmarshal(b, &q)
		m.mu.Lock()
		m.paused = q.Method == "pause"
		m.mu.Unlock()
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

// rate is the mean since the start; 0 in the first second would be a lie, so it is at least what was done in one.
func (m *miner) rate() float64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return math.Round(float64(m.hashes) / max(1, time.Since(m.began).Seconds()))
}

func (m *miner) summary(w http.ResponseWriter) {
	st := m.pool.Status()
	state, algo := "waiting", any(nil)
	if st.Difficulty != nil {
		state, algo = "hashing", string(st.Algorithm)
	}
	if m.isPaused() {
		state = "paused"
	}
	rate := m.rate()
	json.NewEncoder(w).Encode(map[string]any{
		"version": "fake", "uptime": int(time.Since(m.began).Seconds()), "paused": m.isPaused(), "algo": algo,
		"results":    map[string]any{"diff_current": st.Difficulty, "shares_good": st.Accepted, "shares_total": st.Accepted + st.Rejected + st.Stale},
		"connection": map[string]any{"pool": st.URL, "uptime": 1, "failures": 0, "tls": nil, "rejected": st.Rejected + st.Stale},
		"hashrate":   map[string]any{"total": []any{rate, nil, nil}, "highest": rate},
		"hugepages":  []int{0, 0},
		"adit": map[string]any{"state": state, "mode": "light", "stale": st.Stale, "rejected": st.Rejected, "last_accepted_at": st.LastAcceptedAt,
			"pool": map[string]any{"index": st.Pool, "count": st.Pools, "url": st.URL, "state": string(st.State)}},
	})
}
