package backup

import (
	"archive/tar"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"os"

	"github.com/adit-mining/adit"
)

// Check reads a whole archive, compares every digest and returns its manifest; it writes nothing.
func Check(file string) (Manifest, error) {
	return read(file, func(Manifest) error { return nil }, func(_ Member, r io.Reader) error {
		_, err := io.Copy(io.Discard, r)
		return err
	})
}

// read goes through an archive: begin gets the checked manifest, then member each file, whose digest is compared after.
func read(file string, begin func(Manifest) error, member func(Member, io.Reader) error) (m Manifest, err error) {
	f, err := os.Open(file)
	if err != nil {
		return m, adit.Errorf(adit.NotFound, "the backup cannot be read: %w", err)
	}
	defer func() { _ = f.Close() }()
	z, err := gzip.NewReader(f)
	if err != nil {
		return m, foreign()
	}
	t := tar.NewReader(z)
	if m, err = readManifest(t); err != nil {
		return m, err
	}
	if err := begin(m); err != nil {
		return m, err
	}
	want := map[string]Member{}
	for _, w := range m.Members {
		want[w.Name] = w
	}
	for {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return m, torn(err)
		}
		w, ok := want[h.Name]
		if !ok || h.Typeflag != tar.TypeReg || h.Size != w.Size {
			return m, damaged(cut(h.Name) + " is not what the list of members says")
		}
		delete(want, h.Name)
		if err := one(t, w, member); err != nil {
			return m, err
		}
	}
	for name := range want {
		return m, damaged(name + " is missing")
	}
	if _, err := io.Copy(io.Discard, io.LimitReader(z, 1<<20)); err != nil { // the checksum of the compression stands at its end
		return m, torn(err)
	}
	return m, nil
}

func readManifest(t *tar.Reader) (m Manifest, err error) {
	h, err := t.Next()
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return m, torn(err)
	case err != nil || h.Name != manifestName || h.Typeflag != tar.TypeReg:
		return m, foreign()
	case h.Size > maxManifest:
		return m, damaged("its list of members is too long")
	}
	b, err := io.ReadAll(t)
	if err != nil {
		return m, torn(err)
	}
	if json.Unmarshal(b, &m) != nil {
		return m, foreign()
	}
	return m, m.check()
}

// one hands a member on and compares its digest.
func one(r io.Reader, w Member, member func(Member, io.Reader) error) error {
	h := sha256.New()
	src := &source{r: io.TeeReader(r, h)}
	if err := member(w, src); err != nil {
		if src.err != nil {
			return torn(src.err)
		}
		return err
	}
	if hex.EncodeToString(h.Sum(nil)) != w.SHA256 {
		return damaged(w.Name + " has changed since the backup was made")
	}
	return nil
}

// source remembers whether the archive failed, so that this is told from a disk that fails.
type source struct {
	r   io.Reader
	err error
}

func (s *source) Read(b []byte) (int, error) {
	n, err := s.r.Read(b)
	if err != nil && !errors.Is(err, io.EOF) {
		s.err = err
	}
	return n, err
}

func torn(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return damaged("it ends too early")
	}
	return damaged("it cannot be unpacked")
}
