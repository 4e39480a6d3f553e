package device_test

import (
	"context"
	"testing"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/device"
)

type plain struct{}

func (plain) Info() device.Info { return device.Info{Name: "p"} }
func (plain) Close() error      { return nil }
func (plain) Snapshot(context.Context) (device.Snapshot, error) {
	return device.Snapshot{}, nil
}

type pauser struct{ plain }

func (pauser) Pause(context.Context) error  { return nil }
func (pauser) Resume(context.Context) error { return nil }

// shy has the method and says it cannot use it.
type shy struct{ pauser }

func (shy) Has(ability any) bool {
	_, pausing := ability.(*device.Pauser)
	return !pausing
}

func TestAs(t *testing.T) {
	f := func(d device.Device, want bool) {
		t.Helper()
		if _, got := device.As[device.Pauser](d); got != want {
			t.Errorf("%T: pauser %v, want %v", d, got, want)
		}
	}
	f(plain{}, false)
	f(pauser{}, true)
	f(shy{}, false)
}

func TestRegistry(t *testing.T) {
	var r device.Registry
	r.Add(device.Driver{Name: "adit-miner", Aliases: []string{"native"}, Kind: device.KindSoftware}, device.Driver{Name: "host", Kind: device.KindHost})
	for _, n := range []string{"adit-miner", "native"} {
		if d, err := r.Driver(n); err != nil || d.Name != "adit-miner" {
			t.Errorf("%s: %v %v", n, d.Name, err)
		}
	}
	if _, err := r.Driver("xmrog"); adit.CodeOf(err) != adit.NotFound {
		t.Errorf("unknown driver: %v", err)
	}
	if got := r.Kind(device.KindHost); len(got) != 1 || got[0].Name != "host" {
		t.Errorf("kind host: %v", got)
	}
	defer func() {
		if recover() == nil {
			t.Error("a name taken twice must panic")
		}
	}()
	r.Add(device.Driver{Name: "native"})
}
