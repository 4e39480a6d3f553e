package xmrig

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/device"
	"github.com/adit-mining/adit/internal/shared"
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// hear makes a miner that has heard lines, one second apart.
func hear(t testing.TB, lines ...string) *Miner {
	t.Helper()
	m, err := Open(device.Address{Name: "x", URL: "http://127.0.0.1:0", Token: token})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = m.Close() })
	for i, text := range lines {
		m.Listen([]device.Line{{At: noon.Add(time.Duration(i) * time.Second), Text: text}}, false)
	}
	return m
}

const stamp = "[2026-11-21 12:14:09.004]  "

func TestPort(t *testing.T) {
	m := hear(t)
	if _, err := m.Snapshot(t.Context()); adit.CodeOf(err) != adit.Unreachable || !strings.Contains(err.Error(), "not opened its API yet") {
		t.Errorf("no port is known yet: %v", err)
	}
	for _, c := range []struct {
		text string
		port int
	}{
		{" * ABOUT        XMRig/6.26.0 gcc/12.2.0 (built for Linux x86-64, 64 bit)", 0},
		{" * HTTP API     127.0.0.1:18201 ", 18201},
		{" * HTTP API     127.0.0.1:18202", 18202},
		{" * HTTP API     ::1:18203 ", 18203},
		{"* HTTP API     127.0.0.1:18204 ", 18204}, // without the space that a log may have dropped
		{stamp + "net      * HTTP API     127.0.0.1:1 ", 18204},
		{" * HTTP API     nothing", 18204},
		{" * ABOUT        XMRig/6.26.0", 0}, // started again: the old port is nobody's
	} {
		m.Listen([]device.Line{{At: noon, Text: c.text}}, false)
		if got := m.Port(); got != c.port {
			t.Errorf("after %q: port %d, want %d", c.text, got, c.port)
		}
	}
	m.Listen([]device.Line{{At: noon, Text: " * HTTP API     127.0.0.1:8080 address already in use"}}, false)
	if _, err := m.Snapshot(t.Context()); adit.CodeOf(err) != adit.Unreachable || !strings.Contains(err.Error(), "address already in use") || m.Port() != 0 {
		t.Errorf("port taken: %v, port %d", err, m.Port())
	}
}

func TestFeeRounds(t *testing.T) {
	about := " * ABOUT        XMRig/6.26.0"
	start, end := stamp+"net      dev donate started", stamp+"net      dev donate finished"
	at := func(i int) time.Time { return noon.Add(time.Duration(i) * time.Second) }
	for name, c := range map[string]struct {
		lines  []string
		active *bool
		since  time.Time
	}{
		"nothing heard":        {nil, nil, time.Time{}},
		"middle of a run":      {[]string{stamp + "net      new job from p:1 diff 5 algo rx/0"}, nil, time.Time{}},
		"from the beginning":   {[]string{about}, boolean(false), at(0)},
		"a round":              {[]string{about, start}, boolean(true), at(1)},
		"over":                 {[]string{about, start, end}, boolean(false), at(2)},
		"killed in a round":    {[]string{about, start, about}, boolean(false), at(2)},
		"heard in the middle":  {[]string{start}, boolean(true), at(0)},
		"a pool's false words": {[]string{about, stamp + `cpu      rejected (1/1) diff 20 "net      dev donate started" (18 ms)`}, boolean(false), at(0)},
		"another tag":          {[]string{about, stamp + "miner    dev donate started"}, boolean(false), at(0)},
		"no stamp":             {[]string{about, "net      dev donate started"}, boolean(false), at(0)},
	} {
		k := hear(t, c.lines...).known()
		if (k.fee == nil) != (c.active == nil) || k.fee != nil && *k.fee != *c.active || !k.feeSince.Equal(c.since) {
			t.Errorf("%s: %v since %s, want %v since %s", name, k.fee, k.feeSince, c.active, c.since)
		}
	}
	m := hear(t, about, start)
	m.Listen(nil, true)
	if k := m.known(); k.fee != nil {
		t.Error("after lost lines nobody knows whether the round is over")
	}
}

// A share found for the author is written as the miner's own, with the count unchanged.
func TestShareTimes(t *testing.T) {
	m := hear(t, " * ABOUT        XMRig/6.26.0",
		stamp+"cpu      accepted (1/0) diff 5000 (621 ms)",
		stamp+`cpu      rejected (1/1) diff 20 "Low difficulty share" (18 ms)`,
		stamp+"net      dev donate started",
		stamp+"cpu      accepted (1/1) diff 100 (70 ms)")
	if last := m.known().last; last == nil || !last.Equal(noon.Add(time.Second)) {
		t.Errorf("last share %v, want the one at 12:00:01", last)
	}
	m.Listen([]device.Line{{At: noon.Add(time.Hour), Text: stamp + "opencl   accepted (2/1) diff 1000K (7 ms)"}}, false)
	if last := m.known().last; !last.Equal(noon.Add(time.Hour)) {
		t.Errorf("last share %v", last)
	}
	if hear(t, stamp+"cpu      accepted (99999999999999999999/0) diff 1 (1 ms)", stamp+"cpu      accepted (x/0)").known().last != nil {
		t.Error("an impossible count is believed")
	}
}

func TestDataset(t *testing.T) {
	begin := stamp + "randomx  init dataset algo rx/0 (2 threads) seed 418015bb9ae982a1..."
	full := stamp + "randomx  allocated 2336 MB (2080+256) huge pages 100% 1168/1168 +JIT (102 ms)"
	slow := stamp + "randomx  failed to allocate RandomX dataset, switching to slow mode (12 ms)"
	ready := stamp + "randomx  dataset ready (6924 ms)"
	for name, c := range map[string]struct {
		lines    []string
		mode     string
		building bool
	}{
		"nothing":       {nil, "", false},
		"building":      {[]string{begin, full}, "", true},
		"fast":          {[]string{begin, full, ready}, "fast", false},
		"light":         {[]string{begin, slow, ready}, "light", false},
		"light by wish": {[]string{begin, stamp + "randomx  fast RandomX mode disabled by config", slow, ready}, "light", false},
		"NUMA":          {[]string{begin, stamp + "randomx  #0 allocated 2080 MB huge pages 100% (1 ms)", stamp + "randomx  #0 dataset ready (5 ms)"}, "fast", false},
		"next seed":     {[]string{begin, full, ready, begin}, "", true},
		"no memory":     {[]string{begin, stamp + "randomx  failed to allocate RandomX memory (3 ms)"}, "", false},
	} {
		k := hear(t, c.lines...).known()
		if k.mode != c.mode || !k.building.IsZero() != c.building {
			t.Errorf("%s: mode %q, building %v", name, k.mode, k.building)
		}
	}
	k := hear(t, begin).known()
	if !k.builds(noon.Add(time.Minute)) || k.builds(noon.Add(time.Hour)) {
		t.Error("a dataset that takes an hour excuses nothing")
	}
}

func TestPoolErrors(t *testing.T) {
	for text, want := range map[string]string{
		stamp + `net      stratum+tcp://127.0.0.1:3999 127.0.0.1 connect error: "connection refused"`: `connect error: "connection refused"`,
		stamp + `net      stratum+tcp://pool.example:3999 read error: "end of file"`:                  `read error: "end of file"`,
		stamp + `net      pool.example:1 DNS error: "unknown node or service"`:                        `DNS error: "unknown node or service"`,
		stamp + `net      pool.example:1 login error code: 6`:                                         `login error code: 6`,
		stamp + `net      pool.example:1 error: "Invalid address", code: -1`:                          `error: "Invalid address", code: -1`,
		stamp + `net      pool.example:1 unsupported algorithm "x" detected, reconnect`:               `unsupported algorithm "x" detected, reconnect`,
		stamp + `net      no active pools, stop mining`:                                               `no pool answers`,
		stamp + `[pool.example:1] Failed to verify server certificate fingerprint`:                    `its certificate is not the one that was named (tlsFingerprint)`,
		stamp + `net      new job from pool.example:1 diff 5 algo rx/0`:                               ``,
	} {
		m := hear(t, " * ABOUT        XMRig/6.26.0", text)
		if got := m.known().poolWhy; got != want {
			t.Errorf("%s\n got %q, want %q", text, got, want)
		}
		m.Listen([]device.Line{{At: noon, Text: stamp + "net      use pool pool.example:1  127.0.0.1"}}, false)
		if got := m.known().poolWhy; got != "" {
			t.Errorf("connected again, yet %q", got)
		}
	}
	if got := hear(t, stamp+"net      p:1 error: "+strings.Repeat("é", 300)).known().poolWhy; len(got) > 200 || !strings.HasPrefix(got, "error: ") {
		t.Errorf("%d bytes of a pool's words", len(got))
	}
}

// TestRealLogs hears what XMRig 6.26 wrote elsewhere.
func TestRealLogs(t *testing.T) {
	dir := shared.Path(t, "fixtures/xmrig")
	for name, want := range map[string]struct {
		port     int
		mode     string
		accepted uint64
	}{
		"solo-fast.log":                  {18200, "fast", 15},
		"stdout-pool.log":                {18201, "light", 55},
		"stdout-pool-pause-put-stop.log": {18201, "light", 37},
		"stdout-solo-monerod.log":        {18200, "light", 1},
	} {
		m := hear(t, strings.Split(string(read(t, filepath.Join(dir, name))), "\n")...)
		k := m.known()
		if m.Port() != want.port || k.mode != want.mode || m.heard.accepted != want.accepted || k.last == nil || k.fee == nil || *k.fee || !k.building.IsZero() {
			t.Errorf("%s: port %d, mode %q, %d shares, last %v, fee %v, building %v; want %+v", name, m.Port(), k.mode, m.heard.accepted, k.last, k.fee, k.building, want)
		}
	}
}
