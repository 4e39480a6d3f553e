package host

import (
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/adit-mining/adit/device"
)

// msr tells whether the processor's model-specific registers can be reached; "" where it has none, or that cannot be told.
// Sources: arch/x86/kernel/msr.c: the parameter allow_writes (Linux 5.9) is "on", "off" or "default", which allows and
// warns, and root alone may read it; a kernel locked down (lockdown=integrity, as Secure Boot asks for) refuses writes.
func (r root) msr(registers bool) string {
	if _, err := os.Stat(r.path("dev/cpu/0/msr")); err != nil {
		// A container may hide the file of a module that is there.
		if _, hidden := os.Stat(r.path("sys/module/msr")); registers && errors.Is(err, fs.ErrNotExist) && hidden != nil {
			return device.MSRNotLoaded
		}
		return ""
	}
	lock := r.text("sys/kernel/security/lockdown")
	if strings.Contains(lock, "[integrity]") || strings.Contains(lock, "[confidentiality]") {
		return device.MSRReadOnly
	}
	b, err := os.ReadFile(r.path("sys/module/msr/parameters/allow_writes"))
	switch word := strings.TrimSpace(string(b)); {
	case errors.Is(err, fs.ErrNotExist), err == nil && (word == "on" || word == "default"):
		return device.MSRWritable
	case err == nil && word == "off":
		return device.MSRReadOnly
	}
	return device.MSRLoaded
}

// registers reports whether the processor has model-specific registers (proc(5) cpuinfo, flags).
func (r root) registers() bool {
	for l := range strings.Lines(r.text("proc/cpuinfo")) {
		if key, v, _ := strings.Cut(l, ":"); strings.TrimSpace(key) == "flags" {
			return slices.Contains(strings.Fields(v), "msr")
		}
	}
	return false
}
