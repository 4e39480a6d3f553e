package agent

import (
	"context"
	"net"
	"net/url"
	"strconv"

	"github.com/adit-mining/adit/device"
)

// open opens a device and asks who it is.
func (a *Agent) open(ctx context.Context, name string, d device.Driver, at device.Address) (dev device.Device, info device.Info, err error) {
	at.Root = a.o.Root
	err = a.shield(name, "open", func() (err error) {
		if dev, err = d.Open(ctx, at); err == nil {
			info = dev.Info()
		}
		return err
	})
	if err != nil {
		return nil, info, err
	}
	return dev, info, nil
}

// reopen opens a program's device where that failed before, or where the program took another port: its shim may have
// started it again. It returns the device to poll, nil where there is none.
func (a *Agent) reopen(ctx context.Context, u *unit) device.Device {
	u.mu.Lock()
	p, dev, at, file := u.prog, u.dev, u.endpoint, u.portFile
	u.mu.Unlock()
	if p == nil {
		return dev
	}
	if dev != nil {
		a.listen(ctx, u, dev)
	}
	port := portTold(dev, file)
	now := withPort(at, port)
	if dev != nil && now.URL == at.URL {
		a.rememberPort(u, port)
		return dev
	}
	fresh, info, err := a.open(ctx, u.name, u.driver, now)
	u.mu.Lock()
	switch {
	case u.prog != p || u.dev != dev: // it was stopped meanwhile
		dev, fresh = u.dev, nil
	case err != nil:
		u.missed, u.why = u.missed+1, reasonOf(err)
	default:
		dev, fresh = fresh, dev // the old one is closed
		u.dev, u.info, u.endpoint = dev, info, now
	}
	u.mu.Unlock()
	if err == nil {
		a.listen(ctx, u, dev)
	}
	if fresh != nil {
		_ = a.shield(u.name, "close", fresh.Close)
	}
	if err == nil {
		a.rememberPort(u, port)
		a.noteEndpoint(ctx, u, p)
	}
	return dev
}

// noteEndpoint tells the shim where the program is now, for the agent after this one.
func (a *Agent) noteEndpoint(ctx context.Context, u *unit, p program) {
	u.mu.Lock()
	w, at, file := u.want, u.endpoint, u.portFile
	u.mu.Unlock()
	if err := a.note(ctx, p, w, at, file); err != nil {
		a.log.WarnContext(ctx, "a program's new address is not noted", "name", u.name, "err", err)
	}
}

// rememberPort notes the port that a program really took, so that it is asked for again next time. 0 = unknown.
func (a *Agent) rememberPort(u *unit, port int) {
	u.mu.Lock()
	changed := port != 0 && port != u.want.Port
	if changed {
		u.want.Port = port
	}
	u.mu.Unlock()
	if !changed {
		return
	}
	if err := a.save(); err != nil {
		a.log.Warn("a program's port is not remembered", "err", err)
	}
}

// withPort is an address with another port; 0 leaves it.
func withPort(a device.Address, port int) device.Address {
	u, err := url.Parse(a.URL)
	if port == 0 || err != nil || u.Host == "" || u.Port() == strconv.Itoa(port) {
		return a
	}
	u.Host = net.JoinHostPort(u.Hostname(), strconv.Itoa(port))
	a.URL = u.String()
	return a
}
