package app

import "github.com/adit-mining/adit/fleet/backup"

// newBackup makes the noun for backups of this house.
func (h *House) newBackup() *backup.Service {
	return backup.New(backup.Options{Dir: h.o.Dir, DB: h.db, Series: h.series, Journal: h.journal, Root: h.o.Root, Log: h.o.Log})
}
