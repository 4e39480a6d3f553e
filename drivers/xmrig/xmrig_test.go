package xmrig

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/device"
	"github.com/adit-mining/adit/device/devicetest"
	"github.com/adit-mining/adit/drivers/internal/xmrapi/xmrapitest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const token = "0123456789abcdef"

// recorded is a case file: what XMRig answered at a moment, and what it had written until then.
type recorded struct {
	At                        time.Time
	Summary, Backends, Config json.RawMessage
	Lines                     []struct {
		At   time.Time
		Text string
	}
}

// output is what the case wrote, moved in time so that its moment is now.
func (r recorded) output() (lines []device.Line, moved time.Duration) {
	moved = time.Since(r.At)
	for _, l := range r.Lines {
		lines = append(lines, device.Line{At: l.At.Add(moved), Text: l.Text})
	}
	return lines, moved
}

func record(t testing.TB, name string) recorded {
	t.Helper()
	b, err := os.ReadFile("testdata/6.26.0/" + name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	var r recorded
	if err := json.Unmarshal(b, &r); err != nil {
		t.Fatal(err)
	}
	return r
}

func fake(t testing.TB, r recorded, change ...func(*Behaviour)) (*Fake, *Miner) {
	t.Helper()
	b := Behaviour{Token: token, Summary: string(r.Summary), Backends: string(r.Backends), Config: string(r.Config)}
	for _, c := range change {
		c(&b)
	}
	f := NewFake(b)
	t.Cleanup(f.Close)
	m, err := Open(f.Address("xmrig"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = m.Close() })
	return f, m
}

func fault(f Fault) func(*Behaviour) { return func(b *Behaviour) { b.Fault = f } }

func TestSuite(t *testing.T) {
	blank := recorded{Summary: []byte(`{"uptime":null,"hashrate":{"total":[null,null,null],"highest":null},"connection":{}}`), Backends: []byte(`[]`), Config: []byte(`{}`)}
	open := func(r recorded, change ...func(*Behaviour)) func(*testing.T) device.Device {
		return func(t *testing.T) device.Device {
			_, m := fake(t, r, change...)
			if len(r.Lines) > 0 {
				lines, _ := r.output()
				m.Listen(withoutPort(lines), false)
			}
			return m
		}
	}
	devicetest.Run(t, devicetest.Suite{Open: open(record(t, "donating")), Blank: open(blank), Hang: open(record(t, "hashing"), fault(FaultHang))})
}

// withoutPort leaves the recorded port out, so that the fake's own stays.
func withoutPort(lines []device.Line) []device.Line {
	return slices.DeleteFunc(slices.Clone(lines), func(l device.Line) bool { return strings.Contains(l.Text, "HTTP API") })
}

// TestGolden reads each recording; a new case needs no Go: add a recording and run with -update.
func TestGolden(t *testing.T) {
	cases, err := filepath.Glob("testdata/6.26.0/*.json")
	if err != nil || len(cases) == 0 {
		t.Fatal("no cases", err)
	}
	for _, c := range cases {
		name := strings.TrimSuffix(filepath.Base(c), ".json")
		t.Run(name, func(t *testing.T) {
			r := record(t, name)
			_, m := fake(t, r)
			lines, moved := r.output()
			m.Listen(withoutPort(lines), false)
			s, err := m.Snapshot(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			s.At = time.Time{}
			for _, at := range []**time.Time{&s.LastAccepted, &s.Fee.Since} {
				if *at != nil {
					back := (*at).Add(-moved)
					*at = &back
				}
			}
			xmrapitest.Golden(t, s, strings.TrimSuffix(c, ".json")+".golden")
		})
	}
}

func TestFaults(t *testing.T) {
	r := record(t, "hashing")
	xmrapitest.Faults(t, token, func(ff Fault, delay time.Duration) (device.Device, func()) {
		f, m := fake(t, r, fault(ff), func(b *Behaviour) { b.Delay = delay })
		return m, f.Close
	})
}

// Numbers that cannot be are unknown, not believed.
func TestLies(t *testing.T) {
	_, m := fake(t, recorded{Summary: []byte(`{"uptime":-5,"paused":false,"algo":"rx/0","donate_level":-1,"hugepages":[-1,3],
		"results":{"shares_good":-2,"shares_total":1e400,"diff_current":-1},"connection":{"rejected":1e30,"uptime":1e300,"ping":-4},
		"hashrate":{"total":[-1,null],"highest":-3}}`), Backends: []byte(`[{"type":"cpu","threads":[{"affinity":-1,"hashrate":[-9]},{}]}]`)})
	if _, err := m.Snapshot(t.Context()); adit.CodeOf(err) != adit.Refused {
		t.Errorf("a number no program can hold: got %v", err)
	}
	_, m = fake(t, recorded{Summary: []byte(`{"uptime":-5,"algo":"rx/0","donate_level":-1,"hugepages":true,
		"results":{"shares_good":-2,"shares_total":3,"diff_current":-1},"connection":{"rejected":1e30,"uptime":1e300,"ping":-4,"pool":"p:1","ip":"1.2.3.4"},
		"hashrate":{"total":[-1,null],"highest":-3}}`), Backends: []byte(`[{"type":"cpu","threads":[{"affinity":-1,"hashrate":[-9]},{}]}]`)})
	s, err := m.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if s.Uptime != nil || s.Hashrate != nil || s.Hashrate60s != nil || s.Accepted != nil || s.Rejected != nil || s.Difficulty != nil ||
		s.HugePages != nil || s.Fee != nil || s.Pool.Uptime != nil || s.Pool.Ping != nil || s.Threads[0].Hashrate != nil || s.Threads[0].Affinity != nil {
		t.Errorf("an impossible number is believed: %+v", s)
	}
}

// A port that another program has taken may redirect: our token must not follow.
func TestNoRedirect(t *testing.T) {
	f, _ := fake(t, record(t, "hashing"))
	xmrapitest.NoRedirect(t, f.Address("x").URL, func(url string) (device.Device, error) {
		return Open(device.Address{Name: "x", URL: url, Token: token})
	})
}

func TestOpenRefuses(t *testing.T) {
	for _, a := range []device.Address{
		{Name: "", URL: "http://127.0.0.1:1"}, {Name: "x"}, {Name: "x", URL: "https://127.0.0.1:1"}, {Name: "x", URL: "http://10.0.0.1:1"},
		{Name: "x", URL: "http://127.0.0.1"}, {Name: "x", URL: "http://u:p@127.0.0.1:1"}, {Name: "x", URL: "http://localhost.example:1"},
		{Name: "x", URL: "http://127.0.0.1:1", Settings: []byte("{")},
	} {
		if _, err := Open(a); adit.CodeOf(err) != adit.Invalid {
			t.Errorf("%+v: got %v", a, err)
		}
	}
}

// FuzzDecode: whatever XMRig answers and writes, a Snapshot is made or an error, and no unknown becomes absurd.
func FuzzDecode(f *testing.F) {
	for _, c := range []string{"hashing", "building", "paused", "donating", "disconnected"} {
		r := record(f, c)
		var text []string
		for _, l := range r.Lines {
			text = append(text, l.Text)
		}
		f.Add([]byte(r.Summary), []byte(r.Backends), []byte(r.Config), strings.Join(text, "\n"))
	}
	f.Fuzz(func(t *testing.T, sum, back, config []byte, out string) {
		f := NewUnheardFake(Behaviour{Token: token, Summary: string(sum), Backends: string(back), Config: string(config)})
		defer f.Close()
		m, err := Open(device.Address{Name: "x", URL: "http://127.0.0.1:0", Token: token})
		if err != nil {
			t.Fatal(err)
		}
		var lines []device.Line
		for text := range strings.SplitSeq(out, "\n") {
			lines = append(lines, device.Line{At: time.Now(), Text: text})
		}
		m.Listen(lines, false)
		s, bs, k, ok := decode(t, f, m)
		if !ok {
			return
		}
		n := snapshot(s, bs, k)
		if n.Hashrate != nil && !(*n.Hashrate >= 0) || n.Uptime != nil && *n.Uptime < 0 || n.Pool != nil && n.Pool.Index >= n.Pool.Count {
			t.Fatalf("%+v", n)
		}
	})
}
