package agent

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"strconv"
	"time"

	"github.com/adit-mining/adit/agent/socket"
	"github.com/adit-mining/adit/device"
	"github.com/adit-mining/adit/internal/wording"
	"github.com/adit-mining/adit/link/wire"
)

// family are adit's processes on this computer and whose they are.
type family struct {
	all   []socket.Process
	owner map[int]*unit // nil = adit's own
	pids  []int
}

// relatives finds adit itself, the keepers and the programs, with everything they started.
func (a *Agent) relatives() family {
	f := family{all: socket.Processes(a.o.Root), owner: map[int]*unit{}}
	roots := []int{os.Getpid()}
	units := map[int]*unit{}
	for _, u := range a.programs() {
		if v := u.view(); v.status != nil {
			for _, pid := range []int{v.status.ShimPID, v.status.PID} {
				if pid != 0 {
					roots = append(roots, pid)
					units[pid] = u
				}
			}
		}
	}
	for pid, root := range socket.Descend(f.all, roots) {
		f.pids = append(f.pids, pid)
		f.owner[pid] = units[root]
	}
	return f
}

func (f family) name(pid int) string {
	for _, p := range f.all {
		if p.PID == pid {
			return p.Name
		}
	}
	return "process " + strconv.Itoa(pid)
}

// connections lists what adit and its programs are connected to outside this computer, now.
func (a *Agent) connections(context.Context, wire.Query) (any, error) {
	f := a.relatives()
	list, hidden := socket.List(a.o.Root, f.pids)
	out := wire.Connections{At: time.Now().UTC(), List: []wire.Connection{}}
	strange := 0
	listens := map[uint16]bool{}
	for _, s := range list {
		if s.Listening() && f.owner[s.PID] == nil {
			listens[s.Local.Port()] = true
		}
	}
	for _, s := range list {
		if !s.Outside() {
			continue
		}
		c := wire.Connection{PID: s.PID, Process: f.name(s.PID), Proto: s.Proto, State: s.State, Local: s.Local.String(), Remote: s.Remote.String()}
		u := f.owner[s.PID]
		switch {
		case u != nil:
			c.Program = u.name
			c.Purpose, c.Words = u.purpose(s)
		case listens[s.Local.Port()]:
			c.Purpose, c.Words = wire.PurposeLocal, "somebody on the network asks adit"
		default:
			c.Purpose, c.Words = a.errand()
		}
		if c.Purpose == wire.PurposeUnknown {
			strange++
		}
		out.List = append(out.List, c)
	}
	out.Words = connectionWords(len(out.List), strange, hidden)
	return out, nil
}

func connectionWords(n, strange, hidden int) string {
	words := "nothing of adit is connected to anything outside this computer"
	if n > 0 {
		words = wording.Count(n, "connection") + " out of this computer"
	}
	if strange > 0 {
		words += fmt.Sprintf(", %d of them for a purpose that adit does not know", strange)
	}
	if hidden > 0 {
		words += "; " + wording.Count(hidden, "process", "processes") + " could not be looked into"
	}
	return words
}

// errand is what adit itself connects for: only what a person asked for.
func (a *Agent) errand() (purpose, words string) {
	if a.installer != nil {
		for _, j := range a.installer.Jobs() {
			if j.Phase == wire.JobDownloading {
				return wire.PurposeDownload, "downloads " + j.Program + " from " + j.From + ", as a person asked"
			}
		}
	}
	return wire.PurposeFeed, "adit itself: the price feed, if a person switched it on in the settings; there is no other reason"
}

// purpose is what a program's connection is for, as far as the ports tell: a host's name is not looked up for it.
func (u *unit) purpose(s socket.Socket) (purpose, words string) {
	u.mu.Lock()
	pools := append([]device.Pool(nil), u.want.Args.Pools...)
	snap := u.snap
	u.mu.Unlock()
	for _, p := range pools {
		at, err := url.Parse(p.URL)
		if err != nil || at.Port() != strconv.Itoa(int(s.Remote.Port())) {
			continue
		}
		return wire.PurposePool, "works for the pool " + at.Host
	}
	if snap != nil && feeActive(snap.Fee) {
		return wire.PurposePool, "works for its author: its fee round runs"
	}
	return wire.PurposeUnknown, "none of its pools has this port: it may be its author's pool, or not what it seems"
}
