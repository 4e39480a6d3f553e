package service

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/adit-mining/adit"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

var (
	systemUnit = Unit{Exe: "/usr/bin/true", DataDir: SystemData, Listen: "127.0.0.1:8080", Groups: "video", Version: "v1"}
	userUnit   = Unit{User: true, Exe: "/usr/bin/true", DataDir: "/home/u/.local/share/adit", Listen: "127.0.0.1:8080", Version: "v1"}
)

// TestUnitsPassSystemdAnalyze: systemd itself finds no fault with the units, and how much they leave open is bounded.
func TestUnitsPassSystemdAnalyze(t *testing.T) {
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("systemd-analyze is not here: the units are not checked by systemd")
	}
	for name, tc := range map[string]struct {
		unit Unit
		most float64 // exposure
	}{"system": {systemUnit, 2.5}, "user": {userUnit, 6.5}} {
		t.Run(name, func(t *testing.T) {
			text, err := tc.unit.Render()
			must(t, err)
			path := filepath.Join(t.TempDir(), Name)
			must(t, os.WriteFile(path, text, 0o644))
			args := []string{"verify", "--man=no", path}
			if tc.unit.User {
				args = append([]string{"--user"}, args...)
			}
			cmd := exec.CommandContext(t.Context(), analyze, args...)
			cmd.Env = append(os.Environ(), "XDG_RUNTIME_DIR="+t.TempDir())
			if out, err := cmd.CombinedOutput(); err != nil || strings.Contains(string(out), path) {
				t.Errorf("verify: %v\n%s", err, out)
			}
			out, err := exec.CommandContext(t.Context(), analyze, "security", "--offline=true", "--no-pager", path).CombinedOutput()
			m := regexp.MustCompile(`Overall exposure level[^:]*: ([0-9.]+)`).FindSubmatch(out)
			if err != nil || m == nil {
				t.Fatalf("security: %v\n%s", err, out)
			}
			score, err := strconv.ParseFloat(string(m[1]), 64)
			must(t, err)
			t.Logf("exposure %.1f of 10", score)
			if score > tc.most {
				t.Errorf("exposure %.1f, at most %.1f\n%s", score, tc.most, out)
			}
		})
	}
}

func TestUnitsSayWhatMatters(t *testing.T) {
	t.Parallel()
	for _, u := range []Unit{systemUnit, userUnit} {
		b, err := u.Render()
		must(t, err)
		for _, want := range []string{"# Written by adit", "Type=notify", "KillMode=process", "NoNewPrivileges=yes", "WatchdogSec=", "UMask=0077",
			"ExecStart=/usr/bin/true up --service --listen 127.0.0.1:8080 --data-dir " + u.DataDir} {
			if !strings.Contains(string(b), want) {
				t.Errorf("%q is missing in\n%s", want, b)
			}
		}
		for _, never := range []string{"MemoryDenyWriteExecute=", "User=root", "AmbientCapabilities=C"} {
			if strings.Contains(string(b), never) {
				t.Errorf("%q would be wrong", never)
			}
		}
	}
}

func TestHostileSettings(t *testing.T) {
	t.Parallel()
	u := userUnit
	u.Exe, u.DataDir = `/opt/a b/%h/$X/"q"/adit`, "/data;x"
	b, err := u.Render()
	must(t, err)
	if want := `ExecStart="/opt/a b/%%h/$$X/\"q\"/adit" up --service --listen 127.0.0.1:8080 --data-dir "/data;x" `; !strings.Contains(string(b), want) {
		t.Errorf("want %s in\n%s", want, b)
	}
	for name, change := range map[string]func(*Unit){
		"relative exe":       func(u *Unit) { u.Exe = "adit" },
		"line in the folder": func(u *Unit) { u.DataDir = "/var/lib/adit\nExecStartPre=/bin/sh" },
		"line in the exe":    func(u *Unit) { u.Exe = "/usr/bin/adit\n[Install]" },
		"space in listen":    func(u *Unit) { u.Listen = "127.0.0.1:1 --x" },
		"no listen":          func(u *Unit) { u.Listen = "" },
		"outside":            func(u *Unit) { u.DataDir = "/srv/adit" },
		"climbing":           func(u *Unit) { u.DataDir = "/var/lib/../../etc" },
		"the top":            func(u *Unit) { u.DataDir = "/var/lib/" },
		"two folders":        func(u *Unit) { u.DataDir = "/var/lib/a b" },
		"hidden exe":         func(u *Unit) { u.Exe = "/home/u/adit" },
		"others' exe":        func(u *Unit) { u.Exe = "/tmp/adit" },
	} {
		u := systemUnit
		change(&u)
		if _, err := u.Render(); adit.CodeOf(err) != adit.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// computer is a System whose programs are played.
type computer struct {
	System
	t       *testing.T
	data    string
	manager string // what is-system-running says
	linger  string
	fail    string // a command that fails, by what it contains
	ran     []string
}

func newComputer(t *testing.T) *computer {
	c := &computer{t: t, data: t.TempDir(), manager: "running\n", linger: "no\n"}
	c.System = System{Root: t.TempDir(), Config: t.TempDir(), Run: c.run, Now: func() time.Time { return time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC) }}
	must(t, os.MkdirAll(filepath.Join(c.Root, "etc"), 0o755))
	must(t, os.WriteFile(filepath.Join(c.Root, "etc/passwd"), []byte("root:x:0:0::/root:/bin/sh\n"), 0o644))
	must(t, os.WriteFile(filepath.Join(c.Root, "etc/group"), []byte("root:x:0:\nvideo:x:44:\n"), 0o644))
	return c
}

func (c *computer) run(_ context.Context, name string, args ...string) (string, error) {
	line := strings.Join(append([]string{name}, args...), " ")
	if c.fail != "" && strings.Contains(line, c.fail) {
		return "", errors.New("exit status 1: it will not")
	}
	switch {
	case strings.HasSuffix(line, "is-system-running"):
		if c.manager != "running\n" {
			return c.manager, errors.New("exit status 1")
		}
		return c.manager, nil
	case strings.Contains(line, "show-user"):
		return c.linger, nil
	case strings.Contains(line, " show "):
		return "MainPID=4711\nActiveState=active\nUnitFileState=enabled\n", nil
	}
	c.ran = append(c.ran, line)
	passwd := filepath.Join(c.Root, "etc/passwd")
	switch name {
	case "systemd-sysusers", "useradd":
		must(c.t, os.WriteFile(passwd, []byte("root:x:0:0::/root:/bin/sh\nadit:x:999:999::/var/lib/adit:/usr/sbin/nologin\n"), 0o644))
	case "userdel":
		must(c.t, os.WriteFile(passwd, []byte("root:x:0:0::/root:/bin/sh\n"), 0o644))
	}
	return "", nil
}

func (c *computer) changes() *Changes {
	c.t.Helper()
	got, err := ReadChanges(c.data)
	must(c.t, err)
	return got
}

func (c *computer) files() []string {
	var out []string
	for _, dir := range []string{filepath.Join(c.Root, "etc/systemd"), filepath.Join(c.Root, "etc/sysusers.d"), c.Config} {
		_ = filepath.WalkDir(dir, func(p string, d os.DirEntry, err error) error {
			if err == nil && !d.IsDir() {
				out = append(out, p)
			}
			return nil
		})
	}
	return out
}

// TestInstallTwiceRemoveTwice: each once is enough, and nothing is left.
func TestInstallTwiceRemoveTwice(t *testing.T) {
	t.Parallel()
	for _, u := range []Unit{systemUnit, userUnit} {
		c := newComputer(t)
		in, err := c.Install(t.Context(), u, c.changes(), true)
		must(t, err)
		if !in.Changed || !in.Started || in.Unit != c.Path(u.User) {
			t.Errorf("the first: %+v", in)
		}
		if !slices.ContainsFunc(c.ran, func(l string) bool { return strings.HasSuffix(l, "enable --now adit.service") }) {
			t.Errorf("ran %v", c.ran)
		}
		c.ran = nil
		in, err = c.Install(t.Context(), u, c.changes(), true)
		must(t, err)
		if in.Changed || slices.ContainsFunc(c.ran, func(l string) bool { return strings.Contains(l, "restart") || strings.Contains(l, "sysusers") }) {
			t.Errorf("the second changed something: %+v, ran %v", in, c.ran)
		}
		if st := c.Status(t.Context(), u); !st.Installed || st.Active != "active" || st.Enabled != "enabled" || st.PID != "4711" || st.Outdated {
			t.Errorf("status %+v", st)
		}
		v2 := u
		v2.Version = "v2"
		if st := c.Status(t.Context(), v2); !st.Outdated {
			t.Error("a unit of an older adit is not seen")
		}
		c.ran = nil
		in, err = c.Install(t.Context(), v2, c.changes(), true)
		must(t, err)
		if !in.Changed || !slices.ContainsFunc(c.ran, func(l string) bool { return strings.HasSuffix(l, "restart adit.service") }) {
			t.Errorf("a newer adit: %+v, ran %v", in, c.ran)
		}
		for range 2 {
			_, err := c.Remove(t.Context(), u.User, c.changes())
			must(t, err)
			if left := c.files(); len(left) != 0 {
				t.Errorf("left: %v", left)
			}
		}
		if !u.User {
			removed, err := c.RemoveAccount(t.Context(), c.changes())
			if err != nil || !removed || c.hasAccount() {
				t.Errorf("the user: %v, %v", removed, err)
			}
		}
		if got := c.changes().List(); len(got) != 0 {
			t.Errorf("still listed: %+v", got)
		}
		if _, err := os.Stat(filepath.Join(c.data, "changes.json")); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("an empty list stays: %v", err)
		}
	}
}

// TestAccountOfSomebodyElse: a user that was there is not adit's to remove.
func TestAccountOfSomebodyElse(t *testing.T) {
	t.Parallel()
	c := newComputer(t)
	must(t, os.WriteFile(filepath.Join(c.Root, "etc/passwd"), []byte("adit:x:5:5::/:/bin/sh\n"), 0o644))
	_, err := c.Install(t.Context(), systemUnit, c.changes(), true)
	must(t, err)
	if removed, err := c.RemoveAccount(t.Context(), c.changes()); removed || err != nil {
		t.Errorf("%v, %v", removed, err)
	}
	if slices.ContainsFunc(c.ran, func(l string) bool { return strings.HasPrefix(l, "user") || strings.HasPrefix(l, "systemd-sysusers") }) {
		t.Errorf("ran %v", c.ran)
	}
}

func TestWithoutSystemd(t *testing.T) {
	t.Parallel()
	c := newComputer(t)
	c.manager = "offline\n"
	if _, err := c.Install(t.Context(), systemUnit, c.changes(), true); adit.CodeOf(err) != adit.Unsupported || len(c.files()) != 0 {
		t.Errorf("%v, %v", err, c.files())
	}
	in, err := c.Install(t.Context(), systemUnit, c.changes(), false) // files only, for an image
	if err != nil || in.Started || len(c.files()) != 2 || len(c.ran) != 0 {
		t.Errorf("%+v, %v, %v, ran %v", in, err, c.files(), c.ran)
	}
	_, err = c.Remove(t.Context(), false, c.changes())
	if err != nil || len(c.files()) != 0 || len(c.ran) != 0 {
		t.Errorf("%v, %v, ran %v", err, c.files(), c.ran)
	}
}

func TestForeignUnitIsLeftAlone(t *testing.T) {
	t.Parallel()
	c := newComputer(t)
	path := c.Path(false)
	must(t, os.MkdirAll(filepath.Dir(path), 0o755))
	must(t, os.WriteFile(path, []byte("[Unit]\nDescription=mine\n"), 0o644))
	if _, err := c.Install(t.Context(), systemUnit, c.changes(), true); adit.CodeOf(err) != adit.Conflict {
		t.Errorf("install: %v", err)
	}
	if _, err := c.Remove(t.Context(), false, c.changes()); adit.CodeOf(err) != adit.Conflict {
		t.Errorf("remove: %v", err)
	}
	if b, err := os.ReadFile(path); err != nil || !strings.Contains(string(b), "mine") {
		t.Errorf("%s, %v", b, err)
	}
}

func TestRefusedBySystemd(t *testing.T) {
	t.Parallel()
	for _, fail := range []string{"daemon-reload", "enable"} {
		c := newComputer(t)
		c.fail = fail
		if _, err := c.Install(t.Context(), userUnit, c.changes(), true); adit.CodeOf(err) != adit.Refused || !strings.Contains(err.Error(), "it will not") {
			t.Errorf("%s: %v", fail, err)
		}
		c.fail = "" // what was done is listed and taken away
		_, err := c.Remove(t.Context(), true, c.changes())
		if err != nil || len(c.files()) != 0 || len(c.changes().List()) != 0 {
			t.Errorf("%s: %v, %v, %v", fail, err, c.files(), c.changes().List())
		}
	}
}

func TestLinger(t *testing.T) {
	t.Parallel()
	c := newComputer(t)
	must(t, c.Linger(t.Context(), "u", c.changes()))
	c.linger = "yes\n"
	must(t, c.Linger(t.Context(), "u", c.changes()))
	if len(c.ran) != 1 || !c.changes().Has(LingerMade, "u") {
		t.Errorf("ran %v, %v", c.ran, c.changes().List())
	}
	if done, err := c.Unlinger(t.Context(), "u", c.changes()); err != nil || !done {
		t.Errorf("%v, %v", done, err)
	}
	if done, err := c.Unlinger(t.Context(), "u", c.changes()); err != nil || done {
		t.Errorf("again: %v, %v", done, err)
	}
}

func TestDamagedListIsSaid(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "changes.json"), []byte("{"), 0o600))
	if _, err := ReadChanges(dir); adit.CodeOf(err) != adit.Invalid {
		t.Errorf("%v", err)
	}
}
