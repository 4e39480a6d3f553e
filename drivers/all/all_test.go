package all

import (
	"testing"

	"github.com/adit-mining/adit/device"
)

func TestRegistry(t *testing.T) {
	r := Registry()
	for name, want := range map[string]string{"native": "adit-miner", "adit-miner": "adit-miner", "host": "host", "xmrig": "xmrig"} {
		if d, err := r.Driver(name); err != nil || d.Name != want {
			t.Errorf("%s is %q, %v", name, d.Name, err)
		}
	}
	for _, d := range r.Kind(device.KindSoftware) {
		if d.Launch == nil || d.Find == nil || d.Open == nil || d.Description == "" {
			t.Errorf("%s cannot be run, found, opened or described", d.Name)
		}
	}
}
