package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/adit-mining/adit"
)

// refuseNewerFile looks at a SQLite file without changing a byte of it or beside it, and refuses a newer schema.
// immutable=1 makes SQLite neither lock nor create -wal and -shm, but also blind to a -wal that an unclean end left:
// then a copy is read instead.
func refuseNewerFile(ctx context.Context, path string) error {
	info, err := os.Stat(path)
	if errors.Is(err, os.ErrNotExist) || err == nil && info.Size() == 0 {
		return nil
	}
	if err != nil {
		return adit.InvalidField("database", "the file cannot be read: %v", err)
	}
	if info.IsDir() {
		return adit.InvalidField("database", "%s is a directory: give the path of a file", path)
	}
	params := url.Values{"mode": {"ro"}, "immutable": {"1"}}
	if wal, err := os.Stat(path + "-wal"); err == nil && wal.Size() > 0 {
		dir, err := os.MkdirTemp("", "adit-schema-")
		if err != nil {
			return err
		}
		defer func() { _ = os.RemoveAll(dir) }()
		if path, err = copyAside(path, dir); err != nil {
			return err
		}
		params = url.Values{}
	}
	pool, err := sql.Open("sqlite", sqliteURI(path, params))
	if err != nil {
		return err
	}
	versions, err := applied(ctx, pool, SQLite)
	if err := errors.Join(err, pool.Close()); err != nil {
		return err
	}
	return refuseNewer(SQLite, versions)
}

// copyAside copies a database and its -wal into dir and returns the copy's path.
func copyAside(path, dir string) (string, error) {
	to := filepath.Join(dir, "adit.db")
	for _, suffix := range []string{"", "-wal"} {
		if err := copyFile(path+suffix, to+suffix); err != nil {
			return "", fmt.Errorf("the schema version cannot be read: %w", err)
		}
	}
	return to, nil
}

func copyFile(from, to string) (err error) {
	r, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { _ = r.Close() }()
	w, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(w, r)
	return errors.Join(err, w.Close())
}

// keepCopies is how many copies from before a migration stay.
const keepCopies = 3

// copyBefore writes the database as it is to <file>.before-<version>, unless that copy exists, and removes the oldest
// copies. Without the copy there is no migration.
func (d *DB) copyBefore(ctx context.Context, version int64, log *slog.Logger) error {
	to := d.path + ".before-" + strconv.FormatInt(version, 10)
	if _, err := os.Stat(to); err == nil {
		return nil
	}
	part := to + ".part" // so that half a copy is never taken for one
	_ = os.Remove(part)
	if err := ensureFile(part); err != nil { // VACUUM INTO keeps the mode of an empty file
		return err
	}
	if _, err := d.speaker.Exec(ctx, `VACUUM INTO ?`, part); err != nil {
		return errors.Join(fmt.Errorf("the database could not be copied before its upgrade, so it was not upgraded: %w", err), os.Remove(part))
	}
	if err := os.Rename(part, to); err != nil {
		return err
	}
	log.InfoContext(ctx, "the database was copied before its upgrade", "copy", to)
	return d.dropOldCopies()
}

func (d *DB) dropOldCopies() error {
	all, err := os.ReadDir(filepath.Dir(d.path))
	if err != nil {
		return err
	}
	prefix := filepath.Base(d.path) + ".before-"
	var versions []int64
	for _, e := range all {
		if v, err := strconv.ParseInt(strings.TrimPrefix(e.Name(), prefix), 10, 64); err == nil && strings.HasPrefix(e.Name(), prefix) {
			versions = append(versions, v)
		}
	}
	slices.Sort(versions)
	for len(versions) > keepCopies {
		err = errors.Join(err, os.Remove(d.path+".before-"+strconv.FormatInt(versions[0], 10)))
		versions = versions[1:]
	}
	return err
}
