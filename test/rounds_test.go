//go:build linux

package test

import (
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/adit-mining/adit/api/body"
)

// TestKillRounds kills adit, a shim, an engine or the verifier at random moments, 20 times (ADIT_KILL_ROUNDS sets
// another number), and each time what survives must converge: one engine under one shim, shares accepted, nothing twice.
func TestKillRounds(t *testing.T) {
	t.Parallel()
	rounds := 20
	if n, err := strconv.Atoi(os.Getenv("ADIT_KILL_ROUNDS")); err == nil {
		rounds = n
	}
	seed := uint64(time.Now().UnixNano())
	rnd := rand.New(rand.NewPCG(seed, 0))
	t.Logf("seed %d", seed)
	h := newHome(t, fakeBin)
	s := h.up("--practice", "--yes-i-own-this-machine")
	s.miner(soon, accepts(0))
	for round := range rounds {
		victims := pick(rnd, "up", "shim", "engine", "verify")
		var died bool
		for _, v := range victims {
			for _, pid := range h.pids(v) {
				_ = syscall.Kill(pid, syscall.SIGKILL)
				died = died || pid == s.cmd.Process.Pid
			}
		}
		if died {
			<-s.ended
			s = h.up()
		}
		<-time.After(time.Duration(rnd.IntN(300)) * time.Millisecond) // the random moment of the next blow
		if round%4 != 3 {
			continue // the next blow hits while they recover
		}
		m := s.miner(2*time.Minute, func(m body.Miner) bool {
			if m.State == "crit" && strings.Contains(m.Why, "released") { // the budget of restarts is spent, as it should be
				if _, errs, code := h.adit("release", m.Name); code != 0 {
					t.Log(errs)
				}
			}
			return accepts(0)(m)
		})
		s.miner(time.Minute, accepts(*m.Shares))
		if engines, shims := h.pids("engine"), h.pids("shim"); len(engines) != 1 || len(shims) != 1 {
			t.Fatalf("round %d (%v): engines %v, shims %v", round, victims, engines, shims)
		}
	}
	s.end(syscall.SIGINT)
	nothingLeft(t, h)
}

// pick chooses one or two of them.
func pick(rnd *rand.Rand, from ...string) []string {
	rnd.Shuffle(len(from), func(i, j int) { from[i], from[j] = from[j], from[i] })
	return slices.Clone(from[:1+rnd.IntN(2)])
}
