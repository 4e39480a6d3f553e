package agent

import (
	"context"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/agent/proc"
	"github.com/adit-mining/adit/device"
)

// learnEvery is how often learned hashrates go to disk.
const learnEvery = 15 * time.Minute

// watch shows the watchdog what the last poll said, or that it said nothing, and does what it asks for.
func (a *Agent) watch(ctx context.Context, u *unit) {
	paused := a.pauseFor(u).Paused
	u.mu.Lock()
	p := u.prog
	if p == nil {
		u.mu.Unlock()
		return
	}
	o := u.observe(p.Status(), paused)
	if u.dog == nil {
		u.dog = &proc.Watchdog{Baseline: a.baselines}
	}
	u.dog.Key = u.baselineKey()
	v := u.dog.Observe(o)
	u.mu.Unlock()
	var err error
	switch v.Remedy {
	case proc.RemedyRestart:
		if err = p.Restart(ctx, v.Words); err == nil {
			a.tell(evRestarted, warn, u.name, "%s was restarted: %s", u.name, v.Words)
		}
	case proc.RemedyQuarantine:
		err = p.Quarantine(ctx, v.Words) // notice tells of it
	}
	if err != nil {
		a.log.ErrorContext(ctx, "a remedy could not be applied", "name", u.name, "remedy", v.Remedy, "err", err)
	}
}

// observe is one reading for the watchdog. The caller holds u.mu.
func (u *unit) observe(st proc.Status, paused bool) proc.Observation {
	o := proc.Observation{At: time.Now(), PID: st.PID, Wanted: u.want.Desired == wantRunning, Paused: paused || st.Phase != proc.Running,
		Crowded: u.crowd.now}
	if u.missed > 0 || u.snap == nil {
		return o
	}
	s := u.snap
	o.Paused = o.Paused || s.Work == device.WorkPaused
	o.Connected = s.Pool != nil && s.Pool.State == "connected"
	// While the dataset is built, a part of the CPU hashes slowly: that is no rate to judge by.
	o.Ready = s.Mode != "starting" && !(s.Mode == "light" && s.DatasetProgress != nil && *s.DatasetProgress < 1)
	o.Accepted, o.Difficulty, o.Hashrate = s.Accepted, s.Difficulty, s.Hashrate
	return o
}

// baselineKey names what this program's hashrate is comparable with. The caller holds u.mu.
func (u *unit) baselineKey() string {
	algorithm, program := u.want.Args.Algorithm, u.driver.Name
	if u.snap != nil {
		if u.snap.Algorithm != "" {
			algorithm = u.snap.Algorithm
		}
		if u.snap.Mode == "light" {
			program += " light"
		}
	}
	return proc.BaselineKey(program, algorithm, u.threads)
}

// baseline is the machine's own warm hashrate, nil until it is known. The caller holds u.mu.
func (u *unit) baseline() *adit.Hashrate {
	if u.dog == nil {
		return nil
	}
	return u.dog.Baseline.Hashrate(u.dog.Key)
}

// pardon forgets the restarts so far, because a person released the program.
func (u *unit) pardon() {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.dog != nil {
		u.dog.Released()
	}
}

// learnLoop keeps what was learned.
func (a *Agent) learnLoop(ctx context.Context) {
	t := time.NewTicker(learnEvery)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
		case <-t.C:
		}
		if err := a.baselines.Save(); err != nil {
			a.log.WarnContext(ctx, "learned hashrates are not kept", "err", err)
		}
		if ctx.Err() != nil {
			return
		}
	}
}
