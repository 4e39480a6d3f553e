package body

import "time"

// InstallRequest asks for a mining program.
type InstallRequest struct {
	Version string `json:"version,omitempty" maxLength:"64" doc:"absent: the pinned one, else the newest of the catalogue"`
	Archive string `json:"archive,omitempty" maxLength:"4096" doc:"install from this archive: a path on this computer, or the id of an upload; absent: download"`
	SHA256  string `json:"sha256,omitempty" maxLength:"64" doc:"digest of the archive that you vouch for, where the catalogue has none; hex"`
}

// Installation answers an installation: the Mining Platform's InstallationDetails, and what adit knows beside.
type Installation struct {
	Status      string     `json:"status" doc:"installed, or installing where the answer was not waited for"`
	Name        string     `json:"name"`
	IsInstalled bool       `json:"is_installed"`
	Version     string     `json:"version"`
	Path        string     `json:"path" doc:"its folder"`
	MinerBinary string     `json:"miner_binary"`
	ConfigPath  string     `json:"config_path,omitempty"`
	Job         InstallJob `json:"job"`
}

// InstallJob is an installation under way or just ended. Null is unknown.
type InstallJob struct {
	ID        string    `json:"id"`
	Program   string    `json:"program"`
	Version   string    `json:"version"`
	Phase     string    `json:"phase" enum:"waiting,downloading,checking,unpacking,done,failed,cancelled"`
	Done      int64     `json:"done" doc:"bytes of this phase"`
	Total     *int64    `json:"total" doc:"bytes of this phase"`
	Speed     *float64  `json:"speed" doc:"bytes a second"`
	From      string    `json:"from" doc:"host or archive it comes from"`
	StartedAt time.Time `json:"startedAt"`
	At        time.Time `json:"at"`
	Code      string    `json:"code" doc:"kind of error of a failure"`
	Reason    string    `json:"reason" doc:"of a failure"`
}

// Installed is one version of a mining program on this computer.
type Installed struct {
	Program       string    `json:"program"`
	Version       string    `json:"version"`
	Current       bool      `json:"current" doc:"the version that is started"`
	Pinned        bool      `json:"pinned" doc:"the owner keeps this version"`
	Path          string    `json:"path"`
	Binary        string    `json:"binary"`
	SHA256        string    `json:"sha256" doc:"of the executable, recorded when it was installed and checked before each start"`
	ArchiveSHA256 string    `json:"archiveSha256"`
	InstalledAt   time.Time `json:"installedAt"`
	Vouched       string    `json:"vouched" enum:"catalogue,you" doc:"who stands for the archive's digest"`
	DigestSource  string    `json:"digestSource"`
	URL           string    `json:"url"`
	Licence       string    `json:"licence"`
	Source        string    `json:"source" doc:"open, closed, or empty: unknown"`
	FeePercent    *float64  `json:"feePercent"`
	State         string    `json:"state" enum:"ok,missing,changed,quarantined"`
	Words         string    `json:"words" doc:"of a state that is not ok"`
}

// Installs is what is installed and what is being installed.
type Installs struct {
	Installed []Installed  `json:"installed"`
	Jobs      []InstallJob `json:"jobs" doc:"those under way, and those that ended within the last hour"`
	Words     string       `json:"words" doc:"what could not be read"`
}

// Update is a newer version in the catalogue than the one in use. Nothing is asked of any server for it.
type Update struct {
	Program string `json:"program"`
	From    string `json:"from"`
	To      string `json:"to"`
	Pinned  bool   `json:"pinned" doc:"the owner keeps the old one"`
}

// UpdateCheck answers a check for updates as the Mining Platform does.
type UpdateCheck struct {
	Status    string            `json:"status"`
	Available map[string]string `json:"updates_available" doc:"version by program; pinned programs left out"`
}

// VersionRequest names a version of a program.
type VersionRequest struct {
	Version string `json:"version" maxLength:"64"`
}

// Catalogue is what programs this computer's agent knows where to get.
type Catalogue struct {
	Serial   uint64           `json:"serial" doc:"a newer catalogue has a higher one"`
	Origin   string           `json:"origin" enum:"built in,signed"`
	Key      string           `json:"key" doc:"id of the key that signed it"`
	Issued   *time.Time       `json:"issued"`
	Expires  *time.Time       `json:"expires" doc:"null: it is part of this version of adit"`
	Platform string           `json:"platform" doc:"of this computer"`
	Accepts  bool             `json:"accepts" doc:"signed catalogues can be added"`
	Words    string           `json:"words" doc:"why not, or why a signed one is not in use"`
	Entries  []CatalogueEntry `json:"entries"`
	Notes    []string         `json:"notes" doc:"what was left out and why"`
}

// CatalogueEntry is one archive of one version of a program.
type CatalogueEntry struct {
	Program      string   `json:"program"`
	Title        string   `json:"title"`
	Version      string   `json:"version"`
	Platform     string   `json:"platform" doc:"system/processor, as Go names them"`
	URL          string   `json:"url"`
	SHA256       string   `json:"sha256" doc:"of the archive"`
	DigestSource string   `json:"digestSource" doc:"where the digest was published"`
	Binary       string   `json:"binary" doc:"the executable inside"`
	Licence      string   `json:"licence"`
	Source       string   `json:"source" enum:"open,closed"`
	FeePercent   *float64 `json:"feePercent" doc:"that the program's author takes; adit takes none"`
	Size         *int64   `json:"size" doc:"of the archive in bytes"`
	Here         bool     `json:"here" doc:"for this computer"`
}

// SignedCatalogue is a catalogue file and its minisign signature.
type SignedCatalogue struct {
	Catalogue string `json:"catalogue" maxLength:"700000" doc:"the file's content, as it is"`
	Signature string `json:"signature" maxLength:"4096" doc:"content of the .minisig file"`
}

// Upload is an archive that a browser sent.
type Upload struct {
	ID        string    `json:"id" doc:"to be named as archive of an installation"`
	Name      string    `json:"name"`
	Size      int64     `json:"size"`
	SHA256    string    `json:"sha256" doc:"as received; compare it with the publisher's"`
	Known     string    `json:"known" doc:"what the catalogue says it is, such as xmrig 6.26.0; empty: the catalogue does not know it"`
	ExpiresAt time.Time `json:"expiresAt"`
}
