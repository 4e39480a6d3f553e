package main

import (
	"context"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/cmd/adit/app"
	"github.com/adit-mining/adit/fleet/command"
	"github.com/adit-mining/adit/internal/logx"
	"github.com/adit-mining/adit/link/wire"
)

// upFlags are the flags of `adit up`.
type upFlags struct {
	mine       mineFlags
	listen     string
	practice   bool
	use        string
	agreed     bool
	anyway     bool
	keepMining bool
	service    bool
	history    string
	logFile    string
	logLevel   string
	logFormat  string
}

func (c *cli) upCommand() *cobra.Command {
	var f upFlags
	cmd := &cobra.Command{
		Use:   "up",
		Short: "Start adit on this computer: web app, agent, and mining if you say so",
		Long: `Start adit on this computer and stay. The web app opens at the printed link, which signs one browser in.

Plain "adit up" mines nothing: look around, then choose. --practice does real work that is checked here, without a
wallet or a network, and earns nothing. --pool with --address mines for you.

The first time adit asks whether it may mine on this computer. Ctrl-C stops adit and what it mines with; a second
Ctrl-C does not wait. With --keep-mining the programs go on under their keepers, and the next adit up finds them.`,
		Example: `  adit up                                  # look around
  adit up --practice                       # real hashes, no wallet, nothing earned
  adit up --pool stratum+tcp://pool.example:3333 --address YOUR_ADDRESS
  adit up --practice --yes-i-own-this-machine --listen 127.0.0.1:0     # for scripts`,
		GroupID: "run",
		Args:    takes(0, ""),
		RunE:    func(cmd *cobra.Command, _ []string) error { return c.up(cmd, &f) },
	}
	fl := cmd.Flags()
	fl.BoolVar(&f.practice, "practice", false, "mine for practice: real work, no wallet, no network, nothing earned")
	fl.StringVar(&f.listen, "listen", app.DefaultListen, "`HOST:PORT` of the web app, on this computer; port 0 takes any")
	fl.BoolVar(&f.agreed, "yes-i-own-this-machine", false, "do not ask: I own this computer and allow mining on it")
	fl.BoolVar(&f.anyway, "yes", false, "do not ask where mining is expected to be a loss")
	fl.BoolVar(&f.keepMining, "keep-mining", false, "let mining programs run on when adit ends")
	fl.BoolVar(&f.service, "service", false, "for systemd: ask nothing, print no link, tell when ready, leave programs running at the end")
	fl.StringVar(&f.history, "history", "30d", "how long readings and sessions are kept: a `length` from 1d to 3650d")
	f.mine.add(cmd)
	fl.StringVar(&f.use, "cpu", "", "`how much` of the computer mining may use from now on: idle, half or all (see adit policy)")
	c.complete(cmd, "cpu", "idle", "half", "all")
	addLogFlags(cmd, &f.logFile, &f.logLevel, &f.logFormat)
	c.complete(cmd, "log-level", "debug", "info", "warn", "error")
	c.complete(cmd, "log-format", "text", "json")
	return cmd
}

func addLogFlags(cmd *cobra.Command, file, level, format *string) {
	fl := cmd.Flags()
	fl.StringVar(file, "log-file", "", "also write the log to this `file` (kept small by rotation)")
	fl.StringVar(level, "log-level", "warn", "`least` that is logged: debug, info, warn or error")
	fl.StringVar(format, "log-format", "", "`text` or json (default: text on a terminal, else json)")
}

// plan is what `adit up` shall mine, if anything.
type plan struct {
	practice bool
	use      string // of the computer, see wire.Policy; "" = as it was
	threads  *int
	pool     *command.StartRequest
}

func (p plan) mines() bool { return p.practice || p.pool != nil }

// plan checks the flags before anything is opened.
func (f *upFlags) plan(cmd *cobra.Command) (p plan, err error) {
	if f.practice && (len(f.mine.pools) > 0 || f.mine.address != "") {
		return p, usageError(cmd, "--practice needs no pool and no address: use it alone, or --pool with --address to mine for you")
	}
	if f.service && (f.practice || f.agreed || len(f.mine.pools) > 0 || f.mine.address != "") {
		return p, usageError(cmd, "--service goes on with what ran before: leave --practice, --pool and --yes-i-own-this-machine out, and start programs while it runs")
	}
	if p.threads, err = f.mine.count(cmd); err != nil {
		return p, err
	}
	if f.use != "" && f.use != wire.UseIdle && f.use != wire.UseHalf && f.use != wire.UseAll {
		return p, usageError(cmd, "--cpu %q: use idle, half or all", f.use)
	}
	p.practice, p.use = f.practice, f.use
	if len(f.mine.pools) > 0 || f.mine.address != "" {
		if p.pool, err = f.mine.request(cmd); err != nil {
			return p, err
		}
	}
	return p, nil
}

func (c *cli) up(cmd *cobra.Command, f *upFlags) error {
	p, err := f.plan(cmd)
	if err != nil {
		return err
	}
	history, err := keepFor(cmd, f.history)
	if err != nil {
		return err
	}
	dir, err := c.folder()
	if err != nil {
		return err
	}
	log, err := logx.New(logx.Options{Level: f.logLevel, Format: f.logFormat, File: f.logFile, Out: c.err})
	if err != nil {
		return usageError(cmd, "--%v", err)
	}
	defer log.Close()
	lean()
	var m manager
	if f.service {
		f.keepMining, m = true, underManager(log.Logger)
	}
	ctx, stop := c.untilSignal(cmd.Context())
	defer stop()
	h, err := app.Open(ctx, app.Options{
		Dir: dir, Listen: f.listen, Exe: c.self, KeepMining: f.keepMining, Log: log.Logger,
		Wants: p.mines(), History: history,
	})
	if err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- h.Run(ctx) }()
	if f.service {
		return c.serve(ctx, h, m, ended)
	}
	g := greeter{cli: c, house: h, plan: p, agreed: f.agreed, anyway: f.anyway, keepMining: f.keepMining}
	select {
	case <-h.Ready():
		if err := g.greet(ctx); err != nil && ctx.Err() == nil {
			stop()
			<-ended
			return err
		}
	case err := <-ended:
		return err
	}
	return <-ended
}

// serve is the stay of a service: no question, no link in the system's log. What should run is known from before.
func (c *cli) serve(ctx context.Context, h *app.House, m manager, ended <-chan error) error {
	select {
	case <-h.Ready():
	case err := <-ended:
		return err
	}
	c.printf("adit %s serves at %s. %s. Sign a browser in: adit link\n", adit.Version, h.URL(), sentence(h.ConsentWords()))
	m.ready(ctx, "web app at "+h.URL(), h.Well)
	m.tell("STOPPING=1")
	return <-ended
}

// lean keeps hub and agent small: they hold little, so a fuller heap is not worth its memory.
func lean() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(50)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(256 << 20)
	}
}

// untilSignal ends at the first Ctrl-C, SIGTERM or SIGHUP (the terminal was closed); at a second Ctrl-C the process ends
// at once. What mines then is being stopped by its keepers.
func (c *cli) untilSignal(parent context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(parent)
	sig := make(chan os.Signal, 4)
	signal.Notify(sig, syscall.SIGINT, syscall.SIGTERM)
	if !signal.Ignored(syscall.SIGHUP) { // nohup asks for that
		signal.Notify(sig, syscall.SIGHUP)
	}
	go func() {
		defer signal.Stop(sig)
		select {
		case s := <-sig:
			if s == syscall.SIGINT {
				c.say("\nadit stops. Again Ctrl-C: at once.\n")
			}
			cancel()
		case <-ctx.Done():
			return
		}
		for s := range sig {
			if s == syscall.SIGINT {
				os.Exit(130)
			}
		}
	}()
	return ctx, cancel
}
