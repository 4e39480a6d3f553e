// Package minerpath finds adit-miner, our own engine, as it is installed beside adit.
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
	if exe == "" {
		exe, _ = os.Executable() // "" where the system cannot tell: PATH remains
	}
	for _, p := range beside(exe) {
		if runnable(p) {
			return filepath.Abs(p)
		}
	}
	if p, err := exec.LookPath(name()); err == nil {
		return filepath.Abs(p)
	}
	return "", adit.Errorf(adit.NotFound, "adit-miner is not beside adit, not in ../libexec/adit and not in PATH: run `make build`, or install it")
}

func beside(exe string) []string {
	if exe == "" {
		return nil
	}
	if real, err := filepath.EvalSymlinks(exe); err == nil {
		exe = real
	}
	dir := filepath.Dir(exe)
	return []string{filepath.Join(dir, name()), filepath.Join(dir, "..", "libexec", "adit", name())}
}

func name() string {
	if runtime.GOOS == "windows" {
		return "adit-miner.exe"
	}
	return "adit-miner"
}

func runnable(path string) bool {
	st, err := os.Stat(path)
	return err == nil && st.Mode().IsRegular() && (runtime.GOOS == "windows" || st.Mode()&0o111 != 0)
}
