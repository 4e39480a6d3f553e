package api

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"go.uber.org/goleak"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/api/body"
	"github.com/adit-mining/adit/api/client"
	"github.com/adit-mining/adit/coop/view"
	"github.com/adit-mining/adit/coop/view/viewtest"
	"github.com/adit-mining/adit/device"
	"github.com/adit-mining/adit/fleet/account"
	"github.com/adit-mining/adit/fleet/backup"
	"github.com/adit-mining/adit/fleet/command"
	"github.com/adit-mining/adit/fleet/inventory"
	"github.com/adit-mining/adit/fleet/journal"
	"github.com/adit-mining/adit/fleet/telemetry"
	"github.com/adit-mining/adit/fleet/upload"
	"github.com/adit-mining/adit/internal/address"
	"github.com/adit-mining/adit/link/bus"
	"github.com/adit-mining/adit/link/wire"
	"github.com/adit-mining/adit/store/sqldb/sqltest"
	"github.com/adit-mining/adit/store/tsdb"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const rig = adit.RigID("rig1")

// hub is a whole hub behind a real listener, with an agent that a test plays.
type hub struct {
	t       *testing.T
	url     string
	token   string
	account *account.Service
	client  *client.Client
	agent   *player
	stop    func()
	uploads string // folder
	crew    *viewtest.Source
	crewOff atomic.Bool // the coordinator does not run
}

// player is the agent: it answers orders and questions, and sends what a test tells it to.
type player struct {
	t        *testing.T
	conn     bus.Conn
	seq      uint64
	facts    wire.DeviceFacts // of its miner
	mu       sync.Mutex
	orders   []wire.Order
	outcome  func(wire.Order) wire.Outcome
	answerTo func(wire.Query) wire.Answer
}

// practiceFake counts what is asked of practice.
type practiceFake struct{ running bool }

func (p *practiceFake) Start(context.Context) (string, error) {
	p.running = true
	return "stratum+tcp://127.0.0.1:4242", nil
}
func (p *practiceFake) Stop(context.Context) error { p.running = false; return nil }
func (p *practiceFake) Running() bool              { return p.running }

var webApp = fstest.MapFS{
	"index.html":         {Data: []byte("<!doctype html><title>adit</title>" + strings.Repeat("<!-- page -->", 200))},
	"assets/app-1234.js": {Data: []byte(strings.Repeat("let a=1;", 500))},
	"favicon.svg":        {Data: []byte("<svg/>")},
}

// openHub starts everything; the agent has said hello and told of one miner.
func openHub(t *testing.T) *hub {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	dir := t.TempDir()
	db := sqltest.Open(t, sqltest.SQLite(t))
	series, err := tsdb.Open(filepath.Join(dir, "tsdb"), tsdb.Options{})
	must(t, err)
	b, err := bus.Open(bus.Options{})
	must(t, err)
	conn, err := b.Hub()
	must(t, err)
	inv, err := inventory.Open(ctx, db, nil)
	must(t, err)
	tokenFile := filepath.Join(dir, "token")
	acc, err := account.Open(ctx, account.Options{DB: db, TokenFile: tokenFile})
	must(t, err)
	raw, err := os.ReadFile(tokenFile)
	must(t, err)
	log := &journal.Service{DB: db}
	crew := viewtest.New(5)
	out := &hub{t: t, account: acc, uploads: filepath.Join(dir, "uploads"), crew: crew, token: strings.TrimSpace(string(raw))}
	tel, err := telemetry.Open(ctx, telemetry.Options{DB: db, Series: series, Inventory: inv, Journal: log,
		Beside: func() map[string]any { return view.Live(ctx, adit.LocalOwner("loop"), out.source()) }})
	must(t, err)
	cmd, err := command.New(ctx, command.Options{DB: db, Bus: conn, Inventory: inv, Journal: log, Practice: &practiceFake{}})
	must(t, err)
	h, err := New(withPlans(Options{Coop: out.source, CoopSwitch: &viewtest.Switch{}, Account: acc, Inventory: inv, Telemetry: tel, Command: cmd, Journal: log, UI: webApp,
		Backup:  backup.New(backup.Options{Dir: dir, DB: db, Series: series, Journal: log}),
		Uploads: upload.New(upload.Options{Dir: filepath.Join(dir, "uploads")})}, db, cmd, tel, log))
	must(t, err)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	var loops sync.WaitGroup
	loops.Go(func() {
		if err := tel.Run(ctx, conn); err != nil {
			t.Error(err)
		}
	})
	loops.Go(func() {
		if err := Serve(ctx, ln, h, nil); err != nil {
			t.Error(err)
		}
	})
	var once sync.Once
	out.url = "http://" + ln.Addr().String()
	out.stop = func() {
		once.Do(func() {
			cancel()
			loops.Wait()
			must(t, b.Close())
			must(t, series.Close())
		})
	}
	t.Cleanup(out.stop)
	t.Cleanup(http.DefaultClient.CloseIdleConnections)
	out.client, err = client.New(out.url, out.token)
	must(t, err)
	out.agent = play(t, b)
	return out
}

// source is the coordinator as the handler asks for it.
func (h *hub) source() view.Source {
	if h.crewOff.Load() {
		return nil
	}
	return h.crew
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func play(t *testing.T, b *bus.Embedded) *player {
	t.Helper()
	control, err := b.Agent(rig, bus.Control)
	must(t, err)
	frames, err := b.Agent(rig, bus.Telemetry)
	must(t, err)
	p := &player{t: t, conn: frames}
	_, err = control.Subscribe(wire.OrderSubject(rig), p.onOrder)
	must(t, err)
	_, err = control.Subscribe(wire.QuerySubject(rig), p.onQuery)
	must(t, err)
	p.hello()
	now := time.Now().UTC()
	pid := 4711
	p.frame(wire.Frame{Kind: wire.FrameRig, RigNow: &wire.RigFacts{Rig: rig, At: now, Consent: wire.Consent{Granted: true, At: &now, By: "owner", Via: "terminal", Host: "desk"}}})
	p.facts = wire.DeviceFacts{
		Device: "rig1/m", Info: device.Info{Name: "m", Kind: device.KindSoftware, Driver: "adit-miner", Title: "adit-miner", Version: "1"},
		At: now, Reach: "live", Work: "hashing", Since: now, Desired: "running", Algorithm: adit.RandomX, PID: &pid, StartedAt: &now,
		Pool: &wire.PoolFacts{URL: "stratum+tcp://pool.example:3333", Count: 1, State: "connected"},
	}
	p.frame(wire.Frame{Kind: wire.FrameFacts, Facts: &p.facts})
	p.frame(wire.Frame{Kind: wire.FrameSchema, Schema: &wire.Schema{ID: 1, Columns: []wire.Column{
		{Device: "rig1/m", Metric: wire.MetricHashrate}, {Device: "rig1/m", Metric: wire.MetricAccepted},
	}}})
	p.reading(1020, 14)
	return p
}

func (p *player) hello() {
	p.t.Helper()
	b, err := wire.Marshal(wire.Hello{Version: 1, Rig: rig, Name: "desk", Hostname: "desk", OS: "linux", Arch: "amd64", Program: "1", Epoch: "e", Interval: 2 * time.Second})
	must(p.t, err)
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	for { // the hub may not listen yet
		ans, err := p.conn.Request(ctx, wire.HelloSubject(rig), b)
		if adit.CodeOf(err) == adit.Unreachable && ctx.Err() == nil {
			runtime.Gosched()
			continue
		}
		must(p.t, err)
		w, err := wire.Unmarshal[wire.Welcome](ans)
		if err != nil || w.Refused != "" {
			p.t.Fatalf("%+v %v", w, err)
		}
		return
	}
}

func (p *player) frame(f wire.Frame) {
	p.t.Helper()
	p.seq++
	f.Rig, f.Epoch, f.Seq = rig, "e", p.seq
	b, err := f.Encode()
	must(p.t, err)
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	_, err = p.conn.Request(ctx, wire.FrameSubject(rig), b)
	must(p.t, err)
}

func (p *player) reading(values ...float64) {
	p.t.Helper()
	p.frame(wire.Frame{Kind: wire.FrameBatch, Batch: &wire.Batch{Schema: 1, At: time.Now(), Values: values}})
}

func (p *player) onOrder(m bus.Msg) {
	o, err := wire.Unmarshal[wire.Order](m.Data)
	if err != nil {
		p.t.Error(err)
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.orders = append(p.orders, o)
	out := wire.Outcome{ID: o.ID}
	switch {
	case p.outcome != nil:
		out = p.outcome(o)
	case o.Verb == wire.VerbStart:
		var args wire.StartArgs
		if err := json.Unmarshal(o.Args, &args); err != nil {
			p.t.Error(err)
		}
		name := args.Name
		if name == "" {
			name = "adit-miner"
		}
		out.Result, _ = json.Marshal(wire.StartResult{Device: rig.Device(name), Name: name})
	}
	p.reply(m, out)
}

// outcomeFails makes every order end like this.
func (p *player) outcomeFails(code adit.Code, reason string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.outcome = func(o wire.Order) wire.Outcome { return wire.Outcome{ID: o.ID, Code: code, Reason: reason} }
}

func (p *player) onQuery(m bus.Msg) {
	q, err := wire.Unmarshal[wire.Query](m.Data)
	if err != nil {
		p.t.Error(err)
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	a := wire.Answer{Result: json.RawMessage(map[string]string{
		"logs":   `[{"seq":41,"at":"2026-11-21T12:00:00Z","text":"one"},{"seq":42,"at":"2026-11-21T12:00:01Z","text":"two"}]`,
		"miners": `[{"name":"adit-miner","aliases":["native"],"path":"/opt/adit/adit-miner","version":"1"},{"name":"xmrig","why":"get it"}]`,
		"doctor": `[{"name":"huge pages","state":"warn","text":"none","fix":"sysctl"}]`,
	}[q.Kind])}
	if p.answerTo != nil {
		a = p.answerTo(q)
	}
	p.reply(m, a)
}

func (p *player) reply(m bus.Msg, v any) {
	b, err := wire.Marshal(v)
	if err == nil {
		err = m.Reply(b)
	}
	if err != nil {
		p.t.Error(err)
	}
}

func (p *player) verbs() (out []wire.Verb) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, o := range p.orders {
		out = append(out, o.Verb)
	}
	return out
}

// request is one HTTP request of a test; change may set headers.
func (h *hub) request(method, path, content string, change ...func(*http.Request)) (int, http.Header, string) {
	h.t.Helper()
	req, err := http.NewRequest(method, h.url+path, strings.NewReader(content))
	must(h.t, err)
	if content != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for _, c := range change {
		c(req)
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	must(h.t, err)
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	must(h.t, err)
	return res.StatusCode, res.Header, string(b)
}

func (h *hub) asOwner(r *http.Request) { r.Header.Set("Authorization", "Bearer "+h.token) }

// problem decodes an error and checks that it is a whole one.
func (h *hub) problem(status int, header http.Header, text string) body.Problem {
	h.t.Helper()
	var p body.Problem
	if err := json.Unmarshal([]byte(text), &p); err != nil || header.Get("Content-Type") != "application/problem+json" {
		h.t.Fatalf("the error is no problem+json: %s %q", header.Get("Content-Type"), text)
	}
	if p.Status != status || p.Code == "" || p.Detail == "" || p.Legacy != p.Detail || p.Message != p.Detail || p.Title == "" || p.Type != "about:blank" || strings.Contains(text, `"value"`) {
		h.t.Errorf("status %d: %s", status, text)
	}
	return p
}

func moneroAddress(t *testing.T) string {
	t.Helper()
	for _, p := range address.MoneroPrefixes {
		b := append([]byte{p.Byte}, make([]byte, 64)...)
		a := address.EncodeBase58(append(b, address.Checksum(b)...))
		if _, err := address.CheckMainnet("XMR", a); err == nil {
			return a
		}
	}
	t.Fatal("no prefix makes a mainnet address")
	return ""
}
