package backup

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/internal/atomicfile"
)

// move is one file or folder of the data directory that a restore changes.
type move struct {
	Name string `json:"name"`
	In   bool   `json:"in"`  // the backup's comes in its place; else it only goes
	Was  bool   `json:"was"` // it was there before
}

// mark is the file restore.json, which stands while a restore changes the data directory.
type mark struct {
	Aside string `json:"aside"` // folder within the data directory
	Moves []move `json:"moves"`
}

const (
	markName = "restore.json"
	asideFor = "before-restore-" // begins the names of folders with what was there before
)

// swap moves what is there aside and what was unpacked in its place. On an error everything is as it was.
func (r Restore) swap(stage string, moves []move) (aside string, err error) {
	k := mark{Aside: asideFor + r.Now().UTC().Format("20060102T150405.000Z"), Moves: moves}
	any := false
	for i := range k.Moves {
		k.Moves[i].Was = exists(filepath.Join(r.Dir, k.Moves[i].Name))
		any = any || k.Moves[i].Was
		if k.Moves[i].In && !exists(filepath.Join(stage, k.Moves[i].Name)) { // a history without a sample
			if err := os.MkdirAll(filepath.Join(stage, k.Moves[i].Name), 0o700); err != nil {
				return "", err
			}
		}
	}
	earlier, _ := filepath.Glob(filepath.Join(r.Dir, asideFor+"*"))
	if err := os.Mkdir(filepath.Join(r.Dir, k.Aside), 0o700); err != nil {
		return "", err
	}
	if err := atomicfile.WriteJSON(filepath.Join(r.Dir, markName), k, 0o600); err != nil {
		return "", errors.Join(err, os.Remove(filepath.Join(r.Dir, k.Aside)))
	}
	for _, m := range k.Moves {
		if err := m.do(r.Dir, stage, k.Aside); err != nil {
			return "", errors.Join(adit.Errorf(adit.Internal, "the backup could not be put in place, what was there is back: %w", err), Recover(r.Dir))
		}
	}
	if err := os.Remove(filepath.Join(r.Dir, markName)); err != nil { // from here on it is restored
		return "", errors.Join(err, Recover(r.Dir))
	}
	for _, old := range earlier {
		err = errors.Join(err, os.RemoveAll(old))
	}
	if !any {
		return "", errors.Join(err, os.RemoveAll(filepath.Join(r.Dir, k.Aside)))
	}
	return filepath.Join(r.Dir, k.Aside), err
}

func (m move) do(dir, stage, aside string) error {
	if m.Was {
		if err := rename(filepath.Join(dir, m.Name), filepath.Join(dir, aside, m.Name)); err != nil {
			return err
		}
	}
	if !m.In {
		return nil
	}
	return rename(filepath.Join(stage, m.Name), filepath.Join(dir, m.Name))
}

func rename(from, to string) error {
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return err
	}
	return os.Rename(from, to)
}

// CutShort reports whether a restore of the data directory did not end: Recover is to be called.
func CutShort(dir string) bool { return exists(filepath.Join(dir, markName)) }

// Recover undoes a restore that was cut short, by a power cut say; without one it does nothing. Who opens a data directory
// calls it first, holding its lock.
func Recover(dir string) error {
	path := filepath.Join(dir, markName)
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	var k mark
	if err == nil {
		err = json.Unmarshal(b, &k)
	}
	if err == nil && (k.Aside == "" || filepath.Base(k.Aside) != k.Aside || slices.ContainsFunc(k.Moves, func(m move) bool { return !filepath.IsLocal(m.Name) })) {
		err = errors.New("it names what no restore names")
	}
	if err != nil {
		return adit.Errorf(adit.Invalid, "a restore was cut short and its record %s cannot be read: %w; what was there before lies in %s*", path, err, asideFor)
	}
	for _, m := range slices.Backward(k.Moves) {
		if err := m.undo(dir, k.Aside); err != nil {
			return adit.Errorf(adit.Internal, "a restore was cut short and cannot be undone: %w", err)
		}
	}
	left, _ := filepath.Glob(filepath.Join(dir, staged+"*"))
	for _, l := range left {
		_ = os.RemoveAll(l) // copies of the archive
	}
	if err := os.RemoveAll(filepath.Join(dir, k.Aside)); err != nil {
		return err
	}
	return os.Remove(path)
}

// undo brings back what was there. It may be called again where it was cut short itself.
func (m move) undo(dir, aside string) error {
	now, before := filepath.Join(dir, m.Name), filepath.Join(dir, aside, m.Name)
	switch {
	case exists(before):
		if err := os.RemoveAll(now); err != nil {
			return err
		}
		return os.Rename(before, now)
	case !m.Was && m.In && exists(now):
		return os.RemoveAll(now)
	}
	return nil // it was not moved yet
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}
