package ledger

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"

	"github.com/adit-mining/adit"
)

// Damage says where a ledger is damaged. It is not what a crash leaves: a disk or a hand has changed a file.
type Damage struct {
	File   string
	Offset int64  // of the first record that cannot be read
	Why    string // what is wrong there
	Next   int64  // where readable records go on, -1 = nowhere, 0 = not looked for
}

// Error says what is damaged and what to do.
func (d *Damage) Error() string {
	s := fmt.Sprintf("the ledger is damaged: %s at byte %d: %s", d.File, d.Offset, d.Why)
	if d.Next > 0 {
		s += fmt.Sprintf("; records go on at byte %d", d.Next)
	}
	s += ". adit does not add to it or pay from it. Put the file back from a backup"
	if d.Offset < headSize {
		return s
	}
	return s + ", or run `adit coop ledger repair`: it keeps the damaged file beside the mended one and writes down which shares are missing"
}

// Unwrap gives it the code of an internal error.
func (d *Damage) Unwrap() error {
	return &adit.Error{Code: adit.Internal, Msg: "the ledger is damaged"}
}

// findRecord looks for a right record between from and to; -1 = there is none. Its checksum is the ledger's own, so that
// neither chance nor text within a record passes for one.
func findRecord(f io.ReaderAt, from, to int64, seed uint32) (int64, error) {
	const window = 1 << 20
	buf := make([]byte, window+frameSize+maxBody)
	for at := from; at < to; at += window {
		n, err := f.ReadAt(buf[:min(int64(len(buf)), to-at)], at)
		if err != nil && n == 0 {
			return -1, err
		}
		for i := 0; i < min(window, n); i++ {
			if recordAt(buf[i:n], seed) {
				return at + int64(i), nil
			}
		}
	}
	return -1, nil
}

func recordAt(b []byte, seed uint32) bool {
	if len(b) < frameSize {
		return false
	}
	n := int(binary.LittleEndian.Uint16(b[1:]))
	if sizeWrong(Kind(b[0]), n) != "" || len(b) < frameSize+n {
		return false
	}
	return crc32.Update(seed, castagnoli, b[:frameHead+n]) == binary.LittleEndian.Uint32(b[frameHead+n:])
}
