package telemetry

import (
	"context"
	"time"

	"github.com/adit-mining/adit"
)

// Session is one run of a program from start to end. Nil is not known.
type Session struct {
	ID        string
	Device    adit.DeviceID
	Rig       adit.RigID
	Name      string // the device's
	Program   string // the driver's name
	Algorithm string // "" = not known
	Profile   string // id of the profile it was started from, "" = none
	StartedAt time.Time
	StoppedAt *time.Time // nil = it runs
	Accepted  *uint64    // shares
	Rejected  *uint64
	Stale     *uint64
	Average   *float64   // H/s over the run so far
	SeenAt    *time.Time // newest reading
	Reason    string     // why it ended
}

// SessionQuery asks for the sessions that were going on at some time of a span.
type SessionQuery struct {
	Device adit.DeviceID // "" = all
	Since  time.Time     // zero = as long as they are kept
	Until  time.Time     // zero = now
	Limit  int           // 0 = 100
}

// MaxSessions bounds one list.
const MaxSessions = 1000

// Sessions lists runs, the newest first; those that go on with their numbers of now.
func (s *Service) Sessions(ctx context.Context, actor adit.Actor, q SessionQuery) ([]Session, error) {
	if err := actor.May(adit.ScopeRead); err != nil {
		return nil, err
	}
	now := s.o.Now()
	if q.Limit == 0 {
		q.Limit = 100
	}
	if q.Limit < 0 || q.Limit > MaxSessions {
		return nil, adit.InvalidField("limit", "it must be 1 to %d", MaxSessions)
	}
	if q.Until.IsZero() {
		q.Until = now.Add(time.Second)
	}
	if q.Since.IsZero() {
		q.Since = now.Add(-s.o.Retention)
	}
	if !q.Since.Before(q.Until) {
		return nil, adit.InvalidField("since", "it must lie before until")
	}
	rows, err := listRuns(ctx, s.o.DB, string(q.Device), q.Since, q.Until, q.Limit)
	if err != nil {
		return nil, err
	}
	out := make([]Session, 0, len(rows))
	for _, r := range rows {
		if r.ended == nil {
			r = s.now(r)
			if r.ended == nil {
				r.average = s.averageOf(ctx, r, now)
			}
		}
		out = append(out, r.session())
	}
	return out, nil
}

// now gives a run that goes on what is known of it at this moment.
func (s *Service) now(r run) run {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.devices[r.device]
	if d == nil {
		return r
	}
	if d.run.id() == r.id() {
		d.note()
		return d.run
	}
	for _, ended := range d.cut {
		if ended.id() == r.id() {
			return ended
		}
	}
	return r
}

func (r run) session() Session {
	return Session{
		ID: r.id(), Device: r.device, Rig: r.rig, Name: nameIn(r.device), Program: r.program, Algorithm: r.algorithm, Profile: r.profile,
		StartedAt: r.started.UTC(), StoppedAt: r.ended, Accepted: r.accepted, Rejected: r.rejected, Stale: r.stale,
		Average: r.average, SeenAt: r.seen, Reason: r.reason,
	}
}
