package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/agent/consent"
	"github.com/adit-mining/adit/cmd/adit/app"
	"github.com/adit-mining/adit/coop/config"
	"github.com/adit-mining/adit/coop/worker"
	"github.com/adit-mining/adit/internal/logx"
)

// workerFlags are the flags of `adit worker` beside those of its configuration.
type workerFlags struct {
	file    string
	agreed  bool
	service bool
	said    func() map[string][]string
	lFile   string
	lLevel  string
	lFormat string
}

func (c *cli) workerCommand() *cobra.Command {
	var f workerFlags
	cmd := &cobra.Command{
		Use:   "worker",
		Short: "Mine with this computer for a crew",
		Long: `Join a crew and mine for it with this computer until Ctrl-C. The coordinator gives it a part of the work that nobody
else has; what it finds is counted under its own name there.

It needs a certificate: that of adit coop join, that of adit pki init on this data folder, or --tls-cert, --tls-key and
--tls-ca. Settings come from flags, then COOPMINE_* variables, then the file of --config, then defaults; adit config print
worker shows them all.

It mines only where the owner of this computer agreed, once: asked on a terminal, by --yes-i-own-this-machine, or by
ADIT_CONSENT=yes for services and containers. adit pause, heat, battery and use of the computer stop it as they stop
everything else.`,
		Example: `  adit worker                                      # the crew joined with adit coop join
  adit worker --coordinator crew.example:50051 --threads 4
  adit worker --config worker.yaml --worker-id shed-2
  ADIT_CONSENT=yes adit worker -o json             # in a container: one line of JSON for each change`,
		GroupID: "run",
		Args:    takes(0, ""),
		RunE:    func(cmd *cobra.Command, _ []string) error { return c.work(cmd, &f) },
	}
	fl := cmd.Flags()
	fl.StringVar(&f.file, "config", "", "read settings from this `file` (YAML; see adit config schema worker)")
	fl.BoolVar(&f.agreed, "yes-i-own-this-machine", false, "do not ask: I own this computer and allow mining on it")
	fl.BoolVar(&f.service, "service", false, "for systemd: ask nothing, tell when ready")
	addLogFlags(cmd, &f.lFile, &f.lLevel, &f.lFormat)
	f.said = config.WorkerFlags(fl)
	return cmd
}

func (c *cli) work(cmd *cobra.Command, f *workerFlags) error {
	dir, err := c.folder()
	if err != nil {
		return err
	}
	cfg, err := config.LoadWorker(config.Source{File: f.file, Environ: config.Environ(), Flags: f.said(), Joined: app.JoinedCoordinator(dir)})
	if err != nil {
		return err
	}
	o := logx.Options{Level: f.lLevel, Format: f.lFormat, File: f.lFile, Out: c.err}
	fallback(cmd, &o, cfg.Logging)
	log, err := logx.New(o)
	if err != nil {
		return usageError(cmd, "--%v", err)
	}
	defer log.Close()
	lean()
	var m manager
	if f.service {
		m = underManager(log.Logger)
	}
	for _, w := range cfg.Warnings {
		c.say("Note: %s\n", w)
	}
	if err := c.mayMine(dir, f); err != nil {
		return err
	}
	ctx, stop := c.untilSignal(cmd.Context())
	defer stop()
	changed := make(chan struct{}, 1)
	w, err := app.OpenWorker(app.WorkerOptions{Dir: dir, Exe: c.self, Config: cfg, Log: log.Logger, OnChange: func(worker.Status) {
		select {
		case changed <- struct{}{}:
		default:
		}
	}})
	if err != nil {
		return err
	}
	if c.output == "table" {
		c.printf("adit %s: worker %s for %s\n", adit.Version, w.ID(), cfg.Coordinator.Address)
		if h := w.Health(); h != "" {
			c.printf("Health: http://%s/health\n", h)
		}
	}
	return c.watchWorker(ctx, w, m, changed)
}

// mayMine sees to the owner's permission before anything is opened.
func (c *cli) mayMine(dir string, f *workerFlags) error {
	granted, withdrawn, words := app.ConsentOf(dir)
	switch {
	case granted:
		return nil
	case f.agreed:
		return app.GrantConsent(dir, consent.ViaFlag)
	case c.env("ADIT_CONSENT") == "yes" && withdrawn:
		return app.WithHint(adit.Errorf(adit.NoConsent, "%s, which ADIT_CONSENT=yes does not undo", words),
			"If you own this computer, allow it again.", "adit consent grant")
	case c.env("ADIT_CONSENT") == "yes":
		return app.GrantConsent(dir, consent.ViaFlag)
	case !c.terminal || f.service:
		return app.WithHint(adit.Errorf(adit.NoConsent, "%s, and there is no terminal here to ask on", words),
			"If you own this computer, say so: for a service or a container set ADIT_CONSENT=yes.", "adit worker --yes-i-own-this-machine")
	}
	c.say("%s\n", consentWords)
	if ok, err := c.ask("May adit mine on this computer for the crew? [y/N] "); err != nil || !ok {
		c.say("Nothing was changed: adit does not mine.\n")
		return silent(exitDenied)
	}
	return app.GrantConsent(dir, consent.ViaTerminal)
}

// How often a worker tells how it does while nothing changes, and how soon after it began to hash: then its speed is known.
const (
	tellEvery = time.Minute
	tellSoon  = 15 * time.Second
)

// watchWorker runs a worker and tells of it until it ends.
func (c *cli) watchWorker(ctx context.Context, w *app.CrewWorker, m manager, changed <-chan struct{}) error {
	ended := make(chan error, 1)
	go func() { ended <- w.Run(ctx) }()
	if m.socket != "" {
		told := make(chan struct{})
		defer func() { <-told }()
		alive, end := context.WithCancel(ctx)
		defer end()
		go func() {
			defer close(told)
			m.ready(alive, "worker "+w.ID(), func(context.Context) error { w.Status(); return nil })
			m.tell("STOPPING=1")
		}()
	}
	tick := time.NewTimer(tellEvery)
	defer tick.Stop()
	for {
		var err error
		over, next := false, tellEvery
		select {
		case err = <-ended:
			over = true
		case <-changed:
			next = tellSoon
		case <-tick.C:
		}
		st := w.Status()
		if over || st.State != worker.Ended {
			c.tellWorker(st)
		}
		if over {
			return err
		}
		tick.Reset(next)
	}
}

// tellWorker prints one line.
func (c *cli) tellWorker(s worker.Status) {
	switch c.output {
	case "json":
		e := json.NewEncoder(c.out) // one object a line, for programs that follow it
		e.SetEscapeHTML(false)
		_ = e.Encode(s)
		return
	case "yaml":
		if b, err := asYAML(s); err == nil {
			c.printf("---\n%s", b)
		}
		return
	}
	line := fmt.Sprintf("%s  %-10s", time.Now().Format(time.TimeOnly), s.State)
	if s.State == worker.Mining {
		line += fmt.Sprintf(" %s", orUnknown(s.Hashrate, adit.Hashrate.String))
	}
	if s.Reason != "" {
		line += " " + s.Reason
	}
	if s.Accepted+s.Rejected+s.Stale+s.Lost > 0 || s.State == worker.Mining {
		line += fmt.Sprintf("   shares %d", s.Accepted)
		if s.Stale > 0 {
			line += fmt.Sprintf(", %d late", s.Stale)
		}
		if s.Rejected > 0 {
			line += fmt.Sprintf(", %d refused", s.Rejected)
		}
	}
	if s.Queued > 0 {
		line += fmt.Sprintf(", %d wait", s.Queued)
	}
	c.printf("%s\n", line)
}
