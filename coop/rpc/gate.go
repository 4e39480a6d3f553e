package rpc

import (
	"maps"
	"slices"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop"
)

// Deliver implements coop.Gate.
func (s *Server) Deliver(l coop.Lane, work *coop.Work) {
	for _, w := range s.onLane(l) {
		w.offer(work)
	}
}

// Refresh implements coop.Gate.
func (s *Server) Refresh(seat coop.Seat) {
	if w := s.at(seat); w != nil {
		w.again()
	}
}

// Idle implements coop.Gate.
func (s *Server) Idle(l coop.Lane, reason error) {
	for _, w := range s.onLane(l) {
		w.rest(reason)
	}
}

// Evict implements coop.Gate.
func (s *Server) Evict(seat coop.Seat, reason error) {
	if reason == nil {
		reason = adit.Errorf(adit.NotFound, "the coordinator has taken the seat back")
	}
	s.mu.Lock()
	w := s.bySeat[seat]
	if w == nil && len(s.turns) > 0 {
		s.early[seat] = reason
	}
	s.mu.Unlock()
	if w != nil {
		s.drop(w, reason, false)
	}
}

func (s *Server) at(seat coop.Seat) *worker {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.bySeat[seat]
}

// onLane asks the seats without holding the lock: a crew may call a gate while it holds its own.
func (s *Server) onLane(l coop.Lane) []*worker {
	s.mu.Lock()
	all := slices.Collect(maps.Values(s.workers))
	s.mu.Unlock()
	return slices.DeleteFunc(all, func(w *worker) bool { return w.seat.Lane() != l })
}
