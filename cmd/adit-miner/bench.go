package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"runtime"
	"slices"
	"strconv"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/pow/engine"
	"github.com/adit-mining/adit/pow/randomx"
)

const benchHelp = `adit-miner bench: hashes per second of this machine, as JSON on stdout

Hashes XMRig's benchmark blob (112 zero bytes, seed of zeros, nonces from 0) once the dataset is ready.
--compare runs the engine and a bare C loop over librandomx in turn and prints the ratios, by the clock and by CPU time
(a busy machine disturbs the second less); with --xmrig PATH also XMRig.
--verify measures what adit-miner verify answers instead, on one thread, in turn with the bare C loop on the same memory.`

// benchSums are the sums of rx/0 by nonces. Source: xmrig src/backend/common/benchmark/BenchState_test.h.
var benchSums = map[uint64]uint64{
	10_000: 0x4a597463865acf0e, 20_000: 0xc82b490c757da738, 500_000: 0x96607546de1f5ecc, 1_000_000: 0x898b6e0431c28a6b,
}

// longNonces is what --long checks.
const longNonces = 500_000

// benchOptions are the flags of bench.
type benchOptions struct {
	nonces      uint64
	length      time.Duration
	threads     int
	affinity    list
	mode        string
	noHuge      bool
	noTHP       bool
	check       bool
	sum         string
	compare     bool
	verify      bool
	rounds      int
	long        bool
	xmrig, size string
	nice        int
}

// benchResult is what bench prints. Nil: not measured.
type benchResult struct {
	Mode      engine.Mode `json:"mode"`
	Threads   int         `json:"threads"`
	Nonces    uint64      `json:"nonces"`
	Seconds   float64     `json:"seconds"`
	Hashrate  float64     `json:"hashrate"` // H/s; with compare the median
	Sum       string      `json:"sum"`
	Check     string      `json:"check,omitempty"` // "ok", or the sum that was expected
	Dataset   *float64    `json:"datasetSeconds"`
	HugePages []int       `json:"hugepages"`            // reserved: got, wanted
	THP       *adit.Bytes `json:"transparentHugePages"` // bytes
	RSS       *adit.Bytes `json:"rss"`
	Library   string      `json:"library"`
	Compare   *comparison `json:"compare,omitempty"`
}

func benchCommand(ctx context.Context, args []string, out, errs io.Writer) error {
	var o benchOptions
	fs := flags("bench", benchHelp, errs)
	fs.Uint64Var(&o.nonces, "nonces", 0, "hash `N` nonces; 0: for --seconds")
	fs.DurationVar(&o.length, "seconds", 20*time.Second, "hash for this `TIME`, such as 20s, where no --nonces are given")
	fs.IntVar(&o.threads, "threads", 0, "how many `N` threads; 0: as many as mine takes")
	fs.Var(&o.affinity, "affinity", "`CPUS` to bind threads to, such as 0,1")
	fs.StringVar(&o.mode, "mode", "auto", "auto, light or fast `MODE`")
	fs.BoolVar(&o.noHuge, "no-huge-pages", false, "leave reserved huge pages to others")
	fs.BoolVar(&o.noTHP, "no-thp", false, "do not ask for transparent huge pages for the dataset")
	fs.BoolVar(&o.check, "check", false, "compare with the published sum of so many nonces (10000, 20000, 500000, 1000000)")
	fs.StringVar(&o.sum, "sum", "", "compare with this sum (`HEX`) instead")
	fs.BoolVar(&o.compare, "compare", false, "measure a bare C loop over librandomx in turn with the engine")
	fs.BoolVar(&o.verify, "verify", false, "measure how many hashes a second verify answers; --mode light, or fast for a whole dataset")
	fs.IntVar(&o.rounds, "rounds", 5, "how many `PAIRS` --compare and --verify measure")
	fs.BoolVar(&o.long, "long", false, "also check the published sum of 500000 nonces (about ten minutes on two cores)")
	fs.StringVar(&o.xmrig, "xmrig", os.Getenv("XMRIG"), "`PATH` of an XMRig binary to compare with too; XMRIG in the environment does the same")
	fs.StringVar(&o.size, "xmrig-bench", "250K", "its --bench `SIZE`; release builds take no less than 250K")
	fs.IntVar(&o.nice, "nice", 0, "niceness `N`")
	if err := parse(fs, args); err != nil {
		return err
	}
	if o.check && o.nonces == 0 && o.sum == "" {
		o.nonces = 20_000
	}
	want, err := o.expected()
	if err != nil {
		return err
	}
	if err := setNice(o.nice); err != nil {
		return err
	}
	if o.verify {
		return benchVerify(ctx, o, out, errs)
	}
	b, err := newBench(o)
	if err != nil {
		return err
	}
	defer b.close()
	b.errs = errs
	r, err := b.measure(ctx, want)
	if err != nil {
		return err
	}
	e := json.NewEncoder(out)
	e.SetIndent("", "  ")
	if err := e.Encode(r); err != nil {
		return err
	}
	if r.Check != "" && r.Check != "ok" {
		return adit.Errorf(adit.Internal, "wrong hashes: the sum is %s, it should be %s", r.Sum, r.Check)
	}
	return nil
}

// expected is the sum that the run must have, nil where none is known.
func (o benchOptions) expected() (*uint64, error) {
	if o.sum != "" {
		v, err := strconv.ParseUint(o.sum, 0, 64)
		if err != nil {
			v, err = strconv.ParseUint(o.sum, 16, 64)
		}
		if err != nil || o.nonces == 0 {
			return nil, adit.InvalidField("sum", "must be a hexadecimal number and needs --nonces")
		}
		return &v, nil
	}
	if !o.check {
		return nil, nil
	}
	v, ok := benchSums[o.nonces]
	if !ok {
		return nil, adit.InvalidField("check", "no sum is known for %d nonces; try 10000, 20000, 500000 or 1000000", o.nonces)
	}
	return &v, nil
}

// measure makes the memory ready and hashes as was asked.
func (b *bench) measure(ctx context.Context, want *uint64) (benchResult, error) {
	runtime.GOMAXPROCS(max(runtime.GOMAXPROCS(0), len(b.engine.Report().Threads)+2)) // as mine does
	if err := b.ready(ctx); err != nil {
		return benchResult{}, err
	}
	rep := b.engine.Report()
	r := benchResult{
		Mode: rep.Mode, Threads: len(rep.Threads), HugePages: []int{rep.Pages.Got, rep.Pages.Want}, RSS: rep.RSS, THP: engine.Memory{}.Transparent(), Library: fmt.Sprint(b.lib.Library),
	}
	if rep.Build != nil {
		s := round2(rep.Build.Seconds())
		r.Dataset = &s
	}
	if b.o.compare || b.o.xmrig != "" {
		c, err := b.compareAll(ctx)
		if err != nil {
			return r, err
		}
		r.Compare, r.Nonces, r.Hashrate = c, c.Nonces, c.Engine
		c.tell(b.errs)
		if !b.o.long {
			return r, nil
		}
	}
	if b.o.long {
		sum := benchSums[longNonces]
		b.o.nonces, want = longNonces, &sum
	}
	n, took, sum, err := b.hash(ctx, b.o.nonces, b.o.length)
	if err != nil {
		return r, err
	}
	r.Nonces, r.Seconds, r.Hashrate, r.Sum = n, round2(took.Seconds()), round2(float64(n)/took.Seconds()), fmt.Sprintf("%#016x", sum)
	if want != nil {
		r.Check = "ok"
		if sum != *want {
			r.Check = fmt.Sprintf("%#016x", *want)
		}
	}
	return r, nil
}

// median of at least one value.
func median(v []float64) float64 {
	s := slices.Sorted(slices.Values(v))
	if len(s)%2 == 1 {
		return s[len(s)/2]
	}
	return (s[len(s)/2-1] + s[len(s)/2]) / 2
}

func round4(v float64) float64 { return math.Round(v*1e4) / 1e4 }

var _ engine.Library = (*catcher)(nil)

// catcher lends the engine its library and remembers the memory made, so that the C loop hashes with the very same.
type catcher struct {
	engine.Library
	cache, dataset randomx.LoopMemory
}

func (c *catcher) OpenCache(seed []byte) (engine.Cache, error) {
	m, err := c.Library.OpenCache(seed)
	c.cache = m
	return m, err
}

func (c *catcher) OpenDataset() (engine.Dataset, error) {
	m, err := c.Library.OpenDataset()
	c.dataset = m
	return m, err
}
