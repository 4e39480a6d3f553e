package proc

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"

	"github.com/adit-mining/adit"
)

// Digest returns the lower-case hex sha256 of a file.
func Digest(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	return digestOf(f)
}

func digestOf(f *os.File) (string, error) {
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// verify checks an executable against its recorded digest ("" = none recorded) and returns what it found: the digest
// and the file as it was hashed, so that the started process can be compared with it.
func verify(path, want string) (string, fs.FileInfo, error) {
	f, err := os.Open(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", nil, adit.Errorf(adit.NotFound, "%s was removed, possibly by an antivirus: put it back, or install it again and allow just this file", path)
	case err != nil:
		return "", nil, adit.Errorf(adit.Refused, "%s cannot be read: %w", path, err)
	}
	defer f.Close()
	info, err := f.Stat()
	switch {
	case err != nil:
		return "", nil, adit.Errorf(adit.Refused, "%s cannot be read: %w", path, err)
	case !info.Mode().IsRegular():
		return "", nil, adit.Errorf(adit.Refused, "%s is not a file", path)
	case info.Mode().Perm()&0o111 == 0:
		return "", nil, adit.Errorf(adit.Refused, "%s is not executable: chmod +x it", path)
	}
	got, err := digestOf(f)
	switch {
	case err != nil:
		return "", nil, adit.Errorf(adit.Refused, "%s cannot be read: %w", path, err)
	case want != "" && got != want:
		return "", nil, adit.Errorf(adit.Refused, "%s is not the file that was recorded: its sha256 is %s, recorded was %s. If you replaced it on purpose, stop and start the program anew", path, got, want)
	}
	return got, info, nil
}
