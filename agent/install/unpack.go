package install

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/adit-mining/adit"
)

// bounds of what an archive may become.
type bounds struct {
	files int   // files and folders
	total int64 // bytes of all files
	ratio int64 // bytes of all files to one of the archive
	floor int64 // bytes that are fine whatever the ratio

	reserve int64 // bytes left free on the disk whatever is installed
}

// defaultBounds: the biggest mining program known is a few hundred megabytes with a few hundred files.
var defaultBounds = bounds{files: 5000, total: 4 << 30, ratio: 100, floor: 16 << 20, reserve: 64 << 20}

const (
	maxName  = 512
	maxPart  = 200
	maxDepth = 16
	copySize = 256 << 10

	writeAhead = 4 << 20 // bytes of a file after which the disk is told to begin
)

// The formats of archives.
const (
	formatTarGz = "tar.gz"
	formatTarXz = "tar.xz"
	formatZip   = "zip"
)

// formatOf tells an archive's format from its name, "" = none that adit reads.
func formatOf(name string) string {
	name = strings.ToLower(name)
	for suffix, format := range map[string]string{".tar.gz": formatTarGz, ".tgz": formatTarGz, ".tar.xz": formatTarXz, ".txz": formatTarXz, ".zip": formatZip} {
		if strings.HasSuffix(name, suffix) {
			return format
		}
	}
	return ""
}

// sniff tells an archive's format from its first bytes, "" = none that adit reads. Sources: RFC 1952 2.3.1; the .xz file
// format 2.1.1.1; APPNOTE.TXT 4.3.7.
func sniff(head []byte) string {
	switch {
	case strings.HasPrefix(string(head), "\x1f\x8b"):
		return formatTarGz
	case strings.HasPrefix(string(head), "\xfd7zXZ\x00"):
		return formatTarXz
	case strings.HasPrefix(string(head), "PK\x03\x04"), strings.HasPrefix(string(head), "PK\x05\x06"): // the latter is empty
		return formatZip
	}
	return ""
}

// unpacking is one archive on its way into a folder. It trusts nothing in it.
type unpacking struct {
	ctx    context.Context
	into   *os.Root
	b      bounds
	budget int64
	count  int
	bytes  int64
	seen   map[string]string // folded path → path and kind, so that "A" and "a" do not meet on Windows or macOS
	files  []File
	in     int64  // bytes read of a tar's archive
	of     *int64 // what each is told as total
	each   func(done int64, total *int64)
	bufs   [][]byte
	disk   *disk
}

// unpack writes an archive's files into a folder that exists and is empty. On an error the folder holds a part of them
// and is to be removed. each, which may be nil, hears how far it is. digest is that of the very bytes which were unpacked,
// also beside an error; "" where they were not read in one go (a zip) or not to their end.
func unpack(ctx context.Context, f *os.File, dir string, b bounds, each func(done int64, total *int64)) (files []File, digest string, err error) {
	st, err := f.Stat()
	if err != nil {
		return nil, "", adit.Errorf(adit.Internal, "the archive cannot be read: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, "", diskError("the program", err)
	}
	defer func() { _ = root.Close() }()
	size := st.Size()
	u := &unpacking{ctx: ctx, into: root, b: b, budget: min(b.total, max(b.floor, size*b.ratio)), seen: map[string]string{}, each: each,
		of: &size, disk: newDisk()}
	for range 4 {
		u.bufs = append(u.bufs, make([]byte, copySize))
	}
	head, err := headOf(f)
	if err != nil {
		return nil, "", adit.Errorf(adit.Internal, "the archive cannot be read: %w", err)
	}
	switch format := sniff(head); format {
	case formatTarGz, formatTarXz:
		in := newFeed(ctx, io.NewSectionReader(f, 0, size), &u.in)
		if format == formatTarGz {
			err = u.tarGz(in)
		} else {
			err = u.tarXz(in)
		}
		digest = in.end()
	case formatZip:
		err = u.zip(f, size)
	default:
		err = adit.Errorf(adit.Refused, "it is no archive that adit can open: tar.gz, tar.xz or zip")
	}
	if derr := u.disk.end(); derr != nil && (err == nil || errors.Is(err, errNotKept)) {
		err = diskError("the program", derr)
	}
	if err == nil && len(u.files) == 0 {
		err = adit.Errorf(adit.Refused, "there is no file in the archive")
	}
	return u.files, digest, err
}

// headOf is the beginning of an archive, by which sniff knows it.
func headOf(f *os.File) ([]byte, error) {
	head := make([]byte, 8)
	n, err := f.ReadAt(head, 0)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return head[:n], err
}

// hostile is an error of an archive that no honest one would cause.
func hostile(name, format string, args ...any) error {
	return adit.Errorf(adit.Refused, "the archive is not safe to unpack: %q %s", clip(name), fmt.Sprintf(format, args...))
}

// broken is an error of an archive that was cut or damaged.
func broken(err error) error {
	return adit.Errorf(adit.Refused, "the archive is damaged: %w", err)
}

func clip(s string) string {
	if len(s) > 100 {
		return strings.ToValidUTF8(s[:100], "") + "…"
	}
	return s
}

// checkName refuses names that could lead out of the folder, or mean something else on another system.
func checkName(name string) error {
	switch {
	case name == "" || len(name) > maxName:
		return hostile(name, "has no name, or one of more than %d bytes", maxName)
	case !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl):
		return hostile(name, "has characters that do not belong into a name")
	case strings.ContainsAny(name, `\:*?"<>|`):
		return hostile(name, "has characters that are special on some systems")
	case strings.HasPrefix(name, "/"):
		return hostile(name, "is an absolute path")
	}
	parts := strings.Split(strings.TrimSuffix(name, "/"), "/")
	if len(parts) > maxDepth {
		return hostile(name, "is nested deeper than %d", maxDepth)
	}
	for _, p := range parts {
		switch {
		case p == "..":
			return hostile(name, "leads out of its folder")
		case p == "" || len(p) > maxPart:
			return hostile(name, "has an empty or endless part")
		case p == ".":
		case strings.HasSuffix(p, ".") || strings.HasSuffix(p, " ") || reserved(p):
			return hostile(name, "is a name that Windows keeps for itself")
		}
	}
	return nil
}

// reserved reports whether a name means a device on Windows. Source: learn.microsoft.com, "Naming Files, Paths, and
// Namespaces".
func reserved(name string) bool {
	base, _, _ := strings.Cut(strings.ToUpper(name), ".")
	base = strings.TrimRight(base, " ")
	switch base {
	case "CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$":
		return true
	}
	return len(base) == 4 && (strings.HasPrefix(base, "COM") || strings.HasPrefix(base, "LPT")) && base[3] >= '0' && base[3] <= '9'
}

// The kinds of entries, as remembered in seen.
const (
	kindFile = "file"
	kindDir  = "folder"
)

// admit checks an entry's name against all before it and returns its clean path.
func (u *unpacking) admit(name, kind string) (string, error) {
	if err := u.ctx.Err(); err != nil {
		return "", err
	}
	if err := checkName(name); err != nil {
		return "", err
	}
	if u.count++; u.count > u.b.files {
		return "", adit.Errorf(adit.Refused, "the archive is not safe to unpack: it has more than %d entries", u.b.files)
	}
	clean := path.Clean(name)
	if clean == "." {
		if kind == kindFile {
			return "", hostile(name, "is no name of a file")
		}
		return clean, nil
	}
	for dir := path.Dir(clean); dir != "."; dir = path.Dir(dir) {
		if err := u.note(dir, kindDir); err != nil {
			return "", err
		}
	}
	if kind == kindFile && u.seen[fold(clean)] != "" {
		return "", hostile(name, "is there twice, or differs from another only in its capitals")
	}
	return clean, u.note(clean, kind)
}

// note remembers a path; one that is there in other capitals, or as another kind, is refused.
func (u *unpacking) note(clean, kind string) error {
	key, mine := fold(clean), kind+" "+clean
	if before, ok := u.seen[key]; ok && before != mine {
		return hostile(clean, "is there twice, or differs from another only in its capitals")
	}
	u.seen[key] = mine
	return nil
}

// fold makes names equal that some file systems take for equal.
func fold(name string) string { return strings.ToLower(norm.NFKC.String(name)) }

func (u *unpacking) folder(name string) error {
	clean, err := u.admit(name, kindDir)
	if err != nil || clean == "." {
		return err
	}
	return u.mkdir(clean)
}

func (u *unpacking) mkdir(clean string) error {
	if err := u.into.MkdirAll(clean, 0o755); err != nil {
		return diskError("the program", err)
	}
	return nil
}

// file writes one regular file. Of its mode only whether it can be executed counts.
func (u *unpacking) file(name string, executable bool, r io.Reader) error {
	clean, err := u.admit(name, kindFile)
	if err != nil {
		return err
	}
	if dir := path.Dir(clean); dir != "." {
		if err := u.mkdir(dir); err != nil {
			return err
		}
	}
	perm := os.FileMode(0o644)
	if executable {
		perm = 0o755
	}
	f, err := u.into.OpenFile(clean, os.O_WRONLY|os.O_CREATE|os.O_EXCL, perm)
	if err != nil {
		return diskError("the program", err)
	}
	n, sum, err := u.copy(f, r)
	if err == nil {
		if err = f.Chmod(perm); err != nil { // the umask took part
			err = diskError("the program", err)
		}
	}
	if e := u.disk.keep(f); err == nil {
		err = e
	}
	u.files = append(u.files, File{Path: clean, Size: n, SHA256: sum, Executable: executable})
	return err
}

// copy unpacks on this goroutine while another hashes and writes.
func (u *unpacking) copy(w *os.File, r io.Reader) (n int64, sum string, err error) {
	h := sha256.New()
	full, free := make(chan []byte, len(u.bufs)), make(chan []byte, len(u.bufs))
	for _, b := range u.bufs {
		free <- b
	}
	written := make(chan error, 1)
	go func() { written <- drain(w, h, full, free) }()
	n, err = u.fill(r, full, free)
	close(full)
	if werr := <-written; werr != nil {
		err = diskError("the program", werr)
	}
	return n, hex.EncodeToString(h.Sum(nil)), err
}

// fill unpacks into free buffers until the file ends, its bytes are over the budget, or nobody writes them any more.
func (u *unpacking) fill(r io.Reader, full chan<- []byte, free <-chan []byte) (n int64, err error) {
	for buf := range free {
		if err := u.ctx.Err(); err != nil {
			return n, err
		}
		k, rerr := readChunk(r, buf)
		if u.bytes += int64(k); u.bytes > u.budget {
			return n, adit.Errorf(adit.Refused, "the archive is not safe to unpack: it grows to more than %s, out of proportion to its size", mib(u.budget))
		}
		n += int64(k)
		full <- buf[:k]
		if u.each != nil {
			u.each(u.progress(), u.of)
		}
		switch {
		case rerr == nil:
		case errors.Is(rerr, io.EOF):
			return n, nil
		default:
			return n, brokenOr(rerr)
		}
	}
	return n, nil // the disk refused; drain knows why
}

// readChunk fills a buffer as far as the file goes; unlike io.ReadFull it leaves an error as it is.
func readChunk(r io.Reader, buf []byte) (n int, err error) {
	for n < len(buf) && err == nil {
		var k int
		k, err = r.Read(buf[n:])
		n += k
	}
	return n, err
}

// drain writes and hashes buffers, and hands them back. It closes free at the first that cannot be written.
func drain(w *os.File, h hash.Hash, full <-chan []byte, free chan<- []byte) (err error) {
	var at, begun int64
	for b := range full {
		if err != nil {
			continue
		}
		if _, err = w.Write(b); err != nil {
			close(free)
			continue
		}
		_, _ = h.Write(b) // never fails
		if at += int64(len(b)); at-begun >= writeAhead {
			beginWrite(w, begun, at-begun)
			begun = at
		}
		free <- b[:cap(b)]
	}
	return err
}

// progress is how much of the archive was read, or for a zip, which tells its sizes, how much was written.
func (u *unpacking) progress() int64 {
	if u.in > 0 {
		return u.in
	}
	return u.bytes
}
