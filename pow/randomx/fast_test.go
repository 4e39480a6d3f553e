//go:build randomx && cgo

package randomx

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/adit-mining/adit/internal/shared"
	"github.com/adit-mining/adit/pow/engine"
)

// datasets is one full dataset that the tests of fast mode share, made again for each key: filling takes half a minute.
type memory struct {
	lib     engine.Library
	cache   engine.Cache
	dataset engine.Dataset
}

// fill makes cache and dataset of a key; the dataset's memory is used again.
func (m *memory) fill(t testing.TB, key []byte) {
	t.Helper()
	var err error
	if m.lib == nil {
		if why := enough(); why != "" {
			t.Skip(why)
		}
		if m.lib, err = Open(Options{}); err != nil {
			t.Fatal(err)
		}
		if m.dataset, err = m.lib.OpenDataset(); err != nil {
			t.Fatal(err)
		}
	}
	if m.cache != nil {
		m.cache.Close()
	}
	if m.cache, err = m.lib.OpenCache(key); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	var (
		next atomic.Uint64
		all  sync.WaitGroup
	)
	const chunk = 65536
	for range runtime.NumCPU() {
		all.Go(func() {
			for {
				first := next.Add(chunk) - chunk
				if first >= m.dataset.Items() {
					return
				}
				m.dataset.Fill(m.cache, first, min(chunk, m.dataset.Items()-first))
			}
		})
	}
	all.Wait()
	t.Logf("dataset of key %.12x in %.1f s", key, time.Since(began).Seconds())
}

func (m *memory) close() {
	if m.cache != nil {
		m.cache.Close()
	}
	if m.dataset != nil {
		m.dataset.Close()
	}
}

func enough() string {
	avail, ok := engine.Memory{}.Available()
	if ok && avail < engine.NeedFirst && (engine.Memory{}).HugeFree() < datasetSize {
		return fmt.Sprintf("fast mode needs 3 GiB, %d MiB are available", avail>>20)
	}
	return ""
}

// TestFast checks in fast mode, filling as few datasets as possible: the published hashes, dataset items and xmrig's
// benchmark sums.
func TestFast(t *testing.T) {
	if testing.Short() {
		t.Skip("fills datasets of 2 GiB")
	}
	var m memory
	t.Cleanup(m.close)
	f := readVectors(t)
	keys := map[string][]vector{}
	for _, v := range f.Vectors {
		keys[v.Key] = append(keys[v.Key], v)
	}
	for key, vs := range keys {
		t.Run(key, func(t *testing.T) {
			m.fill(t, []byte(key))
			vm, err := m.dataset.VM()
			if err != nil {
				t.Fatal(err)
			}
			defer vm.Close()
			for _, v := range vs {
				if got := hashOf(vm, unhex(t, v.Input)); got != v.Hash {
					t.Errorf("%s: got %s, want %s", v.ID, got, v.Hash)
				}
			}
			for _, w := range f.Words {
				if want, _ := strconv.ParseUint(w.U64, 0, 64); w.Key == key && m.dataset.(*dataset).word(w.Item) != want {
					t.Errorf("dataset item %d: got %x, want %x", w.Item, m.dataset.(*dataset).word(w.Item), want)
				}
			}
		})
	}
	t.Run("bench", func(t *testing.T) {
		m.fill(t, make([]byte, 32))
		checkSums(t, benchRows(t, 20_000), m.dataset)
		// The cache alone is a tenth as fast: it must say the same of a part.
		const part = 2000
		fast, err := Loop(m.dataset, runtime.NumCPU(), 0, part)
		if err != nil {
			t.Fatal(err)
		}
		light, err := Loop(m.cache, runtime.NumCPU(), 0, part)
		if err != nil || light.Sum != fast.Sum {
			t.Errorf("%d nonces: sum %#x with the cache, %#x with the dataset, %v", part, light.Sum, fast.Sum, err)
		}
	})
}

// TestBenchLight checks xmrig's benchmark sums with the cache alone, where TestFast could not for want of memory, or when
// asked to. Else it is left out: it is four minutes of two cores, a seventh of what make test may take, and TestFast
// compares the hashes of the cache with those of the dataset, whose sums it checks.
func TestBenchLight(t *testing.T) {
	if testing.Short() || enough() == "" && os.Getenv("ADIT_LONG") == "" {
		t.Skip("takes minutes; TestFast compares a part: ADIT_LONG=1")
	}
	lib, err := Open(Options{})
	if err != nil {
		t.Fatal(err)
	}
	c, err := lib.OpenCache(make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	checkSums(t, benchRows(t, 20_000), c) // about four minutes on two cores
}

// TestShares checks the shares of xmr-stratum-e2e.json in light mode.
func TestShares(t *testing.T) {
	e2e := readShares(t)
	lib, err := Open(Options{})
	if err != nil {
		t.Fatal(err)
	}
	c, err := lib.OpenCache(unhex(t, e2e[0].Job.Seed))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	checkShares(t, e2e, c.VM)
}

type share struct {
	Nonce  string `json:"nonce"`
	Result string `json:"result"`
	Diff   uint64 `json:"actual_diff"`
}

type shareVector struct {
	Name string `json:"name"`
	Job  struct {
		Blob string `json:"blob"`
		Algo string `json:"algo"`
		Seed string `json:"seed_hash"`
	} `json:"job"`
	Target string `json:"target_u64"`
	Accept share  `json:"accept"`
	Reject share  `json:"reject_low_difficulty"`
}

func readShares(t *testing.T) []shareVector {
	t.Helper()
	var f struct{ Vectors []shareVector }
	if err := json.Unmarshal(shared.Read(t, "vectors/xmr-stratum-e2e.json"), &f); err != nil || len(f.Vectors) == 0 {
		t.Fatal("no vectors", err)
	}
	return f.Vectors
}

func checkShares(t *testing.T, vs []shareVector, open func() (engine.VM, error)) {
	t.Helper()
	vm, err := open()
	if err != nil {
		t.Fatal(err)
	}
	defer vm.Close()
	for _, v := range vs {
		if v.Job.Seed != vs[0].Job.Seed {
			t.Fatalf("%s has another seed; this test opens one", v.Name)
		}
		target, err := strconv.ParseUint(v.Target, 16, 64)
		if err != nil {
			t.Fatal(err)
		}
		for want, s := range map[bool]share{true: v.Accept, false: v.Reject} {
			blob := unhex(t, v.Job.Blob)
			copy(blob[39:], unhex(t, s.Nonce))
			var out [32]byte
			vm.First(blob)
			vm.Last(&out)
			if got := hex.EncodeToString(out[:]); got != s.Result {
				t.Errorf("%s nonce %s: got %s, want %s", v.Name, s.Nonce, got, s.Result)
			}
			if got := engine.Value(&out) < target; got != want {
				t.Errorf("%s nonce %s: below the target: %v, want %v", v.Name, s.Nonce, got, want)
			}
			if d := engine.Difficulty(engine.Value(&out)); s.Diff != 0 && d != s.Diff {
				t.Errorf("%s nonce %s: difficulty %d, want %d", v.Name, s.Nonce, d, s.Diff)
			}
		}
	}
}

type benchRow struct {
	Algo   string `json:"algo"`
	Mode   string `json:"mode"`
	Nonces uint32 `json:"nonces"`
	XOR    string `json:"xor"`
}

// benchRows are the sums of rx/0 up to so many nonces (all up to 500k with ADIT_LONG=1), smallest first; what is left
// out is named with the reason.
func benchRows(t *testing.T, most uint32) (rows []benchRow) {
	t.Helper()
	var f struct{ Vectors []benchRow }
	if err := json.Unmarshal(shared.Read(t, "vectors/randomx-xmrig-bench.json"), &f); err != nil {
		t.Fatal(err)
	}
	if os.Getenv("ADIT_LONG") != "" {
		most = 500_000
	}
	for _, v := range f.Vectors {
		switch {
		case v.Algo != "rx/0":
			t.Logf("skipped: %s %s %d: not in this librandomx (other constants or a newer version)", v.Algo, v.Mode, v.Nonces)
		case v.Mode != "independent":
			t.Logf("skipped: rx/0 %s %d: chains hashes, which a miner never does", v.Mode, v.Nonces)
		case v.Nonces > most:
			t.Logf("skipped: rx/0 %d: more than %d hashes; ADIT_LONG=1 goes to 500000", v.Nonces, most)
		default:
			rows = append(rows, v)
		}
	}
	slices.SortFunc(rows, func(a, b benchRow) int { return int(a.Nonces) - int(b.Nonces) })
	if len(rows) == 0 || rows[0].Nonces != 10_000 {
		t.Fatal("the row 10k is missing")
	}
	return rows
}

// checkSums computes all rows in one pass: a smaller row's nonces are the beginning of a bigger one's.
func checkSums(t *testing.T, rows []benchRow, m LoopMemory) {
	t.Helper()
	var (
		sum  uint64
		done uint32
	)
	for _, v := range rows {
		r, err := Loop(m, runtime.NumCPU(), done, v.Nonces-done)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%d nonces: %.1f H/s", v.Nonces, float64(v.Nonces-done)/r.Took.Seconds())
		sum ^= r.Sum
		done = v.Nonces
		if want, err := strconv.ParseUint(v.XOR, 0, 64); err != nil || sum != want {
			t.Errorf("%d nonces: sum %#x, want %s", v.Nonces, sum, v.XOR)
		}
	}
}
