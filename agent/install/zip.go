package install

import (
	"archive/zip"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/klauspost/compress/flate"

	"github.com/adit-mining/adit"
)

// encrypted is the flag of a zip entry that needs a password. Source: APPNOTE.TXT 4.4.4, bit 0.
const encrypted = 1

// zip takes regular files and folders, as tar does. What the directory claims of sizes is not believed: bytes are
// counted as they come.
func (u *unpacking) zip(f *os.File, size int64) error {
	z, err := zip.NewReader(f, size)
	if err != nil {
		return broken(err)
	}
	if len(z.File) > u.b.files {
		return adit.Errorf(adit.Refused, "the archive is not safe to unpack: it has more than %d entries", u.b.files)
	}
	z.RegisterDecompressor(zip.Deflate, flate.NewReader)
	var claimed uint64
	for _, e := range z.File {
		if claimed += e.UncompressedSize64; claimed > uint64(u.budget) || e.UncompressedSize64 > uint64(u.budget) {
			return adit.Errorf(adit.Refused, "the archive is not safe to unpack: it grows to more than %s, out of proportion to its size", mib(u.budget))
		}
	}
	total := int64(claimed)
	u.of = &total
	for _, e := range z.File {
		if err := u.zipEntry(e); err != nil {
			return err
		}
	}
	return nil
}

func (u *unpacking) zipEntry(e *zip.File) error {
	mode := e.Mode()
	switch {
	case e.Flags&encrypted != 0:
		return hostile(e.Name, "is encrypted")
	case mode&fs.ModeSymlink != 0:
		return hostile(e.Name, "is a link; adit unpacks files and folders only")
	case strings.HasSuffix(e.Name, "/") || mode.IsDir():
		return u.folder(e.Name)
	case !mode.IsRegular() && mode.Type() != 0:
		return hostile(e.Name, "is a device; adit unpacks files and folders only")
	}
	r, err := e.Open()
	if err != nil {
		return broken(err)
	}
	defer r.Close()
	// Archives made on Windows know no executables: there the ending tells.
	executable := mode&0o111 != 0 || strings.HasSuffix(strings.ToLower(e.Name), ".exe")
	return u.file(e.Name, executable, io.Reader(r))
}
