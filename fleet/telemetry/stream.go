package telemetry

import (
	"context"
	"math"
	"strings"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/device"
	"github.com/adit-mining/adit/fleet/telemetry/view"
	"github.com/adit-mining/adit/link/wire"
)

// Bounds of what is kept for one agent.
const (
	maxSchemas = 64     // of one agent between two checkpoints
	maxEvents  = 10_000 // waiting for the journal
	maxDevices = 65_536 // of one rig
	resendWait = 10 * time.Second
)

// stream is the state of one agent's frames. Seen, taken in and acknowledged are three numbers: acked ≤ stored ≤ seen.
type stream struct {
	rig      adit.RigID
	epoch    string
	seen     uint64 // the last frame taken in
	acked    uint64 // held durably: what the agent may forget
	interval time.Duration
	skew     time.Duration // hub's clock minus the agent's

	schemas map[uint32]*schema
	current uint32 // schema of the last batch
	newest  uint32

	pending pendingBucket
	facts   wire.RigFacts // consent and pause there
	known   bool          // facts were received

	events  []wire.Event // not yet in the journal
	newRows []*schema    // not yet in the database

	lost    bool      // schema or facts are missing: ask for them again
	askedAt time.Time // when that was asked last
}

// schema is a wire.Schema resolved to where its numbers go.
type schema struct {
	wire  wire.Schema
	cells []cell
	last  uint64 // the last frame that needs it
}

type cell struct {
	to     *live
	slot   int // in live.values, -1 = not a number kept here
	thread int // in live.threads, -1 = none
}

// greet puts an agent's stream in place and returns how far its frames are held.
func (s *Service) greet(h wire.Hello) uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := s.stream(h.Rig, h.Epoch)
	st.interval = h.Interval
	if st.interval < 100*time.Millisecond || st.interval > time.Hour {
		st.interval = defaultInterval
	}
	return st.acked
}

// stream finds or makes the stream of a rig in an epoch. A new epoch begins at 0; what is pending of the old one is
// stored first, for its agent will not send it again.
func (s *Service) stream(rig adit.RigID, epoch string) *stream {
	st := s.streams[rig]
	if st == nil {
		st = &stream{rig: rig, epoch: epoch, interval: defaultInterval, schemas: map[uint32]*schema{}}
		s.streams[rig] = st
	}
	if st.epoch != epoch {
		st.epoch, st.seen, st.acked = epoch, 0, 0
		st.schemas, st.newest, st.newRows, st.current = map[uint32]*schema{}, 0, nil, 0
		st.pending.release()
	}
	return st
}

// take puts one frame in its place and answers how far frames are held.
func (s *Service) take(ctx context.Context, f wire.Frame) wire.Ack {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := s.stream(f.Rig, f.Epoch)
	if f.Seq <= st.seen { // it came before
		return s.ack(st)
	}
	if f.Seq != st.seen+1 { // frames are missing: their agent no longer has them
		st.lost = true
	}
	st.seen = f.Seq
	switch f.Kind {
	case wire.FrameSchema:
		s.learn(st, *f.Schema)
	case wire.FrameBatch:
		s.takeBatch(ctx, st, f.Seq, f.Batch)
	case wire.FrameFacts:
		s.takeFacts(st, *f.Facts)
	case wire.FrameRig:
		st.facts, st.known = *f.RigNow, true
	case wire.FrameEvent:
		if len(st.events) < maxEvents && ours(st.rig, f.Event.Device) {
			st.events = append(st.events, *f.Event)
		}
	case wire.FrameInstall:
		s.takeInstall(st.rig, *f.Install)
	}
	return s.ack(st)
}

// ack says how far the frames of a stream are held, and asks for what is missing, not too often.
func (s *Service) ack(st *stream) wire.Ack {
	a := wire.Ack{Epoch: st.epoch, Seq: st.acked}
	if now := s.o.Now(); st.lost && now.Sub(st.askedAt) >= resendWait {
		st.askedAt, a.Resend = now, true
	}
	return a
}

// learn resolves a schema. It also answers a Resend.
func (s *Service) learn(st *stream, w wire.Schema) {
	if _, known := st.schemas[w.ID]; !known && len(st.schemas) >= maxSchemas {
		s.o.Log.Warn("an agent announces schemas without end: this one is not taken", "rig", st.rig)
		return
	}
	for _, old := range st.schemas { // frames before this one have been taken in
		if old.last == math.MaxUint64 {
			old.last = st.seen
		}
	}
	sc := s.resolve(st.rig, w)
	sc.last = st.seen
	st.schemas[w.ID], st.newest = sc, w.ID
	st.newRows = append(st.newRows, sc)
	st.lost = false
	st.askedAt = time.Time{}
	st.current = 0
}

func (s *Service) resolve(rig adit.RigID, w wire.Schema) *schema {
	sc := &schema{wire: w, cells: make([]cell, len(w.Columns))}
	for i, c := range w.Columns {
		to := cell{slot: -1, thread: -1}
		if ours(rig, c.Device) && c.Device != "" {
			to.to = s.device(c.Device, rig) // nil where there are too many
			if n, ok := c.Metric.Thread(); ok && n < maxThreads {
				to.thread = n
			} else if slot, ok := slotOf[c.Metric]; ok {
				to.slot = slot
			}
		}
		sc.cells[i] = to
	}
	return sc
}

// ours reports whether an agent may speak of a device: one of its own rig, or none.
func ours(rig adit.RigID, id adit.DeviceID) bool {
	if id == "" {
		return true
	}
	name, ok := strings.CutPrefix(string(id), string(rig)+"/")
	return ok && adit.ValidName(name)
}

// takeBatch puts numbers into the live state and the bucket for the time series.
func (s *Service) takeBatch(ctx context.Context, st *stream, seq uint64, b *wire.Batch) {
	sc := st.schemas[b.Schema]
	if sc == nil || len(sc.cells) != len(b.Values) {
		st.lost = true
		s.counted.ReadingsLost++
		s.o.Log.WarnContext(ctx, "a reading cannot be understood: its schema is not known", "rig", st.rig, "seq", seq)
		return
	}
	s.counted.Readings++
	now := s.o.Now()
	fresh := b.Schema != st.current // another schema: what it does not name is unknown from now on
	st.current = b.Schema
	if sc.last < seq {
		sc.last = seq
	}
	for _, c := range sc.cells {
		if c.to != nil && c.to.batch != seq {
			c.to.begin(seq, b.At, now, fresh)
		}
	}
	for i, c := range sc.cells {
		if c.to != nil {
			c.to.set(c, b.Values[i])
		}
	}
	s.bucketBatch(ctx, st, sc, seq, b.At, now)
}

// takeFacts replaces what is known of a device beside its numbers.
func (s *Service) takeFacts(st *stream, f wire.DeviceFacts) {
	name, ok := strings.CutPrefix(string(f.Device), string(st.rig)+"/")
	if !ok || !adit.ValidName(name) {
		return
	}
	f.Info.Name = name
	d := s.device(f.Device, st.rig)
	if d == nil {
		return
	}
	old := d.facts
	d.facts, d.known, d.gone, d.changed, d.unsaved = f, true, f.Gone, true, true
	if old.Info != f.Info {
		d.unlisted = true
	}
	if d.gone || d.isHost() {
		s.views.left[view.DevicePrefix+string(d.id)] = true
	}
	before := d.run.started
	ended := len(d.cut)
	d.follow(f)
	s.countRuns(d, before, len(d.cut) > ended)
}

// countRuns counts a run that began or ended; before is when the run began that was there until now.
func (s *Service) countRuns(d *live, before time.Time, ended bool) {
	if !d.run.started.IsZero() && !d.run.started.Equal(before) {
		s.counted.RunsStarted++
	}
	if !ended {
		return
	}
	s.counted.RunsEnded++
	if w := d.facts.Work; w == wire.WorkFailed || w == wire.WorkQuarantined {
		s.counted.RunsFailed++
	}
}

// device finds or makes the live state of a device; nil where the rig has too many already.
func (s *Service) device(id adit.DeviceID, rig adit.RigID) *live {
	d := s.devices[id]
	if d != nil {
		return d
	}
	if s.counts[rig] >= maxDevices {
		s.o.Log.Warn("an agent tells of devices without end: this one is not taken", "rig", rig)
		return nil
	}
	s.counts[rig]++
	d = newLive(id, rig)
	s.devices[id], s.views.list = d, nil
	return d
}

// remove forgets a device.
func (s *Service) remove(d *live) {
	delete(s.devices, d.id)
	s.views.list = nil
	s.counts[d.rig]--
}

// isHost reports whether a device is the computer itself.
func (d *live) isHost() bool { return d.facts.Info.Kind == device.KindHost }

func unknown(v float64) bool { return math.IsNaN(v) || math.IsInf(v, 0) }
