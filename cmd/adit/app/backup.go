package app

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/adit-mining/adit/coop/ledger"
	"github.com/adit-mining/adit/fleet/backup"
	"github.com/adit-mining/adit/link/pki"
	"github.com/adit-mining/adit/store/sqldb"
)

// newBackup makes the noun for backups of this house; one without a hub has its crew alone in them.
func (h *House) newBackup() *backup.Service {
	o := backup.Options{Dir: h.o.Dir, Journal: h.journal, Root: h.o.Root, Log: h.o.Log, Crew: func() *backup.Crew { return CrewBackup(h.o.Dir) }}
	if !h.alone() {
		o.DB, o.Series = h.db, h.series
	}
	return backup.New(o)
}

// CrewBackup is what a backup takes of the coordinator on a data directory; nil where no crew was ever coordinated there.
// The coordinator may run meanwhile, in this process or in another.
func CrewBackup(dir string) *backup.Crew {
	if !HasCrew(dir) {
		return nil
	}
	db, shares := filepath.Join(CoopDir(dir), "coop.db"), filepath.Join(CoopDir(dir), "ledger")
	c := &backup.Crew{
		CopyDB:     func(ctx context.Context, to string) error { return sqldb.CopyFile(ctx, db, to) },
		CopyLedger: func(ctx context.Context, to string) error { return ledger.Copy(ctx, shares, to) },
		CopyPKI:    func(ctx context.Context, to string) error { return pki.At(PKIDir(dir), pki.Options{}).Copy(ctx, to) },
	}
	if _, err := os.Stat(db); errors.Is(err, fs.ErrNotExist) {
		c.CopyDB = nil
		c.Elsewhere = "the crew's blocks, balances and members, where ledger.database names PostgreSQL: run pg_dump --format=custom before each backup, and pg_restore"
	}
	return c
}

// HasCrew reports whether a crew was coordinated, or prepared, on a data directory.
func HasCrew(dir string) bool {
	for _, name := range []string{"coop/coop.db", "coop/ledger", "coop/coordinator.yaml", "pki/ca.key"} {
		if _, err := os.Stat(filepath.Join(dir, filepath.FromSlash(name))); err == nil {
			return true
		}
	}
	return false
}
