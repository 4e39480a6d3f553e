package host

import (
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/device"
)

// root is the folder in which proc, sys and etc lie.
type root string

func (r root) path(rel string) string { return filepath.Join(string(r), rel) }

// text reads a small file; "" where it cannot be read.
func (r root) text(rel string) string {
	b, err := os.ReadFile(r.path(rel))
	if err != nil {
		return ""
	}
	return string(b)
}

// line reads a file of one line.
func (r root) line(rel string) string { return strings.TrimSpace(r.text(rel)) }

// number reads a file that holds one integer.
func (r root) number(rel string) (int64, bool) {
	n, err := strconv.ParseInt(r.line(rel), 10, 64)
	return n, err == nil
}

// glob returns the files below the root that a well formed pattern names.
func (r root) glob(pattern string) []string {
	list, _ := filepath.Glob(r.path(pattern))
	out := make([]string, 0, len(list))
	for _, f := range list {
		if rel, err := filepath.Rel(string(r), f); err == nil {
			out = append(out, rel)
		}
	}
	return out
}

func (r root) hostname() string {
	if h := r.line("proc/sys/kernel/hostname"); h != "" {
		return h
	}
	if r != "/" {
		return ""
	}
	h, _ := os.Hostname() // "" = unknown
	return h
}

// system names the operating system as people do: PRETTY_NAME of os-release(5), else what Go calls it.
func (r root) system() string {
	for _, f := range []string{"etc/os-release", "usr/lib/os-release"} {
		for l := range strings.Lines(r.text(f)) {
			if v, ok := strings.CutPrefix(strings.TrimSpace(l), "PRETTY_NAME="); ok {
				if s := strings.Trim(v, `"'`); s != "" {
					return s
				}
			}
		}
	}
	return runtime.GOOS
}

// load reads the load averages over 1, 5 and 15 minutes (proc(5), loadavg).
func (r root) load() []float64 {
	f := strings.Fields(r.text("proc/loadavg"))
	if len(f) < 3 {
		return nil
	}
	out := make([]float64, 3)
	for i := range out {
		v, err := strconv.ParseFloat(f[i], 64)
		if err != nil {
			return nil
		}
		out[i] = v
	}
	return out
}

func (r root) uptime() *time.Duration {
	f := strings.Fields(r.text("proc/uptime"))
	if len(f) == 0 {
		return nil
	}
	s, err := strconv.ParseFloat(f[0], 64)
	if err != nil || s < 0 {
		return nil
	}
	d := time.Duration(s * float64(time.Second))
	return &d
}

// memory reads proc(5) meminfo: sizes are in KiB, page counts bare.
func (r root) memory(to *device.Host) {
	v := map[string]uint64{}
	for l := range strings.Lines(r.text("proc/meminfo")) {
		key, rest, _ := strings.Cut(l, ":")
		if f := strings.Fields(rest); len(f) > 0 {
			if n, err := strconv.ParseUint(f[0], 10, 64); err == nil {
				v[key] = n
			}
		}
	}
	kib := func(key string) *adit.Bytes {
		n, ok := v[key]
		if !ok {
			return nil
		}
		b := adit.Bytes(n << 10)
		return &b
	}
	to.MemoryTotal, to.MemoryFree = kib("MemTotal"), kib("MemAvailable")
	if total, ok := v["HugePages_Total"]; ok {
		to.HugePages = &device.HugePagePool{Total: int(total), Free: int(v["HugePages_Free"]), Size: adit.Bytes(v["Hugepagesize"] << 10)}
	}
}
