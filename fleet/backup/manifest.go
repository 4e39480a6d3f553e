package backup

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/adit-mining/adit"
)

// Format is the newest version of the archive's layout: 2 has a crew's coordinator in it; one without is still 1.
const Format = 2

// manifestName is the archive's first member.
const manifestName = "manifest.json"

// database and series are the two big members.
const (
	database = "adit.db"
	series   = "tsdb"
)

// Manifest says what an archive holds. It is the first member, so that nothing is unpacked before it was read.
type Manifest struct {
	Program string    `json:"program"` // "adit"
	Format  int       `json:"format"`
	Version string    `json:"version"` // of the adit that made it
	Schema  int64     `json:"schema"`  // of the database; 0 = there is none in it
	At      time.Time `json:"at"`
	Host    string    `json:"host"`
	Machine string    `json:"machine,omitempty"` // a digest that tells the computer from others; "" = it cannot be told
	History bool      `json:"history"`           // whether the time series are in it
	Crew    bool      `json:"crew,omitempty"`    // whether a crew's coordinator is in it
	Members []Member  `json:"members"`

	// Elsewhere is what belongs to the crew and is not in it, for people; "" = nothing.
	Elsewhere string `json:"elsewhere,omitempty"`
}

// Member is one file of an archive.
type Member struct {
	Name   string `json:"name"` // slash-separated, from the data directory
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// everywhere lists the small files that may go to another computer; local those that stay with theirs: the owner's
// consent and pause, the key of the command line, and what should run there.
var (
	everywhere = []string{"policy.json", "agent/rig.json"}
	local      = []string{"consent.json", "pause.json", "token", "agent/desired.json"}
)

// blockRE is a file of a block of the time series. Source: Prometheus, tsdb/docs/format: ULID/{meta.json,index,tombstones,chunks/NNNNNN}.
var blockRE = regexp.MustCompile(`^tsdb/[0-9A-HJKMNP-TV-Z]{26}/(?:meta\.json|index|tombstones|chunks/[0-9]{6})$`)

// known reports whether an archive may hold a member of that name; nothing else is ever written.
func known(name string) bool {
	return name == database || slices.Contains(everywhere, name) || slices.Contains(local, name) || blockRE.MatchString(name) || ofCrew(name)
}

// The bounds of what is read from an archive.
const (
	maxManifest = 16 << 20
	maxMembers  = 200_000
	maxSmall    = 16 << 20 // a settings file
	maxTotal    = 1 << 40
)

// check refuses what is no manifest of a backup that this adit can read, before anything is unpacked.
func (m Manifest) check() error {
	switch {
	case m.Program != "adit" || m.Format < 1:
		return foreign()
	case m.Format > Format:
		return adit.Errorf(adit.Conflict, "the backup was made by a newer adit (%s): upgrade adit first", m.Version)
	case len(m.Members) == 0 || len(m.Members) > maxMembers:
		return damaged("its list of members is out of bounds")
	}
	seen, total := map[string]bool{}, int64(0)
	for _, f := range m.Members {
		digest, err := hex.DecodeString(f.SHA256)
		switch {
		case !known(f.Name):
			return adit.Errorf(adit.Invalid, "the backup holds %q, which no backup of adit holds; nothing was restored", cut(f.Name))
		case seen[f.Name]:
			return damaged(f.Name + " is listed twice")
		case f.Size < 0 || total+f.Size > maxTotal || small(f.Name) && f.Size > maxSmall:
			return damaged("the size of " + f.Name + " is out of bounds")
		case err != nil || len(digest) != sha256.Size:
			return damaged("the digest of " + f.Name + " is none")
		}
		seen[f.Name], total = true, total+f.Size
	}
	if !seen[database] && !m.Crew {
		return damaged("there is no database in it")
	}
	if i := slices.IndexFunc(m.Members, func(f Member) bool { return ofCrew(f.Name) }); i >= 0 && !m.Crew {
		return damaged(m.Members[i].Name + " is in it, and it says to hold no crew")
	}
	return nil
}

func small(name string) bool {
	return name != database && name != crewDatabase && !segmentRE.MatchString(name) && !strings.HasPrefix(name, series+"/")
}

func foreign() error { return adit.Errorf(adit.Invalid, "it is no backup of adit") }

func damaged(how string) error {
	return adit.Errorf(adit.Invalid, "the backup is damaged: %s; nothing was restored", how)
}

func cut(s string) string {
	if len(s) > 80 {
		return s[:80] + "…"
	}
	return s
}

// Machine is a digest that tells this computer from others; "" where the system has no id. The id itself is kept out of
// archives. Source: machine-id(5), which asks for a keyed digest.
func Machine(root string) string {
	b, err := os.ReadFile(filepath.Join(root, "etc/machine-id"))
	id := strings.TrimSpace(string(b))
	if err != nil || len(id) < 32 {
		return ""
	}
	sum := sha256.Sum256([]byte("adit backup\x00" + id))
	return hex.EncodeToString(sum[:16])
}

// newManifest is a manifest without members.
func newManifest(root string, at time.Time) Manifest {
	host, _ := os.Hostname() // "" says nothing
	return Manifest{Program: "adit", Format: 1, Version: adit.Version, At: at.UTC().Truncate(time.Second), Host: host, Machine: Machine(root)}
}
