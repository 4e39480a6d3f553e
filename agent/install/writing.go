package install

import (
	"errors"
	"os"
)

// disk makes unpacked files durable while the next are unpacked.
type disk struct {
	files chan *os.File
	ended chan error
	bad   chan struct{} // closed at the first file that cannot be kept
}

// diskAhead is how many files may wait for the disk.
const diskAhead = 8

func newDisk() *disk {
	d := &disk{files: make(chan *os.File, diskAhead), ended: make(chan error, 1), bad: make(chan struct{})}
	go d.run() // ends at end
	return d
}

func (d *disk) run() {
	var first error
	for f := range d.files {
		err := f.Sync()
		if cerr := f.Close(); err == nil {
			err = cerr
		}
		if err != nil && first == nil {
			first = err
			close(d.bad)
		}
	}
	d.ended <- first
}

var errNotKept = errors.New("the disk does not keep what was written") // end has the cause

// keep takes over a file that was written. It fails where an earlier one could not be kept.
func (d *disk) keep(f *os.File) error {
	d.files <- f
	select {
	case <-d.bad:
		return errNotKept
	default:
		return nil
	}
}

// end waits until all files are durable.
func (d *disk) end() error {
	close(d.files)
	return <-d.ended
}
