package telemetry

import (
	"context"
	"database/sql"
	"encoding/json"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/link/wire"
	"github.com/adit-mining/adit/store/sqldb"
)

// write puts a checkpoint into the tables; q is a transaction.
func write(ctx context.Context, q sqldb.Q, m *mark) error {
	for _, f := range m.facts {
		if err := saveFacts(ctx, q, m.rig, f); err != nil {
			return err
		}
	}
	for _, r := range m.runs {
		if err := saveRun(ctx, q, r); err != nil {
			return err
		}
	}
	if _, err := q.Exec(ctx, `DELETE FROM telemetry_schema WHERE agent = ? AND epoch <> ?`, string(m.rig), m.epoch); err != nil {
		return err
	}
	for _, sc := range m.schemas {
		if err := saveSchema(ctx, q, m, sc); err != nil {
			return err
		}
	}
	for _, id := range m.spent {
		if _, err := q.Exec(ctx, `DELETE FROM telemetry_schema WHERE agent = ? AND epoch = ? AND id = ?`, string(m.rig), m.epoch, int64(id)); err != nil {
			return err
		}
	}
	_, err := q.Exec(ctx, `INSERT INTO telemetry_cursor (agent, epoch, seq) VALUES (?, ?, ?)
		ON CONFLICT (agent) DO UPDATE SET epoch = excluded.epoch, seq = excluded.seq`, string(m.rig), m.epoch, int64(m.seq))
	return err
}

func saveFacts(ctx context.Context, q sqldb.Q, rig adit.RigID, f wire.DeviceFacts) error {
	if f.Gone {
		_, err := q.Exec(ctx, `DELETE FROM telemetry_facts WHERE device = ?`, string(f.Device))
		return err
	}
	body, err := json.Marshal(f)
	if err != nil {
		return err
	}
	_, err = q.Exec(ctx, `INSERT INTO telemetry_facts (device, agent, at, body) VALUES (?, ?, ?, ?)
		ON CONFLICT (device) DO UPDATE SET agent = excluded.agent, at = excluded.at, body = excluded.body`,
		string(f.Device), string(rig), sqldb.Millis(f.At), string(body))
	return err
}

func saveSchema(ctx context.Context, q sqldb.Q, m *mark, sc wire.Schema) error {
	body, err := json.Marshal(sc)
	if err != nil {
		return err
	}
	_, err = q.Exec(ctx, `INSERT INTO telemetry_schema (agent, epoch, id, body) VALUES (?, ?, ?, ?)
		ON CONFLICT (agent, epoch, id) DO UPDATE SET body = excluded.body`, string(m.rig), m.epoch, int64(sc.ID), string(body))
	return err
}

func orNull(n *uint64) any {
	if n == nil {
		return nil
	}
	return int64(*n)
}

func orNullF(v *float64) any {
	if v == nil {
		return nil
	}
	return *v
}

type cursorRow struct {
	rig   adit.RigID
	epoch string
	seq   uint64
}

func loadCursors(ctx context.Context, q sqldb.Q) ([]cursorRow, error) {
	return sqldb.All(ctx, q, func(r *sql.Rows) (c cursorRow, err error) {
		err = r.Scan(&c.rig, &c.epoch, &c.seq)
		return c, err
	}, `SELECT agent, epoch, seq FROM telemetry_cursor`)
}

type schemaRow struct {
	rig    adit.RigID
	epoch  string
	schema wire.Schema
}

func loadSchemas(ctx context.Context, q sqldb.Q) ([]schemaRow, error) {
	return sqldb.All(ctx, q, func(r *sql.Rows) (row schemaRow, err error) {
		var body string
		if err = r.Scan(&row.rig, &row.epoch, &body); err != nil {
			return row, err
		}
		return row, json.Unmarshal([]byte(body), &row.schema)
	}, `SELECT agent, epoch, body FROM telemetry_schema ORDER BY agent, id`)
}

type factsRow struct {
	rig   adit.RigID
	facts wire.DeviceFacts
}

func loadFacts(ctx context.Context, q sqldb.Q) ([]factsRow, error) {
	return sqldb.All(ctx, q, func(r *sql.Rows) (row factsRow, err error) {
		var body string
		if err = r.Scan(&row.rig, &body); err != nil {
			return row, err
		}
		return row, json.Unmarshal([]byte(body), &row.facts)
	}, `SELECT agent, body FROM telemetry_facts ORDER BY device`)
}
