package wire

import (
	"time"

	"github.com/adit-mining/adit"
)

// The verbs of installation. Each answers at once; what takes time is a job, told of by FrameInstall.
const (
	VerbInstall       Verb = "install"        // InstallArgs → Job
	VerbInstallCancel Verb = "install-cancel" // JobArgs
	VerbUninstall     Verb = "uninstall"      // ProgramArgs → Uninstalled
	VerbPin           Verb = "pin"            // ProgramArgs: Version is kept until unpinned, "" = unpin
	VerbUse           Verb = "use"            // ProgramArgs: an installed Version becomes the one that is started
	VerbCatalogue     Verb = "catalogue"      // CatalogueArgs: a signed catalogue
)

// The questions about installation.
const (
	QueryInstalls  = "installs"  // → Installs
	QueryJob       = "job"       // Args JobArgs → Job
	QueryCatalogue = "catalogue" // → Catalogue
)

// InstallArgs asks for a mining program.
type InstallArgs struct {
	Program string `json:"program"`           // name or alias
	Version string `json:"version,omitempty"` // "" = the pinned one, else the catalogue's newest for that computer
	// Archive is a file on the agent's computer to install from; "" = download.
	Archive string `json:"archive,omitempty"`
	// SHA256 is a digest the owner vouches for, where the catalogue has none; hex.
	SHA256 string `json:"sha256,omitempty"`
}

// JobArgs names a job.
type JobArgs struct {
	ID string `json:"id"`
}

// ProgramArgs names a program and, where one of several is meant, its version.
type ProgramArgs struct {
	Program string `json:"program"`
	Version string `json:"version,omitempty"`
}

// Uninstalled says what was removed.
type Uninstalled struct {
	Program  string   `json:"program"`
	Versions []string `json:"versions"`
}

// CatalogueArgs is a catalogue file and its minisign signature, as they are.
type CatalogueArgs struct {
	Catalogue []byte `json:"catalogue"`
	Signature []byte `json:"signature"`
}

// The phases of a job.
const (
	JobWaiting     = "waiting"
	JobDownloading = "downloading"
	JobChecking    = "checking"
	JobUnpacking   = "unpacking"
	JobDone        = "done"
	JobFailed      = "failed"
	JobCancelled   = "cancelled"
)

// Job is an installation under way or just ended.
type Job struct {
	ID      string    `json:"id"`
	Program string    `json:"program"`
	Version string    `json:"version,omitempty"`
	Phase   string    `json:"phase"`
	Done    int64     `json:"done"`            // bytes of this phase
	Total   *int64    `json:"total,omitempty"` // of this phase; nil = unknown
	Speed   *float64  `json:"speed,omitempty"` // bytes a second; nil = not known yet
	From    string    `json:"from,omitempty"`  // host it is downloaded from, or the archive's name
	Started time.Time `json:"started"`
	At      time.Time `json:"at"`
	Code    adit.Code `json:"code,omitempty"`   // of a failure
	Field   string    `json:"field,omitempty"`  // of the request, where that is at fault
	Reason  string    `json:"reason,omitempty"` // of a failure, in words
}

// Ended reports whether nothing more will happen.
func (j Job) Ended() bool {
	return j.Phase == JobDone || j.Phase == JobFailed || j.Phase == JobCancelled
}

// Err is a failed job's error; nil for any other.
func (j Job) Err() error {
	switch j.Phase {
	case JobFailed:
		return &adit.Error{Code: j.Code, Field: j.Field, Msg: j.Reason}
	case JobCancelled:
		return adit.Errorf(adit.Conflict, "the installation of %s was cancelled", j.Program)
	}
	return nil
}

// The states of an installed version.
const (
	InstallOK          = "ok"
	InstallMissing     = "missing"     // its executable is gone
	InstallChanged     = "changed"     // its executable is not the one that was installed
	InstallQuarantined = "quarantined" // it was found changed and is not run any more
)

// Installed is one version of a program on the agent's computer.
type Installed struct {
	Program       string    `json:"program"`
	Version       string    `json:"version"`
	Current       bool      `json:"current"` // the one that is started
	Path          string    `json:"path"`    // folder
	Binary        string    `json:"binary"`  // executable
	Digest        string    `json:"digest"`  // sha256 of the executable, recorded when it was installed
	ArchiveDigest string    `json:"archiveDigest"`
	InstalledAt   time.Time `json:"installedAt"`
	Vouched       string    `json:"vouched"` // "catalogue" or "you": who stands for the digest
	DigestSource  string    `json:"digestSource,omitempty"`
	URL           string    `json:"url,omitempty"`
	Licence       string    `json:"licence,omitempty"`
	Source        string    `json:"source,omitempty"` // "open", "closed", "" = unknown
	FeePercent    *float64  `json:"feePercent,omitempty"`
	State         string    `json:"state"`
	Words         string    `json:"words,omitempty"` // of a State that is not ok
}

// Broken is a program whose version in use cannot be started.
type Broken struct {
	Program string `json:"program"`
	Version string `json:"version"`
	State   string `json:"state"` // InstallMissing, InstallChanged, InstallQuarantined
	Words   string `json:"words"` // for a person, with what to do
}

// Pin keeps a program at a version.
type Pin struct {
	Program string `json:"program"`
	Version string `json:"version"`
}

// Update is a newer version in the catalogue than the one in use.
type Update struct {
	Program string `json:"program"`
	From    string `json:"from"`
	To      string `json:"to"`
	Pinned  bool   `json:"pinned,omitempty"` // the owner keeps the old one
}

// Installs is what is installed on the agent's computer and what is being installed.
type Installs struct {
	Installed []Installed `json:"installed"`
	Jobs      []Job       `json:"jobs"` // the ended ones of the last hour too
	Pins      []Pin       `json:"pins"`
	Updates   []Update    `json:"updates"`
	Words     string      `json:"words,omitempty"` // what could not be read
}

// Catalogue is what programs an agent knows where to get.
type Catalogue struct {
	Serial   uint64           `json:"serial"`
	Origin   string           `json:"origin"` // "built in" or "signed"
	Key      string           `json:"key,omitempty"`
	Issued   *time.Time       `json:"issued,omitempty"`
	Expires  *time.Time       `json:"expires,omitempty"` // nil = with this version of adit
	Platform string           `json:"platform"`          // of that computer, "linux/amd64"
	Accepts  bool             `json:"accepts"`           // signed catalogues can be added
	Words    string           `json:"words,omitempty"`   // why not, or why a signed one is not in use
	Entries  []CatalogueEntry `json:"entries"`
	Notes    []string         `json:"notes"`
}

// CatalogueEntry is one archive of one version of a program.
type CatalogueEntry struct {
	Program      string   `json:"program"`
	Title        string   `json:"title"`
	Version      string   `json:"version"`
	Platform     string   `json:"platform"`
	URL          string   `json:"url"`
	SHA256       string   `json:"sha256"`
	DigestSource string   `json:"digestSource"`
	Binary       string   `json:"binary"`
	Licence      string   `json:"licence"`
	Source       string   `json:"source"`
	FeePercent   *float64 `json:"feePercent"`
	Size         *int64   `json:"size"`
	Here         bool     `json:"here"` // for that computer
}
