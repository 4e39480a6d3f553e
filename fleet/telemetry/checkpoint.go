package telemetry

import (
	"context"
	"math"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/device"
	"github.com/adit-mining/adit/link/wire"
	"github.com/adit-mining/adit/store/sqldb"
)

// mark is what one checkpoint makes durable of one agent.
type mark struct {
	st      *stream
	rig     adit.RigID
	epoch   string
	seq     uint64 // the cursor afterwards
	moved   bool
	events  []wire.Event
	schemas []wire.Schema
	spent   []uint32 // schemas that no frame after the cursor needs
	facts   []wire.DeviceFacts
	infos   []device.Info
	runs    []run
}

func (m *mark) empty() bool {
	return !m.moved && len(m.events)+len(m.schemas)+len(m.facts)+len(m.infos)+len(m.runs) == 0
}

// keep makes durable what was taken in: samples, then events, then facts and the cursor in one transaction. Only then
// are frames acknowledged. What fails is tried again the next time.
func (s *Service) keep(ctx context.Context) {
	s.saving.Lock()
	defer s.saving.Unlock()
	s.storeOlder(ctx, bucket)
	for _, m := range s.marks() {
		if err := s.keepOne(ctx, m); err != nil {
			if ctx.Err() == nil {
				s.o.Log.WarnContext(ctx, "readings of a rig are not yet durable", "rig", m.rig, "err", err)
			}
			s.unmark(m)
		}
	}
	if err := s.o.Inventory.Flush(ctx); err != nil && ctx.Err() == nil {
		s.o.Log.WarnContext(ctx, "sightings were not written down", "err", err)
	}
}

// marks takes what is not yet durable out of the live state.
func (s *Service) marks() []*mark {
	s.mu.Lock()
	defer s.mu.Unlock()
	byRig := map[adit.RigID]*mark{}
	for rig, st := range s.streams {
		m := &mark{st: st, rig: rig, epoch: st.epoch, seq: st.stored(), events: st.events}
		m.moved = m.seq > st.acked
		for _, sc := range st.newRows {
			m.schemas = append(m.schemas, sc.wire)
		}
		for id, sc := range st.schemas {
			if id != st.newest && sc.last <= m.seq {
				m.spent = append(m.spent, id)
			}
		}
		st.events, st.newRows = nil, nil
		byRig[rig] = m
	}
	for _, d := range s.devices {
		m := byRig[d.rig]
		if m == nil || !d.known {
			continue
		}
		if d.unsaved {
			m.facts = append(m.facts, d.facts)
		}
		if d.unlisted && !d.gone {
			m.infos = append(m.infos, d.facts.Info)
		}
		m.runs = append(m.runs, d.cut...)
		if r, due := d.due(s.o.Now()); due {
			m.runs = append(m.runs, r)
		}
		d.unsaved, d.unlisted, d.cut = false, false, nil
		if d.gone {
			s.remove(d)
		}
	}
	var out []*mark
	for _, m := range byRig {
		if !m.empty() {
			out = append(out, m)
		}
	}
	return out
}

func (s *Service) keepOne(ctx context.Context, m *mark) error {
	if len(m.events) > 0 {
		if err := s.o.Journal.Record(ctx, m.rig, m.events); err != nil {
			return err
		}
		m.events = nil
	}
	if err := s.o.Inventory.Known(ctx, m.rig, m.infos...); err != nil {
		return err
	}
	for i := range m.runs {
		if m.runs[i].ended != nil && m.runs[i].average == nil {
			m.runs[i].average = s.averageOf(ctx, m.runs[i], *m.runs[i].ended)
		}
	}
	if err := s.o.DB.InTx(ctx, func(q sqldb.Q) error { return write(ctx, q, m) }); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if m.st.epoch != m.epoch {
		return nil
	}
	m.st.acked = max(m.st.acked, m.seq)
	for _, id := range m.spent {
		if sc := m.st.schemas[id]; sc != nil && id != m.st.newest && sc.last <= m.seq {
			delete(m.st.schemas, id)
		}
	}
	return nil
}

// unmark puts back what could not be written, before what came since.
func (s *Service) unmark(m *mark) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m.st.events = append(m.events, m.st.events...)
	if over := len(m.st.events) - maxEvents; over > 0 {
		s.o.Log.Error("the journal cannot be written: events are lost", "rig", m.rig, "events", over)
		m.st.events = m.st.events[over:]
	}
	if m.st.epoch == m.epoch {
		for _, w := range m.schemas {
			if sc := m.st.schemas[w.ID]; sc != nil {
				m.st.newRows = append(m.st.newRows, sc)
			}
		}
	}
	for _, f := range m.facts {
		d := s.devices[f.Device]
		if d == nil { // it was removed
			if d = s.device(f.Device, m.rig); d == nil {
				continue
			}
			d.facts, d.known, d.gone = f, true, f.Gone
		}
		d.unsaved = true
	}
	for _, i := range m.infos {
		if d := s.devices[m.rig.Device(i.Name)]; d != nil {
			d.unlisted = true
		}
	}
	for _, r := range m.runs {
		if d := s.devices[r.device]; d != nil {
			d.putBack(r)
		}
	}
}

func (d *live) putBack(r run) {
	switch {
	case r.ended != nil:
		d.cut = append([]run{r}, d.cut...)
	case d.run.started.Equal(r.started):
		d.run.saved = false
	}
}

// restore loads cursors, schemas and facts. What the agents were doing meanwhile they tell when they connect.
func (s *Service) restore(ctx context.Context) error {
	cursors, err := loadCursors(ctx, s.o.DB)
	if err != nil {
		return err
	}
	schemas, err := loadSchemas(ctx, s.o.DB)
	if err != nil {
		return err
	}
	facts, err := loadFacts(ctx, s.o.DB)
	if err != nil {
		return err
	}
	open, err := openRuns(ctx, s.o.DB)
	if err != nil {
		return err
	}
	s.place(cursors, schemas, facts)
	return s.adoptRuns(ctx, open)
}

func (s *Service) place(cursors []cursorRow, schemas []schemaRow, facts []factsRow) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range cursors {
		st := s.stream(c.rig, c.epoch)
		st.seen, st.acked = c.seq, c.seq
		st.lost = true // consent and pause are not kept here: ask once
	}
	for _, row := range schemas {
		if st := s.streams[row.rig]; st != nil && st.epoch == row.epoch {
			st.schemas[row.schema.ID] = s.resolve(row.rig, row.schema)
			st.schemas[row.schema.ID].last = math.MaxUint64 // needed by nobody knows which frames to come; see learn
			st.newest = max(st.newest, row.schema.ID)
		}
	}
	for _, row := range facts {
		if ours(row.rig, row.facts.Device) && row.facts.Device != "" {
			d := s.device(row.facts.Device, row.rig)
			if d == nil {
				continue
			}
			d.facts, d.known, d.changed = row.facts, true, true
			if d.running() && row.facts.StartedAt != nil && !d.isHost() {
				d.run = run{device: d.id, rig: d.rig, started: *row.facts.StartedAt, program: row.facts.Info.Driver,
					algorithm: string(row.facts.Algorithm), profile: row.facts.Profile}
			}
		}
	}
}
