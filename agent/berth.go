package agent

import (
	"encoding/json"
	"path/filepath"
	"strings"

	"github.com/adit-mining/adit/device"
)

// A program of another user works in a folder of its own below its keeper's, and cannot walk there: the folders above
// are closed. To it, and so to its driver, the folder is the current one. What the agent itself reads of it afterwards
// is found by its real path.

const (
	workName = "work"
	shipView = "/proc/self/cwd" // proc_pid_cwd(5)
)

// workDir is the folder in which a program works.
func (a *Agent) workDir(name string) string {
	dir := filepath.Join(a.shimDir(), name)
	if a.account() != nil {
		dir = filepath.Join(dir, workName)
	}
	return dir
}

// viewDir is the same folder as the program sees it.
func (a *Agent) viewDir(name string) string {
	if a.account() != nil {
		return shipView
	}
	return a.workDir(name)
}

// ashore turns a driver's words about the program's view into the agent's.
func (a *Agent) ashore(name string, l device.Launch) device.Launch {
	if a.account() == nil {
		return l
	}
	dir := a.workDir(name)
	if l.Dir == shipView {
		l.Dir = dir
	}
	real, err := json.Marshal(dir)
	if err == nil && len(l.Endpoint.Settings) > 0 {
		inside := strings.Trim(string(real), `"`)
		l.Endpoint.Settings = json.RawMessage(strings.ReplaceAll(string(l.Endpoint.Settings), shipView, inside))
	}
	return l
}
