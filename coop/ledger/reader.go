package ledger

import (
	"bufio"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop"
)

// Entry is one record. Only the field of its Kind is set.
type Entry struct {
	Kind    Kind
	Share   coop.ShareRecord
	Verdict Verdict
	Block   coop.FoundBlock
	Gap     Gap
}

// Verdict is what the upstream said of a share that went up.
type Verdict struct {
	Share   uint64 // its seq
	At      time.Time
	Member  coop.MemberID
	Outcome adit.ShareOutcome // "" = there was none
	Text    string
}

// Gap says that records were lost to damage and where the damaged file was kept.
type Gap struct {
	Offset  int64  `json:"offset"`  // in the damaged file
	Before  uint64 `json:"before"`  // seq of the last share before it
	After   uint64 `json:"after"`   // seq of the first share after it: those between are missing
	Damaged Digest `json:"damaged"` // SHA-256 of the damaged file
}

// Digest is a SHA-256, hex in JSON.
type Digest [32]byte

// MarshalText writes it in hex.
func (d Digest) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, d[:]), nil }

// errBad says that no right record stands at the reader's offset.
type errBad struct{ why string }

func (e *errBad) Error() string { return e.why }

// maxLost bounds how many members or works Repair takes for lost in one gap.
const maxLost = 1 << 20

// reader reads the frames of one segment after its head.
type reader struct {
	src     *bufio.Reader
	seed    uint32
	off     int64  // where the next frame begins
	next    uint64 // seq that the next share must have
	members []coop.MemberID
	works   []workKey
	body    [frameHead + maxBody + 4]byte
	lenient bool // Repair: seqs may jump
}

func newReader(src io.Reader, h head) *reader {
	return &reader{src: bufio.NewReaderSize(src, 64<<10), seed: seedOf(h.Ledger), off: headSize, next: h.First}
}

// read fills e with the next share, verdict, block or gap. io.EOF is a clean end; an *errBad is no right record, and the
// reader stays where it is.
func (r *reader) read(e *Entry) error {
	for {
		k, body, err := r.frame()
		if err != nil {
			return err
		}
		show, err := r.decode(e, k, body)
		if err != nil {
			return err
		}
		r.off += int64(frameSize + len(body))
		if show {
			return nil
		}
	}
}

func (r *reader) frame() (Kind, []byte, error) {
	if _, err := io.ReadFull(r.src, r.body[:frameHead]); err != nil {
		if errors.Is(err, io.ErrUnexpectedEOF) {
			return 0, nil, &errBad{"it ends within a record"}
		}
		return 0, nil, err
	}
	k, n := Kind(r.body[0]), int(binary.LittleEndian.Uint16(r.body[1:]))
	if why := sizeWrong(k, n); why != "" {
		return 0, nil, &errBad{why}
	}
	rest := r.body[frameHead : frameHead+n+4]
	if _, err := io.ReadFull(r.src, rest); err != nil {
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return 0, nil, &errBad{"it ends within a record"}
		}
		return 0, nil, err
	}
	if crc32.Update(r.seed, castagnoli, r.body[:frameHead+n]) != binary.LittleEndian.Uint32(rest[n:]) {
		return 0, nil, &errBad{"the checksum of a record does not match"}
	}
	return k, rest[:n], nil
}

// sizeWrong says why a frame of this kind cannot have a body of n bytes, "" where it can.
func sizeWrong(k Kind, n int) string {
	ok := false
	switch k {
	case kindMember:
		ok = n > 4 && n <= 4+maxMember
	case kindWork:
		ok = n == sizeWork
	case KindShare:
		ok = n == sizeShare || n == sizeWide
	case KindVerdict:
		ok = n >= 21 && n <= 21+255
	case KindBlock:
		ok = n >= 39 && n <= 39+2*255
	case KindGap:
		ok = n == sizeGap
	default:
		return fmt.Sprintf("there is no kind %d of records", k)
	}
	if !ok {
		return fmt.Sprintf("a record of kind %d cannot have %d bytes", k, n)
	}
	return ""
}

func (r *reader) decode(e *Entry, k Kind, b []byte) (show bool, err error) {
	le := binary.LittleEndian
	switch k {
	case kindMember:
		n := le.Uint32(b)
		for r.lenient && int(n) > len(r.members) && int(n) < len(r.members)+maxLost {
			r.members = append(r.members, "")
		}
		if int(n) != len(r.members) {
			return false, &errBad{fmt.Sprintf("member %d stands where member %d must", n, len(r.members))}
		}
		r.members = append(r.members, coop.MemberID(b[4:]))
		return false, nil
	case kindWork:
		n := le.Uint32(b)
		for r.lenient && int(n) > len(r.works) && int(n) < len(r.works)+maxLost {
			r.works = append(r.works, workKey{})
		}
		if int(n) != len(r.works) {
			return false, &errBad{fmt.Sprintf("work %d stands where work %d must", n, len(r.works))}
		}
		r.works = append(r.works, workKey{le.Uint64(b[4:]), le.Uint64(b[12:]), adit.Hashes{Hi: le.Uint64(b[20:]), Lo: le.Uint64(b[28:])}})
		return false, nil
	case KindGap:
		e.Kind, e.Gap = k, Gap{Offset: int64(le.Uint64(b)), Before: le.Uint64(b[8:]), After: le.Uint64(b[16:])}
		copy(e.Gap.Damaged[:], b[24:])
		r.next = e.Gap.After
		return true, nil
	}
	seq, at := le.Uint64(b), time.UnixMicro(int64(le.Uint64(b[8:]))).UTC()
	no := le.Uint32(b[16:])
	if int(no) >= len(r.members) || r.members[no] == "" {
		return false, &errBad{fmt.Sprintf("a record names member %d, who was not introduced", no)}
	}
	e.Kind = k
	switch member := r.members[no]; k {
	case KindShare:
		return true, r.share(&e.Share, seq, at, member, b)
	case KindVerdict:
		e.Verdict = Verdict{Share: seq, At: at, Member: member, Text: string(b[21:])}
		if int(b[20]) < len(outcomes) {
			e.Verdict.Outcome = outcomes[b[20]]
		}
	case KindBlock:
		return true, readBlock(&e.Block, seq, at, member, b)
	}
	return true, nil
}

func (r *reader) share(s *coop.ShareRecord, seq uint64, at time.Time, member coop.MemberID, b []byte) error {
	le := binary.LittleEndian
	no := le.Uint32(b[20:])
	if int(no) >= len(r.works) || r.works[no].network.IsZero() {
		return &errBad{fmt.Sprintf("a share names work %d, which was not introduced", no)}
	}
	if seq != r.next && (!r.lenient || seq < r.next) {
		return &errBad{fmt.Sprintf("share %d stands where share %d must", seq, r.next)}
	}
	flags := b[32]
	if wide := flags&flagWide != 0; wide != (len(b) == sizeWide) {
		return &errBad{"a share's length does not fit its flags"}
	}
	w := r.works[no]
	*s = coop.ShareRecord{Seq: seq, At: at, Member: member, WorkSeq: w.seq, Height: w.height, Network: w.network,
		Key: le.Uint64(b[24:]), Difficulty: adit.Hashes{Lo: le.Uint64(b[33:])},
		Verified: flags&flagVerified != 0, Up: flags&flagUp != 0, Block: flags&flagBlock != 0}
	if flags&flagWide != 0 {
		s.Difficulty.Hi = le.Uint64(b[41:])
	}
	r.next = seq + 1
	return nil
}

func readBlock(to *coop.FoundBlock, seq uint64, at time.Time, member coop.MemberID, b []byte) error {
	le := binary.LittleEndian
	*to = coop.FoundBlock{At: at, Share: seq, Member: member, Height: le.Uint64(b[20:])}
	if b[28] != 0 {
		reward := le.Uint64(b[29:])
		to.Reward = &reward
	}
	rest := b[37:]
	var ok bool
	if to.Coin, rest, ok = short(rest); !ok {
		return &errBad{"a block's coin is cut off"}
	}
	if to.Hash, rest, ok = short(rest); !ok || len(rest) != 0 {
		return &errBad{"a block's hash is cut off"}
	}
	return nil
}

func short(b []byte) (string, []byte, bool) {
	if len(b) == 0 || len(b) < 1+int(b[0]) {
		return "", nil, false
	}
	return string(b[1 : 1+int(b[0])]), b[1+int(b[0]):], true
}
