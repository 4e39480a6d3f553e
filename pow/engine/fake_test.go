package engine

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/adit-mining/adit"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fakeLib hashes with SHA-256 of seed and input. Its times pass only in a synctest bubble's clock. It fails the test
// when memory is used after it was closed, or closed twice.
type fakeLib struct {
	t          *testing.T
	hash       time.Duration // one hash in fast mode; ten times as much in light mode
	open       time.Duration // a cache
	fill       time.Duration // one chunk
	items      uint64
	noDataset  atomic.Bool
	noCache    atomic.Bool
	caches     atomic.Int32 // alive
	datasets   atomic.Int32 // alive
	vms        atomic.Int32 // alive
	mostCaches atomic.Int32
	opened     sync.Map // seed → how often its cache was opened
	filled     atomic.Uint64
}

func newFake(t *testing.T) *fakeLib {
	return &fakeLib{t: t, hash: 10 * time.Millisecond, open: 300 * time.Millisecond, fill: 20 * time.Millisecond, items: 500*fillChunk + 7}
}

func (l *fakeLib) Algorithms() []adit.Algorithm { return []adit.Algorithm{adit.RandomX} }
func (l *fakeLib) DatasetSize() adit.Bytes      { return 2080 << 20 }

func (l *fakeLib) OpenCache(seed []byte) (Cache, error) {
	<-time.After(l.open)
	if l.noCache.Load() {
		return nil, errors.New("no memory for a cache")
	}
	n, _ := l.opened.LoadOrStore(string(seed), new(atomic.Int32))
	n.(*atomic.Int32).Add(1)
	l.mostCaches.Store(max(l.mostCaches.Load(), l.caches.Add(1)))
	return &fakeMemory{lib: l, seed: string(seed), live: &l.caches, delay: 10 * l.hash}, nil
}

func (l *fakeLib) OpenDataset() (Dataset, error) {
	if l.noDataset.Load() {
		return nil, errors.New("no memory for a dataset")
	}
	l.datasets.Add(1)
	return &fakeMemory{lib: l, live: &l.datasets, delay: l.hash}, nil
}

func (l *fakeLib) opens(seed byte) int {
	n, ok := l.opened.Load(string(seedOf(seed)))
	if !ok {
		return 0
	}
	return int(n.(*atomic.Int32).Load())
}

// fakeMemory is a cache or a dataset.
type fakeMemory struct {
	lib    *fakeLib
	live   *atomic.Int32
	delay  time.Duration
	mu     sync.Mutex
	seed   string
	closed bool
	users  int
	chunks map[uint64]string // first item → seed it was computed for
}

// full reports whether every chunk is of the seed.
func (m *fakeMemory) full() bool {
	if m.live == &m.lib.caches {
		return true
	}
	for first := uint64(0); first < m.lib.items; first += fillChunk {
		if m.chunks[first] != m.seed {
			return false
		}
	}
	return true
}

func (m *fakeMemory) Items() uint64 { return m.lib.items }
func (m *fakeMemory) Pages() Pages  { return Pages{Got: 1, Want: 2} }

func (m *fakeMemory) Fill(c Cache, first, count uint64) {
	seed := c.(*fakeMemory).use("a cache for filling")
	m.mu.Lock()
	if m.closed || m.users > 0 {
		m.lib.t.Error("a dataset is filled that is closed or in use")
	}
	if m.chunks == nil {
		m.chunks = map[uint64]string{}
	}
	m.seed = seed
	m.chunks[first] = seed
	m.mu.Unlock()
	m.lib.filled.Add(count)
	<-time.After(m.lib.fill)
	c.(*fakeMemory).use("a cache for filling")
}

func (m *fakeMemory) use(what string) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		m.lib.t.Errorf("%s is used after it was closed", what)
	}
	return m.seed
}

func (m *fakeMemory) VM() (VM, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed || !m.full() {
		m.lib.t.Errorf("a VM of memory that is closed (%v) or not full", m.closed)
	}
	m.users++
	m.lib.vms.Add(1)
	return &fakeVM{m: m}, nil
}

func (m *fakeMemory) Close() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed || m.users > 0 {
		m.lib.t.Errorf("closed twice (%v) or with %d users", m.closed, m.users)
	}
	m.closed = true
	m.live.Add(-1)
}

type fakeVM struct {
	m  *fakeMemory
	in []byte
}

func fakeHash(seed string, in []byte) [32]byte { return sha256.Sum256(append([]byte(seed), in...)) }

func (v *fakeVM) First(in []byte) {
	v.m.use("memory")
	v.in = append([]byte(nil), in...)
}

func (v *fakeVM) Next(in []byte, out *[32]byte) {
	<-time.After(v.m.delay)
	*out = fakeHash(v.m.use("memory"), v.in)
	v.in = append(v.in[:0], in...)
}

func (v *fakeVM) Last(out *[32]byte) {
	<-time.After(v.m.delay)
	*out = fakeHash(v.m.use("memory"), v.in)
	v.in = nil
}

func (v *fakeVM) Pages() Pages { return Pages{Got: 1, Want: 1} }

func (v *fakeVM) Close() {
	v.m.mu.Lock()
	defer v.m.mu.Unlock()
	if v.in != nil {
		v.m.lib.t.Error("a VM is closed with a hash under way")
	}
	v.m.users--
	v.m.lib.vms.Add(-1)
}

// rootWith is a folder with a /proc/meminfo of so many bytes available.
func rootWith(t *testing.T, available adit.Bytes) string {
	t.Helper()
	root := t.TempDir()
	put(t, root, "proc/meminfo", fmt.Sprintf("MemTotal:       33554432 kB\nMemAvailable:   %d kB\nHugePages_Free:        0\nHugepagesize:       2048 kB\n", available>>10))
	return root
}

func put(t *testing.T, root, name, text string) {
	t.Helper()
	p := filepath.Join(root, name)
	if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(p, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func seedOf(b byte) []byte {
	s := make([]byte, 32)
	s[0] = b
	return s
}

func jobOf(id string, seed byte) Job {
	blob := make([]byte, 76)
	copy(blob[43:], id)
	return Job{ID: id, Algorithm: adit.RandomX, Blob: blob, Target: 1, Seed: [32]byte(seedOf(seed))}
}

// bench is an engine running in a bubble.
type bench struct {
	*Engine
	lib *fakeLib
	end func() // stops it and waits
}

// inBubble runs f with an engine in virtual time; after f everything must be freed.
func inBubble(t *testing.T, avail adit.Bytes, tune func(*Config, *fakeLib), f func(t *testing.T, b bench)) {
	t.Helper()
	root := rootWith(t, avail)
	synctest.Test(t, func(t *testing.T) {
		lib := newFake(t)
		cfg := Config{Library: lib, Threads: 2, Root: root}
		if tune != nil {
			tune(&cfg, lib)
		}
		e, err := New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- e.Run(ctx) }()
		var once sync.Once
		end := func() {
			once.Do(func() {
				began := time.Now()
				cancel()
				if err := <-done; err != nil {
					t.Error(err)
				}
				if took := time.Since(began); took > 2*time.Second {
					t.Errorf("the end took %v", took)
				}
			})
		}
		f(t, bench{e, lib, end})
		end()
		if c, d, v := lib.caches.Load(), lib.datasets.Load(), lib.vms.Load(); c != 0 || d != 0 || v != 0 {
			t.Errorf("still alive after the end: %d caches, %d datasets, %d VMs", c, d, v)
		}
	})
}

// after lets virtual time pass.
func after(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

func (b bench) job(t *testing.T, j Job) {
	t.Helper()
	if err := b.SetJob(j); err != nil {
		t.Fatal(err)
	}
}
