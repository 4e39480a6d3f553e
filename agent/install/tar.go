package install

import (
	"archive/tar"
	"bufio"
	"errors"
	"io"

	"github.com/klauspost/compress/gzip" // twice as quick as the standard library's
	"github.com/therootcompany/xz"

	"github.com/adit-mining/adit"
)

// maxDictionary bounds the memory that a tar.xz may ask for: `xz -9e` uses 64 MiB.
const maxDictionary = 64 << 20

func (u *unpacking) tarGz(r io.Reader) error {
	z, err := gzip.NewReader(bufio.NewReaderSize(r, copySize))
	if err != nil {
		return broken(err)
	}
	defer func() { _ = z.Close() }() // only reading can fail
	return u.tar(z)
}

func (u *unpacking) tarXz(r io.Reader) error {
	z, err := xz.NewReader(bufio.NewReaderSize(r, copySize), maxDictionary)
	if err != nil {
		return broken(err)
	}
	return u.tar(z)
}

// tar takes regular files and folders; anything else an installer has no use for, and is refused rather than skipped.
func (u *unpacking) tar(r io.Reader) error {
	all := &metered{r: r, left: u.budget + u.budget/4 + 1<<20}
	t := tar.NewReader(all)
	for {
		h, err := t.Next()
		switch {
		case errors.Is(err, io.EOF):
			if _, err := io.Copy(io.Discard, all); err != nil { // its checksum comes last
				return brokenOr(err)
			}
			return nil
		case err != nil:
			return brokenOr(err)
		}
		switch h.Typeflag {
		case tar.TypeReg:
			err = u.file(h.Name, h.Mode&0o111 != 0, t)
		case tar.TypeDir:
			err = u.folder(h.Name)
		case tar.TypeXGlobalHeader: // of `git archive`; it names nothing
		case tar.TypeSymlink, tar.TypeLink:
			err = hostile(h.Name, "is a link; adit unpacks files and folders only")
		case tar.TypeChar, tar.TypeBlock, tar.TypeFifo:
			err = hostile(h.Name, "is a device; adit unpacks files and folders only")
		default:
			err = hostile(h.Name, "is of a kind (%q) that adit does not unpack", h.Typeflag)
		}
		if err != nil {
			return err
		}
	}
}

// metered bounds what comes out of a decompressor, headers and padding included.
type metered struct {
	r    io.Reader
	left int64
}

var errOutOfProportion = adit.Errorf(adit.Refused, "the archive is not safe to unpack: it grows out of proportion to its size")

func (m *metered) Read(b []byte) (int, error) {
	if m.left <= 0 {
		return 0, errOutOfProportion
	}
	n, err := m.r.Read(b[:min(int64(len(b)), m.left)])
	m.left -= int64(n)
	return n, err
}

// brokenOr keeps our own words and takes everything else for damage.
func brokenOr(err error) error {
	if _, ours := adit.AsError(err); ours {
		return err
	}
	return broken(err)
}
