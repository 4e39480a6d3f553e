package command

import (
	"context"
	"time"

	"github.com/adit-mining/adit/link/wire"
	"github.com/adit-mining/adit/store/sqldb"
)

// States of an order's row.
const (
	statusSent    = "sent"
	statusDone    = "done"
	statusFailed  = "failed"
	statusUnknown = "unknown" // the hub ended before the outcome came
)

// row is a row of command_order.
type row struct {
	ID, Verb, Target, Args, Actor string
	Created, Deadline             time.Time
}

func insert(ctx context.Context, q sqldb.Q, r row) error {
	if r.Args == "" {
		r.Args = "{}"
	}
	_, err := q.Exec(ctx, `INSERT INTO command_order (id, verb, target, args, actor, created_at, deadline, status)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
		r.ID, r.Verb, r.Target, r.Args, r.Actor, sqldb.Millis(r.Created), sqldb.Millis(r.Deadline), statusSent)
	return err
}

func finish(ctx context.Context, q sqldb.Q, id string, out wire.Outcome, at time.Time) error {
	status, outcome := statusDone, "ok"
	if out.Code != "" {
		status, outcome = statusFailed, string(out.Code)
	}
	_, err := q.Exec(ctx, `UPDATE command_order SET status = ?, outcome = ?, message = ?, finished_at = ? WHERE id = ?`,
		status, outcome, out.Reason, sqldb.Millis(at), id)
	return err
}

func closeOpen(ctx context.Context, q sqldb.Q, at time.Time) error {
	_, err := q.Exec(ctx, `UPDATE command_order SET status = ?, finished_at = ?, message = ? WHERE status = ?`,
		statusUnknown, sqldb.Millis(at), "the hub ended before the agent answered", statusSent)
	return err
}
