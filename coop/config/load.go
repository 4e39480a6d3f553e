package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/adit-mining/adit"
)

// maxFile bounds a configuration file, bytes.
const maxFile = 1 << 20

// Source is where a configuration is said.
type Source struct {
	File string // "" = none
	// Data is the file's content where it was read already; File then only names it.
	Data []byte
	// Environ are the variables, "KEY=value"; nil = none.
	Environ []string
	// Joined is the coordinator that this computer joined; it takes the place of the default. Workers only.
	Joined string
	// Flags are the command line's, by flag name; see CoordinatorFlags and WorkerFlags.
	Flags map[string][]string
}

// LoadCoordinator reads and checks a coordinator's configuration. The error lists what is wrong.
func LoadCoordinator(s Source) (Coordinator, error) {
	c := DefaultCoordinator()
	raw := newRawCoordinator(&c)
	warn, err := s.load(raw.keys())
	if err != nil {
		return Coordinator{}, err
	}
	if err := raw.finish(); err != nil {
		return Coordinator{}, err
	}
	c.Warnings = append(warn, c.Warnings...)
	return c, nil
}

// LoadWorker reads and checks a worker's configuration. The error lists what is wrong.
func LoadWorker(s Source) (Worker, error) {
	w := DefaultWorker()
	if s.Joined != "" {
		w.Coordinator.Address = s.Joined
	}
	raw := newRawWorker(&w)
	warn, err := s.load(raw.keys())
	if err != nil {
		return Worker{}, err
	}
	if err := raw.finish(); err != nil {
		return Worker{}, err
	}
	w.Warnings = append(warn, w.Warnings...)
	return w, nil
}

// load reads the layers into the keys, the weakest first.
func (s Source) load(t *table) (warnings []string, err error) {
	data := s.Data
	if data == nil && s.File != "" {
		if data, err = readFile(s.File); err != nil {
			return nil, err
		}
	}
	if err := t.file(data, filepath.Base(s.File)); err != nil {
		return nil, err
	}
	t.environ(s.Environ)
	t.flags(s.Flags)
	if err := t.failure(); err != nil {
		return nil, err
	}
	return t.warnings(), nil
}

func readFile(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		var pe *fs.PathError
		if errors.As(err, &pe) {
			err = pe.Err
		}
		return nil, adit.Errorf(adit.NotFound, "the configuration %s cannot be read: %w", name, err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	switch {
	case err != nil:
		return nil, adit.Errorf(adit.Invalid, "the configuration %s cannot be read: %w", name, err)
	case len(b) > maxFile:
		return nil, adit.InvalidField("config", "%s is longer than %d KiB", name, maxFile>>10)
	}
	return bytes.TrimPrefix(b, []byte("\ufeff")), nil
}

// joined is several mistakes as one error.
func joined(errs []error) error {
	const most = 20
	if len(errs) > most {
		errs = append(errs[:most:most], fmt.Errorf("and %d more", len(errs)-most))
	}
	return errors.Join(errs...)
}
