package main

import (
	"context"
	"os"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/cmd/adit/app"
	"github.com/adit-mining/adit/coop/config"
	"github.com/adit-mining/adit/internal/logx"
	"github.com/adit-mining/adit/internal/trim"
)

func (c *cli) coordinatorCommand() *cobra.Command {
	var (
		file          string
		service       bool
		said          func() map[string][]string
		log           logx.Options
		lFile, lLevel string
		lFormat       string
	)
	cmd := &cobra.Command{
		Use:   "coordinator",
		Short: "Lead a crew: many machines mine as one",
		Long: `Lead a crew and stay: take work from a pool, a node or practice, give every member its own part of it, check what comes
back, write it into a ledger and divide what is earned.

Members are workers (adit worker, over gRPC with certificates) and any unmodified miner or ASIC that is pointed at the
Stratum port. Settings come from flags, then COOPMINE_* variables, then the file of --config, then defaults; adit config
print coordinator shows them all. The web app opens at the printed link. Nothing mines on this computer by that.`,
		Example: `  adit coordinator --pool-address practice:
  adit coordinator --config coordinator.yaml
  adit coordinator --pool-address stratum+tcp://pool.example:3333 --pool-wallet YOUR_ADDRESS --stratum-listen :3333
  adit coordinator --pool-address monerod://127.0.0.1:18081 --pool-wallet YOUR_ADDRESS`,
		GroupID: "run",
		Args:    takes(0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := config.LoadCoordinator(config.Source{File: file, Environ: os.Environ(), Flags: said()})
			if err != nil {
				return err
			}
			log = logx.Options{Level: lLevel, Format: lFormat, File: lFile, Out: c.err}
			fallback(cmd, &log, cfg.Logging)
			return c.coordinate(cmd, cfg, log, service)
		},
	}
	fl := cmd.Flags()
	fl.StringVar(&file, "config", "", "read settings from this `file` (YAML; see adit config schema coordinator)")
	fl.BoolVar(&service, "service", false, "for systemd: print no link, tell when ready")
	addLogFlags(cmd, &lFile, &lLevel, &lFormat)
	said = config.CoordinatorFlags(fl)
	return cmd
}

// fallback lets the configuration say what the flags of the log left open.
func fallback(cmd *cobra.Command, o *logx.Options, c config.Logging) {
	for _, f := range []struct {
		flag, said string
		to         *string
	}{{"log-level", c.Level, &o.Level}, {"log-format", c.Format, &o.Format}, {"log-file", c.File, &o.File}} {
		if f.said != "" && !cmd.Flags().Changed(f.flag) {
			*f.to = f.said
		}
	}
}

func (c *cli) coordinate(cmd *cobra.Command, cfg config.Coordinator, o logx.Options, service bool) error {
	dir, err := c.folder()
	if err != nil {
		return err
	}
	log, err := logx.New(o)
	if err != nil {
		return usageError(cmd, "--%v", err)
	}
	defer log.Close()
	lean()
	var m manager
	if service {
		m = underManager(log.Logger)
	}
	for _, w := range cfg.Warnings {
		c.say("Note: %s\n", w)
	}
	ctx, stop := c.untilSignal(cmd.Context())
	defer stop()
	h, err := app.Open(ctx, app.Options{Dir: dir, Listen: cfg.Dashboard.Listen, Exe: c.self, Log: log.Logger, Coordinator: &cfg})
	if err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- h.Run(ctx) }()
	select {
	case <-h.Ready():
	case err := <-ended:
		return err
	}
	trimming, trimmed := context.WithCancel(ctx)
	var tidy sync.WaitGroup
	tidy.Go(func() { trim.Keep(trimming, trimAfter, trimEach) })
	defer tidy.Wait()
	defer trimmed()
	if err := c.greetCrew(ctx, h, cfg, service); err != nil {
		stop()
		<-ended
		return err
	}
	if service {
		m.ready(ctx, "crew at "+h.URL(), h.Well)
		m.tell("STOPPING=1")
	}
	return <-ended
}

// A coordinator gives back what it took for a moment only: the room is for members.
const (
	trimAfter = 2 * time.Second // its start
	trimEach  = time.Minute     // of its life
)

// greetCrew says where members and people connect.
func (c *cli) greetCrew(ctx context.Context, h *app.House, cfg config.Coordinator, service bool) error {
	c.printf("adit %s leads the crew %s\n", adit.Version, cfg.Cluster.Name)
	if service {
		c.printf("Web app: %s. Sign a browser in: adit link\n", h.URL())
	} else {
		link, err := h.Link(ctx)
		if err != nil {
			return err
		}
		c.printf("Web app: %s\n         the link signs one browser in, once; a fresh one: adit link\n", link)
	}
	lines, err := h.CrewWords(ctx)
	if err != nil {
		return err
	}
	for _, l := range lines {
		c.printf("%s\n", l)
	}
	return nil
}
