package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// listenAsManager is systemd's end of the socket.
func listenAsManager(t *testing.T) (path string, next func() string) {
	t.Helper()
	dir, err := os.MkdirTemp("", "n") // short: a socket's name has 108 bytes
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	path = filepath.Join(dir, "s")
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return path, func() string {
		t.Helper()
		b := make([]byte, 4096)
		_ = conn.SetReadDeadline(time.Now().Add(20 * time.Second))
		n, err := conn.Read(b)
		if err != nil {
			t.Fatal(err)
		}
		return string(b[:n])
	}
}

// TestManagerIsToldWhatIs: ready, signs of life while adit is well, none while it is not; children inherit nothing.
func TestManagerIsToldWhatIs(t *testing.T) {
	path, next := listenAsManager(t)
	t.Setenv("NOTIFY_SOCKET", path)
	t.Setenv("WATCHDOG_USEC", "60000")
	t.Setenv("WATCHDOG_PID", "")
	m := underManager(slog.New(slog.DiscardHandler))
	for _, name := range []string{"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"} {
		if v, ok := os.LookupEnv(name); ok {
			t.Errorf("%s=%s stays for children", name, v)
		}
	}
	if m.every != 20*time.Millisecond {
		t.Errorf("signs of life every %v", m.every)
	}
	ctx, stop := context.WithCancel(t.Context())
	var mu sync.Mutex
	asked := 0
	var done sync.WaitGroup
	done.Go(func() {
		m.ready(ctx, "serving", func(context.Context) error {
			mu.Lock()
			defer mu.Unlock()
			if asked++; asked < 3 {
				return errors.New("it hangs")
			}
			return nil
		})
	})
	if got := next(); got != "READY=1\nSTATUS=serving" {
		t.Errorf("first %q", got)
	}
	if got := next(); got != "WATCHDOG=1" {
		t.Errorf("then %q", got)
	}
	mu.Lock()
	if asked < 3 {
		t.Errorf("a sign of life after %d looks, of which all failed", asked)
	}
	mu.Unlock()
	stop()
	done.Wait()
}

func TestNoManagerNoWords(t *testing.T) {
	for _, tc := range []map[string]string{
		{"NOTIFY_SOCKET": "", "WATCHDOG_USEC": "60000000"},
		{"NOTIFY_SOCKET": filepath.Join(t.TempDir(), "gone"), "WATCHDOG_USEC": "x", "WATCHDOG_PID": "1"},
	} {
		for k, v := range tc {
			t.Setenv(k, v)
		}
		var log strings.Builder
		m := underManager(slog.New(slog.NewTextHandler(&log, nil)))
		ctx, stop := context.WithCancel(t.Context())
		stop()
		m.ready(ctx, "serving", func(context.Context) error { t.Error("nobody wants signs of life"); return nil })
		if told := log.String() != ""; told != (tc["NOTIFY_SOCKET"] != "") {
			t.Errorf("%v: logged %q", tc, log.String())
		}
	}
}
