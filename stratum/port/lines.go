package port

import (
	"bytes"
	"io"
)

const smallBuffer = 1 << 10

// Lines cuts a stream into lines. Its buffer starts small, grows to the bound and shrinks again.
type Lines struct {
	r          io.Reader
	buf        []byte
	start, end int
	most       int                // longest line in bytes
	before     func(partial bool) // called before each Read; partial says that a line has begun. nil: not called
	empty      bool               // empty lines are returned, too
}

// NewLines reads lines of at most so many bytes.
func NewLines(r io.Reader, most int) *Lines { return &Lines{r: r, most: most} }

// Next returns the next line that is not empty, trimmed, without its end. It is valid until the following call. A stream
// that ends within a line is io.ErrUnexpectedEOF.
func (l *Lines) Next() ([]byte, error) {
	for {
		if i := bytes.IndexByte(l.buf[l.start:l.end], '\n'); i >= 0 {
			line := bytes.TrimSpace(l.buf[l.start : l.start+i])
			l.start += i + 1
			if i > l.most {
				return nil, tooLong(l.most)
			}
			if len(line) == 0 && !l.empty {
				continue
			}
			return line, nil
		}
		if l.end-l.start > l.most {
			return nil, tooLong(l.most)
		}
		l.room()
		if l.before != nil {
			l.before(l.end > l.start)
		}
		n, err := l.r.Read(l.buf[l.end:])
		l.end += n
		if n == 0 && err != nil {
			if err == io.EOF && l.end > l.start {
				err = io.ErrUnexpectedEOF
			}
			return nil, err
		}
	}
}

// room makes place behind end: moves what is there to the front, grows when full, shrinks when empty.
func (l *Lines) room() {
	switch held := l.end - l.start; {
	case held == 0 && (l.buf == nil || len(l.buf) > 4*smallBuffer):
		l.buf = make([]byte, smallBuffer)
		l.start, l.end = 0, 0
	case l.start > 0:
		copy(l.buf, l.buf[l.start:l.end])
		l.start, l.end = 0, held
	case l.end == len(l.buf):
		grown := make([]byte, min(2*len(l.buf), l.most+2))
		if len(grown) <= l.end {
			grown = make([]byte, l.end+1)
		}
		l.end = copy(grown, l.buf[:l.end])
		l.buf = grown
	}
}

// Held returns what has been read of a line that has not ended yet.
func (l *Lines) Held() []byte { return l.buf[l.start:l.end] }
