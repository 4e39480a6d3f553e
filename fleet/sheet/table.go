package sheet

import (
	"context"
	"database/sql"
	"encoding/json"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/store/sqldb"
)

// row is a row of profile_entry; its config holds the secrets.
type row struct {
	ID, Name, Instance, Description, MinerType string
	Config                                     json.RawMessage
	Version                                    int64
	Autostart                                  bool
	Created, Updated                           time.Time
}

// saved is a row of profile_version.
type saved struct {
	row
	At         time.Time
	By, Reason string
}

const columns = `id, name, instance, description, miner_type, config, version, autostart, created_at, updated_at`

type scanner interface{ Scan(dest ...any) error }

func scanRow(s scanner) (r row, err error) {
	var config string
	err = s.Scan(&r.ID, &r.Name, &r.Instance, &r.Description, &r.MinerType, &config, &r.Version, &r.Autostart,
		sqldb.ScanTime(&r.Created), sqldb.ScanTime(&r.Updated))
	r.Config = json.RawMessage(config)
	return r, err
}

func all(ctx context.Context, q sqldb.Q) ([]row, error) {
	return sqldb.All(ctx, q, func(rows *sql.Rows) (row, error) { return scanRow(rows) },
		`SELECT `+columns+` FROM profile_entry ORDER BY name_key`)
}

func byID(ctx context.Context, q sqldb.Q, id string) (row, error) {
	r, err := scanRow(q.QueryRow(ctx, `SELECT `+columns+` FROM profile_entry WHERE id = ?`, id))
	if adit.CodeOf(err) == adit.NotFound {
		err = adit.Errorf(adit.NotFound, "there is no profile of that id: `adit profile list` names those there are")
	}
	return r, err
}

func insert(ctx context.Context, q sqldb.Q, r row) error {
	_, err := q.Exec(ctx, `INSERT INTO profile_entry (id, name, name_key, instance, description, miner_type, config, version, autostart, created_at, updated_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		r.ID, r.Name, nameKey(r.Name), r.Instance, r.Description, r.MinerType, string(r.Config), r.Version, r.Autostart,
		sqldb.Millis(r.Created), sqldb.Millis(r.Updated))
	return err
}

func update(ctx context.Context, q sqldb.Q, r row) error {
	_, err := q.Exec(ctx, `UPDATE profile_entry SET name = ?, name_key = ?, instance = ?, description = ?, miner_type = ?,
		config = ?, version = ?, autostart = ?, updated_at = ? WHERE id = ?`,
		r.Name, nameKey(r.Name), r.Instance, r.Description, r.MinerType, string(r.Config), r.Version, r.Autostart,
		sqldb.Millis(r.Updated), r.ID)
	return err
}

func remove(ctx context.Context, q sqldb.Q, id string) error {
	_, err := q.Exec(ctx, `DELETE FROM profile_entry WHERE id = ?`, id)
	return err
}

func insertVersion(ctx context.Context, q sqldb.Q, v saved) error {
	_, err := q.Exec(ctx, `INSERT INTO profile_version (profile_id, version, name, description, miner_type, config, autostart, saved_at, saved_by, reason)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		v.ID, v.Version, v.Name, v.Description, v.MinerType, string(v.Config), v.Autostart, sqldb.Millis(v.At), v.By, v.Reason)
	return err
}

// trim forgets all but the newest versions of a profile.
func trim(ctx context.Context, q sqldb.Q, id string, newest int64) error {
	_, err := q.Exec(ctx, `DELETE FROM profile_version WHERE profile_id = ? AND version <= ?`, id, newest-maxVersions)
	return err
}

const versionColumns = `profile_id, version, name, description, miner_type, config, autostart, saved_at, saved_by, reason`

func scanVersion(s scanner) (v saved, err error) {
	var config string
	err = s.Scan(&v.ID, &v.Version, &v.Name, &v.Description, &v.MinerType, &config, &v.Autostart, sqldb.ScanTime(&v.At), &v.By, &v.Reason)
	v.Config = json.RawMessage(config)
	return v, err
}

// versionsOf are the versions of a profile, newest first.
func versionsOf(ctx context.Context, q sqldb.Q, id string) ([]saved, error) {
	return sqldb.All(ctx, q, func(rows *sql.Rows) (saved, error) { return scanVersion(rows) },
		`SELECT `+versionColumns+` FROM profile_version WHERE profile_id = ? ORDER BY version DESC`, id)
}

func versionOf(ctx context.Context, q sqldb.Q, id string, version int64) (saved, error) {
	v, err := scanVersion(q.QueryRow(ctx, `SELECT `+versionColumns+` FROM profile_version WHERE profile_id = ? AND version = ?`, id, version))
	if adit.CodeOf(err) == adit.NotFound {
		err = adit.Errorf(adit.NotFound, "the profile has no version of that number (any more): `adit profile versions` lists those there are")
	}
	return v, err
}

// lastRow is a row of profile_last.
type lastRow struct {
	MinerType string
	Config    json.RawMessage
	Profile   *string
	At        time.Time
}

func remember(ctx context.Context, q sqldb.Q, l lastRow) error {
	var profile any
	if l.Profile != nil {
		profile = *l.Profile
	}
	_, err := q.Exec(ctx, `INSERT INTO profile_last (miner_type, config, profile_id, used_at) VALUES (?, ?, ?, ?)
		ON CONFLICT (miner_type) DO UPDATE SET config = excluded.config, profile_id = excluded.profile_id, used_at = excluded.used_at`,
		l.MinerType, string(l.Config), profile, sqldb.Millis(l.At))
	return err
}

func forgetProfile(ctx context.Context, q sqldb.Q, id string) error {
	_, err := q.Exec(ctx, `UPDATE profile_last SET profile_id = NULL WHERE profile_id = ?`, id)
	return err
}

func lasts(ctx context.Context, q sqldb.Q) ([]lastRow, error) {
	return sqldb.All(ctx, q, func(rows *sql.Rows) (l lastRow, err error) {
		var config string
		err = rows.Scan(&l.MinerType, &config, &l.Profile, sqldb.ScanTime(&l.At))
		l.Config = json.RawMessage(config)
		return l, err
	}, `SELECT miner_type, config, profile_id, used_at FROM profile_last ORDER BY used_at DESC, miner_type`)
}
