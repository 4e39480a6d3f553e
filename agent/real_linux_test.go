package agent

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/agent/consent"
	"github.com/adit-mining/adit/agent/proc"
	"github.com/adit-mining/adit/device"
	"github.com/adit-mining/adit/drivers/aditminer"
	"github.com/adit-mining/adit/drivers/host"
	"github.com/adit-mining/adit/link/bus"
	"github.com/adit-mining/adit/link/wire"
)

// helper makes the test binary a shim ("shim --dir DIR") or an engine ("--config FILE" with engineEnv).
func helper() {
	switch {
	case len(os.Args) == 4 && os.Args[1] == "shim":
		os.Exit(proc.RunShim(context.Background(), os.Args[3]))
	case os.Getenv(engineEnv) != "" && len(os.Args) == 3:
		os.Exit(engine(os.Args[2]))
	}
}

const engineEnv = "ADIT_TEST_ENGINE"

// engine serves adit-miner's API and mines nothing.
func engine(file string) int {
	var c struct {
		HTTP struct {
			Token    string `json:"access-token"`
			PortFile string `json:"port-file"`
		}
	}
	b, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(b, &c)
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	f := aditminer.NewFake(aditminer.Behaviour{Token: c.HTTP.Token,
		Summary: `{"uptime":100,"version":"9","paused":false,"algo":"rx/0","results":{"diff_current":100,"shares_good":3,"shares_total":3},
			"connection":{"pool":"p:1","uptime":9},"hashrate":{"total":[500,null,null],"highest":510},
			"adit":{"state":"hashing","mode":"fast","stale":0,"rejected":0,"pool":{"index":0,"count":1,"state":"connected","url":"stratum+tcp://p:1"}}}`,
		Backends: `[{"type":"cpu","threads":[{"affinity":-1,"hashrate":[500,null,null]}]}]`})
	defer f.Close()
	u, perr := url.Parse(f.Address("x").URL)
	if err == nil && perr == nil {
		err = os.WriteFile(c.HTTP.PortFile, []byte(u.Port()), 0o600)
	}
	if err != nil || perr != nil {
		fmt.Fprintln(os.Stdout, "engine:", err, perr)
		return 1
	}
	fmt.Fprintln(os.Stdout, "engine is up")
	<-ctx.Done()
	return 0
}

// house is an agent with its real supervisor and bus, and a hub that believes numbers only.
type house struct {
	*rig
	bus *bus.Embedded
	hc  bus.Conn
}

func newHouse(t *testing.T) *house {
	t.Helper()
	e, err := bus.Open(bus.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	h := &house{rig: &rig{t: t, dir: t.TempDir(), hub: newFakeHub(t)}, bus: e}
	if h.hc, err = e.Hub(); err != nil {
		t.Fatal(err)
	}
	for _, s := range []string{wire.AllHello, wire.AllFrame} {
		if _, err := h.hc.Subscribe(s, func(m bus.Msg) {
			if b, err := h.hub.Request(context.Background(), m.Subject, m.Data); err == nil {
				_ = m.Reply(b)
			}
			h.hub.tell()
		}); err != nil {
			t.Fatal(err)
		}
	}
	h.consent()
	t.Cleanup(func() {
		if h.end != nil {
			if err := h.a.StopPrograms(context.Background(), AllPrograms); err != nil {
				t.Error(err)
			}
			h.end()
		}
	})
	return h
}

func (h *house) up() {
	h.t.Helper()
	id, err := Identify(h.dir)
	if err != nil {
		h.t.Fatal(err)
	}
	control, err := h.bus.Agent(id.ID, bus.Control)
	if err != nil {
		h.t.Fatal(err)
	}
	frames, err := h.bus.Agent(id.ID, bus.Telemetry)
	if err != nil {
		h.t.Fatal(err)
	}
	exe, err := os.Executable()
	if err != nil {
		h.t.Fatal(err)
	}
	d := aditminer.Driver
	d.Find = func() (string, error) { return exe, nil }
	d.Launch = func(r device.LaunchRequest) (device.Launch, error) {
		l, err := aditminer.Render(r)
		l.Env = append(l.Env, engineEnv+"=1")
		return l, err
	}
	reg := new(device.Registry)
	reg.Add(host.Driver, d)
	if h.a, err = New(Options{Dir: h.dir, Exe: exe, Registry: reg, Control: control, Telemetry: frames, Interval: 100 * time.Millisecond, LocalHub: true}); err != nil {
		h.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- h.a.Run(ctx) }()
	h.end = func() {
		cancel()
		if err := <-done; err != nil {
			h.t.Errorf("Run: %v", err)
		}
		_ = h.a.Close()
		_, _ = control.Close(), frames.Close()
		h.end = nil
	}
}

// do gives an order over the bus.
func (h *house) do(verb wire.Verb, name string, args any) {
	h.t.Helper()
	o := raw(h.t, wire.Order{ID: adit.NewID(), Verb: verb, Device: name, Args: raw(h.t, args), Actor: "owner", Via: "test"})
	h.until("the agent listens", func() bool {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		b, err := h.hc.Request(ctx, wire.OrderSubject(h.a.Rig()), o)
		if adit.CodeOf(err) == adit.Unreachable {
			return false
		}
		if err != nil {
			h.t.Fatal(err)
		}
		out, err := wire.Unmarshal[wire.Outcome](b)
		if err == nil {
			err = out.Err()
		}
		if err != nil {
			h.t.Fatalf("%s: %v", verb, err)
		}
		return true
	})
}

// until waits for what the hub is told.
func (h *house) until(what string, ok func() bool) {
	h.t.Helper()
	deadline := time.NewTimer(30 * time.Second)
	defer deadline.Stop()
	for {
		news := h.hub.news()
		if ok() {
			return
		}
		select {
		case <-news:
		case <-deadline.C:
			f, _ := h.hub.facts(h.a.Rig().Device("m"))
			h.t.Fatalf("%s: did not come about; last facts %+v", what, f)
		}
	}
}

func (h *house) works(work string) func() bool {
	return func() bool {
		f, ok := h.hub.facts(h.a.Rig().Device("m"))
		return ok && f.Work == work
	}
}

func (h *house) pid() int {
	f, _ := h.hub.facts(h.a.Rig().Device("m"))
	if f.PID == nil {
		return 0
	}
	return *f.PID
}

// alive reports whether a process runs; one that only waits to be reaped does not.
func alive(pid int) bool {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	_, rest, _ := strings.Cut(string(b), ") ")
	return err == nil && !strings.HasPrefix(rest, "Z")
}

func TestRealPrograms(t *testing.T) {
	h := newHouse(t)
	h.up()
	h.do(wire.VerbStart, "", wire.StartArgs{Driver: "native", Name: "m", Pools: somePool})
	h.until("it hashes", h.works("hashing"))
	pid := h.pid()
	if rates := h.batches(wire.MetricHashrate); !slices.Contains(rates, 500) {
		h.until("readings", func() bool { return slices.Contains(h.batches(wire.MetricHashrate), 500) })
	}

	h.do(wire.VerbPause, "", nil)
	h.until("it pauses", h.works("paused"))
	if h.pid() != pid {
		t.Error("a soft pause ended the program")
	}
	h.do(wire.VerbResume, "", nil)
	h.until("it goes on", h.works("hashing"))
	h.do(wire.VerbSetPools, "m", wire.PoolsArgs{Pools: []device.Pool{{URL: "stratum+tcp://127.0.0.1:4444"}}})
	h.until("the pool changes", func() bool {
		f, _ := h.hub.facts(h.a.Rig().Device("m"))
		return f.Pool != nil && strings.HasSuffix(f.Pool.URL, ":4444")
	})

	h.end() // the agent goes, the program stays and is adopted
	if !alive(pid) {
		t.Fatal("the program ended with the agent")
	}
	h.up()
	h.until("it is adopted", func() bool { return len(h.hub.events(evAdopted)) == 1 && h.works("hashing")() })
	if h.pid() != pid {
		t.Errorf("pid %d, was %d: it was started twice", h.pid(), pid)
	}

	shim := h.a.programs()[0].running().Status().ShimPID
	if err := syscall.Kill(shim, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	h.until("it is started again", func() bool { return h.pid() != 0 && h.pid() != pid && h.works("hashing")() })
	if alive(pid) {
		t.Error("the old program is an orphan")
	}
	pid = h.pid()

	if err := consent.Revoke(filepath.Join(h.dir, "consent.json"), adit.LocalOwner("test"), time.Now()); err != nil {
		t.Fatal(err)
	}
	h.until("consent is withdrawn", h.works(wire.WorkHeld))
	if alive(pid) {
		t.Error("it runs without consent")
	}
	h.consent()
	h.until("consent is back", h.works("hashing"))
	pid = h.pid()

	if err := h.a.StopPrograms(t.Context(), AllPrograms); err != nil {
		t.Fatal(err)
	}
	if alive(pid) {
		t.Error("it was stopped and runs")
	}
	h.until("it is told", h.works(wire.WorkStopped))
}

func (h *house) batches(m wire.Metric) []float64 {
	return h.hub.batches(wire.Column{Device: h.a.Rig().Device("m"), Metric: m})
}
