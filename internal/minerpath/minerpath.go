// Package minerpath finds mining programs as they are installed beside adit: our own engine, and others by name.
// It imports the standard library and the root package only. Start at Find.
package minerpath

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"

	"github.com/adit-mining/adit"
)

// Find returns the absolute path of adit-miner: beside the program exe, then in ../libexec/adit as seen from there, then
// in PATH. An empty exe is the running program. NotFound says how to get it.
func Find(exe string) (string, error) {
	if p := Program("adit-miner", exe); p != "" {
		return p, nil
	}
	return "", adit.Errorf(adit.NotFound, "adit-miner is not beside adit, not in ../libexec/adit and not in PATH: run `make build`, or install it")
}

// Program returns the absolute path of a program by its name without ".exe", looking where Find does; "" = not found.
func Program(name, exe string) string {
	if exe == "" {
		exe, _ = os.Executable() // "" where the system cannot tell: PATH remains
	}
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	candidates := beside(exe, name)
	if p, err := exec.LookPath(name); err == nil {
		candidates = append(candidates, p)
	}
	for _, p := range candidates {
		if p, err := filepath.Abs(p); err == nil && Runnable(p) {
			return p
		}
	}
	return ""
}

func beside(exe, name string) []string {
	if exe == "" {
		return nil
	}
	if real, err := filepath.EvalSymlinks(exe); err == nil {
		exe = real
	}
	dir := filepath.Dir(exe)
	return []string{filepath.Join(dir, name), filepath.Join(dir, "..", "libexec", "adit", name)}
}

// Runnable reports whether path is a file that can be executed.
func Runnable(path string) bool {
	st, err := os.Stat(path)
	return err == nil && st.Mode().IsRegular() && (runtime.GOOS == "windows" || st.Mode()&0o111 != 0)
}
