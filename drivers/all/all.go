package all

import (
	"github.com/adit-mining/adit/device"
	"github.com/adit-mining/adit/drivers/aditminer"
	"github.com/adit-mining/adit/drivers/host"
	"github.com/adit-mining/adit/drivers/xmrig"
)

// Registry returns a fresh parts list with every driver of this build.
func Registry() *device.Registry {
	r := new(device.Registry)
	r.Add(host.Driver, aditminer.Driver, xmrig.Driver)
	return r
}
