package verify

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"

	"github.com/adit-mining/adit"
)

// FindMiner finds the program adit-miner: beside the running program exe, then in ../libexec/adit/ as seen from there,
// then in PATH. An empty exe means the running program.
func FindMiner(exe string) (path string, err error) {
	name := "adit-miner"
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	if exe == "" {
		if exe, err = os.Executable(); err != nil {
			exe = ""
		}
	}
	if exe != "" {
		if real, err := filepath.EvalSymlinks(exe); err == nil {
			exe = real
		}
		dir := filepath.Dir(exe)
		for _, p := range []string{filepath.Join(dir, name), filepath.Join(dir, "..", "libexec", "adit", name)} {
			if runnable(p) {
				return filepath.Abs(p)
			}
		}
	}
	if p, err := exec.LookPath(name); err == nil {
		return filepath.Abs(p)
	}
	return "", adit.Errorf(adit.NotFound, "adit-miner is not beside adit, not in ../libexec/adit and not in PATH: run make build, or install it")
}

func runnable(path string) bool {
	st, err := os.Stat(path)
	return err == nil && st.Mode().IsRegular() && (runtime.GOOS == "windows" || st.Mode()&0o111 != 0)
}
