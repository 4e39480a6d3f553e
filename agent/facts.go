package agent

import (
	"fmt"
	"reflect"
	"time"

	"github.com/adit-mining/adit/agent/proc"
	"github.com/adit-mining/adit/device"
	"github.com/adit-mining/adit/internal/wording"
	"github.com/adit-mining/adit/link/wire"
)

// The words of wire.DeviceFacts.Reach.
const (
	reachLive = "live"
	reachNone = "unreachable"
)

// An unanswered poll is not yet silence: programs answer late while they start.
const (
	missesMax = 3
	newborn   = 20 * time.Second
)

// facts sends the facts of every unit that changed, and the rig's.
func (a *Agent) facts(again bool) {
	a.telling.Lock()
	defer a.telling.Unlock()
	p := a.permitted()
	paused := a.pauseOf(p)
	for _, u := range a.all() {
		own := paused
		if own.Reason == reasonIdle { // of some program; practice goes on
			own = a.pauseFor(u)
		}
		f := a.factsOf(u, own)
		if again || u.changed(f) {
			a.send(wire.Frame{Kind: wire.FrameFacts, Facts: &f})
		}
	}
	state := a.policyState()
	a.rigFacts(again, wire.RigFacts{Rig: a.id.ID, At: time.Now().UTC(), Consent: p.consent, Pause: paused, Policy: &state, Broken: a.brokenPrograms()})
}

// changed notes the facts as sent and reports whether they differ from those sent before, the time apart.
func (u *unit) changed(f wire.DeviceFacts) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	old := u.sent
	u.sent = &f
	if old == nil {
		return true
	}
	was := *old
	was.At = f.At
	return !reflect.DeepEqual(was, f)
}

func (a *Agent) rigFacts(again bool, now wire.RigFacts) {
	a.mu.Lock()
	old := a.sentRig
	a.sentRig = &now
	a.mu.Unlock()
	if old != nil {
		was := *old
		was.At = now.At
		if !again && reflect.DeepEqual(was, now) {
			return
		}
	}
	a.send(wire.Frame{Kind: wire.FrameRig, RigNow: &now})
}

// factsOf gathers what is known of a unit now.
func (a *Agent) factsOf(u *unit, paused wire.Pause) wire.DeviceFacts {
	v := u.view()
	now := time.Now().UTC()
	f := wire.DeviceFacts{Device: a.id.ID.Device(u.name), Info: v.info, At: now, Reach: reachLive, FeePercent: u.driver.FeePercent}
	if u.host() {
		f.Desired = wantRunning
		v.hostFacts(&f, u.toldFans())
	} else {
		v.programFacts(&f, now, paused)
	}
	f.Reason = wording.Plain(f.Reason) // a shim passes errors on as text
	f.Since = u.workSince(f.Work, now)
	return f
}

// workSince remembers when the work became what it is.
func (u *unit) workSince(work string, now time.Time) time.Time {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.work != work || u.since.IsZero() {
		u.work, u.since = work, now
	}
	return u.since
}

func (v view) hostFacts(f *wire.DeviceFacts, told []device.Fan) {
	if v.snap == nil || v.missed >= missesMax {
		f.Reach, f.Reason = reachNone, v.why
	}
	if v.snap == nil || v.snap.Host == nil {
		return
	}
	h := v.snap.Host
	f.Host = &wire.HostFacts{Hostname: h.Hostname, OS: h.OS, Kernel: h.Kernel, CPUModel: h.CPUModel, Cores: h.Cores, Threads: h.Threads,
		SensorsSeen: h.SensorsSeen, NUMANodes: h.NUMANodes, MSR: h.MSR, Fans: steadyFans(told, h.Fans)}
	if h.HugePages != nil {
		f.Host.PageSize = h.HugePages.Size
	}
	if h.Battery != nil {
		f.Host.Battery, f.Host.OnBattery = &h.Battery.Present, h.Battery.OnBattery
		f.Host.UPS = h.Battery.UPS
	}
}

func (v view) programFacts(f *wire.DeviceFacts, now time.Time, paused wire.Pause) {
	f.Desired, f.Practice, f.Algorithm = v.want.Desired, v.want.Args.Practice, v.want.Args.Algorithm
	f.Affinity, f.Profile = v.want.Args.Affinity, v.want.Args.Profile
	if f.Desired == wantRunning && paused.Paused {
		f.Desired = wantPaused
	}
	if s := v.status; s != nil {
		f.Restarts, f.StartedAt, f.Limits = s.Restarts, s.Started, limits(*s, v.spec)
		if s.PID != 0 {
			f.PID = &s.PID
		}
	}
	f.Work, f.Reason = v.work(now, paused)
	if v.status == nil || v.status.Phase != proc.Running || v.snap == nil {
		return
	}
	switch {
	case v.busy != "" && (v.missed > 0 || f.Reason == ""):
		f.Reason = v.busy
	case v.missed >= missesMax:
		f.Reach, f.Reason = reachNone, v.why
	}
	f.Mode, f.Threads = v.snap.Mode, len(v.snap.Threads)
	if f.Fee = v.snap.Fee; f.Fee != nil && f.Fee.Percent != nil {
		f.FeePercent = f.Fee.Percent
	}
	if v.snap.Algorithm != "" {
		f.Algorithm = v.snap.Algorithm
	}
	if p := v.snap.Pool; p != nil {
		f.Pool = &wire.PoolFacts{URL: p.URL, Index: p.Index, Count: p.Count, State: p.State, TLS: p.TLS}
	}
}

// work is the one word for what a program does, and why.
func (v view) work(now time.Time, paused wire.Pause) (work, reason string) {
	switch {
	case v.status == nil && v.want.Desired == wantRunning && v.failed != "":
		return wire.WorkFailed, v.failed
	case v.status == nil && v.want.Desired == wantRunning:
		return string(device.WorkStarting), ""
	case v.status == nil:
		return wire.WorkStopped, v.failed
	}
	s := *v.status
	switch s.Phase {
	case proc.Held:
		if s.Hold == proc.HoldPause || s.Hold == proc.HoldIdle {
			return string(device.WorkPaused), s.Words
		}
		return wire.WorkHeld, s.Words
	case proc.Quarantined:
		return wire.WorkQuarantined, s.Words
	case proc.BackingOff, proc.Lost:
		return wire.WorkFailed, s.Words
	case proc.Stopping:
		return v.stopping()
	case proc.Stopped:
		return wire.WorkStopped, s.Words
	case proc.Starting:
		return string(device.WorkStarting), s.Words
	}
	return v.runningWork(now, paused)
}

// stopping: until the program is gone it does what it did.
func (v view) stopping() (work, reason string) {
	work, reason = v.before, "stopping"
	if work == "" || work == wire.WorkStopped {
		work = string(device.WorkZero) // nothing else is known of it
	}
	if v.status.Words != "" {
		reason += ": " + v.status.Words
	}
	return work, reason
}

func (v view) runningWork(now time.Time, paused wire.Pause) (work, reason string) {
	young := v.status.Started == nil || now.Sub(*v.status.Started) < newborn
	switch {
	case v.busy != "" && (v.snap == nil || v.missed >= missesMax && v.snap.Work == ""):
		return string(device.WorkStarting), v.busy
	case v.snap == nil && young && v.missed >= missesMax:
		return string(device.WorkStarting), v.why
	case v.snap == nil && young:
		return string(device.WorkStarting), ""
	case v.snap == nil, v.missed >= missesMax && v.snap.Work == "":
		return string(device.WorkZero), "it runs and does not answer: " + v.why
	case v.snap.Work == device.WorkPaused && paused.Paused:
		return string(device.WorkPaused), pauseWords(paused)
	case v.snap.Work == "":
		return string(device.WorkStarting), v.snap.Reason
	}
	return string(v.snap.Work), v.snap.Reason
}

func pauseWords(p wire.Pause) string {
	if p.Words != "" {
		return p.Words
	}
	words := "paused"
	if p.By != "" {
		words += " by " + p.By
	}
	if p.Until != nil {
		words += " until " + wording.Time(*p.Until)
	}
	return words
}

// limits are the shim's; the thermal one is named without its reading, which would change every second.
func limits(s proc.Status, spec proc.Spec) []wire.Limit {
	var out []wire.Limit
	for _, l := range s.Limits {
		out = append(out, wire.Limit{Name: l.Name, Holds: l.Holds, Why: l.Words})
	}
	if hot := spec.Guards.ThermalMax; hot != nil && s.Sensor != nil {
		l := wire.Limit{Name: fmt.Sprintf("thermal %.0f °C", *hot), Holds: s.Sensor.Celsius != nil}
		if !l.Holds {
			l.Why = s.Sensor.Words
		}
		out = append(out, l)
	}
	return out
}
