package telemetry

import (
	"maps"
	"slices"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/fleet/telemetry/view"
	"github.com/adit-mining/adit/link/wire"
)

const (
	maxInstalls = 64               // kept of one rig
	showEnded   = 30 * time.Second // an ended installation is still shown
	lostAfter   = 2 * time.Minute  // an agent that says nothing more of one has forgotten it
)

// installs is what is being installed, by key of the feed.
type installs map[string]*installing

// installing is one of them.
type installing struct {
	job   wire.Job
	rig   adit.RigID
	heard time.Time
}

// takeInstall notes how far an installation is.
func (s *Service) takeInstall(rig adit.RigID, j wire.Job) {
	if !adit.ValidName(j.Program) {
		return
	}
	key := view.InstallPrefix + string(rig) + "/" + j.Program
	of := 0
	for _, i := range s.installs {
		if i.rig == rig {
			of++
		}
	}
	if s.installs[key] == nil && of >= maxInstalls {
		return
	}
	s.installs[key] = &installing{job: j, rig: rig, heard: s.o.Now()}
}

// putInstalls adds what changed to set and returns the keys that are to go.
func (s *Service) putInstalls(set map[string][]byte, now time.Time) (del []string) {
	for _, key := range slices.Sorted(maps.Keys(s.installs)) {
		i := s.installs[key]
		if silent := now.Sub(i.heard); silent > lostAfter || i.job.Ended() && silent > showEnded {
			delete(s.installs, key)
			if _, shown := s.views.raw[key]; shown {
				del = append(del, key)
			}
			continue
		}
		s.put(set, key, i.view())
	}
	return del
}

func (i *installing) view() view.Install {
	j := i.job
	v := view.Install{ID: j.ID, Rig: string(i.rig), Program: j.Program, Version: j.Version, Phase: j.Phase, Done: float64(j.Done),
		Speed: j.Speed, From: j.From, StartedAt: j.Started, At: j.At, Words: j.Reason}
	if j.Total != nil {
		n := float64(*j.Total)
		v.Total = &n
	}
	return v
}
