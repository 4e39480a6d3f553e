package agent

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/adit-mining/adit/agent/socket"
	"github.com/adit-mining/adit/link/wire"
)

// security looks for what could be misused on this computer; each finding with its fix. It changes nothing.
func (a *Agent) security(context.Context, wire.Query) (any, error) {
	f := a.relatives()
	list, _ := socket.List(a.o.Root, f.pids)
	out := grouped("mining", a.consentCheck(), a.policyCheck())
	out = append(out, grouped("programs", a.programPorts(f, list), a.argumentCheck(f))...)
	out = append(out, grouped("programs", a.binaryChecks()...)...)
	return append(out, grouped("adit", a.folderCheck(), a.userCheck(), a.listenerCheck(f, list))...), nil
}

// grouped puts findings under one heading.
func grouped(name string, list ...wire.Finding) []wire.Finding {
	for i := range list {
		list[i].Group = name
	}
	return list
}

func (a *Agent) consentCheck() wire.Finding {
	f := a.consentFinding()
	if c := a.consent(); c.Granted && c.Via == "flag" {
		f.State, f.Text = stateInfo, f.Text+"; nobody was asked at a terminal or in a browser"
	}
	return f
}

// folderCheck looks whether another user can read what lies in the data directory.
func (a *Agent) folderCheck() wire.Finding {
	f := wire.Finding{Name: "files", State: stateOK, Text: "nobody but you can read token, database and records in " + a.o.Dir}
	var open []string
	if info, err := os.Stat(a.o.Dir); err == nil && info.Mode().Perm()&0o077 != 0 {
		open = append(open, ".")
	}
	list, err := os.ReadDir(a.o.Dir)
	if err != nil {
		return wire.Finding{Name: f.Name, State: stateWarn, Text: "the data directory cannot be read", Fix: "look at its owner and mode: ls -la " + a.o.Dir}
	}
	for _, e := range list {
		if info, err := e.Info(); err == nil && info.Mode().IsRegular() && info.Mode().Perm()&0o077 != 0 {
			open = append(open, e.Name())
		}
	}
	if len(open) == 0 {
		return f
	}
	f.State, f.Text = stateCrit, "other users of this computer can read "+strings.Join(open, ", ")+" in "+a.o.Dir
	f.Fix, f.Command = "close them to others", "chmod -R go= '"+strings.ReplaceAll(a.o.Dir, "'", `'\''`)+"'"
	return f
}

// userCheck says as whom programs run.
func (a *Agent) userCheck() wire.Finding {
	f := wire.Finding{Name: "user", State: stateOK}
	switch u := a.account(); {
	case u != nil:
		f.Text = "adit runs as root; mining programs run as " + u.Name + ", without privileges"
	case rooted():
		f.State, f.Text = stateWarn, "adit and its mining programs run as root, for the user cannot be changed here"
		f.Fix = "run adit as a user of its own, or give the container CAP_SETUID, CAP_SETGID, CAP_CHOWN and CAP_KILL"
	default:
		f.Text = "adit and its mining programs run as an ordinary user"
	}
	return f
}

// listenerCheck looks where adit itself listens.
func (a *Agent) listenerCheck(f family, list []socket.Socket) wire.Finding {
	c := wire.Finding{Name: "adit's ports", State: stateOK, Text: "adit listens on this computer only"}
	if open := beyond(f, list, func(pid int) bool { return f.owner[pid] == nil }); len(open) > 0 {
		c.State, c.Text = stateCrit, "adit listens beyond this computer: "+strings.Join(open, ", ")
		c.Fix = "start adit with --listen 127.0.0.1:8080"
	}
	return c
}

// programPorts looks where mining programs listen.
func (a *Agent) programPorts(f family, list []socket.Socket) wire.Finding {
	c := wire.Finding{Name: "programs' ports", State: stateOK, Text: "no mining program listens beyond this computer; their interfaces ask for a secret of their own"}
	if open := beyond(f, list, func(pid int) bool { return f.owner[pid] != nil }); len(open) > 0 {
		c.State, c.Text = stateCrit, "anybody on your network can reach "+strings.Join(open, ", ")
		c.Fix = "stop the program, and leave out the arguments that open its port"
	}
	return c
}

// beyond are the listeners that can be reached from elsewhere, of the processes that count.
func beyond(f family, list []socket.Socket, counts func(pid int) bool) (open []string) {
	for _, s := range list {
		if s.Listening() && strings.HasPrefix(s.Proto, "tcp") && !s.Local.Addr().IsLoopback() && counts(s.PID) {
			open = append(open, f.name(s.PID)+" at "+s.Local.String())
		}
	}
	slices.Sort(open)
	return slices.Compact(open)
}

// binaryChecks tell where each running program comes from.
func (a *Agent) binaryChecks() (out []wire.Finding) {
	for _, u := range a.programs() {
		v := u.view()
		if v.prog == nil || v.spec.Path == "" {
			continue
		}
		c := wire.Finding{Name: "program " + u.name, State: stateOK}
		digest, err := "", error(nil)
		if a.installer != nil {
			digest, err = a.recorded(v.spec.Path)
		}
		switch {
		case err != nil:
			c.State, c.Text, c.Fix, c.Command = stateCrit, reasonOf(err), "install it anew", "adit install "+u.driver.Name
		case digest != "":
			c.Text = v.spec.Path + " is the file that adit installed and checked"
		case u.driver.Name == ownEngine:
			c.Text = v.spec.Path + " comes with adit; it is checked at each start"
		default:
			c.State = stateWarn
			c.Text = v.spec.Path + " was not installed by adit: whether it is what its author published is not known. It is checked to be the same at each start"
			c.Fix, c.Command = "compare it with what its author published, or let adit install it", "adit install "+u.driver.Name
		}
		out = append(out, c)
	}
	return out
}

// argumentCheck looks for payout addresses, passwords and tokens among the arguments of running programs, which every
// user of the computer can read.
func (a *Agent) argumentCheck(f family) wire.Finding {
	c := wire.Finding{Name: "arguments", State: stateOK, Text: "no secret stands among the arguments of a running program, where every user could read it"}
	var told []string
	for pid, u := range f.owner {
		if u == nil {
			continue
		}
		b, err := os.ReadFile(filepath.Join(a.o.Root, "proc", strconv.Itoa(pid), "cmdline"))
		if err != nil {
			continue
		}
		for what, secret := range u.secrets() {
			if strings.Contains(string(b), secret) {
				told = append(told, fmt.Sprintf("the %s of %s", what, u.name))
			}
		}
	}
	if len(told) > 0 {
		slices.Sort(told)
		c.State, c.Text = stateCrit, strings.Join(slices.Compact(told), ", ")+" can be read by every user of this computer"
		c.Fix = "stop the program, and put these into its settings instead of its arguments (cliArgs)"
	}
	return c
}

// secrets are what must not stand among a program's arguments.
func (u *unit) secrets() map[string]string {
	w := u.wish()
	out := map[string]string{}
	add := func(what, s string, least int) {
		if len(s) >= least { // a short word stands in many arguments without being meant
			out[what] = s
		}
	}
	add("token", w.Token, 8)
	for i, p := range w.Args.Pools {
		add(fmt.Sprintf("payout address at pool %d", i+1), p.User, 20)
		add(fmt.Sprintf("password at pool %d", i+1), p.Password, 8)
	}
	return out
}

// policyCheck says whether the limits that protect the computer hold.
func (a *Agent) policyCheck() wire.Finding {
	s := a.policyState()
	c := wire.Finding{Name: "limits", State: stateOK, Text: s.Words}
	if s.Damaged != "" {
		c.State, c.Text, c.Fix, c.Command = stateWarn, s.Damaged, "set it again", "adit policy set --cpu idle"
	}
	return c
}
