package app

import (
	"context"
	"encoding/json"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop/practice"
	"github.com/adit-mining/adit/fleet/command"
	"github.com/adit-mining/adit/fleet/telemetry/view"
	"github.com/adit-mining/adit/internal/atomicfile"
)

// practiceRole keeps the practice upstream: nothing listens until it is asked for. Its port is remembered, so that an
// engine that outlived adit finds it again.
type practiceRole struct {
	file     string // practice.json
	log      *slog.Logger
	verifier *Verifier

	mu      sync.Mutex
	wanted  bool
	srv     *practice.Server
	failed  error         // why it could not begin; nil = it can
	off     time.Time     // when it was last called off
	stop    func()        // ends what runs
	changed chan struct{} // closed and made anew at each change
}

func newPractice(dir string, v *Verifier, log *slog.Logger) *practiceRole {
	return &practiceRole{file: filepath.Join(dir, "practice.json"), log: log, verifier: v, stop: func() {}, changed: make(chan struct{})}
}

// tell wakes who waits; the caller holds mu.
func (p *practiceRole) tell() {
	close(p.changed)
	p.changed = make(chan struct{})
}

// Start makes practice listen and returns its URL for miners.
func (p *practiceRole) Start(ctx context.Context) (string, error) {
	p.mu.Lock()
	if !p.wanted {
		p.wanted, p.failed = true, nil
		p.tell()
	}
	p.mu.Unlock()
	for {
		p.mu.Lock()
		srv, failed, changed := p.srv, p.failed, p.changed
		p.mu.Unlock()
		switch {
		case srv != nil:
			return srv.URL(), nil
		case failed != nil:
			return "", failed
		}
		select {
		case <-ctx.Done():
			return "", ctx.Err()
		case <-changed:
		}
	}
}

var _ command.Practice = (*practiceRole)(nil)

// Running reports whether it listens.
func (p *practiceRole) Running() bool { return p.URL() != "" }

// Stop lets practice end; its miners are stopped by who calls.
func (p *practiceRole) Stop(context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.wanted, p.off = false, time.Now()
	p.stop()
	p.tell()
	return nil
}

// calledOff reports that practice was stopped a moment ago, while its programs may still look as if they ran.
func (p *practiceRole) calledOff() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return !p.wanted && time.Since(p.off) < tellAgain
}

// URL is where miners connect, "" while nothing listens.
func (p *practiceRole) URL() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.srv == nil {
		return ""
	}
	return p.srv.URL()
}

// Run implements Service: it listens whenever it is wanted, until ctx ends.
func (p *practiceRole) Run(ctx context.Context) error {
	for {
		p.mu.Lock()
		wanted, changed := p.wanted, p.changed
		p.mu.Unlock()
		if wanted {
			if err := p.serve(ctx); err != nil {
				return err
			}
			continue
		}
		select {
		case <-ctx.Done():
			return nil
		case <-changed:
		}
	}
}

// serve listens until it is wanted no more or ctx ends. That no port could be had is told to who asked, not a failure.
func (p *practiceRole) serve(ctx context.Context) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	srv, err := p.open()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	p.mu.Lock()
	p.srv, p.failed, p.stop = srv, err, cancel
	if err != nil {
		p.wanted = false
	}
	if !p.wanted {
		cancel() // called off meanwhile
	}
	p.tell()
	p.mu.Unlock()
	if err != nil {
		return nil
	}
	err = srv.Run(ctx)
	p.mu.Lock()
	p.srv, p.stop = nil, func() {}
	p.tell()
	p.mu.Unlock()
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// open takes the remembered port, or a new one where another program has it.
func (p *practiceRole) open() (*practice.Server, error) {
	srv, err := p.listen(p.remembered())
	if adit.CodeOf(err) == adit.Conflict {
		p.log.Info("the port of practice is taken by another program: it gets a new one")
		srv, err = p.listen(0)
	}
	if err != nil {
		return nil, err
	}
	if err := p.remember(srv.Addr()); err != nil {
		p.log.Warn("the port of practice could not be remembered", "err", err)
	}
	return srv, nil
}

func (p *practiceRole) listen(port int) (*practice.Server, error) {
	return practice.Open(practice.Options{
		Listen: net.JoinHostPort("127.0.0.1", strconv.Itoa(port)), Checker: p.verifier, Log: p.log,
	})
}

type practicePort struct {
	Port int `json:"port"`
}

func (p *practiceRole) remembered() int {
	var was practicePort
	b, err := os.ReadFile(p.file)
	if err != nil || json.Unmarshal(b, &was) != nil || was.Port < 0 || was.Port > 65535 {
		return 0 // never asked for, or damaged: any port will do
	}
	return was.Port
}

func (p *practiceRole) remember(a net.Addr) error {
	_, port, err := net.SplitHostPort(a.String())
	if err != nil {
		return err
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		return err
	}
	return atomicfile.WriteJSON(p.file, practicePort{n}, 0o600)
}

// Close ends the verifier.
func (p *practiceRole) Close() error { return p.verifier.Close() }

// View is what people see of practice.
func (p *practiceRole) View() view.Practice {
	p.mu.Lock()
	srv := p.srv
	p.mu.Unlock()
	v := view.Practice{Connections: []view.PracticeConnection{}, Verifier: "starting"}
	if v.VerifierWords = p.verifier.Missing(); v.VerifierWords != "" {
		v.Verifier = "missing"
	}
	if srv == nil {
		return v
	}
	st := srv.Status()
	url := st.URL
	v.Running, v.Listen, v.Accepted = true, &url, st.Totals.Accepted
	for _, n := range st.Totals.Rejected {
		v.Rejected += n
	}
	switch {
	case v.Verifier == "missing":
	case st.Checker.State == practice.CheckerReady:
		v.Verifier = "ok"
	case st.Checker.State == practice.CheckerAway:
		v.Verifier, v.VerifierWords = "failed", st.Checker.Reason
	}
	for _, c := range st.Connections {
		v.Connections = append(v.Connections, connectionView(c))
	}
	return v
}

func connectionView(c practice.Connection) view.PracticeConnection {
	out := view.PracticeConnection{Login: c.Login, Agent: c.Agent, Difficulty: float64(c.Difficulty), Accepted: c.Accepted, LastShareAt: c.LastShareAt}
	for _, n := range c.Rejected {
		out.Rejected += n
	}
	if c.Hashrate != nil {
		h := float64(*c.Hashrate)
		out.Hashrate = &h
	}
	return out
}
