package agent

import (
	"context"
	"time"

	"github.com/adit-mining/adit/agent/proc"
	"github.com/adit-mining/adit/device"
	"github.com/adit-mining/adit/internal/portfile"
)

// listenMax is how many lines are asked for at once: all that a shim keeps.
const listenMax = 2000

// unreadMax is how many polls in a row believe a log file that has not grown; somebody may have put another in its place.
const unreadMax = 14

// While a program is young its lines are read at once, because they tell its port and its troubles; later no more often
// than every listenEvery, because it costs its shim a wake-up.
const (
	listenEvery = 6 * time.Second
	listenYoung = time.Minute
)

// listen hands what a program has written since the last poll to a driver that reads it. It is called in the unit's
// own poll, which is never twice at once.
func (a *Agent) listen(ctx context.Context, u *unit, dev device.Device) {
	l, can := device.As[device.Listener](dev)
	if !can {
		return
	}
	u.mu.Lock()
	p := u.prog
	if u.ear != dev { // a device opened anew knows nothing yet
		u.ear, u.heard, u.unread = dev, 0, unreadMax
	}
	after := u.heard
	u.mu.Unlock()
	if p == nil {
		return
	}
	now := time.Now()
	mark, ok := p.LogMark() // before the lines: what comes in between changes it again
	if ok && u.silent(mark, now, p.Status().Started) {
		return
	}
	lines, err := p.Logs(ctx, after, listenMax)
	if err != nil {
		return // the shim does not answer; the next poll asks for the same lines
	}
	u.mu.Lock()
	u.mark, u.unread, u.readAt = mark, 0, now
	if !ok {
		u.unread = unreadMax
	}
	u.mu.Unlock()
	if len(lines) == 0 {
		return
	}
	missed := after != 0 && lines[0].Seq > after+1
	own := make([]device.Line, 0, len(lines))
	for _, line := range lines {
		if !line.Shim {
			own = append(own, device.Line{At: line.At, Text: line.Text})
		}
	}
	u.mu.Lock()
	u.heard = lines[len(lines)-1].Seq
	u.mu.Unlock()
	if len(own) > 0 || missed {
		_ = a.shield(u.name, "listen", func() error { l.Listen(own, missed); return nil })
	}
}

// silent reports that there is nothing to be read yet: the program has written nothing since its lines were read, as far as
// its log's mark tells, or they were read a moment ago.
func (u *unit) silent(mark proc.LogMark, now time.Time, started *time.Time) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.unread >= unreadMax {
		return false
	}
	young := started == nil || now.Sub(*started) < listenYoung
	if u.mark != mark && (young || now.Sub(u.readAt) >= listenEvery) {
		return false
	}
	u.unread++
	return true
}

// portTold is the port of a program's API: as it wrote it down, else as it told it in its output; 0 = not known.
func portTold(dev device.Device, file string) int {
	if file != "" {
		return portfile.Read(file)
	}
	if p, can := device.As[device.Ported](dev); can {
		return p.Port()
	}
	return 0
}
