package service

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"strings"

	"github.com/adit-mining/adit"
)

// Remove stops the service and its mining programs and takes away what Install made, but for the user, who owns data.
// Where nothing is installed nothing happens. done tells what was, for people.
func (s System) Remove(ctx context.Context, user bool, c *Changes) (done []string, err error) {
	path := s.Path(user)
	if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
		return nil, c.Drop(UnitOn, s.scope(user)+Name)
	}
	if err := ours(path); err != nil {
		return nil, err
	}
	if s.Running(ctx, user) == nil {
		// All of the service's processes: adit, and the keepers, for which this means to stop what they keep. There is
		// nothing to kill where it does not run.
		_, _ = s.systemctl(ctx, user, "kill", "--kill-who=all", "--signal=SIGTERM", Name)
		if _, err := s.systemctl(ctx, user, "disable", "--now", Name); err != nil {
			return done, err
		}
		done = append(done, "stopped "+Name+" and what it mined with")
	}
	done = append(done, "removed "+path)
	if err := s.take(path, c); err != nil {
		return done, err
	}
	if !user {
		if err := s.take(s.sysusersPath(), c); err != nil {
			return done, err
		}
	}
	if s.Running(ctx, user) == nil {
		if _, err := s.systemctl(ctx, user, "daemon-reload"); err != nil {
			return done, err
		}
	}
	return done, errors.Join(c.Drop(UnitOn, s.scope(user)+Name))
}

// take removes a file that adit wrote.
func (s System) take(path string, c *Changes) error {
	if err := ours(path); err != nil {
		return err
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return adit.Errorf(adit.Forbidden, "%s cannot be removed: %w", path, errors.Unwrap(err))
	}
	return c.Drop(FileMade, path)
}

// RemoveAccount takes the unprivileged user away, where adit made it.
func (s System) RemoveAccount(ctx context.Context, c *Changes) (removed bool, err error) {
	if !c.Has(UserMade, Account) || !s.hasAccount() {
		return false, c.Drop(UserMade, Account)
	}
	if _, err := s.Run(ctx, "userdel", Account); err != nil {
		return false, adit.Errorf(adit.Refused, "the user %s cannot be removed: %w", Account, err)
	}
	return true, c.Drop(UserMade, Account)
}

// State is how the service stands.
type State struct {
	Unit      string `json:"unit"`
	Installed bool   `json:"installed"`
	Active    string `json:"active"`  // systemd's word: active, inactive, failed …; "" = not known
	Enabled   string `json:"enabled"` // systemd's word: enabled, disabled …; "" = not known
	PID       string `json:"pid,omitempty"`
	Linger    *bool  `json:"linger,omitempty"` // of a user's unit; nil = not known
	Outdated  bool   `json:"outdated"`         // another adit, or other settings, wrote the unit file
}

// Status asks systemd how the service stands; what it does not say is not known.
func (s System) Status(ctx context.Context, u Unit) State {
	st := State{Unit: s.Path(u.User)}
	have, err := os.ReadFile(st.Unit)
	st.Installed = err == nil
	if text, err := u.Render(); st.Installed && err == nil {
		st.Outdated = string(have) != string(text)
	}
	out, err := s.systemctl(ctx, u.User, "show", "--property=ActiveState,UnitFileState,MainPID", Name)
	if err != nil {
		return st
	}
	for line := range strings.Lines(out) {
		key, v, _ := strings.Cut(strings.TrimSpace(line), "=")
		switch key {
		case "ActiveState":
			st.Active = v
		case "UnitFileState":
			st.Enabled = v
		case "MainPID":
			if v != "0" {
				st.PID = v
			}
		}
	}
	if u.User {
		st.Linger = s.Lingers(ctx)
	}
	return st
}

// Lingers reports whether the user's services run without a session; nil where that cannot be told.
func (s System) Lingers(ctx context.Context) *bool {
	out, err := s.Run(ctx, "loginctl", "show-user", "--property=Linger", "--value")
	if err != nil {
		return nil
	}
	yes := strings.TrimSpace(out) == "yes"
	return &yes
}

// Linger lets the user's services run without a session, from the boot on.
func (s System) Linger(ctx context.Context, user string, c *Changes) error {
	if on := s.Lingers(ctx); on != nil && *on {
		return nil
	}
	if _, err := s.Run(ctx, "loginctl", "enable-linger"); err != nil {
		return adit.Errorf(adit.Refused, "loginctl enable-linger: %w", err)
	}
	return c.Add(LingerMade, user, "services of "+user+" run without a session", s.now())
}

// Unlinger puts that back, where adit changed it.
func (s System) Unlinger(ctx context.Context, user string, c *Changes) (done bool, err error) {
	if !c.Has(LingerMade, user) {
		return false, nil
	}
	if _, err := s.Run(ctx, "loginctl", "disable-linger"); err != nil {
		return false, adit.Errorf(adit.Refused, "loginctl disable-linger: %w", err)
	}
	return true, c.Drop(LingerMade, user)
}
