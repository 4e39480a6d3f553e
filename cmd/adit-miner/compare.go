package main

import (
	"context"
	"fmt"
	"io"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/pow/engine"
	"github.com/adit-mining/adit/pow/randomx"
)

// comparison is engine against others, all in H/s. Ratios are the engine's rate by the other's; the median is of the
// ratios of neighbours, so that a machine that grows busier or warmer does not decide.
type comparison struct {
	Nonces uint64    `json:"nonces"` // per run
	Engine float64   `json:"engine"` // median
	Loop   *rival    `json:"loop,omitempty"`
	XMRig  *rival    `json:"xmrig,omitempty"`
	Runs   []float64 `json:"engineRuns"`
}

type rival struct {
	Hashrate  float64   `json:"hashrate"` // median
	Ratio     float64   `json:"ratio"`    // median of the pairs
	Ratios    []float64 `json:"ratios"`
	CPURatio  *float64  `json:"cpuRatio"` // the same by hashes per CPU second; nil where not measured
	CPURatios []float64 `json:"cpuRatios,omitempty"`
	Runs      []float64 `json:"runs"`
}

// speed is a measured rate: by the clock, and by CPU time used (0: not measured).
type speed struct{ wall, cpu float64 }

// tell prints the ratios for people.
func (c *comparison) tell(w io.Writer) {
	_, _ = fmt.Fprintf(w, "adit-miner: %.1f H/s (median of %d runs of %d hashes)\n", c.Engine, len(c.Runs), c.Nonces)
	for _, r := range []struct {
		name string
		*rival
	}{{"the bare C loop", c.Loop}, {"XMRig", c.XMRig}} {
		if r.rival == nil {
			continue
		}
		_, _ = fmt.Fprintf(w, "  to %s (%.1f H/s): %.3f", r.name, r.Hashrate, r.Ratio)
		if r.CPURatio != nil {
			_, _ = fmt.Fprintf(w, ", by CPU time %.3f", *r.CPURatio)
		}
		_, _ = fmt.Fprintf(w, " (median of %d pairs)\n", len(r.Ratios))
	}
}

// compareAll measures in pairs, taking turns in who is first.
func (b *bench) compareAll(ctx context.Context) (*comparison, error) {
	n := b.o.nonces
	if n == 0 {
		n = 10_000
		if b.engine.Report().Mode == engine.Light {
			n = 1_000
		}
	}
	c := &comparison{Nonces: n}
	if b.o.compare {
		r, err := b.versus(ctx, c, max(1, b.o.rounds), b.loop)
		if err != nil {
			return nil, err
		}
		c.Loop = r
	}
	if b.o.xmrig != "" {
		r, err := b.versus(ctx, c, 1, b.xmrig)
		if err != nil {
			return nil, err
		}
		c.XMRig = r
	}
	c.Engine = round2(median(c.Runs))
	return c, nil
}

// versus measures the engine and a rival so many times.
func (b *bench) versus(ctx context.Context, c *comparison, rounds int, other func(context.Context, uint64) (speed, error)) (*rival, error) {
	mine := func() (speed, error) { return b.rate(ctx, c.Nonces) }
	runs, r, err := inTurn(rounds, mine, func() (speed, error) { return other(ctx, c.Nonces) })
	c.Runs = append(c.Runs, runs...)
	return r, err
}

// inTurn measures two so many times, taking turns in who is first; runs are mine's by the clock.
func inTurn(rounds int, mine, other func() (speed, error)) (runs []float64, r *rival, err error) {
	r = &rival{}
	for i := range rounds {
		var rates [2]speed
		for k := range 2 {
			who := (i + k) % 2
			if rates[who], err = []func() (speed, error){mine, other}[who](); err != nil {
				return nil, nil, err
			}
		}
		runs = append(runs, round2(rates[0].wall))
		r.Runs = append(r.Runs, round2(rates[1].wall))
		r.Ratios = append(r.Ratios, round4(rates[0].wall/rates[1].wall))
		if rates[0].cpu > 0 && rates[1].cpu > 0 {
			r.CPURatios = append(r.CPURatios, round4(rates[0].cpu/rates[1].cpu))
		}
	}
	if len(r.CPURatios) > 0 {
		m := round4(median(r.CPURatios))
		r.CPURatio = &m
	}
	r.Hashrate, r.Ratio = round2(median(r.Runs)), round4(median(r.Ratios))
	return runs, r, nil
}

// rate is the engine's.
func (b *bench) rate(ctx context.Context, n uint64) (speed, error) {
	began := cpuTime()
	n, took, _, err := b.hash(ctx, n, 0)
	return speedOf(n, took, cpuTime()-began), err
}

func speedOf(n uint64, wall, cpu time.Duration) speed {
	s := speed{wall: float64(n) / wall.Seconds()}
	if cpu > 0 {
		s.cpu = float64(n) / cpu.Seconds()
	}
	return s
}

// loop is the bare C loop's, on the engine's own memory while the engine is paused.
func (b *bench) loop(ctx context.Context, n uint64) (speed, error) {
	b.engine.Pause()
	if err := b.settle(ctx); err != nil {
		return speed{}, err
	}
	mem := b.lib.dataset
	if mem == nil {
		mem = b.lib.cache
	}
	began := cpuTime()
	r, err := randomx.Loop(mem, len(b.engine.Report().Threads), 0, uint32(n))
	if err != nil {
		return speed{}, err
	}
	if want, known := benchSums[n]; known && r.Sum != want {
		return speed{}, adit.Errorf(adit.Internal, "the C loop computed wrong hashes")
	}
	return speedOf(n, r.Took, cpuTime()-began), nil
}

// Source: xmrig BenchClient: "benchmark finished in 245.254 seconds (1019.4 h/s) hash sum = …".
var xmrigDone = regexp.MustCompile(`finished in ([0-9.]+) seconds`)

// xmrig runs XMRig's own offline benchmark, on memory of its own, and reads the seconds from its log.
func (b *bench) xmrig(ctx context.Context, _ uint64) (speed, error) {
	b.engine.Pause()
	if err := b.settle(ctx); err != nil {
		return speed{}, err
	}
	size, err := benchSize(b.o.size)
	if err != nil {
		return speed{}, err
	}
	args := []string{"--bench=" + b.o.size, "-t", strconv.Itoa(len(b.engine.Report().Threads)), "--no-color", "--donate-level=0"}
	if b.o.noHuge {
		args = append(args, "--no-huge-pages")
	}
	cmd := exec.CommandContext(ctx, b.o.xmrig, args...)
	out, err := cmd.StdoutPipe() // it logs to a pipe or a terminal, not to a file
	if err != nil {
		return speed{}, err
	}
	if err := cmd.Start(); err != nil {
		return speed{}, adit.InvalidField("xmrig", "%v", err)
	}
	rate, log := 0.0, tailOf{}
	buf := make([]byte, 4096)
	for {
		k, err := out.Read(buf)
		log.add(string(buf[:k]))
		if m := xmrigDone.FindStringSubmatch(log.text); m != nil {
			s, _ := strconv.ParseFloat(m[1], 64)
			rate = size / s
			_ = cmd.Process.Kill() // it stays until a key is pressed
			break
		}
		if err != nil {
			break
		}
	}
	_ = cmd.Wait() // killed
	if rate == 0 {
		return speed{}, adit.Errorf(adit.Refused, "XMRig printed no result; its last words: %s", log.text)
	}
	return speed{wall: rate}, nil
}

// tailOf keeps the end of what was read.
type tailOf struct{ text string }

func (t *tailOf) add(s string) {
	t.text += s
	t.text = t.text[max(0, len(t.text)-4096):]
}

// benchSize reads 250K or 1M.
func benchSize(s string) (float64, error) {
	unit := map[byte]float64{'K': 1e3, 'M': 1e6}[strings.ToUpper(s + " ")[max(0, len(s)-1)]]
	v, err := strconv.ParseFloat(strings.TrimRight(strings.ToUpper(s), "KM"), 64)
	if err != nil || v <= 0 {
		return 0, adit.InvalidField("xmrig-bench", "%q is no size; write 250K or 1M", s)
	}
	if unit == 0 {
		unit = 1
	}
	return v * unit, nil
}
