package consent

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/adit-mining/adit"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var (
	owner = adit.LocalOwner("cookie")
	at    = time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC)
)

func TestGrantAndRevoke(t *testing.T) {
	path := filepath.Join(t.TempDir(), "consent.json")
	if c := Read(path); c.Granted || !strings.Contains(c.Words, "not allowed on this computer yet") {
		t.Errorf("absent: %+v", c)
	}
	if err := Grant(path, owner, ViaBrowser, at); err != nil {
		t.Fatal(err)
	}
	host, _ := os.Hostname()
	c := Read(path)
	if !c.Granted || c.By != "owner" || c.Via != ViaBrowser || !c.At.Equal(at) || c.Host != host || c.Version != 1 {
		t.Errorf("granted: %+v", c)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("file: %v %v", info, err)
	}
	if err := Revoke(path, owner, at.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if c := Read(path); c.Granted || !strings.Contains(c.Words, "withdrawn by owner on 20 Nov 2026 11:00 UTC") {
		t.Errorf("revoked: %+v", c)
	}
	if err := Grant(path, owner, "mail", at); adit.CodeOf(err) != adit.Invalid {
		t.Errorf("by an unknown way: %v", err)
	}
	if err := Grant(path, adit.Actor{}, ViaFlag, at); adit.CodeOf(err) != adit.Unauthorized {
		t.Errorf("by nobody: %v", err)
	}
	if Read(path).Granted {
		t.Error("a refused grant counts")
	}
	if err := Grant(filepath.Join(path, "x"), owner, ViaFlag, at); err == nil {
		t.Error("a record that cannot be written counts as recorded")
	}
}

func TestWhatIsNoConsent(t *testing.T) {
	path := filepath.Join(t.TempDir(), "consent.json")
	for what, text := range map[string]string{
		"empty": "", "half": `{"granted":true,"by":"ow`, "garbage": "\x00\xff", "list": `[true]`, "text": `{"granted":"true"}`, "trailing": `{"granted":true} x`,
		"newer": `{"granted":true,"version":2}`, "null": "null", "large": `{"granted":true,"by":"` + strings.Repeat("x", maxFile) + `"}`,
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if c := Read(path); c.Granted || c.Words == "" {
			t.Errorf("%s: %+v", what, c)
		}
	}
	if c := Read(t.TempDir()); c.Granted || c.Words == "" {
		t.Errorf("a folder: %+v", c)
	}
}

func TestPauseAndResume(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pause.json")
	if p := ReadPause(path, at); p.Paused {
		t.Errorf("absent: %+v", p)
	}
	if err := Pause(path, owner, nil, at); err != nil {
		t.Fatal(err)
	}
	if p := ReadPause(path, at.AddDate(10, 0, 0)); !p.Paused || p.Until != nil || p.By != "owner" || p.Reason != ReasonUser || p.Words != "paused by owner until resumed" {
		t.Errorf("paused: %+v", p)
	}
	b, err := os.ReadFile(path)
	if err != nil || !strings.Contains(string(b), `"until": null`) {
		t.Errorf("the file says %s %v", b, err)
	}
	until := at.Add(time.Hour)
	if err := Pause(path, owner, &until, at); err != nil {
		t.Fatal(err)
	}
	if p := ReadPause(path, until.Add(-1)); !p.Paused || !strings.Contains(p.Words, "until 20 Nov 2026 11:00 UTC") {
		t.Errorf("before its end: %+v", p)
	}
	if p := ReadPause(path, until); p.Paused {
		t.Errorf("at its end: %+v", p)
	}
	if err := Pause(path, owner, &at, at); adit.CodeOf(err) != adit.Invalid {
		t.Errorf("until now: %v", err)
	}
	if err := Pause(path, adit.Actor{}, nil, at); adit.CodeOf(err) != adit.Unauthorized {
		t.Errorf("by nobody: %v", err)
	}
	for range 2 {
		if err := Resume(path); err != nil {
			t.Fatal(err)
		}
	}
	if p := ReadPause(path, at); p.Paused {
		t.Errorf("resumed: %+v", p)
	}
}

func TestDamagedPauseIsAPause(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pause.json")
	for _, text := range []string{"", "{", `{"paused":false`, "\x00", `{"paused":true,"until":"soon"}`} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if p := ReadPause(path, at); !p.Paused || !strings.Contains(p.Words, "resume") {
			t.Errorf("%q: %+v", text, p)
		}
	}
}
