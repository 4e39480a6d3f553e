package app

import (
	"testing"

	"github.com/adit-mining/adit/fleet/command"
	"github.com/adit-mining/adit/fleet/telemetry/view"
)

func TestGrowing(t *testing.T) {
	t.Parallel()
	half := 0.5
	for _, c := range []struct {
		mode     string
		progress *float64
		want     bool
	}{{"starting", nil, true}, {"light", &half, true}, {"light", nil, false}, {"fast", nil, false}, {"", nil, false}} {
		d := view.Device{DatasetProgress: c.progress}
		if c.mode != "" {
			d.Mode = &c.mode
		}
		if growing(d) != c.want {
			t.Errorf("%q %v: %v", c.mode, c.progress, !c.want)
		}
	}
}

// TestConfigOf: what the terminal starts is remembered so that it asks for the same again.
func TestConfigOf(t *testing.T) {
	t.Parallel()
	threads, tls := 3, true
	r := command.StartRequest{Driver: "native", Coin: "XMR", Threads: &threads, Affinity: "0x3", Pools: []command.Pool{
		{URL: "stratum+tcp://a.example:1", Wallet: "w", Password: "p", RigID: "r"}, {URL: "b.example:2", TLS: &tls, Nicehash: true},
	}}
	back, err := configOf(r).Request("native")
	if err != nil || len(back.Pools) != 2 || back.Pools[0] != r.Pools[0] || back.Pools[1] != r.Pools[1] || *back.Threads != 3 || back.Affinity != "0x3" || back.Coin != "XMR" {
		t.Errorf("%+v %v", back, err)
	}
}
