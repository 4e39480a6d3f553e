package engine

import (
	"strconv"
	"testing"

	"github.com/adit-mining/adit"
)

func TestAvailable(t *testing.T) {
	root := rootWith(t, 8<<30)
	m := Memory{Root: root}
	if b, ok := m.Available(); !ok || b != 8<<30 {
		t.Errorf("available %d %v", b, ok)
	}
	put(t, root, "proc/self/cgroup", "0::/user.slice/miner.scope\n")
	put(t, root, "sys/fs/cgroup/user.slice/miner.scope/memory.max", "max\n")
	put(t, root, "sys/fs/cgroup/user.slice/miner.scope/memory.current", "1000\n")
	if b, _ := m.Available(); b != 8<<30 {
		t.Errorf("with a group without limit: %d", b)
	}
	put(t, root, "sys/fs/cgroup/user.slice/memory.max", strconv.Itoa(4<<30)+"\n")
	put(t, root, "sys/fs/cgroup/user.slice/memory.current", strconv.Itoa(3<<30)+"\n")
	put(t, root, "sys/fs/cgroup/user.slice/memory.stat", "anon 5\ninactive_file "+strconv.Itoa(1<<30)+"\n")
	if b, _ := m.Available(); b != 2<<30 {
		t.Errorf("with a limit of 4 GiB, 3 used, 1 of it cold: %d", b)
	}
	if m.lacks(NeedFirst, 2<<30) == "" {
		t.Error("2 GiB are said to be enough")
	}
	if (Memory{Root: t.TempDir()}).lacks(NeedFirst, 2<<30) != "" {
		t.Error("an unknown amount must not forbid")
	}
}

func TestHugeFree(t *testing.T) {
	root := t.TempDir()
	put(t, root, "proc/meminfo", "MemAvailable: 1000 kB\nHugePages_Total:    1200\nHugePages_Free:     1170\nHugePages_Rsvd:        2\nHugepagesize:       2048 kB\n")
	m := Memory{Root: root}
	if got := m.HugeFree(); got != 1168<<21 {
		t.Errorf("free huge pages: %d", got)
	}
	if why := m.lacks(NeedFirst, 2080<<20); why != "" {
		t.Errorf("reserved pages suffice, but: %s", why)
	}
}

func TestSelf(t *testing.T) {
	root := t.TempDir()
	m := Memory{Root: root}
	if rss, huge := m.Self(); rss != nil || huge != nil {
		t.Error("unknown memory must be nil")
	}
	put(t, root, "proc/self/status", "Name:\tx\nVmRSS:\t   10452 kB\nHugetlbPages:\t 2396160 kB\n")
	rss, huge := m.Self()
	if rss == nil || *rss != 10452<<10 || huge == nil || *huge != 2396160<<10 {
		t.Errorf("rss %v, huge %v", rss, huge)
	}
	if m.Transparent() != nil {
		t.Error("unknown transparent pages must be nil")
	}
	put(t, root, "proc/self/smaps_rollup", "00400000-7ffd [rollup]\nRss:  100 kB\nAnonHugePages:   2127872 kB\n")
	if b := m.Transparent(); b == nil || *b != 2127872<<10 {
		t.Errorf("transparent %v", b)
	}
}

func TestCaches(t *testing.T) {
	root := t.TempDir()
	for cpu := range 4 { // two chiplets of two CPUs
		dir := "sys/devices/system/cpu/cpu" + strconv.Itoa(cpu) + "/cache/index3/"
		put(t, root, dir+"level", "3\n")
		put(t, root, dir+"type", "Unified\n")
		put(t, root, dir+"size", "3072K\n")
		put(t, root, dir+"shared_cpu_list", strconv.Itoa(cpu/2*2)+"-"+strconv.Itoa(cpu/2*2+1)+"\n")
	}
	c := CPUs{Root: root}
	if l3 := c.Cache(3, []int{0, 1, 2, 3}); l3 == nil || *l3 != 6<<20 {
		t.Errorf("L3 %v, want 6 MiB", l3)
	}
	if l3 := c.Cache(3, []int{1}); l3 == nil || *l3 != 3<<20 {
		t.Errorf("L3 of CPU 1: %v, want 3 MiB", l3)
	}
	if l2 := c.Cache(2, []int{0}); l2 != nil {
		t.Errorf("L2 %v, want nil", *l2)
	}
	if n := (CPUs{Root: t.TempDir()}).DefaultThreads(); n != len(CPUs{}.Allowed()) {
		t.Errorf("%d threads without knowing the cache, want every CPU", n)
	}
}

func TestConfig(t *testing.T) {
	lib := newFake(t)
	for name, c := range map[string]Config{
		"library":  {},
		"threads":  {Library: lib, Threads: -1},
		"many":     {Library: lib, Threads: 5000},
		"mode":     {Library: lib, Mode: "turbo"},
		"affinity": {Library: lib, Affinity: []int{100000}},
	} {
		if _, err := New(c); adit.CodeOf(err) != adit.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	e, err := New(Config{Library: lib})
	if err != nil || len(e.threads) < 1 || e.cfg.Builders != len(e.threads) {
		t.Errorf("defaults: %v", err)
	}
}
