package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/agent/consent"
	"github.com/adit-mining/adit/cmd/adit/app"
)

// TestPauseAndRevokeWhateverTheServerSays: a server that refuses, by whatever error, keeps nobody from ending mining.
func TestPauseAndRevokeWhateverTheServerSays(t *testing.T) {
	t.Parallel()
	for _, status := range []int{http.StatusUnauthorized, http.StatusForbidden, http.StatusConflict, http.StatusInternalServerError} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			t.Parallel()
			dir := refusingServer(t, status)
			pause, permission := filepath.Join(dir, "pause.json"), filepath.Join(dir, "consent.json")
			if err := consent.Grant(permission, adit.LocalOwner("test"), consent.ViaFlag, time.Now()); err != nil {
				t.Fatal(err)
			}
			if out, code := typed(dir, "pause"); code != 0 || !strings.Contains(out, "adit did not carry it out") || !consent.ReadPause(pause, time.Now()).Paused {
				t.Errorf("pause: %d %s", code, out)
			}
			if out, code := typed(dir, "resume"); code == 0 || !consent.ReadPause(pause, time.Now()).Paused {
				t.Errorf("resume: %d %s", code, out)
			}
			if out, code := typed(dir, "consent", "revoke"); code != 0 || consent.Read(permission).Granted {
				t.Errorf("revoke: %d %s", code, out)
			}
			if out, code := typed(dir, "consent", "grant", "--yes-i-own-this-machine"); code == 0 || consent.Read(permission).Granted {
				t.Errorf("grant: %d %s", code, out)
			}
		})
	}
}

// TestPauseThatCannotBeWritten: neither server nor file takes it, and both reasons are told.
func TestPauseThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	dir := refusingServer(t, http.StatusInternalServerError)
	if err := os.MkdirAll(filepath.Join(dir, "pause.json", "in the way"), 0o700); err != nil {
		t.Fatal(err)
	}
	out, code := typed(dir, "pause")
	if code == 0 || !strings.Contains(out, "refused for a test") || !strings.Contains(out, "could not be recorded") {
		t.Errorf("%d %s", code, out)
	}
}

// refusingServer is a data directory on which a server runs that refuses everything.
func refusingServer(t *testing.T, status int) (dir string) {
	t.Helper()
	dir = t.TempDir()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(status)
		_, _ = fmt.Fprintf(w, `{"status":%d,"title":"no","detail":"refused for a test"}`, status)
	}))
	t.Cleanup(s.Close)
	l, err := app.TakeLock(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Release() })
	b, err := json.Marshal(app.Runtime{URL: s.URL, PID: os.Getpid(), StartedAt: time.Now(), Version: adit.Version})
	if err := errors.Join(err, os.WriteFile(filepath.Join(dir, "runtime.json"), b, 0o600), os.WriteFile(filepath.Join(dir, "token"), []byte("x"), 0o600)); err != nil {
		t.Fatal(err)
	}
	return dir
}

// typed runs a command and returns all it printed.
func typed(dir string, args ...string) (string, int) {
	var out strings.Builder
	c := &cli{args: append([]string{"--data-dir", dir}, args...), in: strings.NewReader(""), out: &out, err: &out, env: func(string) string { return "" }}
	code := Main(context.Background(), c)
	return out.String(), code
}
