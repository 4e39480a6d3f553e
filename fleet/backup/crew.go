package backup

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/link/pki"
)

// Crew is what a crew's coordinator has in a data directory, beside the files that are listed here: the folders coop and
// pki.
type Crew struct {
	CopyDB     func(ctx context.Context, to string) error  // writes its database into a new file; nil = see Elsewhere
	CopyLedger func(ctx context.Context, dir string) error // writes the ledger of shares into a new folder, where there is one
	CopyPKI    func(ctx context.Context, dir string) error // writes the certificates into a new folder, where there are any
	Elsewhere  string                                      // what belongs to the crew and lies elsewhere, for people; "" = nothing
}

// The crew's members of an archive.
const (
	crewDatabase = "coop/coop.db"
	crewLedger   = "coop/ledger"
	crewPKI      = "pki"
)

// crewFiles are the coordinator's small files: its settings where a hub keeps them, the switch, and the key of invitations.
var crewFiles = []string{"coop/coordinator.yaml", "coop/switch.json", "coop/enrol.key"}

// segmentRE is a file of the ledger.
var segmentRE = regexp.MustCompile(`^coop/ledger/[0-9]{8,20}\.seg(?:\.gz)?$`)

// ofCrew reports whether a member belongs to a crew's coordinator.
func ofCrew(name string) bool {
	file, inPKI := strings.CutPrefix(name, crewPKI+"/")
	return name == crewDatabase || slices.Contains(crewFiles, name) || segmentRE.MatchString(name) || inPKI && slices.Contains(pki.Names(), file)
}

// copyCrew copies the database before the ledger, which is then ahead of it: whoever opens them makes up for that.
func (s Source) copyCrew(ctx context.Context, to string) error {
	if s.Crew == nil {
		return nil
	}
	if err := os.MkdirAll(filepath.Join(to, filepath.Dir(filepath.FromSlash(crewDatabase))), 0o700); err != nil {
		return err
	}
	for _, part := range []struct {
		copy func(context.Context, string) error
		name string
	}{{s.Crew.CopyDB, crewDatabase}, {s.Crew.CopyLedger, crewLedger}, {s.Crew.CopyPKI, crewPKI}} {
		if part.copy == nil {
			continue
		}
		if err := part.copy(ctx, filepath.Join(to, filepath.FromSlash(part.name))); err != nil {
			return adit.Errorf(adit.Internal, "%s cannot be copied: %w", part.name, err)
		}
	}
	for _, name := range crewFiles {
		if err := copySmall(s.Dir, to, name); err != nil {
			return err
		}
	}
	return nil
}

// crewMoves lists what changes of a coordinator where the backup holds one: all that is the crew's, so that nothing of the
// one before is mixed with it.
func (m Manifest) crewMoves() (moves []move) {
	if !m.Crew {
		return nil
	}
	has := map[string]bool{}
	for _, f := range m.Members {
		has[f.Name] = true
		has[strings.SplitN(f.Name, "/", 2)[0]] = true
	}
	for _, name := range append([]string{crewDatabase}, crewFiles...) {
		moves = append(moves, move{Name: name, In: has[name]})
	}
	moves = append(moves, move{Name: crewDatabase + "-wal"}, move{Name: crewDatabase + "-shm"}, move{Name: crewLedger, In: true})
	if has[crewPKI] {
		moves = append(moves, move{Name: crewPKI, In: true})
	}
	return moves
}

// databases are those that a backup holds, the hub's first.
func (m Manifest) databases() (names []string) {
	for _, name := range []string{database, crewDatabase} {
		if slices.ContainsFunc(m.Members, func(f Member) bool { return f.Name == name }) {
			names = append(names, name)
		}
	}
	return names
}
