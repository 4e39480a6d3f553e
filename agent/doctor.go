package agent

import (
	"context"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/adit-mining/adit/agent/doctor"
	"github.com/adit-mining/adit/agent/proc"
	"github.com/adit-mining/adit/device"
	"github.com/adit-mining/adit/link/wire"
)

// The states of wire.Finding.
const (
	stateOK   = doctor.OK
	stateInfo = doctor.Info
	stateWarn = doctor.Warn
	stateCrit = doctor.Crit
)

// Examine is the doctor for a computer whose agent does not run: it takes no lock and leaves nothing changed. Of o it
// needs Dir, Registry and Root.
func Examine(ctx context.Context, o Options) ([]wire.Finding, error) {
	if o.Root == "" {
		o.Root = "/"
	}
	a := &Agent{o: o, log: slog.New(slog.DiscardHandler), units: map[string]*unit{}}
	if err := a.openHost(ctx); err != nil {
		return nil, err
	}
	defer a.letGo()
	if exists(ProgramsDir(o.Dir)) {
		if err := a.openInstaller(); err != nil {
			return nil, err
		}
	}
	return a.examine(ctx, true), nil
}

// doctor looks at everything on this computer that mining depends on.
func (a *Agent) doctor(ctx context.Context, _ wire.Query) (any, error) {
	return a.examine(ctx, false), nil
}

func (a *Agent) examine(ctx context.Context, atRest bool) []wire.Finding {
	p := doctor.Patient{Root: a.o.Root, Dir: a.o.Dir, AtRest: atRest, Now: time.Now()}
	p.Home, _ = os.UserHomeDir() // "" where there is none
	if h := a.hostDevice(); h != nil {
		_ = a.shield("host", "poll", func() error { // what it does not say is unknown below
			s, err := h.Snapshot(ctx)
			if err == nil {
				p.Host, p.Temperature = s.Host, s.Temperature
			}
			return err
		})
	}
	fs := inGroup(doctor.Adit, a.consentFinding())
	fs = append(fs, inGroup(doctor.Programs, a.minerFindings(ctx)...)...)
	fs = append(fs, doctor.Examine(p)...)
	fs = append(fs, inGroup(doctor.Mining, a.limitFindings()...)...)
	if f, troubled := a.bufferFinding(); troubled {
		fs = append(fs, f)
	}
	return fs
}

func inGroup(group string, fs ...wire.Finding) []wire.Finding {
	for i := range fs {
		fs[i].Group = group
	}
	return fs
}

func (a *Agent) hostDevice() device.Device {
	for _, u := range a.all() {
		if u.host() {
			return u.device()
		}
	}
	return nil
}

func (a *Agent) consentFinding() wire.Finding {
	c := a.consent()
	if c.Granted {
		return wire.Finding{Name: "consent", State: stateOK, Text: "mining was " + c.Words}
	}
	return wire.Finding{Name: "consent", State: stateInfo, Text: c.Words, Fix: "allow it in the web app, or on this computer", Command: "adit consent grant"}
}

// minerFindings looks at adit's own engine, without which there is no practice, at the other programs, and at versions
// that adit installed and that are not what they were: gone, often by an antivirus, or changed.
func (a *Agent) minerFindings(ctx context.Context) (out []wire.Finding) {
	for _, d := range a.o.Registry.Kind(device.KindSoftware) {
		f := wire.Finding{Name: d.Name, State: stateOK}
		own := d.Name == ownEngine
		switch v := a.available(ctx, d); {
		case v.Path == "" && own:
			f.State, f.Text, f.Fix = stateCrit, "not found", v.Why
		case v.Path == "" && len(v.Versions) > 0:
			continue // what is wrong with each version is told below
		case v.Path == "":
			f.State, f.Text = stateInfo, v.Why
		case v.Why != "":
			f.State, f.Text, f.Fix = stateCrit, v.Why, "install it anew"
		default:
			f.Text = strings.TrimSpace(v.Version + " at " + v.Path)
		}
		out = append(out, f)
	}
	if a.installer == nil {
		return out
	}
	all, _, words := a.installer.Store().Installed()
	for _, i := range all {
		if i.State == wire.InstallOK {
			continue
		}
		f := wire.Finding{Name: i.Program + " " + i.Version, State: stateWarn, Text: i.Words, Fix: "install it again, or remove it", Command: "adit install " + i.Program}
		if i.Current {
			f.State = stateCrit
		}
		out = append(out, f)
	}
	if words != "" {
		out = append(out, wire.Finding{Name: "installed programs", State: stateWarn, Text: words, Fix: "look at the folder " + ProgramsDir(a.o.Dir)})
	}
	return out
}

// bufferFinding says that readings cannot be written.
func (a *Agent) bufferFinding() (f wire.Finding, troubled bool) {
	if a.box == nil {
		return f, false // nobody writes readings now
	}
	err := a.box.Trouble()
	if err == nil {
		return f, false
	}
	return wire.Finding{Name: "buffer", Group: doctor.Adit, State: stateCrit, Text: "readings cannot be written: " + err.Error(),
		Fix: "free some space or make the data directory writable"}, true
}

// limitFindings says which limits of running programs hold.
func (a *Agent) limitFindings() (out []wire.Finding) {
	for _, u := range a.programs() {
		v := u.view()
		if v.status == nil || v.status.Phase == proc.Stopped {
			continue
		}
		for _, l := range limits(*v.status, v.spec) {
			f := wire.Finding{Name: u.name + ": " + l.Name, State: stateOK, Text: l.Why}
			if !l.Holds {
				f.State, f.Fix = stateWarn, "this system cannot hold it: see above, or run adit where it can"
			}
			if f.Text == "" {
				f.Text = "holds"
			}
			out = append(out, f)
		}
	}
	return out
}
