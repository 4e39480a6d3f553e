package install

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/internal/atomicfile"
)

const (
	manifestFile   = "manifest.json"
	quarantineFile = "quarantine.json"
	filesDir       = "files"
	maxManifest    = 4 << 20
	manifestFormat = 1
)

// Who stands for an archive's digest.
const (
	vouchedCatalogue = "catalogue"
	vouchedOwner     = "you"
)

// Manifest says what was installed, by which digest it came in, and the digest of every file. It lies beside the files
// and appears with them in one rename, so that a folder without one is no installation.
type Manifest struct {
	Format        int       `json:"format"`
	Program       string    `json:"program"`
	Version       string    `json:"version"`
	Platform      string    `json:"platform"`
	Binary        string    `json:"binary"` // path within files/, with slashes
	Digest        string    `json:"digest"` // sha256 of Binary
	ArchiveDigest string    `json:"archiveDigest"`
	ArchiveName   string    `json:"archiveName"`
	InstalledAt   time.Time `json:"installedAt"`
	Vouched       string    `json:"vouched"`                // "catalogue" or "you"
	DigestSource  string    `json:"digestSource,omitempty"` // where ArchiveDigest was published
	URL           string    `json:"url,omitempty"`
	Licence       string    `json:"licence,omitempty"`
	Source        string    `json:"source,omitempty"` // "open", "closed", "" = unknown
	FeePercent    *float64  `json:"feePercent,omitempty"`
	Files         []File    `json:"files"`
}

// File is one installed file.
type File struct {
	Path       string `json:"path"` // within files/, with slashes
	Size       int64  `json:"size"`
	SHA256     string `json:"sha256"`
	Executable bool   `json:"executable,omitempty"`
}

// quarantine says why a version is not run any more.
type quarantine struct {
	At    time.Time `json:"at"`
	Words string    `json:"words"`
}

func readManifest(dir string) (Manifest, error) {
	var m Manifest
	b, err := readBounded(filepath.Join(dir, manifestFile), maxManifest)
	if err == nil {
		err = json.Unmarshal(b, &m)
	}
	switch {
	case err != nil:
		return m, err
	case m.Format != manifestFormat:
		return m, adit.Errorf(adit.Unsupported, "its manifest is of another version of adit")
	case m.Program != filepath.Base(filepath.Dir(dir)) || m.Version != filepath.Base(dir) || !digestRE.MatchString(m.Digest) || checkName(m.Binary) != nil:
		return m, adit.Errorf(adit.Refused, "its manifest is not of this installation")
	}
	for _, f := range m.Files {
		if checkName(f.Path) != nil {
			return m, adit.Errorf(adit.Refused, "its manifest names a file outside")
		}
	}
	return m, nil
}

func readBounded(path string, limit int64) ([]byte, error) {
	st, err := os.Stat(path)
	if err == nil && st.Size() > limit {
		err = adit.Errorf(adit.Refused, "%s is too big", filepath.Base(path))
	}
	if err != nil {
		return nil, err
	}
	return os.ReadFile(path)
}

func readQuarantine(dir string) (q quarantine, there bool) {
	b, err := readBounded(filepath.Join(dir, quarantineFile), 64<<10)
	if errors.Is(err, fs.ErrNotExist) {
		return q, false
	}
	if err == nil {
		err = json.Unmarshal(b, &q)
	}
	if err != nil {
		q.Words = "it is in quarantine, and the reason cannot be read"
	}
	return q, true
}

func writeQuarantine(dir string, q quarantine) error {
	return atomicfile.WriteJSON(filepath.Join(dir, quarantineFile), q, 0o644)
}
