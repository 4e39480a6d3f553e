package telemetry

import (
	"context"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/device"
	"github.com/adit-mining/adit/fleet/telemetry/view"
	"github.com/adit-mining/adit/link/wire"
)

// policyView is what a rig's agent says of its policy; nil = nothing yet, or an older agent.
func policyView(p *wire.PolicyState) *view.Policy {
	if p == nil {
		return nil
	}
	out := &view.Policy{
		Use: p.Use, Words: p.Words, Damaged: p.Damaged, RunAs: p.RunAs,
		Idle: view.IdleState{Enabled: p.Policy.Idle.Enabled, AfterSeconds: p.Policy.Idle.AfterSeconds, State: p.Idle.State,
			Words: p.Idle.Words, Since: p.Idle.Since, Sources: []view.IdleSource{}},
		Battery: view.BatteryPolicy(p.Policy.Battery), Thermal: view.ThermalPolicy(p.Policy.Thermal), CPU: view.CPUPolicy(p.Policy.CPU),
	}
	for _, s := range p.Idle.Sources {
		out.Idle.Sources = append(out.Idle.Sources, view.IdleSource(s))
	}
	return out
}

func feeView(f *device.Fee) *view.Fee {
	if f == nil {
		return nil
	}
	return &view.Fee{Percent: f.Percent, Active: f.Active, Since: f.Since}
}

// Policy is the home rig's policy as last told; Unreachable while its agent has not spoken.
func (s *Service) Policy(_ context.Context, actor adit.Actor) (view.Policy, error) {
	if err := actor.May(adit.ScopeRead); err != nil {
		return view.Policy{}, err
	}
	home, ok := s.o.Inventory.Home()
	s.mu.Lock()
	defer s.mu.Unlock()
	if st := s.streams[home.ID]; ok && st != nil && st.known {
		if p := policyView(st.facts.Policy); p != nil {
			return *p, nil
		}
	}
	return view.Policy{}, adit.Errorf(adit.Unreachable, "the agent on this computer has not told its policy yet")
}
