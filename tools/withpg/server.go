//go:build linux

package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// grace is how long a program that was asked to end may take.
const grace = 10 * time.Second

// server is a running PostgreSQL in a directory of its own.
type server struct {
	dsn  string
	dir  string
	cmd  *exec.Cmd
	done chan struct{} // closed when the program has ended
}

// start makes a cluster and waits until it answers.
func start(ctx context.Context) (*server, error) {
	bin, err := programs()
	if err != nil {
		return nil, err
	}
	who, err := account()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "withpg-")
	if err != nil {
		return nil, err
	}
	s, err := launch(ctx, bin, dir, who)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return s, nil
}

// programs finds the directory with initdb and postgres.
func programs() (string, error) {
	var dirs []string
	if dir := os.Getenv("ADIT_POSTGRES_BIN"); dir != "" {
		dirs = append(dirs, dir)
	}
	if path, err := exec.LookPath("postgres"); err == nil {
		dirs = append(dirs, filepath.Dir(path))
	}
	for _, pattern := range []string{"/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin"} {
		found, _ := filepath.Glob(pattern) // fails only for a bad pattern
		slices.SortFunc(found, func(a, b string) int { return number(b) - number(a) })
		dirs = append(dirs, found...)
	}
	for _, dir := range dirs {
		if executable(filepath.Join(dir, "initdb")) && executable(filepath.Join(dir, "postgres")) {
			return dir, nil
		}
	}
	return "", errors.New("no PostgreSQL found: install it (Debian: apt-get install postgresql) or set ADIT_POSTGRES_BIN to the folder of initdb and postgres")
}

// number is the version in a path, so that the newest is taken.
func number(path string) int {
	n, _ := strconv.Atoi(strings.Trim(strings.TrimPrefix(filepath.Base(filepath.Dir(path)), "pgsql-"), " "))
	return n
}

func executable(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0
}

func launch(ctx context.Context, bin, dir string, who *syscall.Credential) (*server, error) {
	data, password := filepath.Join(dir, "data"), rand.Text()
	secret := filepath.Join(dir, "password")
	if err := os.WriteFile(secret, []byte(password), 0o600); err != nil {
		return nil, err
	}
	if who != nil {
		if err := errors.Join(os.Chown(dir, int(who.Uid), int(who.Gid)), os.Chown(secret, int(who.Uid), int(who.Gid))); err != nil {
			return nil, err
		}
	}
	initdb := as(exec.CommandContext(ctx, filepath.Join(bin, "initdb"), "-D", data, "-U", "adit", "--pwfile", secret,
		"-A", "scram-sha-256", "-E", "UTF8", "--locale", "C", "--no-sync"), who, dir)
	if out, err := initdb.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb failed: %w\n%s", err, out)
	}
	var last error
	for range 3 { // another program may take the port between our asking and PostgreSQL's binding
		port, err := freePort()
		if err != nil {
			return nil, err
		}
		s := &server{dir: dir, done: make(chan struct{}), dsn: fmt.Sprintf("postgres://adit:%s@127.0.0.1:%d/postgres?sslmode=disable", password, port)}
		if last = s.boot(ctx, bin, data, port, who); last == nil {
			return s, nil
		}
		if ctx.Err() != nil {
			break
		}
	}
	return nil, last
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	port := l.Addr().(*net.TCPAddr).Port
	return port, l.Close()
}

// boot starts the program and waits until it says that it is ready. Nothing of it needs to survive a power cut.
func (s *server) boot(ctx context.Context, bin, data string, port int, who *syscall.Credential) error {
	var log watcher
	log.ready = make(chan struct{})
	s.cmd = as(exec.Command(filepath.Join(bin, "postgres"), "-D", data, "-p", strconv.Itoa(port),
		"-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "fsync=off", "-c", "synchronous_commit=off",
		"-c", "full_page_writes=off", "-c", "shared_buffers=32MB", "-c", "max_connections=200", "-c", "logging_collector=off",
		"-c", "log_destination=stderr", "-c", "log_min_messages=warning"), who, s.dir)
	s.cmd.Stderr = &log
	if err := s.cmd.Start(); err != nil {
		return err
	}
	go func() {
		defer close(s.done)
		_ = s.cmd.Wait() // ended by stop, or by itself: then its log says why
	}()
	timer := time.NewTimer(time.Minute)
	defer timer.Stop()
	select {
	case <-log.ready:
		return nil
	case <-s.done:
		return fmt.Errorf("PostgreSQL ended at once:\n%s", log.text.Bytes())
	case <-ctx.Done():
		return errors.Join(ctx.Err(), s.end())
	case <-timer.C:
		return errors.Join(errors.New("PostgreSQL was not ready within a minute"), s.end())
	}
}

// stop ends the server and removes its directory.
func (s *server) stop() error {
	return errors.Join(s.end(), os.RemoveAll(s.dir))
}

// end asks for an immediate shutdown (SIGQUIT to the postmaster alone ends its children too), then insists.
func (s *server) end() error {
	_ = s.cmd.Process.Signal(syscall.SIGQUIT) // fails only when it has ended
	timer := time.NewTimer(grace)
	defer timer.Stop()
	select {
	case <-s.done:
		return nil
	case <-timer.C:
		err := s.cmd.Process.Kill()
		<-s.done
		return err
	}
}

// watcher keeps the server's log and tells when it speaks of readiness; its Write is called by one goroutine.
type watcher struct {
	text  bytes.Buffer
	ready chan struct{}
	told  bool
}

// Write implements io.Writer.
func (w *watcher) Write(p []byte) (int, error) {
	if w.told {
		return len(p), nil
	}
	w.text.Write(p)
	if bytes.Contains(w.text.Bytes(), []byte("ready to accept connections")) {
		w.told = true
		close(w.ready)
	}
	return len(p), nil
}
