package tsdb

import (
	"context"
	"os"
	"path/filepath"

	"github.com/adit-mining/adit"
)

// Snapshot writes all samples, those still in memory too, into a new folder: blocks that Open takes as they are. Blocks
// on the same file system are linked, not copied.
func (l *Local) Snapshot(ctx context.Context, to string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	db, done, err := l.reading()
	if err != nil {
		return err
	}
	defer done()
	if err := os.MkdirAll(to, 0o700); err != nil {
		return adit.Errorf(adit.Internal, "the folder for the copy of the time series cannot be made: %w", err)
	}
	if err := db.Snapshot(to, true); err != nil {
		return adit.Errorf(adit.Internal, "the time series could not be copied: %w", err)
	}
	return filepath.WalkDir(to, func(p string, d os.DirEntry, err error) error { // the engine makes folders for everybody
		if err != nil || !d.IsDir() {
			return err
		}
		return os.Chmod(p, 0o700)
	})
}
