package main

import (
	"context"
	"errors"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/agent"
	"github.com/adit-mining/adit/cmd/adit/app"
	"github.com/adit-mining/adit/fleet/backup"
	"github.com/adit-mining/adit/fleet/journal"
	"github.com/adit-mining/adit/internal/wording"
	"github.com/adit-mining/adit/store/sqldb"
)

// restoreFlags are the flags of `adit restore`.
type restoreFlags struct {
	same  bool
	yes   bool
	check bool
}

func (c *cli) restoreCommand() *cobra.Command {
	var f restoreFlags
	cmd := &cobra.Command{
		Use:   "restore FILE",
		Short: "Put back what adit backup wrote",
		Long: `Put a backup in place of what the data directory holds. Neither adit nor a coordinator may run on it.

The file is unpacked beside what is there and checked wholly first; a damaged, foreign or newer one changes nothing.
What was there before stays in a folder named before-restore-TIME.

The permission to mine, the token and what should run belong to one computer: they come back with --same-machine only,
and elsewhere the owner is asked anew.`,
		Example: `  adit restore adit-backup.tar.gz --check           # is it whole, and what is in it
  adit restore adit-backup.tar.gz --same-machine    # this computer, as it was
  adit restore adit-backup.tar.gz --yes             # another computer, without a question`,
		GroupID: "care",
		Args:    takes(1, "the FILE that adit backup wrote"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if c.elsewhere() {
				return usageError(cmd, "adit restore works on a data directory of this computer, not on a server")
			}
			ctx, stop := signal.NotifyContext(cmd.Context(), syscall.SIGINT, syscall.SIGTERM)
			defer stop()
			return c.restore(ctx, args[0], f)
		},
	}
	fl := cmd.Flags()
	fl.BoolVar(&f.same, "same-machine", false, "this computer made the backup: bring back its consent, token and what should run")
	fl.BoolVar(&f.yes, "yes", false, "do not ask before what is there is replaced")
	fl.BoolVar(&f.check, "check", false, "only say whether the file is whole and what is in it")
	return cmd
}

func (c *cli) restore(ctx context.Context, file string, f restoreFlags) error {
	m, err := backup.Check(file)
	if err != nil {
		return err
	}
	if f.check {
		return c.answer(m, func() { c.printManifest(m) })
	}
	dir, err := c.folder()
	if err != nil {
		return err
	}
	if _, err := app.PrepareDataDir(dir); err != nil {
		return err
	}
	var rep backup.Report
	err = c.atRest(dir, func() (err error) {
		release, err := agent.Idle(dir)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, release()) }()
		crew, err := app.TakeCoopLock(dir)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, crew.Release()) }()
		if err := c.mayReplace(dir, m, f.yes); err != nil {
			return err
		}
		rep, err = backup.Restore{Dir: dir, SameMachine: f.same, Finish: finishRestore}.Run(ctx, file)
		return err
	})
	if err != nil {
		return err
	}
	return c.answer(rep, func() { c.printRestored(dir, rep) })
}

// mayReplace asks before something is replaced.
func (c *cli) mayReplace(dir string, m backup.Manifest, yes bool) error {
	switch {
	case yes || !hasHub(dir) && !app.HasCrew(dir):
		return nil
	case !c.terminal:
		return app.WithHint(adit.Errorf(adit.Conflict, "the data directory %s holds data, and there is no terminal here to ask on", dir),
			"It stays aside when it is replaced.", "adit restore --yes FILE")
	}
	c.printManifest(m)
	if ok, err := c.ask("Put it in place of what is in " + dir + "? [y/N] "); err != nil || !ok {
		c.say("Nothing was changed.\n")
		return silent(exitError)
	}
	return nil
}

// finishRestore brings a database of the backup up to date, looks at its journal and notes the restore in it, before
// anything is put in place. The crew's has a journal of its own where there is no hub.
func finishRestore(ctx context.Context, path string, m backup.Manifest) (err error) {
	db, err := sqldb.Open(ctx, path, sqldb.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if filepath.Base(path) == "coop.db" && slices.ContainsFunc(m.Members, func(f backup.Member) bool { return f.Name == "adit.db" }) {
		return nil
	}
	owner := adit.LocalOwner("terminal")
	j := &journal.Service{DB: db}
	check, err := j.Verify(ctx, owner)
	if err != nil {
		return err
	}
	severity, text := "info", "restored from the backup of "+wording.Time(m.At)+" made on "+m.Host
	if !check.Whole {
		severity, text = "crit", text+"; its journal was not whole: "+check.Words
	}
	return j.Note(ctx, owner, "backup.restored", severity, "adit", text, nil)
}

func (c *cli) printManifest(m backup.Manifest) {
	var total int64
	for _, f := range m.Members {
		total += f.Size
	}
	history := "no time series"
	if m.History {
		history = "with time series"
	}
	if m.Crew {
		history += ", with a crew's coordinator"
	}
	c.printf("A backup of %s made %s by adit %s: %d files, %s unpacked, %s. It is whole.\n",
		orWord(m.Host, "a computer without a name"), clock(m.At), m.Version, len(m.Members), bytesOf(total), history)
	c.printElsewhere(m)
}

func (c *cli) printRestored(dir string, rep backup.Report) {
	c.printf("Restored in %s: %s.\n", dir, strings.Join(rep.Restored, ", "))
	if rep.Aside != "" {
		c.printf("What was there before: %s (remove it when all is well).\n", rep.Aside)
	}
	if len(rep.LeftOut) > 0 {
		c.printf("Left out, because it belongs to one computer: %s.\n", strings.Join(rep.LeftOut, ", "))
		if here := backup.Machine("/"); here != "" && here == rep.Manifest.Machine {
			c.printf("This computer made the backup; to bring that back too: adit restore --same-machine\n")
		}
	}
	c.printElsewhere(rep.Manifest)
	if hasHub(dir) {
		c.printf("Start adit: adit up\n")
		return
	}
	c.printf("Start it with its settings of before: adit coordinator …   Is all there: adit coop ledger verify\n")
}

func orWord(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
