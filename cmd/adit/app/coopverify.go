package app

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop/book"
	"github.com/adit-mining/adit/coop/ledger"
	"github.com/adit-mining/adit/coop/view"
	"github.com/adit-mining/adit/store/sqldb"
)

// VerifyCrew reads the ledger of a crew that does not run and works every division out again. It keeps a coordinator from
// starting meanwhile and changes nothing. database is the PostgreSQL that the crew's settings name; "" = the data
// directory's own file.
func VerifyCrew(ctx context.Context, dir, database string) (v view.Check, err error) {
	shares := filepath.Join(CoopDir(dir), "ledger")
	if _, err := os.Stat(shares); err != nil {
		return v, WithHint(adit.Errorf(adit.NotFound, "no crew was ever coordinated on the data directory %s: there is no ledger", dir),
			"Name the coordinator's data directory, or start one.", "adit coop ledger verify --data-dir DIR      or: adit coordinator, adit up")
	}
	lock, err := TakeCoopLock(dir)
	if err != nil {
		return v, err
	}
	defer func() { err = errors.Join(err, lock.Release()) }()
	db, end, err := crewDatabase(ctx, dir, database)
	if err != nil {
		return v, err
	}
	defer func() { err = errors.Join(err, end()) }()
	l, err := ledger.Open(ctx, ledger.Options{Dir: shares, DB: db, ReadOnly: true})
	var bad *ledger.Damage
	if errors.As(err, &bad) {
		return view.Check{At: time.Now().UTC(), Errors: []string{bad.Error()}}, nil
	}
	if err != nil {
		return v, err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	return book.VerifyAtRest(ctx, adit.LocalOwner("terminal"), db, l)
}

// crewDatabase opens a crew's database for reading: of a file a copy, because opening brings it up to date.
func crewDatabase(ctx context.Context, dir, database string) (db *sqldb.DB, end func() error, err error) {
	if database != "" {
		if db, err = sqldb.Open(ctx, database, sqldb.Options{}); err != nil {
			return nil, nil, err
		}
		return db, db.Close, nil
	}
	from := filepath.Join(CoopDir(dir), "coop.db")
	if _, err := os.Stat(from); errors.Is(err, fs.ErrNotExist) {
		return nil, nil, WithHint(adit.Errorf(adit.NotFound, "the crew's database is not in the data directory %s", dir),
			"Where its settings name PostgreSQL, name the file of the settings.", "adit coop ledger verify --config coordinator.yaml")
	}
	tmp, err := os.MkdirTemp("", "adit-verify-*")
	if err != nil {
		return nil, nil, adit.Errorf(adit.Internal, "the crew's database cannot be copied for reading: %w", err)
	}
	to := filepath.Join(tmp, "coop.db")
	if err = sqldb.CopyFile(ctx, from, to); err == nil {
		db, err = sqldb.Open(ctx, to, sqldb.Options{})
	}
	if err != nil {
		return nil, nil, errors.Join(err, os.RemoveAll(tmp))
	}
	return db, func() error { return errors.Join(db.Close(), os.RemoveAll(tmp)) }, nil
}

// CrewSettings is the file of the crew's settings that a hub keeps; "" where there is none.
func CrewSettings(dir string) string {
	path := filepath.Join(CoopDir(dir), "coordinator.yaml")
	if _, err := os.Stat(path); err != nil {
		return ""
	}
	return path
}
