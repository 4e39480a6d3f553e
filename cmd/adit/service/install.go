package service

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/internal/atomicfile"
)

// System is the computer whose services are changed.
type System struct {
	Root   string // of the file system; "" = "/"
	Config string // the user's folder for settings, for a user's unit: $XDG_CONFIG_HOME
	// Run runs a program and returns what it printed; its error says how it failed.
	Run func(ctx context.Context, name string, args ...string) (string, error)
	Now func() time.Time // nil = time.Now
}

// Installed says what an Install did.
type Installed struct {
	Unit    string   `json:"unit"`    // path of the unit file
	Changed bool     `json:"changed"` // the unit file is new or another
	Started bool     `json:"started"`
	Linger  *bool    `json:"linger,omitempty"` // of a user's unit: whether it runs without a session; nil = not known
	Done    []string `json:"done"`             // for people, in order
}

// Path is where the unit file lies.
func (s System) Path(user bool) string {
	if user {
		return filepath.Join(s.Config, "systemd", "user", Name)
	}
	return filepath.Join(s.root(), "etc/systemd/system", Name)
}

func (s System) sysusersPath() string {
	return filepath.Join(s.root(), "etc/sysusers.d", "adit.conf")
}

func (s System) root() string {
	if s.Root == "" {
		return "/"
	}
	return s.Root
}

func (s System) now() time.Time {
	if s.Now == nil {
		return time.Now()
	}
	return s.Now()
}

// systemctl runs systemctl for the user's or the system's manager.
func (s System) systemctl(ctx context.Context, user bool, args ...string) (string, error) {
	if user {
		args = append([]string{"--user"}, args...)
	}
	out, err := s.Run(ctx, "systemctl", args...)
	if err != nil {
		return out, adit.Errorf(adit.Refused, "systemctl %s: %w", strings.Join(args, " "), err)
	}
	return out, nil
}

// Running refuses a system whose manager does not answer.
func (s System) Running(ctx context.Context, user bool) error {
	out, _ := s.systemctl(ctx, user, "is-system-running") // "degraded" fails too and is well enough
	switch strings.TrimSpace(out) {
	case "running", "degraded", "starting", "initializing", "maintenance", "stopping":
		return nil
	}
	if user {
		return adit.Errorf(adit.Unsupported, "systemd does not look after this user's services (there is no session of its own, as after su or in a container)")
	}
	return adit.Errorf(adit.Unsupported, "systemd does not run this computer (as in a container)")
}

// Install puts the unit in place and starts it. Where it is there and runs nothing changes. With start false only files
// are written, for a system that is not running.
func (s System) Install(ctx context.Context, u Unit, c *Changes, start bool) (in Installed, err error) {
	text, err := u.Render()
	if err != nil {
		return in, err
	}
	if start {
		if err := s.Running(ctx, u.User); err != nil {
			return in, err
		}
	}
	in.Unit = s.Path(u.User)
	if err := ours(in.Unit); err != nil {
		return in, err
	}
	if !u.User {
		if err := s.account(ctx, c, &in, start); err != nil {
			return in, err
		}
	}
	if in.Changed, err = s.put(in.Unit, text, c); err != nil {
		return in, err
	}
	if in.Changed {
		in.Done = append(in.Done, "wrote "+in.Unit)
	}
	if !start {
		return in, nil
	}
	return in, s.start(ctx, u, c, &in)
}

func (s System) start(ctx context.Context, u Unit, c *Changes, in *Installed) error {
	if _, err := s.systemctl(ctx, u.User, "daemon-reload"); err != nil {
		return err
	}
	if err := c.Add(UnitOn, s.scope(u.User)+Name, "the service "+Name+" is on", s.now()); err != nil {
		return err
	}
	args := []string{"enable", "--now", Name}
	if _, err := s.systemctl(ctx, u.User, args...); err != nil {
		return err
	}
	in.Started = true
	in.Done = append(in.Done, "started "+Name+" and will at every boot")
	if in.Changed { // one that ran before has the old settings; its programs go on meanwhile
		if _, err := s.systemctl(ctx, u.User, "restart", Name); err != nil {
			return err
		}
	}
	if u.User {
		in.Linger = s.Lingers(ctx)
	}
	return nil
}

func (s System) scope(user bool) string {
	if user {
		return "user/"
	}
	return "system/"
}

// ours refuses to replace a unit that somebody else wrote.
func ours(path string) error {
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return adit.Errorf(adit.Forbidden, "%s cannot be read: %w", path, errors.Unwrap(err))
	}
	if !bytes.HasPrefix(b, []byte("# Written by adit")) {
		return adit.Errorf(adit.Conflict, "%s is there and was not written by adit: move it away first", path)
	}
	return nil
}

// put writes a file and notes it; changed is false where it is that already.
func (s System) put(path string, text []byte, c *Changes) (changed bool, err error) {
	if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, text) {
		return false, nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return false, adit.Errorf(adit.Forbidden, "the folder of %s cannot be made: %w", path, errors.Unwrap(err))
	}
	if err := c.Add(FileMade, path, "wrote "+path, s.now()); err != nil {
		return false, err
	}
	if err := atomicfile.Write(path, text, 0o644); err != nil {
		return false, adit.Errorf(adit.Forbidden, "%s cannot be written: %w", path, err)
	}
	return true, nil
}

// account makes the unprivileged user where there is none.
func (s System) account(ctx context.Context, c *Changes, in *Installed, start bool) error {
	path := s.sysusersPath()
	if err := ours(path); err != nil {
		return err
	}
	if _, err := s.put(path, Sysusers(), c); err != nil {
		return err
	}
	if !start || s.hasAccount() {
		return nil
	}
	if _, err := s.Run(ctx, "systemd-sysusers", path); err != nil {
		if _, err2 := s.Run(ctx, "useradd", "--system", "--user-group", "--home-dir", SystemData, "--no-create-home", "--shell", "/usr/sbin/nologin", Account); err2 != nil {
			return adit.Errorf(adit.Refused, "the user %s cannot be made: %w", Account, errors.Join(err, err2))
		}
	}
	in.Done = append(in.Done, "made the user "+Account)
	return c.Add(UserMade, Account, "made the user "+Account, s.now())
}

func (s System) hasAccount() bool {
	b, err := os.ReadFile(filepath.Join(s.root(), "etc/passwd"))
	return err == nil && (bytes.HasPrefix(b, []byte(Account+":")) || bytes.Contains(b, []byte("\n"+Account+":")))
}

// CardGroups names the groups there are whose members may open graphics cards.
func (s System) CardGroups() string {
	b, _ := os.ReadFile(filepath.Join(s.root(), "etc/group")) // unreadable: none
	var have []string
	for _, g := range []string{"video", "render"} {
		if bytes.HasPrefix(b, []byte(g+":")) || bytes.Contains(b, []byte("\n"+g+":")) {
			have = append(have, g)
		}
	}
	return strings.Join(have, " ")
}
