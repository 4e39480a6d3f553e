package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/cmd/adit/app"
	"github.com/adit-mining/adit/cmd/adit/service"
	"github.com/adit-mining/adit/internal/minerpath"
)

// serviceFlags are the flags of `adit service …`.
type serviceFlags struct {
	user, system bool
	listen       string
	dryRun       bool
	noStart      bool
	linger       bool
	exe          string
}

func (c *cli) serviceCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "service",
		Short: "Let systemd start adit with this computer",
		Long: `Let systemd start adit with this computer. What was mining before a reboot mines again, under the consent that is on
record; what was stopped stays stopped.

Without root it is a service of yours (systemctl --user). As root it is one of the system: it runs as the user "adit",
whom nothing else belongs to, in a sandbox, with its data in /var/lib/adit.

Mining programs go on while the service is restarted or stopped: each has a keeper of its own, so that an upgrade of
adit costs no hashes. adit pause ends mining, adit stop NAME one program, adit service uninstall both it and the service.`,
		Example: `  adit service install                  # a service of yours
  sudo adit service install             # one of the system
  adit service install --dry-run        # only print what would be written
  adit service status`,
		GroupID: "care",
		Args:    noSuchCommand,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return usageError(cmd, "say what to do: adit service install, uninstall or status")
		},
	}
	cmd.AddCommand(c.serviceInstall(), c.serviceUninstall(), c.serviceStatus())
	return cmd
}

func (f *serviceFlags) scope(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&f.user, "user", false, "a service of this user (the default but for root)")
	cmd.Flags().BoolVar(&f.system, "system", false, "a service of the system (the default for root)")
}

// forUser decides for whom the service is.
func (f *serviceFlags) forUser() bool { return f.user || !f.system && os.Geteuid() != 0 }

func (c *cli) serviceInstall() *cobra.Command {
	var f serviceFlags
	cmd := &cobra.Command{
		Use:   "install",
		Short: "Install the service and start it",
		Long: `Install the service and start it. Once is enough: again changes nothing, and after an upgrade of adit it renews the unit.
A service of yours runs while you are signed in; with --linger from the boot on.`,
		Example: `  adit service install --linger
  sudo adit service install --listen 127.0.0.1:9090
  adit service install --system --dry-run`,
		Args: takes(0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error { return c.installService(cmd, f) },
	}
	f.scope(cmd)
	fl := cmd.Flags()
	fl.StringVar(&f.listen, "listen", app.DefaultListen, "`HOST:PORT` of the web app, on this computer")
	fl.BoolVar(&f.dryRun, "dry-run", false, "only print the unit that would be written")
	fl.BoolVar(&f.noStart, "no-start", false, "only write the files, for a system that is not running")
	fl.BoolVar(&f.linger, "linger", false, "let the services of this user run from the boot on (loginctl enable-linger)")
	fl.StringVar(&f.exe, "exe", "", "`path` of the adit to run (default: this one)")
	return cmd
}

func (c *cli) serviceUninstall() *cobra.Command {
	var f serviceFlags
	cmd := &cobra.Command{
		Use:   "uninstall",
		Short: "Stop the service and its mining, and remove it",
		Long:  "Stop the service and what it mines with, and remove what adit service install wrote. Your data stays.",
		Example: `  adit service uninstall
  sudo adit service uninstall`,
		Args: takes(0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error { return c.uninstallService(cmd.Context(), f) },
	}
	f.scope(cmd)
	return cmd
}

func (c *cli) serviceStatus() *cobra.Command {
	var f serviceFlags
	cmd := &cobra.Command{
		Use:     "status",
		Short:   "Say whether the service is installed and runs",
		Long:    "Say whether the service is installed and runs. The exit code is 0 where it runs, 4 where there is none, else 1.",
		Example: "  adit service status\n  adit service status --system -o json",
		Args:    takes(0, ""),
		RunE:    func(cmd *cobra.Command, _ []string) error { return c.showService(cmd.Context(), f) },
	}
	f.scope(cmd)
	return cmd
}

// unit is what would be installed.
func (c *cli) unit(f serviceFlags, sys service.System) (u service.Unit, err error) {
	if f.user && f.system {
		return u, adit.Errorf(adit.Invalid, "--user and --system exclude each other")
	}
	u = service.Unit{User: f.forUser(), Exe: f.exe, Listen: f.listen, Version: adit.Version}
	if u.Listen == "" {
		u.Listen = app.DefaultListen
	}
	if u.Exe == "" {
		if u.Exe, err = filepath.EvalSymlinks(c.self); err != nil {
			return u, adit.Errorf(adit.Internal, "this program cannot find its own file: %w", err)
		}
	}
	switch {
	case u.User:
		u.DataDir, err = c.folder()
	case c.dataDir != "":
		u.DataDir, err = absolute(c.dataDir)
	default:
		u.DataDir = service.SystemData
	}
	if !u.User {
		u.Groups = sys.CardGroups()
	}
	return u, err
}

// host is this computer, as far as services go.
func (c *cli) host() (service.System, error) {
	config := c.env("XDG_CONFIG_HOME")
	if !filepath.IsAbs(config) {
		config = filepath.Join(c.env("HOME"), ".config")
	}
	s := service.System{Config: config, Run: run}
	if c.services != nil {
		return *c.services, nil
	}
	if runtime.GOOS != "linux" {
		return s, adit.Errorf(adit.Unsupported, "services are not supported on this platform: adit uses systemd; start `adit up` by the system's own means")
	}
	return s, nil
}

// run runs a program of the system; its error carries what it said.
func run(ctx context.Context, name string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	if err := cmd.Run(); err != nil {
		if words := strings.TrimSpace(said.String()); words != "" {
			err = errors.New(words)
		}
		return out.String(), err
	}
	return out.String(), nil
}

func (c *cli) installService(cmd *cobra.Command, f serviceFlags) error {
	ctx := cmd.Context()
	sys, err := c.host()
	if err != nil {
		return err
	}
	u, err := c.unit(f, sys)
	if err != nil {
		return err
	}
	text, err := u.Render()
	if e, ok := adit.AsError(err); ok && e.Field != "" {
		return err
	}
	if err != nil {
		return app.WithHint(err, "Install adit where every user may run it, then say it again.", "sudo make install && sudo adit service install")
	}
	if f.dryRun {
		return c.answer(map[string]string{"path": sys.Path(u.User), "unit": string(text)}, func() {
			c.say("# %s\n", sys.Path(u.User))
			c.printf("%s", text)
		})
	}
	if err := c.readyForService(cmd, f, u, sys); err != nil {
		return err
	}
	changes, err := service.ReadChanges(u.DataDir)
	if err != nil {
		return err
	}
	in, err := sys.Install(ctx, u, changes, !f.noStart)
	if err != nil {
		return c.serviceHint(err)
	}
	if f.linger && u.User {
		if err := sys.Linger(ctx, userName(), changes); err != nil {
			return err
		}
		in.Linger, in.Done = new(bool), append(in.Done, "your services run from the boot on")
		*in.Linger = true
	}
	return c.answer(in, func() { c.printInstalled(u, in) })
}

// readyForService refuses early what could not work.
func (c *cli) readyForService(_ *cobra.Command, f serviceFlags, u service.Unit, sys service.System) error {
	if !u.User && os.Geteuid() != 0 && sys.Root == "" {
		return app.WithHint(adit.Errorf(adit.Forbidden, "a service of the system is installed by root"),
			"Say it as root, or install a service of your own.", "sudo adit service install")
	}
	if _, err := minerpath.Find(u.Exe); err != nil && !f.noStart {
		c.say("Note: %v\n", err)
	}
	if f.noStart || !app.Held(u.DataDir) {
		return nil
	}
	if b, err := os.ReadFile(sys.Path(u.User)); err == nil && len(b) > 0 {
		return nil // it is the service itself that runs
	}
	return app.WithHint(adit.Errorf(adit.Conflict, "an adit runs on %s already, by hand", u.DataDir),
		"End it with Ctrl-C where it runs (with --keep-mining its programs go on), then say it again.", "adit service install")
}

func (c *cli) serviceHint(err error) error {
	if adit.CodeOf(err) == adit.Unsupported {
		return app.WithHint(err, "Start adit by hand, or only write the files.", "adit up      or: adit service install --no-start")
	}
	return err
}

func (c *cli) uninstallService(ctx context.Context, f serviceFlags) error {
	sys, err := c.host()
	if err != nil {
		return err
	}
	u, err := c.unit(f, sys)
	if err != nil {
		return err
	}
	if !u.User && os.Geteuid() != 0 && sys.Root == "" {
		return app.WithHint(adit.Errorf(adit.Forbidden, "a service of the system is removed by root"), "", "sudo adit service uninstall")
	}
	changes, err := service.ReadChanges(u.DataDir)
	if err != nil {
		return err
	}
	done, err := sys.Remove(ctx, u.User, changes)
	if err != nil {
		return err
	}
	if u.User {
		put, err := sys.Unlinger(ctx, userName(), changes)
		if err != nil {
			return err
		}
		if put {
			done = append(done, "your services run only while you are signed in, as before")
		}
	}
	if done == nil {
		done = []string{}
	}
	return c.answer(map[string]any{"done": done}, func() {
		if len(done) == 0 {
			c.printf("Nothing to do: there is no service of adit.\n")
		}
		for _, d := range done {
			c.printf("%s.\n", sentence(d))
		}
	})
}

func (c *cli) showService(ctx context.Context, f serviceFlags) error {
	sys, err := c.host()
	if err != nil {
		return err
	}
	u, err := c.unit(f, sys)
	if err != nil {
		return err
	}
	st := sys.Status(ctx, u)
	if err := c.answer(st, func() { c.printService(u, st) }); err != nil {
		return err
	}
	switch {
	case !st.Installed:
		return silent(exitNotFound)
	case st.Active != "active":
		return silent(exitError)
	}
	return nil
}

func userName() string {
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return ""
}
