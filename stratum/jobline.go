package stratum

import (
	"encoding/hex"
	"slices"
	"strconv"

	"github.com/adit-mining/adit"
)

// JobLine is a job that many miners get, encoded once. What differs between them is in Variant.
type JobLine struct {
	id     string
	blob   []byte
	hex    []byte // of blob
	offset int    // of the nonce
	width  int
	target uint64
	tail   []byte // what comes after the target, but a Place
}

// Variant is a JobLine for one miner.
type Variant struct {
	ID     string // of the job; "" = the line's
	Target uint64 // 0 = the line's
	Fixed  bool   // the last byte of the nonce is Byte
	Byte   byte
	Blob   []byte // instead of the line's; nil = the line's

	// Place is told to a miner that announced NonceOffset; nil: nothing is.
	Place *NoncePlace
}

// NewJobLine encodes a job whose nonce lies at offset.
func NewJobLine(j Job, offset, width int) (*JobLine, error) {
	switch {
	case j.ID == "" || len(j.ID) > maxJobID:
		return nil, adit.InvalidField("job_id", "1 to %d characters are expected, got %d", maxJobID, len(j.ID))
	case len(j.Blob) > MaxBlob:
		return nil, adit.InvalidField("blob", "%d bytes, more than the %d a miner can take", len(j.Blob), MaxBlob)
	case offset < 0 || width < 1 || len(j.Blob) < offset+width:
		return nil, adit.InvalidField("blob", "%d bytes, but the nonce ends at byte %d", len(j.Blob), offset+width)
	}
	l := &JobLine{
		id: j.ID, blob: slices.Clone(j.Blob), hex: hex.AppendEncode(nil, j.Blob), offset: offset, width: width, target: j.Target,
	}
	b := append([]byte(`,"algo":`), appendString(nil, string(j.Algorithm))...)
	if j.Height != nil {
		b = append(b, `,"height":`...)
		b = strconv.AppendUint(b, *j.Height, 10)
	}
	b = append(b, `,"seed_hash":"`...)
	b = append(hex.AppendEncode(b, j.SeedHash[:]), '"')
	if j.NextSeedHash != nil {
		b = append(b, `,"next_seed_hash":"`...)
		b = append(hex.AppendEncode(b, j.NextSeedHash[:]), '"')
	}
	l.tail = b
	return l, nil
}

// ID is the job's id where a Variant has none of its own.
func (l *JobLine) ID() string { return l.id }

// appendParams writes the job for one miner.
func (l *JobLine) appendParams(b []byte, v Variant) []byte {
	b = append(b, `{"blob":"`...)
	at := len(b)
	if v.Blob != nil {
		b = hex.AppendEncode(b, v.Blob)
	} else {
		b = append(b, l.hex...)
	}
	if v.Fixed {
		const digits = "0123456789abcdef"
		at += 2 * (l.offset + l.width - 1)
		b[at], b[at+1] = digits[v.Byte>>4], digits[v.Byte&15]
	}
	b = append(b, `","job_id":`...)
	b = appendString(b, v.ID)
	b = append(b, `,"target":"`...)
	b = append(appendTarget(b, v.Target), '"')
	b = append(b, l.tail...)
	if p := v.Place; p != nil {
		b = append(b, `,"nonce_offset":`...)
		b = strconv.AppendInt(b, int64(p.Offset), 10)
		b = append(b, `,"nonce_start":`...)
		b = strconv.AppendUint(b, uint64(p.Start), 10)
		b = append(b, `,"nonce_end":`...)
		b = strconv.AppendUint(b, uint64(p.End), 10)
	}
	return append(b, '}')
}

// SendLine sends a job with one write, as SendJob does. A Variant's blob must be as long as the line's nonce needs.
func (s *Session) SendLine(l *JobLine, v Variant) bool {
	if v.ID == "" {
		v.ID = l.id
	}
	if v.Target == 0 {
		v.Target = l.target
	}
	blob, at := l.blob, -1
	if v.Blob != nil {
		blob = v.Blob
	}
	if len(blob) < l.offset+l.width || len(blob) > MaxBlob {
		return false
	}
	if v.Fixed {
		at = l.offset + l.width - 1
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over || !s.fresh(v.ID, v.Target, blob, at, v.Byte, v.Place) {
		return false
	}
	if !s.ready {
		s.greet.first = l.appendParams(nil, v)
		return true
	}
	var room [1280]byte
	line := l.appendParams(append(room[:0], jobHead...), v)
	return s.conn.Send(append(line, '}', '\n'))
}
