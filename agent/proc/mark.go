package proc

import (
	"os"
	"path/filepath"
	"time"
)

// LogMark tells whether a program's log has grown: it differs from an earlier one where the shim has written since.
type LogMark struct {
	Size int64 // bytes
	At   time.Time
}

// LogMark is the mark of now. It looks at the log file, which the shim writes right after each line, and so does not wake
// the shim as Logs does. ok is false where the file tells nothing, because it cannot be written or is not there.
func (p *Process) LogMark() (mark LogMark, ok bool) {
	if p.Status().LogWords != "" {
		return LogMark{}, false
	}
	st, err := os.Stat(filepath.Join(p.dir, logName))
	if err != nil {
		return LogMark{}, false
	}
	return LogMark{Size: st.Size(), At: st.ModTime()}, true
}
