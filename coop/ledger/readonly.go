package ledger

import (
	"os"

	"github.com/adit-mining/adit"
)

var errReadOnly = adit.Errorf(adit.Conflict, "the ledger was opened for reading alone")

// readOnly is the newest segment of a ledger that is only read.
type readOnly struct{ *os.File }

// WriteAt refuses.
func (readOnly) WriteAt([]byte, int64) (int, error) { return 0, errReadOnly }

// Truncate refuses.
func (readOnly) Truncate(int64) error { return errReadOnly }

// Sync does nothing: nothing was written.
func (readOnly) Sync() error { return nil }

// openNewest opens the segment that is written to.
func (o Options) openNewest(path string) (file, error) {
	if !o.ReadOnly {
		return os.OpenFile(path, os.O_RDWR, 0o600)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	return readOnly{f}, nil
}
