package telemetry

import (
	"context"
	"fmt"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/link/wire"
	"github.com/adit-mining/adit/store/tsdb"
)

// run is one run of a device from start to end, a row of telemetry_session. A zero started is none.
type run struct {
	device   adit.DeviceID
	started  time.Time
	ended    *time.Time
	accepted *uint64
	rejected *uint64
	average  *float64 // H/s, known when it has ended
	saved    bool
}

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
		d.endRun(f)
	}
	if alive && d.run.started.IsZero() {
		d.run = run{device: d.id, started: *f.StartedAt}
	}
}

func (d *live) endRun(f wire.DeviceFacts) {
	end := f.Since
	if end.Before(d.run.started) {
		end = f.At
	}
	d.run.ended = &end
	d.run.accepted, d.run.rejected = d.count(slotAccepted), d.count(slotRejected)
	d.cut = append(d.cut, d.run)
	d.run = run{}
	d.forget() // what comes next is another run's
	d.changed = true
}

// averageOf is the mean hashrate of a run that has ended, from the time series; nil where there is nothing of it.
func (s *Service) averageOf(ctx context.Context, r run) *float64 {
	span := r.ended.Sub(r.started)
	if span < time.Millisecond {
		return nil
	}
	series, err := s.o.Series.History(ctx, tsdb.HistoryQuery{
		Metric: seriesHashrate, Labels: map[string]string{"device": string(r.device)},
		From: r.started, To: *r.ended, Step: span,
	})
	if err != nil || len(series) == 0 || len(series[0].Points) == 0 {
		return nil
	}
	return series[0].Points[0].Value
}
