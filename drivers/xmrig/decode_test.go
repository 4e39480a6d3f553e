package xmrig

import (
	"encoding/json"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/device"
	"github.com/adit-mining/adit/drivers/internal/xmrapi"
	"github.com/adit-mining/adit/internal/shared"
)

// decode reads a fake's answers without a network.
func decode(t *testing.T, f *Fake, m *Miner) (s xmrapi.Summary, bs []xmrapi.Backend, k known, ok bool) {
	t.Helper()
	var c struct{ Pools []upstreamPool }
	for path, to := range map[string]any{"/2/summary": &s, "/2/backends": &bs, "/2/config": &c} {
		r := httptest.NewRequest("GET", path, nil)
		r.Header.Set("Authorization", "Bearer "+token)
		w := httptest.NewRecorder()
		f.Handler().ServeHTTP(w, r)
		if json.Unmarshal(w.Body.Bytes(), to) != nil {
			return s, bs, k, false
		}
	}
	k = m.known()
	k.pools = c.Pools
	return s, bs, k, true
}

func read(t testing.TB, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestRecorded reads what XMRig 6.26 really answered elsewhere.
func TestRecorded(t *testing.T) {
	dir := shared.Path(t, "fixtures/xmrig")
	for _, c := range []struct {
		summary, backends, config string
		work                      device.Work
		hashrate                  adit.Hashrate
		accepted, reject          uint64
		threads                   int
		pool                      string
	}{
		{"api-2-summary.json", "api-2-backends.json", "api-2-config.json", device.WorkHashing, 14.65, 48, 16, 2, "127.0.0.1:3340"},
		{"api-2-summary-paused.json", "api-2-backends.json", "api-2-config.json", device.WorkPaused, 0, 9, 0, 2, "127.0.0.1:3340"},
		{"api-2-summary-stopped.json", "api-2-backends-after-put.json", "api-2-config.json", device.WorkStarting, -1, 26, 0, 1, "127.0.0.1:3340"},
		{"fast-2-summary.json", "fast-2-backends.json", "fast-2-config.json", device.WorkHashing, -2, 0, 0, 2, "127.0.0.1:18081"},
		{"solo-2-summary.json", "solo-2-backends.json", "solo-2-config.json", "", -2, 0, 0, 2, "127.0.0.1:18081"},
	} {
		r := recorded{Summary: read(t, filepath.Join(dir, c.summary)), Backends: read(t, filepath.Join(dir, c.backends)), Config: read(t, filepath.Join(dir, c.config))}
		_, m := fake(t, r)
		s, err := m.Snapshot(t.Context())
		if err != nil {
			t.Errorf("%s: %v", c.summary, err)
			continue
		}
		if c.work != "" && s.Work != c.work {
			t.Errorf("%s: work %q, want %q", c.summary, s.Work, c.work)
		}
		if c.hashrate == -1 && s.Hashrate != nil || c.hashrate >= 0 && (s.Hashrate == nil || *s.Hashrate != c.hashrate) {
			t.Errorf("%s: hashrate %v, want %v", c.summary, s.Hashrate, c.hashrate)
		}
		if c.accepted > 0 && (*s.Accepted != c.accepted || *s.Rejected != c.reject) {
			t.Errorf("%s: shares %d and %d, want %d and %d", c.summary, *s.Accepted, *s.Rejected, c.accepted, c.reject)
		}
		if len(s.Threads) != c.threads {
			t.Errorf("%s: %d threads, want %d", c.summary, len(s.Threads), c.threads)
		}
		if s.Pool == nil || s.Pool.URL != c.pool || s.Pool.State != connected {
			t.Errorf("%s: pool %+v, want %s", c.summary, s.Pool, c.pool)
		}
		if s.Stale != nil || s.LastAccepted != nil || s.Mode != "" || s.DatasetProgress != nil {
			t.Errorf("%s: the API does not tell stale, last share or mode, yet %+v", c.summary, s)
		}
		if s.Fee == nil || *s.Fee.Percent != 1 || s.Fee.Active != nil {
			t.Errorf("%s: fee %+v: the API tells its percentage and not when it is taken", c.summary, s.Fee)
		}
		if v := m.Info().Version; v != "6.26.0" {
			t.Errorf("%s: version %q", c.summary, v)
		}
	}
}

// TestOldVersions reads what XMRig 5.5 and 5.11 answered, GPUs included.
func TestOldVersions(t *testing.T) {
	dir := shared.Path(t, "fixtures/miners/xmrig")
	for _, c := range []struct {
		summary, backends, version string
		hashrate                   adit.Hashrate
		threads                    int
	}{
		{"04-XmrigNewITest.json", "05-XmrigNewITest.json", "5.5.3", 899.09, 6},
		{"02-Xmrig5_11_1CpuMiningITest.json", "", "5.11.1", 445.81, 0},
	} {
		r := recorded{Summary: read(t, filepath.Join(dir, c.summary)), Backends: []byte(`[]`)}
		if c.backends != "" {
			r.Backends = read(t, filepath.Join(dir, c.backends))
		}
		_, m := fake(t, r)
		s, err := m.Snapshot(t.Context())
		if err != nil {
			t.Fatalf("%s: %v", c.summary, err)
		}
		if s.Hashrate == nil || *s.Hashrate != c.hashrate || len(s.Threads) != c.threads || m.Info().Version != c.version {
			t.Errorf("%s: %v, %d threads, version %s", c.summary, s.Hashrate, len(s.Threads), m.Info().Version)
		}
		if *s.Fee.Percent != 5 {
			t.Errorf("%s: fee %v, want 5", c.summary, *s.Fee.Percent)
		}
	}
}

// TestNoGPU: an XMRig whose build cannot do what was asked for passes over it; adit says so.
func TestNoGPU(t *testing.T) {
	backends := func(text string) (bs []xmrapi.Backend) {
		if err := json.Unmarshal([]byte(text), &bs); err != nil {
			t.Fatal(err)
		}
		return bs
	}
	gpu := backends(`[{"type":"cpu","threads":[{}]},{"type":"cuda","threads":[{"affinity":-1}]}]`)
	cpu := backends(`[{"type":"cpu","threads":[{}]},{"type":"opencl","enabled":true}]`)
	for name, c := range map[string]struct {
		k        known
		bs       []xmrapi.Backend
		features []string
		want     string
	}{
		"not asked for":   {known{ready: noon}, cpu, []string{"api"}, ""},
		"it mines":        {known{ready: noon, cuda: true}, gpu, []string{"cuda"}, ""},
		"not ready":       {known{cuda: true}, cpu, []string{"cuda"}, ""},
		"not built so":    {known{ready: noon, cuda: true, opencl: true}, cpu, []string{"api", "tls"}, "no GPU mines: this XMRig was built without OpenCL and CUDA"},
		"none found":      {known{ready: noon, opencl: true}, cpu, []string{"opencl"}, "no GPU mines: XMRig found none for OpenCL, see its log"},
		"nothing is told": {known{ready: noon, cuda: true}, cpu, nil, "no GPU mines: XMRig found none for CUDA, see its log"},
	} {
		if got := noGPU(xmrapi.Summary{Features: c.features}, c.bs, c.k); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
