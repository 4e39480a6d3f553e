package doctor

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/adit-mining/adit/internal/filelock"
	"github.com/adit-mining/adit/internal/wording"
	"github.com/adit-mining/adit/link/wire"
)

// How much room is little.
const (
	diskLow     = 512 << 20
	diskVeryLow = 64 << 20
	slowWrite   = time.Second // for a few KiB
)

// disk looks at the room there is and whether it can be written.
func (p Patient) disk() wire.Finding {
	f := finding("disk", "")
	dir := p.nearest()
	d, err := p.Disk(dir)
	if err != nil {
		return unknown(f.Name, "free space cannot be told: "+err.Error())
	}
	f.Text = fmt.Sprintf("%s free at %s", gib(d.Free), dir)
	took, err := p.Probe(dir)
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		f.State, f.Text, f.Fix = Crit, "the disk is full at "+dir, "free some space: readings are kept in memory meanwhile, and nothing can be recorded"
	case err != nil:
		f.State, f.Text, f.Fix = Crit, fmt.Sprintf("nothing can be written at %s: %v", dir, plain(err)), "make the folder writable for the user who runs adit"
	case d.Free < diskVeryLow:
		f.State, f.Fix = Crit, "free some space: readings are kept in memory when the disk is full"
	case d.Free < diskLow:
		f.State, f.Fix = Warn, "free some space"
	case took > slowWrite:
		f.State, f.Text = Warn, fmt.Sprintf("%s; writing a little took %s", f.Text, wording.Length(took))
		f.Fix = "the disk is busy or failing: look at its health (smartctl -a), or move the data with --data-dir"
	}
	return f
}

// nearest is the data directory, or the folder in which it would be made.
func (p Patient) nearest() string {
	for dir := p.Dir; ; dir = filepath.Dir(dir) {
		if st, err := os.Stat(dir); err == nil && st.IsDir() || dir == filepath.Dir(dir) {
			return dir
		}
	}
}

func plain(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}

// folder looks at whose the data directory is, and where it lies.
func (p Patient) folder() wire.Finding {
	f := finding("data directory", p.Dir)
	st, err := os.Stat(p.Dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return unknown(f.Name, p.Dir+" is not there yet: adit up makes it")
	case err != nil:
		f.State, f.Text, f.Fix = Crit, fmt.Sprintf("%s cannot be looked at: %v", p.Dir, plain(err)), "run adit as the user it belongs to"
	case !st.IsDir():
		f.State, f.Text, f.Fix = Crit, p.Dir+" is no folder", "name another with --data-dir"
	case foreign(st):
		f.State, f.Text, f.Fix = Warn, p.Dir+" belongs to another user", "run adit as that user, or name your own with --data-dir"
	case st.Mode().Perm()&0o077 != 0:
		f.State, f.Text, f.Fix, f.Command = Warn, p.Dir+" is open to other users", "close it; adit up does so by itself", "chmod 0700 "+quoted(p.Dir)
	}
	if d, err := p.Disk(p.nearest()); err == nil && d.Network != "" && f.State == OK {
		f.State, f.Text = Warn, fmt.Sprintf("%s lies on another computer (%s), where locks and the database are not safe", p.Dir, d.Network)
		f.Fix = "name a folder on this computer's own disk with --data-dir"
	}
	return f
}

// quoted writes a path for a shell.
func quoted(s string) string {
	const plain = "/.-_0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	if strings.Trim(s, plain) != "" || s == "" {
		return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
	}
	return s
}

// occupied looks for another adit on the data directory.
func (p Patient) occupied() wire.Finding {
	f := finding("one adit", "nobody else works on the data directory")
	if !p.AtRest {
		return f
	}
	switch hub, agent := filelock.Held(filepath.Join(p.Dir, "hub.lock")), filelock.Held(filepath.Join(p.Dir, "agent", "lock")); {
	case hub && agent:
		f.State, f.Text = Info, "an adit runs on "+p.Dir
	case hub || agent:
		f.State, f.Text, f.Fix, f.Command = Warn, "half an adit runs on "+p.Dir+": it starts, ends or hangs", "see who it is", "adit status"
	}
	return f
}

// DefaultPort is where people reach adit where nothing else was said.
const DefaultPort = 8080

// port looks whether the web app's port is free, or where adit listens. Source: proc(5), /proc/net/tcp.
func (p Patient) port() wire.Finding {
	f := finding("port", "")
	var r struct {
		URL string `json:"url"`
	}
	if b, err := os.ReadFile(filepath.Join(p.Dir, "runtime.json")); err == nil && json.Unmarshal(b, &r) == nil {
		if u, err := url.Parse(r.URL); err == nil && u.Port() != "" && (!p.AtRest || filelock.Held(filepath.Join(p.Dir, "hub.lock"))) {
			f.Text = "the web app is at " + net.JoinHostPort(u.Hostname(), u.Port()) + ", for this computer only"
			return f
		}
	}
	tcp := p.text("proc/net/tcp") + "\n" + p.text("proc/net/tcp6")
	if strings.TrimSpace(tcp) == "" {
		return unknown(f.Name, "which ports are taken cannot be told on this system")
	}
	for l := range strings.Lines(tcp) {
		w := strings.Fields(l)
		if len(w) > 3 && w[3] == "0A" && strings.HasSuffix(w[1], fmt.Sprintf(":%04X", DefaultPort)) {
			f.State, f.Text = Info, fmt.Sprintf("port %d, where adit listens unless told otherwise, is taken by another program", DefaultPort)
			f.Fix, f.Command = "take another", "adit up --listen 127.0.0.1:0"
			return f
		}
	}
	f.Text = fmt.Sprintf("port %d is free", DefaultPort)
	return f
}

// service says whether adit starts with the computer. Source: systemd.unit(5): "Unit File Load Path", and the links that
// systemctl enable makes.
func (p Patient) service() wire.Finding {
	f := finding("service", "")
	type place struct{ unit, link, words string }
	places := []place{{filepath.Join(p.Root, "etc/systemd/system"), "multi-user.target.wants", "adit starts with the computer"}}
	if p.Home != "" {
		places = append(places, place{filepath.Join(p.Home, ".config/systemd/user"), "default.target.wants", "adit starts when you sign in"})
	}
	for _, at := range places {
		if _, err := os.Stat(filepath.Join(at.unit, "adit.service")); err != nil {
			continue
		}
		if _, err := os.Lstat(filepath.Join(at.unit, at.link, "adit.service")); err == nil {
			f.Text = at.words + " and mines again what was mining"
			return f
		}
		f.State, f.Text, f.Fix, f.Command = Warn, "adit's service is installed and switched off", "switch it on", "adit service install"
		return f
	}
	f.State, f.Text = Info, "adit does not start with the computer"
	f.Fix, f.Command = "where it should mine again after a reboot", "adit service install"
	return f
}

// backupOld is when a backup counts as old.
const backupOld = 30 * 24 * time.Hour

// backup says how old the last backup is. The file is fleet/backup's.
func (p Patient) backup() wire.Finding {
	f := finding("backup", "")
	var r struct {
		At time.Time `json:"at"`
	}
	if _, err := os.Stat(filepath.Join(p.Dir, "adit.db")); err != nil {
		return unknown(f.Name, "there is nothing to back up yet")
	}
	b, err := os.ReadFile(filepath.Join(p.Dir, "backup.json"))
	if err == nil {
		err = json.Unmarshal(b, &r)
	}
	switch age := p.Now.Sub(r.At); {
	case errors.Is(err, fs.ErrNotExist):
		f.State, f.Text, f.Fix, f.Command = Info, "none was made yet", "keep profiles and history", "adit backup"
	case err != nil || r.At.IsZero() || age < -time.Hour:
		f.State, f.Text, f.Fix, f.Command = Info, "when the last was made cannot be told", "make one", "adit backup"
	case age > backupOld:
		f.State, f.Text, f.Fix, f.Command = Warn, fmt.Sprintf("the last was made %d days ago", int(age.Hours()/24)), "make a new one", "adit backup"
	default:
		f.Text = fmt.Sprintf("the last was made %s", wording.Time(r.At))
	}
	return f
}

// aside looks for what restores and damaged records left behind.
func (p Patient) aside() wire.Finding {
	f := finding("left behind", "nothing")
	before, _ := filepath.Glob(filepath.Join(p.Dir, "before-restore-*"))
	unread, _ := filepath.Glob(filepath.Join(p.Dir, "agent", "desired.json.unread-*"))
	switch {
	case p.AtRest && exists(filepath.Join(p.Dir, "restore.json")):
		f.State, f.Text, f.Fix, f.Command = Warn, "a restore was cut short; the next start of adit undoes it", "start adit", "adit up"
	case len(unread) > 0:
		f.State, f.Text = Warn, "a record of what should run could not be read and lies in "+unread[0]
		f.Fix = "start again what should run, then remove the file"
	case len(before) > 0:
		f.State, f.Text = Info, "what was there before a restore lies in "+before[0]
		f.Fix, f.Command = "when all is well, remove it", "rm -r "+quoted(before[0])
	}
	return f
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// probe writes a few KiB to the disk and removes them again.
func probe(dir string) (took time.Duration, err error) {
	began := time.Now()
	f, err := os.CreateTemp(dir, ".doctor-*")
	if err != nil {
		return 0, err
	}
	_, err = f.Write(make([]byte, 8<<10))
	err = errors.Join(err, f.Sync(), f.Close(), os.Remove(f.Name()))
	return time.Since(began), err
}
