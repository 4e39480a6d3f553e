package proc

import (
	"log/slog"

	"github.com/adit-mining/adit"
)

// Supervisor is the agent's side: it starts and adopts shims. Fill the fields before the first call and leave them.
// Two supervisors may share a folder: nothing is started twice.
type Supervisor struct {
	Dir  string   // one folder per program is kept here (agent/shims); absolute
	Exe  string   // the program that is run as the shim: adit itself; absolute
	Args []string // before "--dir DIR"; nil = "shim"
	Root string   // the file system in which proc lies; "" = "/"
	Log  *slog.Logger
}

func (s *Supervisor) hello() hello {
	return hello{Protocol: Protocol, MinProtocol: MinProtocol, Version: adit.Version}
}

func (s *Supervisor) log() *slog.Logger {
	if s.Log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return s.Log
}
