package telemetry

import (
	"context"
	"fmt"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/device"
	"github.com/adit-mining/adit/link/wire"
	"github.com/adit-mining/adit/store/sqldb"
	"github.com/adit-mining/adit/store/tsdb"
)

// run is one run of a device from start to end, a row of telemetry_session. A zero started is none.
type run struct {
	device    adit.DeviceID
	rig       adit.RigID
	program   string // the driver's name
	algorithm string
	profile   string // "" = none
	started   time.Time
	ended     *time.Time
	accepted  *uint64 // the last that was known
	rejected  *uint64
	stale     *uint64
	average   *float64   // H/s, known when it has ended
	seen      *time.Time // newest reading
	reason    string     // why it ended

	saved bool
	kept  time.Time // when it was last handed to the database
}

// keepRunEvery is how old what the database says of a run that goes on may be: that much is lost by a crash.
const keepRunEvery = time.Minute

// id is the same whenever the same run is told of.
func (r run) id() string { return fmt.Sprintf("%s@%d", r.device, r.started.UnixMilli()) }

// follow notes in the facts where a run began or ended. It runs before the new run's first reading, so that the counts
// are those of the old one.
func (d *live) follow(f wire.DeviceFacts) {
	if d.isHost() {
		return
	}
	alive := d.running() && f.StartedAt != nil
	if !d.run.started.IsZero() && (!alive || !d.run.started.Equal(*f.StartedAt)) {
		d.endRun(f, alive)
	}
	if alive && d.run.started.IsZero() {
		d.run = run{device: d.id, rig: d.rig, started: *f.StartedAt}
	}
	if alive {
		d.run.program, d.run.profile = f.Info.Driver, f.Profile
		if f.Algorithm != "" {
			d.run.algorithm = string(f.Algorithm)
		}
	}
}

// note takes over the newest numbers of a run. What one reading leaves out stays as it was last known.
func (d *live) note() {
	if d.at.IsZero() || d.at.Before(d.run.started) { // the reading is not of this run
		return
	}
	at := d.at
	d.run.seen = &at
	for slot, to := range map[int]**uint64{slotAccepted: &d.run.accepted, slotRejected: &d.run.rejected, slotStale: &d.run.stale} {
		if n := d.count(slot); n != nil {
			*to = n
		}
	}
}

func (d *live) endRun(f wire.DeviceFacts, again bool) {
	d.note()
	d.run.reason = endReason(f, again)
	end := f.Since
	if end.Before(d.run.started) {
		end = f.At
	}
	// Nobody looked when it ended: the last that was seen of it is all that is known.
	if d.at.IsZero() && d.run.seen != nil && (again || f.Work == starting || end.Sub(*d.run.seen) > 2*keepRunEvery) {
		end, d.run.reason = *d.run.seen, unseenEnd
	}
	d.run.ended = &end
	d.cut = append(d.cut, d.run)
	d.run = run{}
	d.forget() // what comes next is another run's
	d.changed = true
}

const starting = string(device.WorkStarting)

// unseenEnd is the reason of a run that ended while adit did not run.
const unseenEnd = "it ended while adit did not look; the numbers are the last that were known"

// endReason is why a run ended; again says that the program runs anew already.
func endReason(f wire.DeviceFacts, again bool) string {
	switch {
	case f.Gone:
		return "removed"
	case again || f.Work == starting:
		return "restarted"
	case f.Reason == "":
		return f.Work
	}
	return f.Work + ": " + f.Reason
}

// due hands out the run that goes on where the database shall hear of it.
func (d *live) due(now time.Time) (run, bool) {
	if d.run.started.IsZero() || d.run.saved && now.Sub(d.run.kept) < keepRunEvery {
		return run{}, false
	}
	d.note()
	d.run.saved, d.run.kept = true, now
	return d.run, true
}

// adoptRuns gives the runs that were open when the hub ended back to their devices, where those still run; the others
// are closed with the last that was known of them.
func (s *Service) adoptRuns(ctx context.Context, open []run) error {
	var lost []run
	s.mu.Lock()
	for _, r := range open {
		if d := s.devices[r.device]; d != nil && d.run.id() == r.id() {
			started := d.run.started // to the nanosecond, as the agent tells it
			d.run = r
			d.run.started, d.run.saved = started, true
			continue
		}
		lost = append(lost, r)
	}
	s.mu.Unlock()
	for _, r := range lost {
		end := r.started
		if r.seen != nil && r.seen.After(end) {
			end = *r.seen
		}
		r.ended, r.reason = &end, unseenEnd
		r.average = s.averageOf(ctx, r, end)
		if err := s.o.DB.InTx(ctx, func(q sqldb.Q) error { return saveRun(ctx, q, r) }); err != nil {
			return err
		}
	}
	return nil
}

// averageOf is the mean hashrate of a run until a time, from the time series; nil where there is nothing of it.
func (s *Service) averageOf(ctx context.Context, r run, until time.Time) *float64 {
	if until.Sub(r.started) < time.Millisecond {
		return nil
	}
	list, err := s.o.Series.Summaries(ctx, tsdb.HistoryQuery{
		Metric: seriesHashrate, Labels: map[string]string{"device": string(r.device)}, From: r.started, To: until,
	})
	if err != nil || len(list) == 0 {
		return nil
	}
	return &list[0].Mean
}
