package inventory

import (
	"context"
	"database/sql"
	"encoding/json"

	"github.com/adit-mining/adit/store/sqldb"
)

func upsertRig(ctx context.Context, q sqldb.Q, r Rig) error {
	_, err := q.Exec(ctx, `INSERT INTO inventory_rig (id, name, hostname, os, arch, version, first_seen, last_seen)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET name = excluded.name, hostname = excluded.hostname,
		os = excluded.os, arch = excluded.arch, version = excluded.version, last_seen = excluded.last_seen`,
		string(r.ID), r.Name, r.Hostname, r.OS, r.Arch, r.Version, sqldb.Millis(r.FirstSeen), sqldb.Millis(r.LastSeen))
	return err
}

func rigs(ctx context.Context, q sqldb.Q) ([]Rig, error) {
	return sqldb.All(ctx, q, func(row *sql.Rows) (r Rig, err error) {
		err = row.Scan(&r.ID, &r.Name, &r.Hostname, &r.OS, &r.Arch, &r.Version, sqldb.ScanTime(&r.FirstSeen), sqldb.ScanTime(&r.LastSeen))
		return r, err
	}, `SELECT id, name, hostname, os, arch, version, first_seen, last_seen FROM inventory_rig ORDER BY name, id`)
}

func upsertDevice(ctx context.Context, q sqldb.Q, d Device) error {
	info, err := json.Marshal(d.Info)
	if err != nil {
		return err
	}
	_, err = q.Exec(ctx, `INSERT INTO inventory_device (id, rig_id, name, kind, driver, info, first_seen, last_seen)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, driver = excluded.driver,
		info = excluded.info, last_seen = excluded.last_seen`,
		string(d.ID), string(d.Rig), d.Info.Name, string(d.Info.Kind), d.Info.Driver, string(info), sqldb.Millis(d.FirstSeen), sqldb.Millis(d.LastSeen))
	return err
}

func devices(ctx context.Context, q sqldb.Q) ([]Device, error) {
	return sqldb.All(ctx, q, func(row *sql.Rows) (d Device, err error) {
		var info string
		if err = row.Scan(&d.ID, &d.Rig, &info, sqldb.ScanTime(&d.FirstSeen), sqldb.ScanTime(&d.LastSeen)); err != nil {
			return d, err
		}
		return d, json.Unmarshal([]byte(info), &d.Info)
	}, `SELECT id, rig_id, info, first_seen, last_seen FROM inventory_device ORDER BY rig_id, name`)
}
