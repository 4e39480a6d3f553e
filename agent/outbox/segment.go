package outbox

import (
	"encoding/binary"
	"hash/crc32"
	"io"
	"os"

	"github.com/adit-mining/adit/link/wire"
)

// A segment file is a header and records, little endian:
//
//	header: "aditbox1" · epoch (16 bytes, zero-padded) · base u64 · skip u64 · CRC-32C of what precedes
//	record: length of body u32 · CRC-32C of kind and body u32 · kind u8 · body
//
// Record j (from 0) has number base + j - skip; those before skip are no part of the stream any more.
const (
	segExt       = ".seg"
	newExt       = ".new"
	segMagic     = "aditbox1"
	segHeader    = 8 + 16 + 8 + 8 + 4
	recordHeader = 4 + 4 + 1
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

type segment struct {
	id      uint64
	path    string
	epoch   string
	base    uint64 // number of record skip
	skip    int
	n       int   // records in the file, skipped ones too
	size    int64 // of the file; 0 = not made yet
	batches int   // among the n
}

// end is the number after the last record.
func (s *segment) end() uint64 { return s.base + uint64(s.n-s.skip) }

// pass leaves records up to number acked out of the stream.
func (s *segment) pass(acked uint64) {
	if acked >= s.base {
		done := int(min(acked-s.base+1, uint64(s.n-s.skip)))
		s.skip, s.base = s.skip+done, s.base+uint64(done)
	}
}

func (s *segment) add(r Record, raw int) {
	s.n++
	s.size += int64(raw)
	if r.Kind == wire.FrameBatch {
		s.batches++
	}
}

func (r Record) encode() []byte {
	b := make([]byte, recordHeader, recordHeader+len(r.Body))
	b[8] = byte(r.Kind)
	b = append(b, r.Body...)
	binary.LittleEndian.PutUint32(b, uint32(len(r.Body)))
	binary.LittleEndian.PutUint32(b[4:], crc32.Checksum(b[8:], castagnoli))
	return b
}

func (s *segment) header() []byte {
	b := make([]byte, segHeader)
	copy(b, segMagic)
	copy(b[8:24], s.epoch)
	binary.LittleEndian.PutUint64(b[24:], s.base)
	binary.LittleEndian.PutUint64(b[32:], uint64(s.skip))
	binary.LittleEndian.PutUint32(b[40:], crc32.Checksum(b[:40], castagnoli))
	return b
}

// create makes the file with its header.
func (s *segment) create() (*os.File, error) {
	f, err := os.OpenFile(s.path, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, err
	}
	if _, err := f.WriteAt(s.header(), 0); err != nil {
		_ = f.Close()
		_ = os.Remove(s.path)
		return nil, err
	}
	s.size = segHeader
	return f, nil
}

// open opens the file for appending and makes it where it is not there yet.
func (s *segment) open() (*os.File, error) {
	if s.size == 0 {
		return s.create()
	}
	f, err := os.OpenFile(s.path, os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := f.Truncate(s.size); err != nil { // a torn tail
		_ = f.Close()
		return nil, err
	}
	return f, nil
}

// rewrite puts the header on disk anew.
func (s *segment) rewrite() error {
	if s.size == 0 {
		return nil
	}
	f, err := os.OpenFile(s.path, os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	if _, err := f.WriteAt(s.header(), 0); err != nil {
		_ = f.Close()
		return err
	}
	return f.Close()
}

// loadSegment counts the whole records of a file. One whose header is damaged has epoch "".
func loadSegment(path string) (*segment, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	s := &segment{path: path, base: 1}
	for _, c := range path[len(path)-len("0000000000")-len(segExt) : len(path)-len(segExt)] {
		if c < '0' || c > '9' {
			return nil, os.ErrNotExist // not ours
		}
		s.id = 10*s.id + uint64(c-'0')
	}
	if len(b) >= segHeader && string(b[:8]) == segMagic && binary.LittleEndian.Uint32(b[40:]) == crc32.Checksum(b[:40], castagnoli) {
		s.epoch = string(trimZero(b[8:24]))
		s.base, s.skip = binary.LittleEndian.Uint64(b[24:]), int(binary.LittleEndian.Uint64(b[32:]))
	}
	s.size = segHeader
	for off := segHeader; ; {
		r, n, ok := decodeRecord(b, off)
		if !ok {
			break
		}
		s.add(r, n)
		off += n
	}
	if s.skip < 0 || s.skip > s.n {
		s.skip, s.epoch = 0, ""
	}
	if len(b) < segHeader {
		s.size = 0
	}
	return s, nil
}

func trimZero(b []byte) []byte {
	for len(b) > 0 && b[len(b)-1] == 0 {
		b = b[:len(b)-1]
	}
	return b
}

// decodeRecord reads the record at off and tells its length on disk; ok is false where none stands there whole.
func decodeRecord(b []byte, off int) (r Record, n int, ok bool) {
	if off > len(b)-recordHeader {
		return r, 0, false
	}
	size := int(binary.LittleEndian.Uint32(b[off:]))
	end := off + recordHeader + size
	if size > wire.MaxFrame || end > len(b) || crc32.Checksum(b[off+8:end], castagnoli) != binary.LittleEndian.Uint32(b[off+4:]) {
		return r, 0, false
	}
	return Record{Kind: wire.FrameKind(b[off+8]), Body: b[off+recordHeader : end : end]}, recordHeader + size, true
}

// records reads the records that are part of the stream.
func (s *segment) records() ([]Record, error) {
	if s.size == 0 {
		return nil, nil
	}
	f, err := os.Open(s.path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b := make([]byte, s.size)
	if _, err := io.ReadFull(f, b); err != nil {
		return nil, err
	}
	out := make([]Record, 0, s.n)
	for off := segHeader; len(out) < s.n; {
		r, n, ok := decodeRecord(b, off)
		if !ok {
			return nil, os.ErrInvalid
		}
		out = append(out, r)
		off += n
	}
	return out[s.skip:], nil
}
