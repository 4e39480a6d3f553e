package sheet

import (
	"context"
	"time"

	"github.com/adit-mining/adit"
)

// How often the autostart loop looks, and how long it waits after an agent that did not answer.
const (
	lookEvery = 2 * time.Second
	waitLimit = time.Minute
)

// loop is the actor of what the service does by itself.
func loop() adit.Actor {
	return adit.Actor{ID: "adit", Name: "adit", Via: "loop", Scopes: []adit.Scope{adit.ScopeRead, adit.ScopeControl}}
}

// Run starts the profiles with autostart that do not run, once each, as soon as the agent can be heard and its owner
// allowed mining; then it waits for ctx to end. A profile that somebody stops stays stopped until adit is started anew.
func (s *Service) Run(ctx context.Context) error {
	open, err := s.unsettled(ctx)
	for err != nil && ctx.Err() == nil { // a database that fails must not take the rest of the hub down
		s.o.Log.WarnContext(ctx, "the profiles cannot be read for their autostart", "err", err)
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(waitLimit):
		}
		open, err = s.unsettled(ctx)
	}
	wait := lookEvery
	for len(open) > 0 {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(wait):
		}
		if ok, err := s.o.Watcher.MayMine(ctx, loop()); err != nil || !ok {
			continue
		}
		left := s.autostart(ctx, open)
		wait = lookEvery
		if len(left) == len(open) {
			wait = min(2*wait, waitLimit)
		}
		open = left
	}
	<-ctx.Done()
	return nil
}

// unsettled are the profiles with autostart that were not seen to yet.
func (s *Service) unsettled(ctx context.Context) (ids []string, err error) {
	rows, err := all(ctx, s.o.DB)
	for _, r := range rows {
		if r.Autostart && !s.isSettled(r.ID) {
			ids = append(ids, r.ID)
		}
	}
	return ids, err
}

// autostart tries each of the profiles and returns those to be tried again.
func (s *Service) autostart(ctx context.Context, ids []string) (left []string) {
	running, err := s.o.Watcher.RunningProfiles(ctx, loop())
	if err != nil {
		return ids
	}
	for _, id := range ids {
		if running[id] != "" || s.autostarted(ctx, id) {
			s.settle(id)
			continue
		}
		left = append(left, id)
	}
	return left
}

// autostarted starts one profile; false = it is to be tried again.
func (s *Service) autostarted(ctx context.Context, id string) bool {
	r, err := byID(ctx, s.o.DB, id)
	if adit.CodeOf(err) == adit.NotFound || err == nil && !r.Autostart {
		return true
	}
	if err != nil {
		s.o.Log.WarnContext(ctx, "a profile cannot be read for its autostart", "profile", id, "err", err)
		return false
	}
	_, err = s.Start(ctx, loop(), id)
	switch adit.CodeOf(err) {
	case "":
		s.note(ctx, loop(), "profile.autostarted", id, "the profile "+r.Name+" was started with adit", nil)
		return true
	case adit.Conflict:
		return true // it runs already
	case adit.Unreachable, adit.Timeout, adit.NoConsent:
		return ctx.Err() != nil
	}
	s.o.Log.WarnContext(ctx, "a profile could not be started with adit", "profile", r.Name, "err", err)
	if err := s.o.Journal.Note(ctx, loop(), "profile.autostart-failed", "warn", "profile/"+id, "the profile "+r.Name+" could not be started with adit: "+err.Error(), nil); err != nil {
		s.o.Log.ErrorContext(ctx, "an autostart that failed was not written into the journal", "err", err)
	}
	return true
}

func (s *Service) isSettled(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.settled[id]
}

func (s *Service) settle(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settled[id] = true
}
