package ledger

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/adit-mining/adit"
)

// A segment is a head of headSize bytes, then frames: type (1), length of the body (2), body, CRC-32C (4) over type,
// length and body, seeded with the ledger's id. All numbers are little-endian. Member ids and works are written once per
// segment and referred to by number, so that a share is 48 bytes.
const (
	magic    = "ADITSHRS"
	version  = 1
	headSize = 96

	frameHead = 3
	frameSize = frameHead + 4 // without the body
	maxBody   = 4096
	suffix    = ".seg"
	packed    = ".seg.gz"
)

// Kind is what a record is.
type Kind byte

// The kinds. Member and work only number what the others refer to; a Reader does not show them.
const (
	kindMember  Kind = 1 // number (4), id
	kindWork    Kind = 2 // number (4), Work.Seq (8), height (8), D (16)
	KindShare   Kind = 3 // seq (8), time in µs (8), member (4), work (4), key (8), flags (1), d (8, or 16 where wide)
	KindVerdict Kind = 4 // seq (8), time (8), member (4), outcome (1), text
	KindBlock   Kind = 5 // seq (8), time (8), member (4), height (8), reward known (1), reward (8), coin (1+n), hash (1+n)
	KindGap     Kind = 6 // offset in the damaged file (8), last seq before (8), first seq after (8), SHA-256 of the damaged file (32)
)

const (
	sizeWork  = 36
	sizeShare = 41
	sizeWide  = 49
	sizeGap   = 56
)

// The flags of a share.
const (
	flagVerified = 1 << iota
	flagUp
	flagBlock
	flagWide // d has 128 bits
)

// outcomes number the upstream's words; new ones are appended.
var outcomes = []adit.ShareOutcome{"", adit.ShareAccepted, adit.ShareBlock, adit.ShareStale, adit.ShareDuplicate,
	adit.ShareLowDifficulty, adit.ShareUnknownJob, adit.ShareMalformed, adit.ShareUnauthorized}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// head is the head of a segment.
type head struct {
	Ledger  [16]byte // the ledger's id, the same in all segments
	Number  uint64   // 1, 2, 3 …
	First   uint64   // seq of its first share
	Before  [32]byte // SHA-256 of the segment before it, zero in the first
	Created time.Time
}

func (h head) encode() []byte {
	b := make([]byte, headSize)
	copy(b, magic)
	binary.LittleEndian.PutUint16(b[8:], version)
	copy(b[16:], h.Ledger[:])
	binary.LittleEndian.PutUint64(b[32:], h.Number)
	binary.LittleEndian.PutUint64(b[40:], h.First)
	copy(b[48:], h.Before[:])
	binary.LittleEndian.PutUint64(b[80:], uint64(h.Created.UnixMicro()))
	binary.LittleEndian.PutUint32(b[88:], crc32.Checksum(b[:88], castagnoli))
	return b
}

func decodeHead(b []byte) (h head, why string) {
	switch {
	case len(b) < headSize || string(b[:8]) != magic:
		return h, "it does not begin as a segment does"
	case crc32.Checksum(b[:88], castagnoli) != binary.LittleEndian.Uint32(b[88:]):
		return h, "the checksum of its head does not match"
	case binary.LittleEndian.Uint16(b[8:]) != version:
		return h, fmt.Sprintf("it has version %d, this adit reads version %d: use a newer adit", binary.LittleEndian.Uint16(b[8:]), version)
	}
	copy(h.Ledger[:], b[16:])
	h.Number = binary.LittleEndian.Uint64(b[32:])
	h.First = binary.LittleEndian.Uint64(b[40:])
	copy(h.Before[:], b[48:])
	h.Created = time.UnixMicro(int64(binary.LittleEndian.Uint64(b[80:]))).UTC()
	return h, ""
}

// seedOf makes a ledger's CRCs its own: text from outside, which some records hold, cannot pass for a record.
func seedOf(id [16]byte) uint32 { return crc32.Checksum(id[:], castagnoli) }

func segmentName(number uint64) string { return fmt.Sprintf("%08d%s", number, suffix) }

// segmentNumber reads a file's name; ok is false for what is no segment.
func segmentNumber(name string) (n uint64, gz, ok bool) {
	digits, gz := strings.CutSuffix(filepath.Base(name), packed)
	if !gz {
		if digits, ok = strings.CutSuffix(filepath.Base(name), suffix); !ok {
			return 0, false, false
		}
	}
	n, err := strconv.ParseUint(digits, 10, 64)
	return n, gz, err == nil && n > 0 && len(digits) >= 8
}
