package install

import "github.com/adit-mining/adit/link/wire"

// Broken are the programs whose version in use cannot be started: removed, changed or in quarantine. It reads manifests
// and no program, so that it may be asked often; a change that keeps a file's size is found at the next start.
func (s *Store) Broken() (out []wire.Broken) {
	names, err := s.programs()
	if err != nil {
		return nil // told where programs are listed
	}
	for _, name := range names {
		v, err := s.current(name)
		if err != nil {
			continue // none is in use
		}
		if err := s.quick(v); err != nil {
			out = append(out, wire.Broken{Program: v.Program, Version: v.Version, State: stateOf(err), Words: wordsOf(err)})
		}
	}
	return out
}
