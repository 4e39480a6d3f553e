package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
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
files, and what belongs to this computer alone (consent, token, what should run). A running adit works on meanwhile.

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
		c.printf("It holds secrets: keep it like a password. Put it back: adit restore %s\n", file)
	})
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
	if _, running, err := c.local(); c.elsewhere() || err == nil && running {
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
	if _, err := os.Stat(filepath.Join(dir, "adit.db")); err != nil {
		return app.WithHint(adit.Errorf(adit.NotFound, "there is nothing to back up in %s", dir), "Name the data directory.", "adit --data-dir DIR backup")
	}
	return c.atRest(dir, func() error { return backupAtRest(ctx, dir, history, at, w) })
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
	src := backup.Source{Dir: dir, At: at, CopyDB: func(ctx context.Context, to string) error {
		return sqldb.CopyFile(ctx, filepath.Join(dir, "adit.db"), to)
	}}
	if history {
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
	return backup.Remember(dir, backup.Record{At: a.Manifest.At, Bytes: n, History: history, By: adit.LocalOwner("terminal").Name})
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
