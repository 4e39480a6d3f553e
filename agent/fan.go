package agent

import "github.com/adit-mining/adit/device"

// fanStep is how coarse speeds are told, in rpm: facts travel when they change, and a fan never keeps still.
const fanStep = 100

// steadyFans rounds the speeds, and keeps what was told of a fan until it is a whole step off, or it stops or starts.
func steadyFans(told, now []device.Fan) []device.Fan {
	last := make(map[string]int, len(told))
	for _, f := range told {
		last[f.Name] = f.RPM
	}
	var out []device.Fan
	for _, f := range now {
		old, ok := last[f.Name]
		off := f.RPM - old
		if ok && (f.RPM == 0) == (old == 0) && off < fanStep && off > -fanStep {
			f.RPM = old
		} else if f.RPM > 0 {
			f.RPM = max(fanStep, (f.RPM+fanStep/2)/fanStep*fanStep)
		}
		out = append(out, f)
	}
	return out
}

// toldFans are the fans as last sent.
func (u *unit) toldFans() []device.Fan {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.sent == nil || u.sent.Host == nil {
		return nil
	}
	return u.sent.Host.Fans
}
