package proc

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/agent/consent"
)

func TestStartRunStop(t *testing.T) {
	s := supervisor(t)
	p := start(t, s, fake(t, "one", "-say", "\x1b[31mhello\x1b[0m", "-children", "2", "-away"))
	st := until(t, p, "running, with this test attached", func(s Status) bool { return s.Phase == Running && s.Agents == 1 })
	if st.PID == 0 || st.ShimPID == 0 || st.Started == nil || st.Version != adit.Version {
		t.Errorf("status of a running program: %+v", st)
	}
	if l := said(t, p, "hello"); l.Text != "hello" || l.Shim {
		t.Errorf("line: %+v", l)
	}
	eventually(t, "the program and two children", func() bool { return len(living(p.Spec().ID)) == 3 })
	other := &Supervisor{Dir: s.Dir, Exe: s.Exe}
	for _, who := range []*Supervisor{s, other} {
		if _, err := who.Start(within(t), fake(t, "one")); adit.CodeOf(err) != adit.Conflict {
			t.Errorf("a second start: %v", err)
		}
	}
	for _, f := range []string{"sock", specName, stateName, logName} {
		info, err := os.Stat(filepath.Join(s.Dir, "one", f))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v %v", f, info, err)
		}
	}
	stop(t, p)
	if st := p.Status(); st.Phase != Stopped || st.PID != 0 || st.LastExit == nil || *st.LastExit.Code != 0 {
		t.Errorf("status of a stopped program: %+v", st)
	}
	if l := living(p.Spec().ID); len(l) > 0 {
		t.Errorf("left: %v", l)
	}
	if _, st, err := s.Recorded("one"); err != nil || st.Phase != Stopped || st.Driver != "fake" {
		t.Errorf("on record: %+v %v", st, err)
	}
	if lines, err := s.Tail("one", 100); err != nil || !strings.Contains(strings.Join(lines, "\n"), "bye") {
		t.Errorf("tail: %q %v", lines, err)
	}
	if _, err := os.Stat(filepath.Join(s.Dir, "one", "sock")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the socket is left: %v", err)
	}
	if err := p.Restart(within(t), "too late"); adit.CodeOf(err) != adit.Unreachable {
		t.Errorf("restart of what has stopped: %v", err)
	}
}

func TestAdoptAndUpdate(t *testing.T) {
	s := supervisor(t)
	p := start(t, s, fake(t, "one"))
	before := phase(t, p, Running)
	if err := p.Update(within(t), Change{Meta: json.RawMessage(`{"port":2}`)}); err != nil {
		t.Fatal(err)
	}
	if err := p.Update(within(t), Change{Meta: json.RawMessage(`{"port":`)}); adit.CodeOf(err) != adit.Invalid {
		t.Errorf("damaged meta: %v", err)
	}
	p.Close()
	select {
	case <-p.Done():
		t.Error("letting go of a program ended it")
	default:
	}
	found, err := s.Adopt(within(t))
	if err != nil || len(found) != 1 {
		t.Fatalf("adopted %v, %v", found, err)
	}
	q := found[0]
	t.Cleanup(q.Close)
	if st := q.Status(); st.PID != before.PID || st.ShimPID != before.ShimPID || st.Phase != Running {
		t.Errorf("before %+v, adopted %+v", before, st)
	}
	var meta map[string]int
	if err := json.Unmarshal(q.Spec().Meta, &meta); err != nil || meta["port"] != 2 {
		t.Errorf("meta: %s %v", q.Spec().Meta, err)
	}
	stop(t, q)
	if found, err := s.Adopt(within(t)); err != nil || len(found) != 0 {
		t.Errorf("adopted what has stopped: %v %v", found, err)
	}
}

// TestAdoptionGivenUp: an agent that is told to end while it adopts leaves what runs alone.
func TestAdoptionGivenUp(t *testing.T) {
	s := supervisor(t)
	p := start(t, s, fake(t, "one"))
	before := phase(t, p, Running)
	p.Close()
	for i := range 200 {
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i)*50*time.Microsecond)
		found, err := s.Adopt(ctx)
		for _, q := range found {
			q.Close()
		}
		if err != nil && ctx.Err() == nil {
			t.Errorf("attempt %d: %v", i, err)
		}
		cancel()
	}
	found, err := s.Adopt(within(t))
	if err != nil || len(found) != 1 {
		t.Fatal(found, err)
	}
	if st := found[0].Status(); st.PID != before.PID || st.ShimPID != before.ShimPID {
		t.Errorf("it was %+v and is %+v", before, st)
	}
	stop(t, found[0])
}

func TestStopOfOneThatDoesNotListen(t *testing.T) {
	s := supervisor(t)
	spec := fake(t, "deaf", "-ignore-term", "-children", "3", "-away", "-say", "up")
	spec.StopTimeout = 50 * time.Millisecond
	p := start(t, s, spec)
	said(t, p, "up")
	stop(t, p)
	if st := p.Status(); st.LastExit == nil || st.LastExit.Signal != "killed" {
		t.Errorf("it ended by %+v", st.LastExit)
	}
}

func TestStopOfOneThatHangs(t *testing.T) {
	s := supervisor(t)
	spec := fake(t, "hung", "-memory", "64", "-say", "up")
	spec.StopTimeout = 50 * time.Millisecond
	p := start(t, s, spec)
	said(t, p, "up")
	if err := syscall.Kill(p.Status().PID, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	stop(t, p)
	if st := p.Status(); st.LastExit == nil || st.LastExit.Signal != "killed" {
		t.Errorf("it ended by %+v", st.LastExit)
	}
}

func TestExitAtOnce(t *testing.T) {
	s := supervisor(t)
	p := start(t, s, fake(t, "brief", "-say", "no such pool", "-exit", "3"))
	st := phase(t, p, Quarantined)
	for _, want := range []string{"restarted 3 times within 1 min", "exit status 3", "no such pool"} {
		if !strings.Contains(st.Words, want) {
			t.Errorf("the quarantine's words lack %q: %s", want, st.Words)
		}
	}
	if st.Restarts != 3 || st.LastExit == nil || *st.LastExit.Code != 3 {
		t.Errorf("status: %+v", st)
	}
	if err := p.Restart(within(t), "please"); adit.CodeOf(err) != adit.Conflict {
		t.Errorf("restart in quarantine: %v", err)
	}
	kill(t, st.ShimPID) // not a way out of quarantine
	<-p.Done()
	p = start(t, s, fake(t, "brief", "-say", "no such pool", "-exit", "3"))
	if again := p.Status(); again.Phase != Quarantined || again.Words != st.Words {
		t.Errorf("after the shim was killed: %+v", again)
	}
	if err := p.Release(within(t)); err != nil {
		t.Fatal(err)
	}
	until(t, p, "quarantined again", func(s Status) bool { return s.Phase == Quarantined && s.Restarts == 3 })
	stop(t, p)
}

func TestRestartBudget(t *testing.T) {
	s := supervisor(t)
	p := start(t, s, fake(t, "one"))
	pid := phase(t, p, Running).PID
	for i := range 3 {
		if err := p.Restart(within(t), "no shares"); err != nil {
			t.Fatalf("restart %d: %v", i, err)
		}
		pid = until(t, p, "restarted", func(s Status) bool { return s.Phase == Running && s.PID != pid }).PID
	}
	if err := p.Restart(within(t), "no shares"); err != nil {
		t.Fatal(err)
	}
	if st := phase(t, p, Quarantined); !strings.Contains(st.Words, "no shares") {
		t.Errorf("words: %s", st.Words)
	}
	if err := p.Release(within(t)); err != nil {
		t.Fatal(err)
	}
	phase(t, p, Running)
	if err := p.Quarantine(within(t), "three restarts did not help"); err != nil {
		t.Fatal(err)
	}
	phase(t, p, Quarantined)
}

func TestExecutableChangedOrRemoved(t *testing.T) {
	s := supervisor(t)
	spec := fake(t, "one")
	b, err := os.ReadFile(spec.Path)
	if err != nil {
		t.Fatal(err)
	}
	spec.Path = filepath.Join(t.TempDir(), "miner")
	install := func(b []byte) {
		t.Helper()
		if err := errors.Join(os.WriteFile(spec.Path+".new", b, 0o700), os.Rename(spec.Path+".new", spec.Path)); err != nil {
			t.Fatal(err)
		}
	}
	install(b)
	p := start(t, s, spec)
	phase(t, p, Running)
	install(append(b, 0))
	found, err := (&Supervisor{Dir: s.Dir, Exe: s.Exe}).Adopt(within(t)) // an upgrade on disk is no reason to refuse what runs
	if err != nil || len(found) != 1 {
		t.Fatalf("adopting after the file was replaced: %v %v", found, err)
	}
	found[0].Close()
	restart := func(want string) {
		t.Helper()
		if err := p.Restart(within(t), "test"); err != nil {
			t.Fatal(err)
		}
		st := phase(t, p, Quarantined)
		if !strings.Contains(st.Words, want) || st.PID != 0 {
			t.Errorf("want %q: %+v", want, st)
		}
	}
	restart("is not the file that was recorded")
	stop(t, p)
	bad := spec
	bad.Digest = strings.Repeat("0", 64)
	if _, err := s.Start(within(t), bad); adit.CodeOf(err) != adit.Refused {
		t.Errorf("a pinned digest that does not match: %v", err)
	}
	p = start(t, s, spec)
	phase(t, p, Running)
	if err := os.Remove(spec.Path); err != nil {
		t.Fatal(err)
	}
	restart("possibly by an antivirus")
	if err := p.Release(within(t)); err != nil {
		t.Fatal(err)
	}
	until(t, p, "refused again", func(s Status) bool { return s.Phase == Quarantined })
	stop(t, p)
	if _, err := s.Start(within(t), spec); adit.CodeOf(err) != adit.NotFound || !strings.Contains(err.Error(), "antivirus") {
		t.Errorf("start of what was removed: %v", err)
	}
}

func TestShimKilled(t *testing.T) {
	s := supervisor(t)
	p := start(t, s, fake(t, "one", "-children", "2", "-away"))
	phase(t, p, Running)
	id := p.Spec().ID
	eventually(t, "three processes", func() bool { return len(living(id)) == 3 })
	kill(t, p.Status().ShimPID)
	select {
	case <-p.Done():
	case <-within(t).Done():
		t.Fatal("the agent never noticed")
	}
	if st := p.Status(); st.Phase != Lost || st.PID != 0 {
		t.Errorf("status: %+v", st)
	}
	if l := living(id); len(l) != 0 {
		t.Errorf("orphans: %+v", l)
	}
	phase(t, start(t, s, fake(t, "one")), Running)
}

func TestSignalsToTheShim(t *testing.T) {
	s := supervisor(t)
	p := start(t, s, fake(t, "one", "-say", "up"))
	st := phase(t, p, Running)
	said(t, p, "up")
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGHUP, syscall.SIGPIPE} {
		if err := syscall.Kill(st.ShimPID, sig); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.ask(within(t), opPing, nil, nil); err != nil {
		t.Errorf("after a terminal's signals: %v", err)
	}
	if err := syscall.Kill(st.ShimPID, syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	<-p.Done()
	if got := p.Status(); got.Phase != Stopped || got.LastExit == nil || got.LastExit.Code == nil || *got.LastExit.Code != 0 {
		t.Errorf("after SIGTERM: %+v", got)
	}
}

// TestNiceAndCaps: niceness holds here; a limit that this system cannot hold is said, never silently dropped.
func TestNiceAndCaps(t *testing.T) {
	s := supervisor(t)
	spec := fake(t, "one")
	cpus := 1.5
	spec.Nice, spec.CPUMax = 19, &cpus
	st := phase(t, start(t, s, spec), Running)
	if len(st.Limits) != 2 {
		t.Fatalf("limits: %+v", st.Limits)
	}
	for _, l := range st.Limits {
		if l.Words == "" || l.Name == "nice" && !l.Holds {
			t.Errorf("%+v", l)
		}
	}
	nice, err := syscall.Getpriority(syscall.PRIO_PROCESS, st.PID)
	if err != nil || 20-nice != 19 { // the system call returns 20 - nice
		t.Errorf("niceness %d: %v", 20-nice, err)
	}
}

// TestFolderRemoved: a shim that nobody can reach any more ends its program and itself.
func TestFolderRemoved(t *testing.T) {
	s := supervisor(t)
	p := start(t, s, fake(t, "one"))
	phase(t, p, Running)
	id := p.Spec().ID
	p.Close()
	if err := os.RemoveAll(s.Dir); err != nil {
		t.Fatal(err)
	}
	eventually(t, "shim and program ended", func() bool { return len(living(id)) == 0 && !procfs{"/"}.alive(p.shim) })
}

// TestInheritsNothing: a descriptor that an ancestor forgot to close (a lock, a pipe) is not held for the shim's life.
func TestInheritsNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	fd, err := syscall.Open(path, syscall.O_CREAT|syscall.O_RDWR, 0o600) // without close-on-exec
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(fd)
	s := supervisor(t)
	st := phase(t, start(t, s, fake(t, "one")), Running)
	for _, pid := range []int{st.ShimPID, st.PID} {
		list, err := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", pid))
		if err != nil || len(list) == 0 {
			t.Fatal(list, err)
		}
		for _, l := range list {
			if to, _ := os.Readlink(l); to == path {
				t.Errorf("%s is open in %d", path, pid)
			}
		}
	}
}

func TestShimHangs(t *testing.T) {
	t.Parallel()
	s := supervisor(t)
	spec := fake(t, "one")
	spec.StopTimeout = time.Millisecond
	p := start(t, s, spec)
	phase(t, p, Running)
	if err := syscall.Kill(p.Status().ShimPID, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := p.Stop(ctx); adit.CodeOf(err) != adit.Timeout {
		t.Errorf("stop of a hung shim with little patience: %v", err)
	}
	stop(t, p)
	if l := living(p.Spec().ID); len(l) != 0 {
		t.Errorf("left: %+v", l)
	}
}

func TestConsentAndPause(t *testing.T) {
	t.Parallel()
	s := supervisor(t)
	dir := t.TempDir()
	spec := fake(t, "one")
	spec.Guards = Guards{ConsentFile: filepath.Join(dir, "consent.json"), PauseFile: filepath.Join(dir, "pause.json"), AgentGrace: 1500 * time.Millisecond}
	owner := adit.LocalOwner("test")
	p := start(t, s, spec)
	if st := phase(t, p, Held); st.Hold != HoldConsent || st.PID != 0 || st.Words == "" {
		t.Errorf("without consent: %+v", st)
	}
	grant := func() {
		t.Helper()
		if err := consent.Grant(spec.Guards.ConsentFile, owner, consent.ViaTerminal, time.Now()); err != nil {
			t.Fatal(err)
		}
	}
	grant()
	running := phase(t, p, Running)
	if err := consent.Revoke(spec.Guards.ConsentFile, owner, time.Now()); err != nil {
		t.Fatal(err)
	}
	if st := phase(t, p, Held); st.Hold != HoldConsent || !strings.Contains(st.Words, "withdrawn by owner") {
		t.Errorf("consent withdrawn: %+v", st)
	}
	grant()
	again := phase(t, p, Running)
	if again.PID == running.PID || again.Restarts != 0 {
		t.Errorf("a hold is no restart: %+v", again)
	}
	if err := consent.Pause(spec.Guards.PauseFile, owner, nil, time.Now()); err != nil {
		t.Fatal(err)
	}
	if err := pause(t.Context(), 2*spec.Guards.AgentGrace); err != nil { // an agent is there: it pauses softly
		t.Fatal(err)
	}
	if st := p.Status(); st.Phase != Running || st.PID != again.PID {
		t.Errorf("paused with an agent: %+v", st)
	}
	p.Close()
	eventually(t, "stopped by the shim alone", func() bool { return len(living(p.Spec().ID)) == 0 })
	found, err := s.Adopt(within(t))
	if err != nil || len(found) != 1 {
		t.Fatal(found, err)
	}
	q := found[0]
	t.Cleanup(q.Close)
	if st := q.Status(); st.Phase != Held || st.Hold != HoldPause {
		t.Errorf("adopted while paused: %+v", st)
	}
	if err := q.Release(within(t)); adit.CodeOf(err) != adit.Conflict {
		t.Errorf("release of what is paused: %v", err)
	}
	if err := consent.Resume(spec.Guards.PauseFile); err != nil {
		t.Fatal(err)
	}
	phase(t, q, Running)
}

func TestFlood(t *testing.T) {
	s := supervisor(t)
	spec := fake(t, "flood", "-long", "1000000", "-flood")
	spec.Log = LogPolicy{MaxBytes: 256 << 10, Keep: 2}
	p := start(t, s, spec)
	eventually(t, "two old log files", func() bool {
		_, err := os.Stat(filepath.Join(s.Dir, "flood", "log.2"))
		return err == nil
	})
	lines, err := p.Logs(within(t), 0, 0)
	if err != nil || len(lines) == 0 || len(lines) > ringLines {
		t.Errorf("%d lines: %v", len(lines), err)
	}
	stop(t, p) // the orders get through
	files, err := filepath.Glob(filepath.Join(s.Dir, "flood", "log*"))
	if err != nil || len(files) != 3 {
		t.Errorf("log files %v: %v", files, err)
	}
	for _, f := range files {
		if info, err := os.Stat(f); err != nil || info.Size() > 512<<10 {
			t.Errorf("%s: %v %v", f, info, err)
		}
	}
}

func TestInput(t *testing.T) {
	s := supervisor(t)
	p := start(t, s, fake(t, "one", "-echo"))
	phase(t, p, Running)
	if err := p.Stdin(within(t), []byte("h\n")); err != nil {
		t.Fatal(err)
	}
	said(t, p, "heard h")
	if err := p.Stdin(within(t), make([]byte, maxStdin+1)); adit.CodeOf(err) != adit.Invalid {
		t.Errorf("too much: %v", err)
	}
}

func TestLogsInPages(t *testing.T) {
	s := supervisor(t)
	p := start(t, s, fake(t, "one", "-echo"))
	phase(t, p, Running)
	var in strings.Builder
	for i := range 300 {
		fmt.Fprintf(&in, "%d %s\n", i, strings.Repeat("y", 200))
	}
	if err := p.Stdin(within(t), []byte(in.String())); err != nil {
		t.Fatal(err)
	}
	said(t, p, "heard 299")
	all, err := p.Logs(within(t), 0, 0)
	if err != nil || len(all) < 300 {
		t.Fatalf("%d lines: %v", len(all), err)
	}
	for i := range all[1:] {
		if all[i+1].Seq != all[i].Seq+1 {
			t.Fatalf("gap after %+v", all[i])
		}
	}
	last, err := p.Logs(within(t), 0, 5)
	if err != nil || len(last) != 5 || last[4].Seq != all[len(all)-1].Seq {
		t.Errorf("the last five: %+v %v", last, err)
	}
	next, err := p.Logs(within(t), all[9].Seq, 7)
	if err != nil || len(next) != 7 || next[0].Seq != all[10].Seq {
		t.Errorf("seven after the tenth: %+v %v", next, err)
	}
}

func TestLongPath(t *testing.T) {
	s := supervisor(t)
	s.Dir = filepath.Join(t.TempDir(), strings.Repeat("very-long-folder-name/", 12), "shims")
	if len(s.Dir) < 2*maxSunPath {
		t.Fatal("not long enough to test anything")
	}
	p := start(t, s, fake(t, "one"))
	phase(t, p, Running)
	p.Close()
	found, err := s.Adopt(within(t))
	if err != nil || len(found) != 1 {
		t.Fatal(found, err)
	}
	stop(t, found[0])
}

func TestStartThatCannot(t *testing.T) {
	s := supervisor(t)
	broken := &Supervisor{Dir: s.Dir, Exe: s.Exe, Args: []string{"shim", "too", "many"}} // the test binary then runs no test
	broken.Args = []string{"-test.run=^$", "-test.nothing"}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if _, err := broken.Start(ctx, fake(t, "one")); err == nil || !strings.Contains(err.Error(), "gave up") {
		t.Errorf("a shim that ends at once: %v", err)
	}
	spec := fake(t, "one")
	spec.Dir = filepath.Join(s.Dir, "nowhere")
	p := start(t, s, spec)
	if st := phase(t, p, Quarantined); !strings.Contains(st.Words, "working folder") {
		t.Errorf("words: %s", st.Words)
	}
	for field, bad := range map[string]Spec{
		"name": {Name: "../x", Path: "/x"}, "path": {Name: "x", Path: "x"}, "nice": {Name: "x", Path: "/x", Nice: 20},
		"env": {Name: "x", Path: "/x", Env: []string{"x"}}, "meta": {Name: "x", Path: "/x", Meta: json.RawMessage("{")},
	} {
		var e *adit.Error
		if _, err := s.Start(within(t), bad); !errors.As(err, &e) || e.Code != adit.Invalid || e.Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
}
