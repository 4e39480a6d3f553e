package rpc

import (
	"time"

	"github.com/adit-mining/adit/coop"
	"github.com/adit-mining/adit/coop/coopv1"
)

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

// ReadHello is what a crew learns from a registration.
func ReadHello(r *coopv1.RegisterRequest) (coop.MemberID, coop.Hello, error) {
	m, _, err := caller{}.member(r.GetWorkerId())
	if err != nil {
		return "", coop.Hello{}, err
	}
	h, err := hello(caller{}, m, r)
	return m, h, err
}
