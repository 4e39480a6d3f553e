package command

import (
	"context"
	"encoding/json"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/device"
	"github.com/adit-mining/adit/link/wire"
)

// PracticeName is the instance name of the miner that works for practice.
const PracticeName = "practice"

// practiceNice is the niceness of the practice miner: it takes what nobody else wants.
const practiceNice = 19

// Start starts a mining program on the home rig.
func (s *Service) Start(ctx context.Context, actor adit.Actor, r StartRequest) (Target, error) {
	if err := actor.May(adit.ScopeControl); err != nil {
		return Target{}, err
	}
	args, err := r.args()
	if err != nil {
		return Target{}, err
	}
	return s.start(ctx, actor, args)
}

func (s *Service) start(ctx context.Context, actor adit.Actor, args wire.StartArgs) (Target, error) {
	t, err := s.home()
	if err != nil {
		return Target{}, err
	}
	shown := args
	shown.Pools, shown.Settings = withoutSecrets(args.Pools), args.Settings.Shown()
	raw, err := s.carry(ctx, actor, order{verb: wire.VerbStart, target: t, args: args, shown: shown, within: startWithin})
	if err != nil {
		return Target{}, err
	}
	var res wire.StartResult
	if err := json.Unmarshal(raw, &res); err != nil || !adit.ValidName(res.Name) {
		return Target{}, adit.Errorf(adit.Internal, "the agent's answer cannot be read: is it of this version of adit?")
	}
	return Target{Rig: t.Rig, Name: res.Name}, nil
}

func withoutSecrets(pools []device.Pool) []device.Pool {
	out := append([]device.Pool(nil), pools...)
	for i := range out {
		if out[i].Password != "" {
			out[i].Password = "(kept out)"
		}
	}
	return out
}

// Stop stops a program; it stays stopped.
func (s *Service) Stop(ctx context.Context, actor adit.Actor, t Target) error {
	return s.simple(ctx, actor, wire.VerbStop, t)
}

// Restart stops a program and starts it again.
func (s *Service) Restart(ctx context.Context, actor adit.Actor, t Target) error {
	return s.simple(ctx, actor, wire.VerbRestart, t)
}

// Release takes a program out of quarantine and starts it.
func (s *Service) Release(ctx context.Context, actor adit.Actor, t Target) error {
	return s.simple(ctx, actor, wire.VerbRelease, t)
}

func (s *Service) simple(ctx context.Context, actor adit.Actor, verb wire.Verb, t Target) error {
	if err := actor.May(adit.ScopeControl); err != nil {
		return err
	}
	if t.Name == "" {
		return adit.InvalidField("name", "say which miner")
	}
	_, err := s.carry(ctx, actor, order{verb: verb, target: t, within: orderWithin})
	return err
}

// SetPools replaces the pools of a running program without a restart. coin "" is Monero.
func (s *Service) SetPools(ctx context.Context, actor adit.Actor, t Target, coin string, pools []Pool) error {
	if err := actor.May(adit.ScopeControl); err != nil {
		return err
	}
	c, err := coinOf(coin, "")
	if err != nil {
		return err
	}
	checked, err := checkPools(c, pools)
	if err != nil {
		return err
	}
	_, err = s.carry(ctx, actor, order{verb: wire.VerbSetPools, target: t, within: orderWithin,
		args: wire.PoolsArgs{Pools: checked}, shown: wire.PoolsArgs{Pools: withoutSecrets(checked)}})
	return err
}

// MovePractice tells a practice miner where practice listens now; the loop that starts practice calls it for one that
// went on while the hub was away.
func (s *Service) MovePractice(ctx context.Context, actor adit.Actor, t Target, poolURL string) error {
	if err := actor.May(adit.ScopeControl); err != nil {
		return err
	}
	_, err := s.carry(ctx, actor, order{verb: wire.VerbSetPools, target: t, within: orderWithin, args: wire.PoolsArgs{Pools: practicePools(poolURL)}})
	return err
}

func practicePools(url string) []device.Pool {
	return []device.Pool{{URL: url, User: PracticeName, Password: "x"}}
}

// StartPractice starts practice and a miner on it; threads nil or 0 = the program's own choice.
func (s *Service) StartPractice(ctx context.Context, actor adit.Actor, threads *int) (Target, error) {
	if err := actor.May(adit.ScopeControl); err != nil {
		return Target{}, err
	}
	threads, err := checkThreads(threads)
	if err != nil {
		return Target{}, err
	}
	before := s.o.Practice.Running()
	url, err := s.o.Practice.Start(ctx)
	if err != nil {
		return Target{}, err
	}
	nice := practiceNice
	t, err := s.start(ctx, actor, wire.StartArgs{
		Driver: "native", Name: PracticeName, Algorithm: adit.RandomX, Pools: practicePools(url),
		Threads: threads, Nice: &nice, Practice: true,
	})
	if err != nil && !before {
		if stop := s.o.Practice.Stop(context.WithoutCancel(ctx)); stop != nil {
			s.o.Log.WarnContext(ctx, "practice did not stop", "err", stop)
		}
	}
	return t, err
}

// StopPractice stops the miner on practice, then practice itself.
func (s *Service) StopPractice(ctx context.Context, actor adit.Actor) error {
	if err := actor.May(adit.ScopeControl); err != nil {
		return err
	}
	t, err := s.home()
	if err != nil {
		return err
	}
	t.Name = PracticeName
	err = s.Stop(ctx, actor, t)
	if err != nil && adit.CodeOf(err) != adit.NotFound {
		return err
	}
	return s.o.Practice.Stop(ctx)
}

// Pause pauses all mining on the home rig; d 0 = until resumed.
func (s *Service) Pause(ctx context.Context, actor adit.Actor, d time.Duration) error {
	if err := actor.May(adit.ScopeControl); err != nil {
		return err
	}
	if d < 0 || d > 366*24*time.Hour {
		return adit.InvalidField("forSeconds", "it must be at least 1 second and at most a year; leave it out to pause until you resume")
	}
	var args wire.PauseArgs
	if d > 0 {
		until := s.o.Now().Add(d).UTC()
		args.Until = &until
	}
	return s.rig(ctx, actor, wire.VerbPause, args)
}

// Resume ends a pause of the home rig.
func (s *Service) Resume(ctx context.Context, actor adit.Actor) error {
	if err := actor.May(adit.ScopeControl); err != nil {
		return err
	}
	return s.rig(ctx, actor, wire.VerbResume, nil)
}

// GrantConsent records the owner's permission to mine, on the home rig.
func (s *Service) GrantConsent(ctx context.Context, actor adit.Actor) error {
	if err := actor.May(adit.ScopeConsent); err != nil {
		return err
	}
	return s.rig(ctx, actor, wire.VerbConsentGrant, wire.ConsentArgs{By: actor.Name, Via: consentVia(actor)})
}

// RevokeConsent takes the permission back; mining there stops.
func (s *Service) RevokeConsent(ctx context.Context, actor adit.Actor) error {
	if err := actor.May(adit.ScopeConsent); err != nil {
		return err
	}
	return s.rig(ctx, actor, wire.VerbConsentRevoke, nil)
}

// consentVia is how a consent's record names the way it came: who holds the token sits at a terminal.
func consentVia(a adit.Actor) string {
	if a.Via == "token" {
		return "terminal"
	}
	return a.Via
}

func (s *Service) rig(ctx context.Context, actor adit.Actor, verb wire.Verb, args any) error {
	t, err := s.home()
	if err != nil {
		return err
	}
	_, err = s.carry(ctx, actor, order{verb: verb, target: t, args: args, within: orderWithin})
	return err
}
