package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/cmd/adit/app"
	"github.com/adit-mining/adit/fleet/backup"
	"github.com/adit-mining/adit/internal/wording"
	"github.com/adit-mining/adit/store/sqldb"
	"github.com/adit-mining/adit/store/tsdb"
)

// backupFlags are the flags of `adit backup`.
type backupFlags struct {
	history bool
	force   bool
}

func (c *cli) backupCommand() *cobra.Command {
	var f backupFlags
	cmd := &cobra.Command{
		Use:   "backup [FILE]",
		Short: "Write everything adit remembers into one file",
		Long: `Write everything adit remembers into one .tar.gz: the database with profiles, settings and the journal, the settings
files, what belongs to this computer alone (consent, token, what should run), and a crew's coordinator: its ledger, members,
balances and certificates. A running adit or coordinator works on meanwhile.

Without FILE the name is adit-backup-TIME.tar.gz, here; "-" is standard output. The file is read back and checked. It
holds secrets: keep it like a password. Put it back with adit restore.`,
		Example: `  adit backup
  adit backup /mnt/usb/adit.tar.gz --with-history
  adit backup - | ssh nas 'cat > adit.tar.gz'`,
		GroupID: "care",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usageError(cmd, "adit backup takes one FILE, got %d", len(args))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			at := time.Now()
			file := backup.FileName(at)
			if len(args) == 1 {
				file = args[0]
			}
			ctx, stop := signal.NotifyContext(cmd.Context(), syscall.SIGINT, syscall.SIGTERM)
			defer stop()
			return c.backup(ctx, file, at, f)
		},
	}
	cmd.Flags().BoolVar(&f.history, "with-history", false, "the time series too: hashrates, temperatures of the last 30 days")
	cmd.Flags().BoolVar(&f.force, "force", false, "replace FILE where it is there")
	return cmd
}

func (c *cli) backup(ctx context.Context, file string, at time.Time, f backupFlags) error {
	if file == "-" {
		return c.writeBackup(ctx, f.history, at, c.out)
	}
	path, err := absolute(file)
	if err != nil {
		return err
	}
	switch _, err := os.Lstat(path); {
	case err == nil && !f.force:
		return app.WithHint(adit.Errorf(adit.Conflict, "%s is there already", path), "Name another file, or replace it.", "adit backup --force "+file)
	case err != nil && !errors.Is(err, os.ErrNotExist):
		return adit.Errorf(adit.Invalid, "%s cannot be written: %w", path, errors.Unwrap(err))
	}
	m, size, err := c.backupTo(ctx, path, at, f.history)
	if err != nil {
		return err
	}
	v := struct {
		File     string          `json:"file"`
		Bytes    int64           `json:"bytes"`
		Manifest backup.Manifest `json:"manifest"`
	}{path, size, m}
	return c.answer(v, func() {
		c.printf("%s: %s, %s, read back and whole.\n", path, bytesOf(size), wording.Count(len(m.Members), "file"))
		c.printElsewhere(m)
		c.printf("It holds secrets: keep it like a password. Put it back: adit restore %s\n", file)
	})
}

// printElsewhere says what is not in a backup of a crew.
func (c *cli) printElsewhere(m backup.Manifest) {
	if m.Elsewhere != "" {
		c.printf("Not in it: %s.\n", m.Elsewhere)
	}
	if m.Crew && !slices.ContainsFunc(m.Members, func(f backup.Member) bool { return f.Name == "coop/coordinator.yaml" }) {
		c.printf("Not in it: the file of adit coordinator --config, where you have one.\n")
	}
}

// backupTo writes a file that appears only when it is whole.
func (c *cli) backupTo(ctx context.Context, path string, at time.Time, history bool) (m backup.Manifest, size int64, err error) {
	part, err := os.CreateTemp(filepath.Dir(path), ".adit-backup-*.part") // 0600
	if err != nil {
		return m, 0, adit.Errorf(adit.Invalid, "%s cannot be written: %w", path, errors.Unwrap(err))
	}
	defer func() {
		if err != nil {
			_ = os.Remove(part.Name())
		}
	}()
	if err := errors.Join(c.writeBackup(ctx, history, at, part), part.Sync(), part.Close()); err != nil {
		return m, 0, err
	}
	if m, err = backup.Check(part.Name()); err != nil {
		return m, 0, fmt.Errorf("the file was written and is not what it should be: %w", err)
	}
	info, err := os.Stat(part.Name())
	if err != nil {
		return m, 0, err
	}
	return m, info.Size(), os.Rename(part.Name(), path)
}

// writeBackup asks the running adit, or makes the backup from the data directory of one that does not run.
func (c *cli) writeBackup(ctx context.Context, history bool, at time.Time, w io.Writer) error {
	ask, err := c.mayAskForBackup()
	if err != nil {
		return err
	}
	if ask {
		s, err := c.connect()
		if err != nil {
			return err
		}
		return s.Backup(ctx, history, w)
	}
	dir, err := c.folder()
	if err != nil {
		return err
	}
	if !hasHub(dir) && !app.HasCrew(dir) {
		return app.WithHint(adit.Errorf(adit.NotFound, "there is nothing to back up in %s", dir), "Name the data directory.", "adit --data-dir DIR backup")
	}
	return c.atRest(dir, func() error { return backupAtRest(ctx, dir, history, at, w) })
}

// mayAskForBackup reports whether somebody runs who has all that the data directory holds: a coordinator that runs alone
// has nothing of a hub that rests beside it.
func (c *cli) mayAskForBackup() (bool, error) {
	if c.elsewhere() {
		return true, nil
	}
	dir, err := c.folder()
	if err != nil {
		return false, err
	}
	_, running, err := c.local()
	return err == nil && running && (app.Held(dir) || !hasHub(dir)), nil
}

// hasHub reports whether a hub was ever run on the data directory.
func hasHub(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, "adit.db"))
	return err == nil
}

// atRest runs fn on the data directory of an adit that does not run, and keeps it from starting meanwhile.
func (c *cli) atRest(dir string, fn func() error) (err error) {
	if err := app.OwnFolder(dir); err != nil {
		return err
	}
	l, err := app.TakeLock(dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.Release()) }()
	if err := backup.Recover(dir); err != nil {
		return err
	}
	return fn()
}

func backupAtRest(ctx context.Context, dir string, history bool, at time.Time, w io.Writer) (err error) {
	src := backup.Source{Dir: dir, At: at, Crew: app.CrewBackup(dir)}
	if hasHub(dir) {
		src.CopyDB = func(ctx context.Context, to string) error {
			return sqldb.CopyFile(ctx, filepath.Join(dir, "adit.db"), to)
		}
	}
	if history && hasHub(dir) {
		series, err := tsdb.Open(filepath.Join(dir, "tsdb"), tsdb.Options{})
		if err != nil {
			return err
		}
		defer func() { _ = series.Close() }() // nothing was written to it
		src.Snapshot = series.Snapshot
	}
	a, err := backup.Make(ctx, src)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	n, err := a.WriteTo(w)
	if err != nil {
		return err
	}
	return backup.Remember(dir, backup.Record{At: a.Manifest.At, Bytes: n, History: a.Manifest.History, By: adit.LocalOwner("terminal").Name})
}

// bytesOf writes a size for people.
func bytesOf(n int64) string {
	switch {
	case n < 1<<10:
		return fmt.Sprintf("%d bytes", n)
	case n < 1<<20:
		return fmt.Sprintf("%.0f KiB", float64(n)/(1<<10))
	case n < 1<<30:
		return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
	}
	return fmt.Sprintf("%.1f GiB", float64(n)/(1<<30))
}
