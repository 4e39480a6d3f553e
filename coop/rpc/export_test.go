package rpc

import "time"

// Sweep does what tend does every second, at a time of the test's.
func (s *Server) Sweep(now time.Time) {
	s.sweep(now)
	if s.conns != nil {
		s.conns.sweep(now)
	}
}

var (
	MethodName     = methodName
	Submission     = submission
	ReadBeat       = beat
	StrangersPerIP = strangersPerIP
)
