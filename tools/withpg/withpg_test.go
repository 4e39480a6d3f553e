//go:build linux

package main

import (
	"bytes"
	"context"
	"database/sql"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"
)

// TestMain makes the test's binary withpg itself, or a command under it, when asked.
func TestMain(m *testing.M) {
	switch os.Getenv("WITHPG_TEST_AS") {
	case "withpg":
		os.Unsetenv("WITHPG_TEST_AS")
		runtime.LockOSThread()
		os.Exit(run(os.Args[1:], os.Stderr))
	case "query":
		os.Exit(query())
	}
	os.Exit(m.Run())
}

func query() int {
	db, err := sql.Open("pgx", os.Getenv("ADIT_TEST_POSTGRES"))
	if err != nil {
		return 20
	}
	defer db.Close()
	var version string
	if err := db.QueryRow(`SHOW server_version`).Scan(&version); err != nil {
		os.Stderr.WriteString(err.Error())
		return 21
	}
	os.Stdout.WriteString("version " + version)
	return 7
}

// withpg prepares a run of withpg whose temporary files lie in a folder of the test.
func withpg(t *testing.T, args ...string) (cmd *exec.Cmd, tmp string) {
	t.Helper()
	if _, err := programs(); err != nil {
		t.Skip(err)
	}
	tmp = t.TempDir()
	if err := os.Chmod(filepath.Dir(tmp), 0o755); err != nil { // the unprivileged user must pass
		t.Fatal(err)
	}
	cmd = exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), "WITHPG_TEST_AS=withpg", "TMPDIR="+tmp)
	return cmd, tmp
}

func empty(t *testing.T, dir string) {
	t.Helper()
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("withpg left %v behind (%v)", left, err)
	}
}

func TestCommandGetsAServerAndItsExitCodeIsKept(t *testing.T) {
	cmd, tmp := withpg(t, "--", "env", "WITHPG_TEST_AS=query", os.Args[0])
	var out, errOut bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errOut
	_ = cmd.Run()
	if cmd.ProcessState.ExitCode() != 7 || !strings.HasPrefix(out.String(), "version 1") {
		t.Fatalf("exit code %d, output %q %q; want 7 and a version", cmd.ProcessState.ExitCode(), out.String(), errOut.String())
	}
	empty(t, tmp)
}

func TestInterruptionRemovesTheServer(t *testing.T) {
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP} {
		t.Run(sig.String(), func(t *testing.T) {
			cmd, tmp := withpg(t, "--", "sh", "-c", "echo up; exec sleep 600")
			pipe, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			if _, err := pipe.Read(make([]byte, 8)); err != nil {
				t.Fatal(err)
			}
			pid := postmaster(t, tmp)
			_ = cmd.Process.Signal(sig)
			_ = cmd.Wait()
			if code := cmd.ProcessState.ExitCode(); code != 128+int(syscall.SIGTERM) {
				t.Errorf("exit code %d, want that of the ended command", code)
			}
			if err := syscall.Kill(pid, 0); err != syscall.ESRCH {
				t.Errorf("PostgreSQL (pid %d) still runs: %v", pid, err)
			}
			empty(t, tmp)
		})
	}
}

// postmaster reads the pid from the cluster's own file.
func postmaster(t *testing.T, tmp string) int {
	t.Helper()
	files, _ := filepath.Glob(filepath.Join(tmp, "withpg-*", "data", "postmaster.pid"))
	if len(files) != 1 {
		t.Fatalf("found %v, want one running cluster", files)
	}
	b, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	line, _, _ := strings.Cut(string(b), "\n")
	pid, err := strconv.Atoi(line)
	if err != nil {
		t.Fatal(err)
	}
	return pid
}

func TestKilledWithpgTakesTheServerAlong(t *testing.T) {
	cmd, tmp := withpg(t, "--", "sh", "-c", "echo up; exec sleep 5")
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := pipe.Read(make([]byte, 8)); err != nil {
		t.Fatal(err)
	}
	pid := postmaster(t, tmp)
	_ = cmd.Process.Kill()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for gone := false; !gone; {
		select {
		case <-tick.C:
			state, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
			gone = err != nil || bytes.Contains(state, []byte(") Z "))
		case <-ctx.Done():
			t.Fatalf("PostgreSQL (pid %d) outlived a killed withpg", pid)
		}
	}
	_ = cmd.Wait()
}

func TestErrorsInWords(t *testing.T) {
	var out bytes.Buffer
	if code := run(nil, &out); code != exitUsage || !strings.Contains(out.String(), "usage:") {
		t.Errorf("no command: %d %q", code, out.String())
	}
	t.Setenv("ADIT_POSTGRES_BIN", t.TempDir())
	cmd, _ := withpg(t, "--", "/nonexistent/program")
	b, _ := cmd.CombinedOutput()
	if cmd.ProcessState.ExitCode() != exitStart || !bytes.Contains(b, []byte("/nonexistent/program")) {
		t.Errorf("missing program: %d %s", cmd.ProcessState.ExitCode(), b)
	}
}
