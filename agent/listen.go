package agent

import (
	"context"

	"github.com/adit-mining/adit/device"
	"github.com/adit-mining/adit/internal/portfile"
)

// listenMax is how many lines are asked for at once: all that a shim keeps.
const listenMax = 2000

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
		u.ear, u.heard = dev, 0
	}
	after := u.heard
	u.mu.Unlock()
	if p == nil {
		return
	}
	lines, err := p.Logs(ctx, after, listenMax)
	if err != nil || len(lines) == 0 {
		return // the shim does not answer; the next poll asks for the same lines
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
