package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/agent"
	"github.com/adit-mining/adit/cmd/adit/app"
	"github.com/adit-mining/adit/cmd/adit/service"
)

// farewell is what `adit uninstall` without a program does, and what it leaves.
type farewell struct {
	Done []string `json:"done"`
	Left []string `json:"left"`
}

// uninstallAditFlags adds the flags of an uninstall of adit itself.
func uninstallAditFlags(cmd *cobra.Command) {
	cmd.Flags().Bool("purge", false, "without PROGRAM: remove the data too (profiles, history, consent, installed programs)")
	cmd.Flags().Bool("yes", false, "without PROGRAM: do not ask")
}

// uninstallAdit is `adit uninstall` without a program: it puts back what adit changed on this computer.
func (c *cli) uninstallAdit(cmd *cobra.Command) error {
	purge, _ := cmd.Flags().GetBool("purge")
	yes, _ := cmd.Flags().GetBool("yes")
	if c.elsewhere() {
		return usageError(cmd, "adit uninstall works on this computer, not on a server")
	}
	dir, err := c.folder()
	if err != nil {
		return err
	}
	sys, err := c.host()
	if err != nil && adit.CodeOf(err) != adit.Unsupported {
		return err
	}
	scopes := c.installedServices(sys, err == nil)
	if app.Held(dir) && !scopes[true] {
		return app.WithHint(adit.Errorf(adit.Conflict, "adit runs on %s", dir), "End it with Ctrl-C where it runs, then say it again.", "adit status")
	}
	if err := c.mayUninstall(dir, purge, yes); err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(cmd.Context(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	f := farewell{Done: []string{}, Left: []string{}}
	ours := inhabited(dir) // before the list of changes goes
	err = c.dropServices(ctx, sys, scopes, dir, purge, &f)
	if ours {
		err = errors.Join(err, c.dropData(ctx, dir, purge, &f))
	} else if _, missing := os.Stat(dir); purge && missing == nil {
		f.Left = append(f.Left, dir+", in which adit never worked")
	}
	f.Left = append(f.Left, "the program itself, "+c.self+" (make uninstall, or the package manager that installed it)")
	return errors.Join(c.answer(f, func() {
		for _, d := range f.Done {
			c.printf("%s.\n", sentence(d))
		}
		if len(f.Done) == 0 {
			c.printf("adit changed nothing on this computer.\n")
		}
		for _, l := range f.Left {
			c.printf("Left: %s.\n", l)
		}
	}), err)
}

// installedServices tells which services are installed: true is the user's, false the system's.
func (c *cli) installedServices(sys service.System, supported bool) map[bool]bool {
	out := map[bool]bool{}
	for _, user := range []bool{true, false} {
		_, err := os.Lstat(sys.Path(user))
		out[user] = supported && err == nil
	}
	return out
}

func (c *cli) mayUninstall(dir string, purge, yes bool) error {
	if yes {
		return nil
	}
	words := "Stop what adit mines with on this computer and put back what it changed? Your data stays. [y/N] "
	if purge {
		words = "Stop what adit mines with, put back what it changed, and remove ALL its data in " + dir + "? [y/N] "
	}
	if !c.terminal {
		return app.WithHint(adit.Errorf(adit.Invalid, "there is no terminal here to ask on"), "Say that you mean it.", "adit uninstall --yes")
	}
	if ok, err := c.ask(words); err != nil || !ok {
		c.say("Nothing was changed.\n")
		return silent(exitError)
	}
	return nil
}

// dropServices removes the services; that of the system only as root, who may.
func (c *cli) dropServices(ctx context.Context, sys service.System, scopes map[bool]bool, dir string, purge bool, f *farewell) error {
	var failed []error
	if scopes[true] {
		failed = append(failed, func() error {
			changes, err := service.ReadChanges(dir)
			if err != nil {
				return err
			}
			done, err := sys.Remove(ctx, true, changes)
			f.Done = append(f.Done, done...)
			if err != nil {
				return err
			}
			put, err := sys.Unlinger(ctx, userName(), changes)
			if put {
				f.Done = append(f.Done, "your services run only while you are signed in, as before")
			}
			return err
		}())
	}
	if !scopes[false] {
		return errors.Join(failed...)
	}
	if os.Geteuid() != 0 && sys.Root == "" {
		f.Left = append(f.Left, "the service of the system (sudo adit uninstall)")
		return errors.Join(failed...)
	}
	return errors.Join(append(failed, c.dropSystemService(ctx, sys, purge, f))...)
}

func (c *cli) dropSystemService(ctx context.Context, sys service.System, purge bool, f *farewell) error {
	data := filepath.Join(orWord(sys.Root, "/"), service.SystemData)
	changes, err := service.ReadChanges(data)
	if err != nil {
		return err
	}
	done, err := sys.Remove(ctx, false, changes)
	f.Done = append(f.Done, done...)
	if err != nil {
		return err
	}
	if !purge {
		f.Left = append(f.Left, "the service's data in "+data+" and the user "+service.Account+" (adit uninstall --purge)")
		return nil
	}
	removed, err := sys.RemoveAccount(ctx, changes)
	if removed {
		f.Done = append(f.Done, "removed the user "+service.Account)
	}
	return errors.Join(err, c.wipe(data, f))
}

// dropData stops what still runs on the data directory and, if wished, removes it.
func (c *cli) dropData(ctx context.Context, dir string, purge bool, f *farewell) error {
	return c.atRest(dir, func() error {
		before := recorded(filepath.Join(dir, "agent", "shims"))
		if err := agent.StopLeft(ctx, agent.Options{Dir: dir, Exe: c.self}); err != nil {
			return err
		}
		for _, p := range before {
			if p.PID != 0 || p.ShimPID != 0 {
				f.Done = append(f.Done, "stopped "+p.Name)
			}
		}
		if purge {
			return c.wipe(dir, f)
		}
		f.Left = append(f.Left, "your data in "+dir+" (adit uninstall --purge)")
		return nil
	})
}

// possessions are the names of what adit keeps in a data directory; nothing else is ever removed from it.
var possessions = []string{
	"adit.db*", "tsdb", "agent", "token", "consent.json", "pause.json", "policy.json", "idle.json", "runtime.json", "backup.json", "changes.json", "restore.json", "practice.json",
	"before-restore-*", ".backup-*", ".restore-*", ".write-*", ".*.json.*.tmp", ".token.*.tmp", "hub.lock", "uploads",
}

// inhabited reports whether adit ever worked in a folder. "token", "agent" or "uploads" in another one, such as a home
// folder that was named by mistake, are somebody else's.
func inhabited(dir string) bool {
	for _, name := range []string{"adit.db", "agent/rig.json", "agent/shims", "agent/programs", "consent.json", "changes.json"} {
		if _, err := os.Lstat(filepath.Join(dir, filepath.FromSlash(name))); err == nil {
			return true
		}
	}
	return false
}

// wipe removes adit's own files from a data directory, and the folder where nothing else is in it.
func (c *cli) wipe(dir string, f *farewell) error {
	var failed []error
	have, err := os.ReadDir(dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	failed = append(failed, err)
	for _, e := range slices.Backward(have) { // the database last, by which a second try knows the folder
		if slices.ContainsFunc(possessions, func(pattern string) bool { ours, _ := filepath.Match(pattern, e.Name()); return ours }) {
			failed = append(failed, os.RemoveAll(filepath.Join(dir, e.Name())))
		}
	}
	if err := errors.Join(failed...); err != nil {
		return adit.Errorf(adit.Refused, "not all data in %s could be removed: %w", dir, err)
	}
	rest, err := os.ReadDir(dir)
	switch {
	case err == nil && len(rest) == 0:
		if err := os.Remove(dir); err != nil {
			f.Left = append(f.Left, "the empty folder "+dir)
		}
	default:
		f.Left = append(f.Left, "what is not adit's in "+dir)
	}
	f.Done = append(f.Done, "removed the data in "+dir)
	return nil
}
