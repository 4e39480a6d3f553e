package port

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/adit-mining/adit"
)

// FuzzLines: lines come out as they went in, however the stream is cut.
func FuzzLines(f *testing.F) {
	f.Add([]byte("a\nb\r\n\n c \nrest"), uint64(1))
	f.Add([]byte(strings.Repeat("x", 5000)+"\nshort\n"+strings.Repeat("y", 3000)+"\n"), uint64(7))
	f.Fuzz(func(t *testing.T, data []byte, seed uint64) {
		const most = 4096
		var want []string
		tooLong := false
		parts := bytes.Split(data, []byte("\n"))
		for i, p := range parts {
			if len(p) > most {
				tooLong = true
				break
			}
			if i < len(parts)-1 && len(bytes.TrimSpace(p)) > 0 {
				want = append(want, string(bytes.TrimSpace(p)))
			}
		}
		l := NewLines(&cutter{data, rand.New(rand.NewPCG(seed, 0))}, most)
		for i := 0; ; i++ {
			line, err := l.Next()
			if err != nil {
				rest := len(parts[len(parts)-1]) > 0
				switch {
				case tooLong && adit.CodeOf(err) == adit.Invalid:
				case !tooLong && rest && errors.Is(err, io.ErrUnexpectedEOF):
				case !tooLong && !rest && err == io.EOF:
				default:
					t.Fatalf("%v (too long: %v, rest: %v)", err, tooLong, rest)
				}
				if i != len(want) {
					t.Fatalf("%d lines, want %d", i, len(want))
				}
				return
			}
			if i >= len(want) || string(line) != want[i] {
				t.Fatalf("line %d: %q", i, line)
			}
			if len(l.buf) > most+2 {
				t.Fatalf("a buffer of %d bytes", len(l.buf))
			}
		}
	})
}

// cutter gives a stream in pieces of random length.
type cutter struct {
	rest []byte
	r    *rand.Rand
}

func (c *cutter) Read(b []byte) (int, error) {
	if len(c.rest) == 0 {
		return 0, io.EOF
	}
	n := copy(b[:min(len(b), 1+c.r.IntN(100))], c.rest)
	c.rest = c.rest[n:]
	return n, nil
}
