package main

import (
	"encoding/json"
	"io"
	"testing"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/pow/engine"
)

// idleLib is a library that is never asked to hash.
type idleLib struct{ engine.Library }

func (idleLib) Algorithms() []adit.Algorithm { return []adit.Algorithm{adit.RandomX} }

// idleMiner is wired but not running: what is unknown before the first job must be null.
func idleMiner(t *testing.T) *miner {
	t.Helper()
	two := 2
	m := &miner{log: newLogger(io.Discard), lib: idleLib{}, cfg: config{CPU: cpuConfig{Threads: &two}, Pools: []poolConfig{{URL: "127.0.0.1:1"}}}}
	if err := m.wire(); err != nil {
		t.Fatal(err)
	}
	return m
}

// TestShape: every key that XMRig 6.26 answers is there.
func TestShape(t *testing.T) {
	m := idleMiner(t)
	for fixture, ours := range map[string]any{
		"fixtures/xmrig/api-2-summary.json": m.summary(), "fixtures/xmrig/fast-2-backends.json": m.backends(),
	} {
		if missing := lacking(t, fixture, ours); len(missing) > 0 {
			t.Errorf("%s: these keys are missing: %v", fixture, missing)
		}
	}
}

// TestUnknownIsNull: before the first job nothing pretends to be zero.
func TestUnknownIsNull(t *testing.T) {
	b, err := json.Marshal(idleMiner(t).summary())
	if err != nil {
		t.Fatal(err)
	}
	var s struct {
		Algo    *string
		Results struct {
			Diff *float64 `json:"diff_current"`
			Avg  *float64 `json:"avg_time_ms"`
			Best []uint64
		}
		Connection struct {
			IP, TLS      *string
			Ping, Uptime *float64
		}
		Hashrate struct {
			Total   []*float64
			Highest *float64
		}
		Adit struct {
			State, Mode string
			Dataset     struct{ Progress, Seconds *float64 }
			Last        *string `json:"last_accepted_at"`
		}
	}
	if err := json.Unmarshal(b, &s); err != nil {
		t.Fatal(err)
	}
	if s.Algo != nil || s.Results.Diff != nil || s.Results.Avg != nil || s.Results.Best == nil || len(s.Results.Best) != 0 ||
		s.Connection.IP != nil || s.Connection.TLS != nil || s.Connection.Ping != nil || s.Connection.Uptime != nil ||
		len(s.Hashrate.Total) != 3 || s.Hashrate.Total[0] != nil || s.Hashrate.Highest != nil ||
		s.Adit.Dataset.Progress != nil || s.Adit.Dataset.Seconds != nil || s.Adit.Last != nil {
		t.Errorf("something unknown is not null: %s", b)
	}
	if s.Adit.State != "waiting" || s.Adit.Mode != "starting" {
		t.Errorf("state %q, mode %q", s.Adit.State, s.Adit.Mode)
	}
}
