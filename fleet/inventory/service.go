package inventory

import (
	"context"
	"sort"
	"sync"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/device"
	"github.com/adit-mining/adit/link/wire"
	"github.com/adit-mining/adit/store/sqldb"
)

// Presence: an agent says every AliveEvery that it lives; after MissedAlive of them without a word its rig is blind.
const (
	AliveEvery  = 5 * time.Second
	MissedAlive = 3
)

// writeEvery bounds how often a last sighting is written.
const writeEvery = 10 * time.Minute

// Rig is a computer that runs an agent.
type Rig struct {
	ID        adit.RigID
	Name      string
	Hostname  string
	OS        string
	Arch      string
	Version   string // adit's, there
	FirstSeen time.Time
	LastSeen  time.Time // by this hub's clock
	Online    bool      // its agent can be heard
}

// Device is what a driver opened on a rig.
type Device struct {
	ID        adit.DeviceID
	Rig       adit.RigID
	Info      device.Info
	FirstSeen time.Time
	LastSeen  time.Time
}

// Service is the noun. Its methods may be called from several goroutines.
type Service struct {
	db  *sqldb.DB
	now func() time.Time

	mu   sync.Mutex
	rigs map[adit.RigID]*presence
}

// presence is a rig, when it was heard and what of it is on disk.
type presence struct {
	rig     Rig
	heard   time.Time // with Go's monotonic clock: a clock set anew makes nothing blind. Zero: not since this hub began.
	written time.Time
}

// Open reads the known rigs. now nil = time.Now.
func Open(ctx context.Context, db *sqldb.DB, now func() time.Time) (*Service, error) {
	if now == nil {
		now = time.Now
	}
	known, err := rigs(ctx, db)
	if err != nil {
		return nil, err
	}
	s := &Service{db: db, now: now, rigs: map[adit.RigID]*presence{}}
	for _, r := range known {
		s.rigs[r.ID] = &presence{rig: r, written: r.LastSeen}
	}
	return s, nil
}

// Met takes over what an agent says of itself and writes it down; the loop of telemetry calls it.
func (s *Service) Met(ctx context.Context, h wire.Hello) error {
	now := s.now()
	s.mu.Lock()
	p := s.rigs[h.Rig]
	if p == nil {
		p = &presence{rig: Rig{ID: h.Rig, FirstSeen: now}}
		s.rigs[h.Rig] = p
	}
	p.rig.Name, p.rig.Hostname, p.rig.OS, p.rig.Arch, p.rig.Version = h.Name, h.Hostname, h.OS, h.Arch, h.Program
	p.heard, p.written, p.rig.LastSeen = now, now, now
	row := p.rig
	s.mu.Unlock()
	return upsertRig(ctx, s.db, row)
}

// Heard notes a sign of life of a rig; the loop of telemetry calls it.
func (s *Service) Heard(rig adit.RigID) {
	now := s.now()
	s.mu.Lock()
	defer s.mu.Unlock()
	if p := s.rigs[rig]; p != nil {
		p.heard, p.rig.LastSeen = now, now
	}
}

// Flush writes sightings that are old on disk; the loop of telemetry calls it now and then.
func (s *Service) Flush(ctx context.Context) error {
	var rows []Rig
	s.mu.Lock()
	for _, p := range s.rigs {
		if p.rig.LastSeen.Sub(p.written) >= writeEvery {
			p.written = p.rig.LastSeen
			rows = append(rows, p.rig)
		}
	}
	s.mu.Unlock()
	for _, r := range rows {
		if err := upsertRig(ctx, s.db, r); err != nil {
			return err
		}
	}
	return nil
}

// Known notes devices that an agent told of; the loop of telemetry calls it.
func (s *Service) Known(ctx context.Context, rig adit.RigID, infos ...device.Info) error {
	now := s.now()
	for _, i := range infos {
		if err := upsertDevice(ctx, s.db, Device{ID: rig.Device(i.Name), Rig: rig, Info: i, FirstSeen: now, LastSeen: now}); err != nil {
			return err
		}
	}
	return nil
}

// Online reports whether a rig can be heard, and when it was last; the time is zero where never.
func (s *Service) Online(rig adit.RigID) (bool, time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.rigs[rig]
	if p == nil {
		return false, time.Time{}
	}
	return s.online(p), p.rig.LastSeen
}

func (s *Service) online(p *presence) bool {
	return !p.heard.IsZero() && s.now().Sub(p.heard) < MissedAlive*AliveEvery
}

// Rigs lists the rigs, by name.
func (s *Service) Rigs(ctx context.Context, actor adit.Actor) ([]Rig, error) {
	if err := actor.May(adit.ScopeRead); err != nil {
		return nil, err
	}
	return s.All(), nil
}

// All is Rigs for the loops of the hub itself.
func (s *Service) All() []Rig {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]Rig, 0, len(s.rigs))
	for _, p := range s.rigs {
		r := p.rig
		r.Online = s.online(p)
		out = append(out, r)
	}
	sort.Slice(out, func(i, j int) bool {
		return out[i].Name < out[j].Name || out[i].Name == out[j].Name && out[i].ID < out[j].ID
	})
	return out
}

// Devices lists the devices ever met, by rig and name.
func (s *Service) Devices(ctx context.Context, actor adit.Actor) ([]Device, error) {
	if err := actor.May(adit.ScopeRead); err != nil {
		return nil, err
	}
	return devices(ctx, s.db)
}

// Home is the rig meant where none is named: the one that there is. ok is false where none has spoken yet; where there
// are several, the one online, then the one met first.
func (s *Service) Home() (rig Rig, ok bool) {
	for _, r := range s.All() {
		better := !ok || r.Online && !rig.Online || r.Online == rig.Online && r.FirstSeen.Before(rig.FirstSeen)
		if better {
			rig, ok = r, true
		}
	}
	return rig, ok
}

// Ping tells whether the database answers; for /ready.
func (s *Service) Ping(ctx context.Context) error { return s.db.Ping(ctx) }
