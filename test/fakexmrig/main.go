// Command fakexmrig stands in for XMRig 6.26: the same command line, configuration file, API and output, Stratum with
// the hash of test/fakework, and nothing at all on a standard output that is a plain file. It misbehaves where the
// configuration's user-agent asks for it: fault=WORD (see drivers/xmrig, Fault), donate=AFTER/FOR, dataset=TIME, port=taken.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/adit-mining/adit/drivers/xmrig"
	"github.com/adit-mining/adit/stratum"
	"github.com/adit-mining/adit/test/fakework"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "fakexmrig:", err)
		os.Exit(1)
	}
}

// config holds the keys of XMRig's file that a fake acts on.
type config struct {
	HTTP struct {
		Enabled bool   `json:"enabled"`
		Host    string `json:"host"`
		Port    int    `json:"port"`
		Token   string `json:"access-token"`
	} `json:"http"`
	Donate    int     `json:"donate-level"`
	LogFile   *string `json:"log-file"`
	UserAgent *string `json:"user-agent"`
	Watch     bool    `json:"watch"`
	Pools     []struct {
		URL  string `json:"url"`
		User string `json:"user"`
		Pass string `json:"pass"`
	} `json:"pools"`
}

func run(ctx context.Context, args []string) error {
	var path string
	for i, a := range args {
		if a == "--version" || a == "-V" {
			fmt.Println("XMRig 6.26.0\n built on Nov 21 2026 with a fake")
			return nil
		}
		if a == "--config" && i+1 < len(args) {
			path = args[i+1]
		}
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var c config
	if err := json.Unmarshal(b, &c); err != nil {
		return err
	}
	if len(c.Pools) == 0 {
		return fmt.Errorf("no valid configuration found")
	}
	m := &miner{c: c, raw: b, began: time.Now()}
	if err := m.out.open(c.LogFile); err != nil {
		return err
	}
	return m.run(ctx)
}

type miner struct {
	c     config
	raw   []byte
	out   output
	began time.Time
	w     *fakework.Worker
	fake  *xmrig.Fake

	mu       sync.Mutex
	diff     uint64
	accepted int
	rejected int
	ready    bool
}

// wish is a word of the user-agent, "" where it is not there.
func (m *miner) wish(name string) string {
	if m.c.UserAgent == nil {
		return ""
	}
	for _, f := range strings.Fields(*m.c.UserAgent) {
		if v, ok := strings.CutPrefix(f, name+"="); ok {
			return v
		}
	}
	return ""
}

func (m *miner) run(ctx context.Context) error {
	var ps []stratum.Pool
	for _, p := range m.c.Pools {
		ps = append(ps, stratum.Pool{URL: p.URL, User: p.User, Password: p.Pass})
	}
	var err error
	if m.w, err = fakework.New(ps, slog.New(slog.DiscardHandler), m.job, m.share); err != nil {
		return err
	}
	m.w.Pause(true) // until the dataset is ready
	m.banner()
	end, err := m.serve()
	if err != nil {
		return err
	}
	defer end()
	var all sync.WaitGroup
	all.Go(func() { m.w.Run(ctx) })
	all.Go(func() { m.donate(ctx) })
	<-ctx.Done()
	m.out.line("signal", "SIGTERM received, exiting")
	all.Wait()
	m.out.line("cpu", "stopped (0 ms)")
	return nil
}

func (m *miner) banner() {
	m.out.banner("ABOUT", "XMRig/6.26.0 fake (built for Linux x86-64, 64 bit)")
	m.out.banner("DONATE", fmt.Sprintf("%d%%", m.c.Donate))
	for i, p := range m.c.Pools {
		m.out.banner(fmt.Sprintf("POOL #%d", i+1), p.URL+" algo rx/0")
	}
}

// job is called at each new job.
func (m *miner) job(j stratum.Job) {
	st := m.w.Pool.Status()
	m.mu.Lock()
	first := m.diff == 0
	m.diff = j.Difficulty()
	m.mu.Unlock()
	host := strings.TrimPrefix(st.URL, "stratum+tcp://")
	if first {
		m.out.line("net", "use pool "+host+"  127.0.0.1")
	}
	m.out.line("net", fmt.Sprintf("new job from %s diff %d algo %s height 1", host, j.Difficulty(), j.Algorithm))
	if first {
		go m.dataset() // ends with its one timer
	}
}

// dataset is what RandomX needs before it hashes.
func (m *miner) dataset() {
	d, err := time.ParseDuration(m.wish("dataset"))
	if err != nil {
		d = 50 * time.Millisecond
	}
	m.out.line("randomx", "init dataset algo rx/0 (2 threads) seed 0000000000000000...")
	<-time.After(d)
	m.out.line("randomx", "allocated 2336 MB (2080+256) huge pages 100% 1168/1168 +JIT (1 ms)")
	m.out.line("randomx", fmt.Sprintf("dataset ready (%d ms)", d.Milliseconds()))
	m.out.line("cpu", "READY threads 2/2 (2) huge pages 100% 2/2 memory 4096 KB (1 ms)")
	m.mu.Lock()
	m.ready = true
	m.mu.Unlock()
	if paused, stopped := m.fake.State(); !paused && !stopped {
		m.w.Pause(false)
	}
}

func (m *miner) share(v stratum.Verdict, err error) {
	if err != nil {
		return
	}
	m.mu.Lock()
	word, why := "accepted", ""
	if v.Outcome.Accepted() {
		m.accepted++
	} else {
		m.rejected++
		word, why = "rejected", fmt.Sprintf(" %q", v.Text)
	}
	text := fmt.Sprintf("%s (%d/%d) diff %d%s (%d ms)", word, m.accepted, m.rejected, m.diff, why, v.RoundTrip.Milliseconds())
	m.mu.Unlock()
	m.out.line("cpu", text)
}

// donate mines "for the author": it says so, again and again.
func (m *miner) donate(ctx context.Context) {
	after, last, ok := strings.Cut(m.wish("donate"), "/")
	wait, err := time.ParseDuration(after)
	round, err2 := time.ParseDuration(last)
	if !ok || err != nil || err2 != nil {
		return
	}
	for {
		for _, step := range []struct {
			d    time.Duration
			text string
		}{{wait, "dev donate started"}, {round, "dev donate finished"}} {
			select {
			case <-ctx.Done():
				return
			case <-time.After(step.d):
				m.out.line("net", step.text)
			}
		}
	}
}
