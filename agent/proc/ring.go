package proc

import (
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

const (
	ringLines = 2000
	ringBytes = 4 << 20
	maxText   = 4 << 10
)

// ring keeps the last lines of output. Writing never waits for a reader.
type ring struct {
	mu    sync.Mutex
	lines []Line // lines[first:] are kept
	first int
	bytes int
	next  uint64
	more  chan struct{} // closed when a line is added
	asked bool          // somebody has that channel
	now   func() time.Time
}

// newRing starts numbering above every number an earlier shim of the same program can have used: at the clock's
// seconds times 2^20. That stays below 2^53, so that a browser can hold it, until long after this code is gone.
func newRing(now func() time.Time) *ring {
	return &ring{next: uint64(max(now().Unix(), 1)) << 20, more: make(chan struct{}), now: now}
}

func (r *ring) add(text string, shim bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lines = append(r.lines, Line{Seq: r.next, At: r.now(), Text: text, Shim: shim})
	r.next++
	r.bytes += len(text)
	for len(r.lines)-r.first > ringLines || r.bytes > ringBytes {
		r.bytes -= len(r.lines[r.first].Text)
		r.lines[r.first] = Line{}
		r.first++
	}
	if r.first > ringLines {
		r.lines = append([]Line(nil), r.lines[r.first:]...)
		r.first = 0
	}
	if r.asked { // a flood without readers makes no channels
		close(r.more)
		r.more, r.asked = make(chan struct{}), false
	}
}

// note adds a line of the shim's own.
func (r *ring) note(text string) { r.add(clean(text, maxText), true) }

// page returns lines after a sequence number, oldest first, at most limit (0 = no limit) and about maxBytes, whether
// more follow, and a channel that is closed when a line is added. With after 0 the newest limit lines are meant.
func (r *ring) page(after uint64, limit, maxBytes int) ([]Line, bool, <-chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asked = true
	kept := r.lines[r.first:]
	from := len(kept)
	if len(kept) > 0 {
		from = 0
		if oldest := kept[0].Seq; after >= oldest {
			from = min(len(kept), int(min(after-oldest+1, uint64(len(kept)))))
		}
	}
	if after == 0 && limit > 0 {
		from = max(0, len(kept)-limit)
	}
	var out []Line
	size := 0
	for _, l := range kept[from:] {
		if limit > 0 && len(out) >= limit {
			return out, false, r.more
		}
		if size += len(l.Text) + 128; size > maxBytes && len(out) > 0 {
			return out, true, r.more
		}
		out = append(out, l)
	}
	return out, false, r.more
}

// tail returns the text of the program's last n lines.
func (r *ring) tail(n int) []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []string
	for i := len(r.lines) - 1; i >= r.first && len(out) < n; i-- {
		if !r.lines[i].Shim {
			out = append([]string{r.lines[i].Text}, out...)
		}
	}
	return out
}

// clean makes program output safe to show: valid UTF-8, no escape sequences, no control characters, at most max bytes.
func clean(s string, max int) string {
	plain := len(s) <= max && utf8.ValidString(s)
	for i := 0; plain && i < len(s); i++ {
		plain = s[i] >= 0x20 && s[i] != 0x7f && s[i] != 0xc2 // 0xc2 begins the C1 controls
	}
	if plain {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		c, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case c == 0x1b:
			n = escape(s[i:])
		case c == '\t':
			b.WriteByte(' ')
		case c < 0x20 || c >= 0x7f && c < 0xa0:
		default:
			if b.Len()+utf8.RuneLen(c) > max-len("…") {
				b.WriteString("…")
				return b.String()
			}
			b.WriteRune(c) // U+FFFD for a byte that is no UTF-8
		}
		i += n
	}
	return b.String()
}

// escape is the length of the escape sequence at the start of s (ECMA-48: CSI, OSC, or two bytes).
func escape(s string) int {
	if len(s) < 2 {
		return len(s)
	}
	switch s[1] {
	case '[':
		for i := 2; i < len(s); i++ {
			if s[i] >= 0x40 && s[i] <= 0x7e {
				return i + 1
			}
		}
		return len(s)
	case ']':
		for i := 2; i < len(s); i++ {
			if s[i] == 0x07 {
				return i + 1
			}
			if s[i] == 0x1b {
				return min(i+2, len(s))
			}
		}
		return len(s)
	}
	return 2
}
