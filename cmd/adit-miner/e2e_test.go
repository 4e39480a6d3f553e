//go:build randomx && cgo && linux

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/adit-mining/adit/coop/practice"
	"github.com/adit-mining/adit/pow/verify"
)

// program builds adit-miner once and returns its path, in a folder that TestMain removes.
var program = sync.OnceValues(func() (string, error) {
	path := filepath.Join(scratch, "adit-miner")
	out, err := exec.Command("go", "build", "-tags", "randomx", "-o", path, ".").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return path, nil
})

func buildMiner(t *testing.T) string {
	t.Helper()
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// servePractice starts practice, whose shares are checked by `adit-miner verify`.
func servePractice(t *testing.T) *practice.Server {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	c, err := verify.Start(ctx, verify.Options{Path: buildMiner(t)})
	if err != nil {
		t.Fatal(err)
	}
	s, err := practice.Open(practice.Options{Listen: "127.0.0.1:0", Checker: c, Goal: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		c.Close()
	})
	return s
}

// running is an adit-miner under test.
type running struct {
	t    *testing.T
	cmd  *exec.Cmd
	url  string
	log  *syncBuffer
	gone chan error
	file string
	port string // file
}

type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(b)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// web keeps no connection, so that nothing is left when the test ends.
var web = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}

const testToken = "token-of-this-test"

// startMiner runs adit-miner from a configuration file, as the driver renders it.
func startMiner(t *testing.T, port int, pools ...object) *running {
	t.Helper()
	dir := t.TempDir()
	m := &running{t: t, log: &syncBuffer{}, gone: make(chan error, 1), file: filepath.Join(dir, "config.json"), port: filepath.Join(dir, "api.port")}
	b, err := json.Marshal(object{
		"http":    object{"enabled": true, "host": "127.0.0.1", "port": port, "access-token": testToken, "port-file": m.port},
		"cpu":     object{"enabled": true, "threads": 2, "nice": 10},
		"randomx": object{"mode": "light"}, "pools": pools, "kept": "as it is",
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(m.file, b, 0o600); err != nil {
		t.Fatal(err)
	}
	m.cmd = exec.Command(buildMiner(t), "--config", m.file)
	m.cmd.Stdout, m.cmd.Stderr = m.log, m.log
	if err := m.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { m.gone <- m.cmd.Wait() }()
	t.Cleanup(func() {
		m.cmd.Process.Kill()
		if t.Failed() {
			t.Log(m.log)
		}
	})
	m.until("the API's port", 20*time.Second, func() bool {
		b, err := os.ReadFile(m.port)
		m.url = "http://127.0.0.1:" + strings.TrimSpace(string(b))
		return err == nil
	})
	return m
}

// until polls; real processes have no other bell.
func (m *running) until(what string, limit time.Duration, ok func() bool) {
	m.t.Helper()
	end := time.After(limit)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-end:
			m.t.Fatalf("no %s within %v", what, limit)
		case <-tick.C:
		}
	}
}

// call makes a request with the token and returns status and body.
func (m *running) call(method, path, kind, body string) (int, []byte) {
	m.t.Helper()
	r, err := http.NewRequest(method, m.url+path, strings.NewReader(body))
	if err != nil {
		m.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+testToken)
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	res, err := web.Do(r)
	if err != nil {
		m.t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		m.t.Fatal(err)
	}
	return res.StatusCode, b
}

type seen struct {
	Paused  bool
	Results struct {
		Good  uint64 `json:"shares_good"`
		Total uint64 `json:"shares_total"`
	}
	Connection struct{ Pool string }
	Hashrate   struct{ Total []*float64 }
	Adit       struct {
		State, Mode, Reason string
		Hashes              uint64
	}
}

func (m *running) summary() (s seen) {
	m.t.Helper()
	status, b := m.call("GET", "/2/summary", "", "")
	if err := json.Unmarshal(b, &s); status != 200 || err != nil {
		m.t.Fatalf("summary: %d %v %s", status, err, b)
	}
	return s
}

func (m *running) rpc(method string) {
	m.t.Helper()
	status, b := m.call("POST", "/json_rpc", "application/json", `{"jsonrpc":"2.0","id":7,"method":"`+method+`"}`)
	var a struct {
		ID     int
		Result struct{ Status string }
	}
	if json.Unmarshal(b, &a); status != 200 || a.ID != 7 || a.Result.Status != "OK" {
		m.t.Fatalf("%s: %d %s", method, status, b)
	}
}

// TestMining is the whole way: adit-miner mines on practice, which checks its hashes by adit-miner verify; then it is
// paused, given another pool, halted, and told to end.
func TestMining(t *testing.T) {
	first, second := servePractice(t), servePractice(t)
	m := startMiner(t, 0, object{"url": first.URL()})
	m.until("accepted share", time.Minute, func() bool { return m.summary().Results.Good >= 2 })
	s := m.summary()
	if s.Adit.Mode != "light" || s.Adit.State != "hashing" || s.Results.Good != s.Results.Total {
		t.Errorf("%+v", s)
	}
	if !strings.Contains(m.log.String(), "accepted (1/0) diff ") || !strings.Contains(m.log.String(), "new job pool=") {
		t.Errorf("the log does not tell:\n%s", m.log)
	}
	if nice := niceness(t, m.cmd.Process.Pid); nice != 10 {
		t.Errorf("niceness %d, want 10", nice)
	}
	checkPause(t, m)
	checkNewPool(t, m, second)
	m.rpc("stop")
	m.until("stop", 10*time.Second, func() bool { s := m.summary(); return s.Adit.State == "stopped" && s.Hashrate.Total[0] == nil })
	m.rpc("resume")
	m.until("resume", 20*time.Second, func() bool { return m.summary().Adit.State == "hashing" })
	checkEnd(t, m)
}

// checkPause: once the hashes under way are finished, nothing is computed.
func checkPause(t *testing.T, m *running) {
	m.rpc("pause")
	last := m.summary()
	m.until("rest", 10*time.Second, func() bool {
		was := last.Adit.Hashes
		<-time.After(300 * time.Millisecond)
		last = m.summary()
		return last.Paused && last.Adit.Hashes == was
	})
	cpu := cpuTicks(t, m.cmd.Process.Pid)
	<-time.After(2 * time.Second)
	if after := m.summary().Adit.Hashes; after != last.Adit.Hashes {
		t.Errorf("%d hashes while paused", after-last.Adit.Hashes)
	}
	if used := cpuTicks(t, m.cmd.Process.Pid) - cpu; used > 10 {
		t.Errorf("%d ticks of CPU while paused for 2 s", used)
	}
	m.rpc("resume")
}

func checkNewPool(t *testing.T, m *running, p *practice.Server) {
	good := m.summary().Results.Good
	status, b := m.call("PUT", "/2/config", "application/json", `{"pools":[{"url":"`+p.URL()+`","keepalive":true}],"donate-level":5}`)
	if status != http.StatusNoContent {
		t.Fatalf("PUT: %d %s", status, b)
	}
	m.until("share on the new pool", time.Minute, func() bool {
		s := m.summary()
		return s.Connection.Pool == p.Addr().String() && s.Results.Good > good && p.Status().Totals.Accepted > 0
	})
	var kept struct {
		Kept  string
		Pools []struct{ URL string }
	}
	b, err := os.ReadFile(m.file)
	if json.Unmarshal(b, &kept); err != nil || kept.Kept != "as it is" || len(kept.Pools) != 1 || kept.Pools[0].URL != p.URL() {
		t.Errorf("the file was not rewritten well: %v %s", err, b)
	}
	if st, _ := os.Stat(m.file); st.Mode().Perm() != 0o600 {
		t.Errorf("the file's mode is %v", st.Mode())
	}
}

func checkEnd(t *testing.T, m *running) {
	began := time.Now()
	m.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case err := <-m.gone:
		if err != nil {
			t.Errorf("ended by SIGTERM with %v", err)
		}
		t.Logf("ended %v after SIGTERM", time.Since(began).Round(time.Millisecond))
	case <-time.After(2 * time.Second):
		t.Error("still there two seconds after SIGTERM")
	}
	if _, err := os.Stat(m.port); err == nil {
		t.Error("the port file is left behind")
	}
}

// TestAPI: the token, the content type, bad bodies, a taken port.
func TestAPI(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	port := taken.Addr().(*net.TCPAddr).Port
	m := startMiner(t, port, object{"url": "127.0.0.1:1"})
	if m.url == "http://"+taken.Addr().String() {
		t.Error("the port file names the taken port")
	}
	const js = "application/json"
	for name, c := range map[string]struct {
		method, path, kind, body string
		want                     int
	}{
		"no type":    {"PUT", "/2/config", "", `{"pools":[]}`, 415},
		"wrong type": {"POST", "/json_rpc", "text/plain", `{}`, 415},
		"garbage":    {"PUT", "/2/config", js, `{"pools":`, 400},
		"no pools":   {"PUT", "/2/config", js, `{"pools":[]}`, 400},
		"no login":   {"PUT", "/2/config", js, `{"pools":[{"url":"stratum+tcp://example.org:3333"}]}`, 400},
		"no url":     {"PUT", "/2/config", js, `{"pools":[{"user":"x"}]}`, 400},
		"huge":       {"PUT", "/2/config", js, `{"x":"` + strings.Repeat("y", maxBody) + `"}`, 413},
		"rpc":        {"POST", "/json_rpc", js, `{"id":1,"method":"explode"}`, 200},
		"rpc bad":    {"POST", "/json_rpc", js, `[`, 200},
		"unknown":    {"GET", "/1/threads", "", "", 404},
		"summary 1":  {"GET", "/1/summary", "", "", 200},
		"backends":   {"GET", "/2/backends", "", "", 200},
	} {
		status, b := m.call(c.method, c.path, c.kind, c.body)
		if status != c.want || !json.Valid(b) && status != 204 {
			t.Errorf("%s: %d %s, want %d", name, status, b, c.want)
		}
	}
	for _, auth := range []string{"", "Bearer wrong", "Basic " + testToken} {
		r, _ := http.NewRequest("GET", m.url+"/2/summary", nil)
		r.Header.Set("Authorization", auth)
		res, err := web.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != 401 {
			t.Errorf("with %q: %d", auth, res.StatusCode)
		}
	}
	if s := m.summary(); s.Adit.State != "waiting" || s.Hashrate.Total[0] != nil {
		t.Errorf("without a pool: %+v", s)
	}
	checkEnd(t, m)
}

// niceness of a process. Source: proc(5), /proc/pid/stat field 19.
func niceness(t *testing.T, pid int) int { return statField(t, pid, 19) }

// cpuTicks in clock ticks: fields 14 and 15.
func cpuTicks(t *testing.T, pid int) int { return statField(t, pid, 14) + statField(t, pid, 15) }

func statField(t *testing.T, pid, n int) int {
	t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(b), ") ")
	v, err := strconv.Atoi(strings.Fields(rest)[n-3])
	if err != nil {
		t.Fatal(err)
	}
	return v
}
