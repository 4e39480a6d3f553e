package body

import "time"

// BackupStatus is what is known of backups.
type BackupStatus struct {
	Last          *BackupRecord  `json:"last" doc:"null: none was made, or that is not known"`
	DatabaseBytes *int64         `json:"databaseBytes" doc:"with that and the ledger of a crew, before compression; null: unknown"`
	HistoryBytes  *int64         `json:"historyBytes" doc:"of the time series, before compression; null: unknown"`
	Copies        []DatabaseCopy `json:"copies" doc:"made before upgrades of the database, oldest first"`
}

// BackupRecord is a backup that was written out whole.
type BackupRecord struct {
	At      time.Time `json:"at"`
	Bytes   int64     `json:"bytes"`
	History bool      `json:"history" doc:"whether the time series are in it"`
	By      string    `json:"by"`
}

// DatabaseCopy is the database as it was before an upgrade.
type DatabaseCopy struct {
	Schema int64     `json:"schema"`
	At     time.Time `json:"at"`
	Bytes  int64     `json:"bytes"`
}
