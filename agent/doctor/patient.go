package doctor

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/device"
	"github.com/adit-mining/adit/link/wire"
)

// The states of wire.Finding.
const (
	OK   = "ok"
	Info = "info"
	Warn = "warn"
	Crit = "crit"
)

// The groups of findings.
const (
	Mining   = "mining"
	Programs = "programs"
	Computer = "computer"
	Adit     = "adit"
)

// Patient is what is looked at. The zero value of a function means this system's own.
type Patient struct {
	Root string // of the file system where /proc, /sys, /etc and /dev are read; "" = "/"
	Home string // of the user, for the user's own service; "" = there is none
	Dir  string // data directory; need not exist
	// AtRest says that no adit works in this process, so that who holds the data directory is somebody else.
	AtRest      bool
	Host        *device.Host  // nil = nothing is known of the computer
	Temperature *adit.Celsius // the hottest sensor; nil = unknown

	Now   time.Time                                     // zero = now
	Clock func() (Clock, bool)                          // how the clock is kept; false = it cannot be told
	Disk  func(dir string) (Disk, error)                // the disk below a folder
	Probe func(dir string) (time.Duration, error)       // writes a little for good and removes it again
	Look  func(program string) (path string, err error) // finds a program in PATH
}

// Clock is how the system's clock is kept.
type Clock struct {
	Synced bool
	Offset time.Duration // still to be corrected
}

// Disk is a file system.
type Disk struct {
	Free, Total uint64 // bytes, for this user
	Network     string // its kind where it lies on another computer ("NFS"), else ""
}

func (p Patient) withDefaults() Patient {
	if p.Root == "" {
		p.Root = "/"
	}
	if p.Now.IsZero() {
		p.Now = time.Now()
	}
	if p.Clock == nil {
		p.Clock = systemClock
	}
	if p.Disk == nil {
		p.Disk = systemDisk
	}
	if p.Probe == nil {
		p.Probe = probe
	}
	if p.Look == nil {
		p.Look = exec.LookPath
	}
	return p
}

// Examine makes every check; each gives one finding, always the same name.
func Examine(p Patient) []wire.Finding {
	p = p.withDefaults()
	c := p.cpu()
	var out []wire.Finding
	for _, f := range []wire.Finding{
		c.features(), c.threads(), p.memory(), p.hugePages(), p.gigabytePages(c), p.msr(c), p.governor(), p.smt(), p.machine(c),
		p.sensors(), p.power(), p.clock(), p.graphics(), p.controlGroups(), p.lockedMemory(),
	} {
		f.Group = Computer
		out = append(out, f)
	}
	for _, f := range []wire.Finding{p.disk(), p.folder(), p.occupied(), p.port(), p.service(), p.backup(), p.aside()} {
		f.Group = Adit
		out = append(out, f)
	}
	return out
}

// finding begins a finding that is well so far.
func finding(name, text string) wire.Finding { return wire.Finding{Name: name, State: OK, Text: text} }

func unknown(name, text string) wire.Finding {
	return wire.Finding{Name: name, State: Info, Text: text}
}

// text is the content of a small file, trimmed; "" where it cannot be read.
func (p Patient) text(path string) string {
	f, err := os.Open(filepath.Join(p.Root, path))
	if err != nil {
		return ""
	}
	defer func() { _ = f.Close() }()
	b := make([]byte, 1<<20) // proc(5)'s cpuinfo of a hundred threads has 150 KiB
	n := 0
	for n < len(b) {
		m, err := f.Read(b[n:])
		n += m
		if err != nil || m == 0 {
			break
		}
	}
	return strings.TrimSpace(string(b[:n]))
}

// number is the whole number in a file; ok is false where there is none.
func (p Patient) number(path string) (n int, ok bool) {
	n, err := strconv.Atoi(p.text(path))
	return n, err == nil && n >= 0
}

func (p Patient) exists(path string) bool {
	_, err := os.Stat(filepath.Join(p.Root, path))
	return err == nil
}

func (p Patient) glob(pattern string) []string {
	found, _ := filepath.Glob(filepath.Join(p.Root, pattern))
	return found
}

func gib[T adit.Bytes | uint64](b T) string {
	return strconv.FormatFloat(float64(b)/(1<<30), 'f', 1, 64) + " GiB"
}
