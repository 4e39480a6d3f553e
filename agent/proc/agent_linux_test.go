package proc

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/adit-mining/adit"
)

// helperAgent is an agent in a process of its own: it wants one program to run, adopts it or starts it, and starts it
// anew when its shim is lost. It lives until it is killed.
func helperAgent(dir, specPath string) int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	b, err := os.ReadFile(specPath)
	var spec Spec
	if err == nil {
		err = json.Unmarshal(b, &spec)
	}
	exe, exeErr := os.Executable()
	if err != nil || exeErr != nil {
		fmt.Fprintln(os.Stderr, err, exeErr)
		return 1
	}
	s := &Supervisor{Dir: dir, Exe: exe}
	for ctx.Err() == nil {
		found, err := s.Adopt(ctx)
		if err == nil && len(found) == 0 {
			var p *Process
			if p, err = s.Start(ctx, spec); p != nil {
				found = append(found, p)
			}
		}
		if err != nil && adit.CodeOf(err) != adit.Conflict && ctx.Err() == nil {
			fmt.Fprintln(os.Stderr, "agent:", err)
		}
		for _, p := range found {
			select {
			case <-p.Done():
			case <-ctx.Done():
			}
			p.Close()
		}
		_ = pause(ctx, 10*time.Millisecond)
	}
	return 0
}

// house is the state of the world the kill rounds look at.
type house struct {
	shims, engines, agents, marked int
	id                             string
}

func (h house) String() string {
	return fmt.Sprintf("%d shims, %d engines, %d agents, %d processes of start %s", h.shims, h.engines, h.agents, h.marked, h.id)
}

// census counts processes by their command lines.
func census(dir, only string) (house, map[string][]int) {
	var h house
	pids := map[string][]int{}
	p := procfs{"/"}
	for _, s := range p.all() {
		b, err := os.ReadFile(p.path(strconv.Itoa(s.PID), "cmdline"))
		if err != nil || s.dead() {
			continue
		}
		args := strings.Split(strings.TrimRight(string(b), "\x00"), "\x00")
		switch {
		case len(args) == 4 && args[1] == "shim" && args[3] == filepath.Join(dir, "one"):
			h.shims++
			pids["shim"] = append(pids["shim"], s.PID)
		case len(args) == 4 && args[1] == "agent" && args[2] == dir:
			h.agents++
			pids["agent"] = append(pids["agent"], s.PID)
		case len(args) > 2 && args[1] == "-only" && args[2] == only:
			h.engines++
			pids["engine"] = append(pids["engine"], s.PID)
		}
	}
	if spec, err := readSpec(filepath.Join(dir, "one")); err == nil {
		h.id = spec.ID
		h.marked = len(living(spec.ID))
	}
	return h, pids
}

// TestKillRounds kills agents, shims and engines at random moments, one or several at once, with two agents that want
// the same program. After each round exactly one of it must run, with its one child, and it never ran twice.
func TestKillRounds(t *testing.T) {
	t.Parallel()
	rounds := 20
	if n, err := strconv.Atoi(os.Getenv("ADIT_KILL_ROUNDS")); err == nil && n > 0 {
		rounds = n
	}
	s := supervisor(t)
	only := filepath.Join(t.TempDir(), "only")
	spec := fake(t, "one", "-only", only, "-children", "1", "-away")
	spec.Restart = Budget{Max: 10_000, Window: time.Hour, MinBackoff: time.Millisecond, MaxBackoff: 50 * time.Millisecond}
	b, err := json.Marshal(spec)
	specPath := filepath.Join(t.TempDir(), "spec.json")
	if err == nil {
		err = os.WriteFile(specPath, b, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	agents := map[int]*exec.Cmd{}
	hire := func() {
		t.Helper()
		c := exec.Command(s.Exe, "agent", s.Dir, specPath)
		c.Stderr = t.Output()
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		agents[c.Process.Pid] = c
	}
	t.Cleanup(func() {
		for _, c := range agents {
			_ = c.Process.Kill()
			_ = c.Wait()
		}
	})
	hire()
	hire()
	seed := rand.Uint64()
	t.Logf("seed %d, %d rounds", seed, rounds)
	dice := rand.New(rand.NewPCG(seed, 1))
	settled := func(round int) map[string][]int {
		t.Helper()
		var h house
		var pids map[string][]int
		deadline := time.Now().Add(patience)
		for h.shims != 1 || h.engines != 1 || h.agents != 2 || h.marked != 2 {
			if time.Now().After(deadline) {
				st, _ := readState(filepath.Join(s.Dir, "one"))
				t.Fatalf("round %d: %v never became one shim, one engine with its child, two agents; record %+v", round, h, st)
			}
			_ = pause(t.Context(), 10*time.Millisecond)
			h, pids = census(s.Dir, only)
		}
		return pids
	}
	for round := range rounds {
		pids := settled(round)
		if dice.IntN(3) == 0 { // in the middle of what the last round set off
			_ = pause(t.Context(), time.Duration(dice.IntN(50))*time.Millisecond)
		}
		for victim := range pids {
			if dice.IntN(2) == 0 {
				continue
			}
			for _, pid := range pids[victim][:1+dice.IntN(len(pids[victim]))] {
				_ = syscall.Kill(pid, syscall.SIGKILL) // it may have gone with another victim
				if c := agents[pid]; c != nil {
					_ = c.Wait()
					delete(agents, pid)
				}
			}
			if dice.IntN(2) == 0 {
				_ = pause(t.Context(), time.Duration(dice.IntN(30))*time.Millisecond)
			}
		}
		for len(agents) < 2 {
			hire()
		}
	}
	settled(rounds)
	found, err := s.Adopt(within(t))
	if err != nil || len(found) != 1 {
		t.Fatal(found, err)
	}
	p := found[0]
	// One that is still in the middle of Start would rightly take its program along when it is told to end.
	before := until(t, p, "attached to by both agents and this test", func(s Status) bool { return s.Agents == 3 && s.Phase == Running })
	for pid, c := range agents {
		if err := c.Process.Signal(syscall.SIGTERM); err != nil {
			t.Error(err)
		}
		_ = c.Wait() // one hired in the last round may die of the signal before it listens for it
		if ws, ok := c.ProcessState.Sys().(syscall.WaitStatus); !c.ProcessState.Success() && (!ok || ws.Signal() != syscall.SIGTERM) {
			t.Errorf("agent: %v", c.ProcessState)
		}
		delete(agents, pid)
	}
	if st := until(t, p, "let go of by the agents", func(s Status) bool { return s.Agents == 1 }); st.Phase != Running || st.PID != before.PID {
		t.Errorf("it was %+v and is %+v", before, st)
	}
	stop(t, p)
	if h, _ := census(s.Dir, only); h.shims+h.engines+h.agents+h.marked != 0 {
		t.Errorf("at the end: %v", h)
	}
	if b, err := os.ReadFile(only + ".twice"); err == nil {
		t.Errorf("it ran twice: %s", b)
	}
}

// TestUpgrade lets a newer adit adopt the shims of the one before it, and one that is too new stop them.
func TestUpgrade(t *testing.T) {
	s := supervisor(t)
	old, err := build("adit-old", "-X github.com/adit-mining/adit.Version=0.1.0", "./testdata/aditshim")
	if err != nil {
		t.Fatal(err)
	}
	newer, err := build("adit-new", "-X github.com/adit-mining/adit.Version=0.2.0", "./testdata/aditshim")
	if err != nil {
		t.Fatal(err)
	}
	before := &Supervisor{Dir: s.Dir, Exe: old, Args: []string{}}
	p := start(t, before, fake(t, "one"))
	running := phase(t, p, Running)
	if running.Version != "0.1.0" {
		t.Errorf("the old shim says it is %q", running.Version)
	}
	p.Close()
	after := &Supervisor{Dir: s.Dir, Exe: newer, Args: []string{}}
	found, err := after.Adopt(within(t))
	if err != nil || len(found) != 1 {
		t.Fatal(found, err)
	}
	q := found[0]
	if st := q.Status(); st.PID != running.PID || st.ShimPID != running.ShimPID || st.Version != "0.1.0" || st.Protocol != Protocol {
		t.Errorf("adopted %+v, was %+v", st, running)
	}
	if err := q.Update(within(t), Change{Meta: json.RawMessage(`{"moved":true}`)}); err != nil {
		t.Errorf("the old shim and the new agent: %v", err)
	}
	stop(t, q)
	q = start(t, after, fake(t, "one"))
	if st := phase(t, q, Running); st.Version != "0.2.0" {
		t.Errorf("started anew by %q", st.Version)
	}
}
