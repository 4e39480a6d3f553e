package app

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"syscall"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/store/sqldb"
)

// DefaultDataDir is where adit keeps everything of this user: ADIT_DATA_DIR, else the platform's place for data.
func DefaultDataDir(env func(string) string) (string, error) {
	if d := env("ADIT_DATA_DIR"); d != "" {
		return filepath.Abs(d)
	}
	if d := env("XDG_DATA_HOME"); filepath.IsAbs(d) {
		return filepath.Join(d, "adit"), nil
	}
	if d := env("LocalAppData"); runtime.GOOS == "windows" && d != "" {
		return filepath.Join(d, "adit"), nil
	}
	home := env("HOME")
	if home == "" {
		var err error
		if home, err = os.UserHomeDir(); err != nil {
			return "", WithHint(adit.Errorf(adit.Invalid, "adit does not know where to keep its data: neither HOME nor XDG_DATA_HOME is set"),
				"Name a folder.", "adit --data-dir /var/lib/adit …")
		}
	}
	if runtime.GOOS == "darwin" {
		return filepath.Join(home, "Library", "Application Support", "adit"), nil
	}
	return filepath.Join(home, ".local", "share", "adit"), nil
}

// PrepareDataDir makes the folder where it is missing and closes it to others (0700) where it was open.
// opened says that others could read it until now.
func PrepareDataDir(dir string) (opened bool, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return false, dataDirError(dir, err)
	}
	st, err := os.Stat(dir)
	if err != nil {
		return false, dataDirError(dir, err)
	}
	if !st.IsDir() {
		return false, dataDirError(dir, errors.New("it is not a folder"))
	}
	if err := OwnFolder(dir); err != nil {
		return false, err
	}
	if runtime.GOOS != "windows" && st.Mode().Perm()&0o077 != 0 {
		if err := os.Chmod(dir, 0o700); err != nil {
			return false, dataDirError(dir, err)
		}
		opened = true
	}
	return opened, writable(dir)
}

func writable(dir string) error {
	f, err := os.CreateTemp(dir, ".write-*")
	if err != nil {
		return dataDirError(dir, err)
	}
	f.Close()
	return os.Remove(f.Name())
}

func dataDirError(dir string, err error) error {
	if diskFull(err) { // not the caller's fault: a service manager tries again
		return WithHint(adit.Errorf(adit.Internal, "the disk that holds the data directory %s is full: %w", dir, err), "Free space there.", "df -h "+dir)
	}
	var pe *fs.PathError
	if errors.As(err, &pe) {
		err = pe.Err
	}
	return WithHint(adit.Errorf(adit.Invalid, "the data directory %s cannot be used: %w", dir, err),
		"Give adit a folder that you own.", "adit --data-dir ~/adit-data …")
}

// diskFull reports whether an error means that the disk or a quota is full.
func diskFull(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || errors.Is(err, sqldb.ErrFull)
}
