package agent

import (
	"sync"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/agent/proc"
	"github.com/adit-mining/adit/device"
	"github.com/adit-mining/adit/link/wire"
)

// unit is one device of this rig: a mining program, running or not, or the host itself.
type unit struct {
	name   string
	driver device.Driver
	order  sync.Mutex // held while an order or a restart changes the unit; never while polling

	mu       sync.Mutex
	want     want           // programs only
	prog     program        // nil = not running
	dev      device.Device  // nil = not open
	info     device.Info    // of dev, as it said last
	endpoint device.Address // of dev
	portFile string         // where the program writes its port, "" = nowhere
	phase    proc.Phase     // as last seen, to tell of changes
	hold     proc.Hold      //

	busy   bool // a poll is under way
	fresh  bool // the last poll was answered
	snap   *device.Snapshot
	missed int    // polls in a row without an answer
	why    string // the last poll's failure
	crowd  crowd
	pool   string // URL in use, to tell of a switch

	ear    device.Device // the device that heard the output up to heard
	heard  uint64        //
	mark   proc.LogMark  // the log's when it was heard last
	unread int           // polls since that did not ask for lines
	readAt time.Time     // when the lines were asked for last
	fee    *device.Fee   // as last polled, to tell when a round begins and ends

	rest   rest        // because somebody uses the computer
	failed string      // why it is not started, "" = nothing is wrong
	given  bool        // it was lost too often: started again only by an order
	lost   []time.Time // when its shim was lost
	tries  int         // failed starts in a row
	retry  time.Time   // not started by itself before

	work    string // as last told
	since   time.Time
	sent    *wire.DeviceFacts
	threads int // columns
	dog     *proc.Watchdog
}

// host reports whether the unit is the computer itself.
func (u *unit) host() bool { return u.driver.Kind == device.KindHost }

// view is a consistent copy of what facts are made of.
type view struct {
	want   want
	prog   program
	status *proc.Status // nil = no program
	spec   proc.Spec
	snap   *device.Snapshot
	info   device.Info
	before string // the work told last
	missed int
	why    string
	busy   string // why others are served first; "" = they are not
	failed string
}

func (u *unit) view() view {
	u.mu.Lock()
	defer u.mu.Unlock()
	v := view{want: u.want, prog: u.prog, snap: u.snap, missed: u.missed, why: u.why, failed: u.failed, before: u.work,
		info: device.Info{Name: u.name, Kind: u.driver.Kind, Driver: u.driver.Name, Title: u.driver.Name}}
	if u.dev != nil {
		v.info = u.info
	}
	if u.crowd.now {
		v.busy = crowdWords
	}
	if u.prog != nil {
		s := u.prog.Status()
		v.status, v.spec = &s, u.prog.Spec()
	}
	return v
}

// running returns the program, nil where there is none.
func (u *unit) running() program {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.prog
}

// device returns the opened device, nil where there is none.
func (u *unit) device() device.Device {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.dev
}

// wanted reports whether the program should run.
func (u *unit) wanted() bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.want.Desired == wantRunning
}

// drop forgets the program and its device after it has ended.
func (a *Agent) drop(u *unit) {
	u.mu.Lock()
	dev := u.dev
	u.prog, u.dev, u.snap, u.missed, u.why = nil, nil, nil, 0, ""
	u.phase, u.hold = "", ""
	u.ear, u.heard, u.unread = nil, 0, 0
	u.mu.Unlock()
	a.dropFee(u)
	if dev != nil {
		_ = a.shield(u.name, "close", dev.Close)
	}
}

// unit finds a program by name.
func (a *Agent) unit(name string) (*unit, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if u, ok := a.units[name]; ok && !u.host() {
		return u, nil
	}
	return nil, adit.Errorf(adit.NotFound, "no program named %q on this computer", name)
}

// all returns the units in the order of their names.
func (a *Agent) all() []*unit {
	a.mu.Lock()
	defer a.mu.Unlock()
	return sorted(a.units)
}

// programs returns the units that are programs.
func (a *Agent) programs() []*unit {
	var out []*unit
	for _, u := range a.all() {
		if !u.host() {
			out = append(out, u)
		}
	}
	return out
}
