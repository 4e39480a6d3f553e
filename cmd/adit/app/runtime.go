package app

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/adit-mining/adit/internal/atomicfile"
)

// Runtime tells other programs of this user where the running adit is: the content of runtime.json.
type Runtime struct {
	URL       string    `json:"url"`
	PID       int       `json:"pid"`
	StartedAt time.Time `json:"startedAt"`
	Version   string    `json:"version"`
}

func runtimeFile(dir string) string     { return filepath.Join(dir, "runtime.json") }
func coopRuntimeFile(dir string) string { return filepath.Join(CoopDir(dir), "runtime.json") }

// ReadRuntime returns what the last adit on this folder wrote; ok is false where there is none.
// The file alone does not prove that it still runs: Held does.
func ReadRuntime(dir string) (r Runtime, ok bool, err error) { return readRuntime(runtimeFile(dir)) }

// ReadCoopRuntime is ReadRuntime for a coordinator that runs alone; CoopHeld tells whether it still runs.
func ReadCoopRuntime(dir string) (r Runtime, ok bool, err error) {
	return readRuntime(coopRuntimeFile(dir))
}

func readRuntime(file string) (r Runtime, ok bool, err error) {
	b, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return r, false, nil
	}
	if err != nil {
		return r, false, err
	}
	if err := json.Unmarshal(b, &r); err != nil {
		return r, false, err
	}
	return r, r.URL != "", nil
}

func writeRuntime(file string, r Runtime) error {
	return atomicfile.WriteJSON(file, r, 0o600)
}
