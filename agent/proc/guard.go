package proc

import (
	"context"
	"time"

	"github.com/adit-mining/adit/agent/consent"
)

// guard decides whether a program may run now, by what lies on this computer alone.
type guard struct {
	g       Guards
	thermal *thermal
	users   users
	agentAt time.Time // when an agent was last there
	paused  bool      // held by a pause: stays so until the pause ends, agent or no agent
}

func newGuard(g Guards, seen []string, now time.Time) *guard {
	return &guard{g: g.withDefaults(), thermal: newThermal(seen), agentAt: now}
}

// check returns the hold that applies, or "". agents is how many are attached, running whether the program runs.
func (g *guard) check(now time.Time, agents int, running bool) (Hold, string) {
	if agents > 0 {
		g.agentAt = now
	}
	hot, hotWords := g.heat(now) // always looked at, so that the reading is never old
	used := g.idle(now, running)
	if g.g.ConsentFile != "" {
		if c := consent.Read(g.g.ConsentFile); !c.Granted {
			return HoldConsent, c.Words
		}
	}
	if words := g.pause(now, running); words != "" {
		return HoldPause, words
	}
	if hot != "" {
		return hot, hotWords
	}
	if g.g.StopOnBattery && (sysfs{g.g.SensorRoot}).onBattery() {
		return HoldBattery, "no mains is connected: starts again when it is"
	}
	if used != "" {
		return HoldIdle, used
	}
	return "", ""
}

func (g *guard) heat(now time.Time) (Hold, string) {
	if g.g.ThermalMax == nil {
		return "", ""
	}
	return g.thermal.look(sysfs{g.g.SensorRoot}, ceilings{cpu: *g.g.ThermalMax, resume: *g.g.ThermalResume, gpu: g.g.GPUMax, fans: g.g.FanStop}, now)
}

// calm reports that nothing the guard saw last comes near a limit.
func (g *guard) calm() bool { return g.g.ThermalMax == nil || g.thermal.calm() }

// away reports that no agent has been there for long enough to count on itself.
func (g *guard) away(now time.Time) bool { return now.Sub(g.agentAt) >= g.g.AgentGrace }

// pause holds a program that does not run, and one that runs without an agent to pause it softly.
func (g *guard) pause(now time.Time, running bool) string {
	if g.g.PauseFile == "" {
		return ""
	}
	p := consent.ReadPause(g.g.PauseFile, now)
	if !p.Paused {
		g.paused = false
		return ""
	}
	if !running || g.away(now) {
		g.paused = true
	}
	if g.paused {
		return p.Words
	}
	return ""
}

// idle holds a program while somebody uses the computer; "" = it may run.
func (g *guard) idle(now time.Time, running bool) string {
	if g.g.Idle == nil {
		g.users.end()
		return ""
	}
	if !g.away(now) {
		g.users.end()
		return g.users.told(*g.g.Idle, running)
	}
	return g.users.seen(*g.g.Idle, now, running)
}

// close ends what the guard began.
func (g *guard) close() { g.users.end() }

// sensor is the thermal guard's view; nil = no thermal limit.
func (g *guard) sensor() *Sensor {
	if g.g.ThermalMax == nil {
		return nil
	}
	s := g.thermal.sensor
	return &s
}

// background is the context of looks for users: they end with users.end.
func background() (context.Context, context.CancelFunc) {
	return context.WithCancel(context.Background())
}
