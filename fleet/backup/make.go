package backup

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/store/sqldb"
)

// Source is what a backup is made of.
type Source struct {
	Dir      string                                      // data directory
	CopyDB   func(ctx context.Context, to string) error  // writes the hub's database into a new file; nil = there is no hub
	Snapshot func(ctx context.Context, dir string) error // writes the time series into a new folder; nil = without them
	Crew     *Crew                                       // nil = no crew is coordinated here
	Root     string                                      // where /etc/machine-id is; "" = "/"
	At       time.Time
}

// Archive is a backup that is ready to be written out. Close it.
type Archive struct {
	Manifest Manifest
	dir      string // the copies
}

// scratch begins the names of folders that hold copies for a moment.
const scratch = ".backup-"

// Make copies everything into a folder within the data directory and lists it.
func Make(ctx context.Context, s Source) (_ *Archive, err error) {
	if s.Root == "" {
		s.Root = "/"
	}
	dir, err := os.MkdirTemp(s.Dir, scratch+"*")
	if err != nil {
		return nil, adit.Errorf(adit.Internal, "the backup cannot be prepared: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(dir))
		}
	}()
	if err := s.copyAll(ctx, dir); err != nil {
		return nil, err
	}
	a := &Archive{Manifest: newManifest(s.Root, s.At), dir: dir}
	a.Manifest.History = s.Snapshot != nil
	if s.Crew != nil {
		a.Manifest.Format, a.Manifest.Crew, a.Manifest.Elsewhere = Format, true, s.Crew.Elsewhere
	}
	if err := a.list(ctx); err != nil {
		return nil, err
	}
	for _, name := range slices.Backward(a.Manifest.databases()) { // the hub's last
		if a.Manifest.Schema, err = sqldb.Inspect(ctx, filepath.Join(dir, filepath.FromSlash(name))); err != nil {
			return nil, err
		}
	}
	return a, nil
}

func (s Source) copyAll(ctx context.Context, dir string) error {
	if s.CopyDB != nil {
		if err := s.CopyDB(ctx, filepath.Join(dir, database)); err != nil {
			return err
		}
	}
	if err := s.copyCrew(ctx, dir); err != nil {
		return err
	}
	if s.Snapshot != nil {
		if err := s.Snapshot(ctx, filepath.Join(dir, series)); err != nil {
			return err
		}
	}
	for _, name := range append(append([]string{}, everywhere...), local...) {
		if err := copySmall(s.Dir, dir, name); err != nil {
			return err
		}
	}
	return nil
}

// copySmall copies a settings file where there is one.
func copySmall(from, to, name string) error {
	b, err := os.ReadFile(filepath.Join(from, filepath.FromSlash(name)))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil && len(b) > maxSmall {
		err = adit.Errorf(adit.Invalid, "%s is too big to be adit's", name)
	}
	if err != nil {
		return adit.Errorf(adit.Internal, "%s cannot be copied: %w", name, err)
	}
	path := filepath.Join(to, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	return os.WriteFile(path, b, 0o600)
}

// list fills the manifest with what was copied.
func (a *Archive) list(ctx context.Context) error {
	return filepath.WalkDir(a.dir, func(p string, d fs.DirEntry, err error) error {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(a.dir, p)
		if err != nil {
			return err
		}
		name := filepath.ToSlash(rel)
		if !known(name) {
			return os.Remove(p) // the engine's own, such as an empty folder's lock: Open makes them anew
		}
		m, err := measure(p, name)
		if err == nil {
			a.Manifest.Members = append(a.Manifest.Members, m)
		}
		return err
	})
}

func measure(path, name string) (Member, error) {
	f, err := os.Open(path)
	if err != nil {
		return Member{}, err
	}
	defer func() { _ = f.Close() }()
	h := sha256.New()
	n, err := io.Copy(h, f)
	return Member{Name: name, Size: n, SHA256: hex.EncodeToString(h.Sum(nil))}, err
}

// Name is a fitting file name.
func (a *Archive) Name() string { return FileName(a.Manifest.At) }

// FileName is the usual name of a backup made at a time.
func FileName(at time.Time) string {
	return "adit-backup-" + strings.ReplaceAll(at.UTC().Format("2006-01-02T150405Z"), ":", "") + ".tar.gz"
}

// WriteTo writes the archive; n counts the bytes written.
func (a *Archive) WriteTo(w io.Writer) (n int64, err error) {
	c := &counter{w: w}
	z := gzip.NewWriter(c)
	t := tar.NewWriter(z)
	manifest, err := json.MarshalIndent(a.Manifest, "", "  ")
	if err != nil {
		return 0, err
	}
	if err := a.put(t, manifestName, int64(len(manifest)), strings.NewReader(string(manifest))); err != nil {
		return c.n, err
	}
	for _, m := range a.Manifest.Members {
		if err := a.putFile(t, m); err != nil {
			return c.n, err
		}
	}
	return c.n, errors.Join(t.Close(), z.Close(), c.err)
}

func (a *Archive) putFile(t *tar.Writer, m Member) error {
	f, err := os.Open(filepath.Join(a.dir, filepath.FromSlash(m.Name)))
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	return a.put(t, m.Name, m.Size, f)
}

func (a *Archive) put(t *tar.Writer, name string, size int64, r io.Reader) error {
	if err := t.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Size: size, Mode: 0o600, ModTime: a.Manifest.At}); err != nil {
		return err
	}
	_, err := io.Copy(t, r)
	return err
}

// Close removes the copies.
func (a *Archive) Close() error { return os.RemoveAll(a.dir) }

type counter struct {
	w   io.Writer
	n   int64
	err error
}

func (c *counter) Write(b []byte) (int, error) {
	n, err := c.w.Write(b)
	c.n += int64(n)
	if err != nil {
		c.err = err
	}
	return n, err
}
