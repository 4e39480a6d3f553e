package ledger

import (
	"cmp"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// Copy writes the segment files of the ledger in the folder from into the new folder to, for a backup: every record up to
// some moment, whole. Shares may be appended and segments packed meanwhile; nobody needs to have the ledger open. Of
// damaged segments it copies what is there. Where there is no ledger it makes no folder.
//
// A database that goes with it is copied before: the ledger is then ahead of it, which Open and Run make up for.
func Copy(ctx context.Context, from, to string) error {
	names, err := segmentFiles(from)
	if err != nil || len(names) == 0 {
		return err
	}
	if err := os.MkdirAll(to, 0o700); err != nil {
		return err
	}
	for i, name := range names {
		err := copySegment(ctx, from, to, name, i == len(names)-1)
		if _, gz, _ := segmentNumber(name); !gz && errors.Is(err, fs.ErrNotExist) { // it was packed meanwhile
			err = copySegment(ctx, from, to, name+".gz", false)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// segmentFiles are the names of a ledger's files in order, without packed ones whose plain file is still there.
func segmentFiles(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir) // in the order of their names: 00000001.seg, 00000001.seg.gz, 00000002.seg
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var names []string
	before := uint64(0)
	for _, e := range entries {
		n, _, ok := segmentNumber(e.Name())
		if !ok || !e.Type().IsRegular() || n == before {
			continue
		}
		names, before = append(names, e.Name()), n
	}
	slices.SortFunc(names, func(a, b string) int {
		x, _, _ := segmentNumber(a)
		y, _, _ := segmentNumber(b)
		return cmp.Compare(x, y)
	})
	return names, err
}

// copySegment copies one file; of the newest only whole records, because one may be half written at this moment. A closed
// one is never written to again, so a second name for it is a copy.
func copySegment(ctx context.Context, from, to, name string, newest bool) (err error) {
	if !newest && os.Link(filepath.Join(from, name), filepath.Join(to, name)) == nil {
		return nil
	}
	src, err := os.Open(filepath.Join(from, name))
	if err != nil {
		return err
	}
	defer func() { _ = src.Close() }()
	info, err := src.Stat()
	if err != nil {
		return err
	}
	size := info.Size()
	if _, gz, _ := segmentNumber(name); newest && !gz {
		if size, err = wholeRecords(src, size); err != nil || size == 0 {
			return err
		}
	}
	dst, err := os.OpenFile(filepath.Join(to, name), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(dst, &interrupted{ctx, io.NewSectionReader(src, 0, size)})
	return errors.Join(err, dst.Close())
}

// wholeRecords is how much of the newest segment is to be copied: 0 where it was not begun, and all of one that is damaged,
// so that whoever reads the copy is told.
func wholeRecords(f *os.File, size int64) (int64, error) {
	raw := make([]byte, headSize)
	if _, err := f.ReadAt(raw, 0); err != nil {
		if errors.Is(err, io.EOF) {
			return 0, nil
		}
		return 0, err
	}
	h, why := decodeHead(raw)
	if why != "" {
		if size <= headSize {
			return 0, nil
		}
		return size, nil
	}
	r := newReader(io.NewSectionReader(f, headSize, size-headSize), h)
	var e Entry
	var err error
	for err == nil {
		err = r.read(&e)
	}
	var bad *errBad
	switch {
	case errors.Is(err, io.EOF):
		return r.off, nil
	case !errors.As(err, &bad):
		return 0, err
	}
	if at, err := findRecord(f, r.off+1, size, r.seed); err != nil || at >= 0 {
		return size, err
	}
	return r.off, nil
}
