package estimate

import (
	"context"
	"database/sql"

	"github.com/adit-mining/adit/store/sqldb"
)

// maxRates bounds what is read for one program and algorithm: one row for each number of threads.
const maxRates = 2100

func saveRate(ctx context.Context, q sqldb.Q, f found) error {
	var watts any
	if f.Watts != nil {
		watts = *f.Watts
	}
	_, err := q.Exec(ctx, `INSERT INTO estimate_rate (program, algorithm, threads, source, hashrate, watts, at) VALUES (?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (program, algorithm, threads, source) DO UPDATE SET hashrate = excluded.hashrate, watts = excluded.watts, at = excluded.at`,
		f.Program, f.Algorithm, f.Threads, f.Source, f.Hashrate, watts, sqldb.Millis(f.At))
	return err
}

// rates are those of a program and an algorithm, newest first.
func rates(ctx context.Context, q sqldb.Q, program, algorithm string) ([]found, error) {
	return sqldb.All(ctx, q, func(r *sql.Rows) (f found, err error) {
		err = r.Scan(&f.Program, &f.Algorithm, &f.Threads, &f.Source, &f.Hashrate, &f.Watts, sqldb.ScanTime(&f.At))
		return f, err
	}, `SELECT program, algorithm, threads, source, hashrate, watts, at FROM estimate_rate
		WHERE program = ? AND algorithm = ? ORDER BY at DESC LIMIT ?`, program, algorithm, maxRates)
}
