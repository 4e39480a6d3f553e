package logx

import (
	"context"
	"io"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"
)

// terminal writes a record as a line for people: time, level where it is not info, message, key=value.
type terminal struct {
	mu     *sync.Mutex
	out    io.Writer
	level  slog.Leveler
	colour bool
	prefix string // open groups: "a.b."
	fixed  string // attributes of WithAttrs, rendered
}

// NewTerminal makes a handler that writes readable lines; texts from outside cannot smuggle control characters in.
func NewTerminal(out io.Writer, level slog.Leveler, colour bool) slog.Handler {
	return &terminal{mu: new(sync.Mutex), out: out, level: level, colour: colour}
}

// Enabled implements slog.Handler.
func (t *terminal) Enabled(_ context.Context, level slog.Level) bool { return level >= t.level.Level() }

// Handle implements slog.Handler.
func (t *terminal) Handle(_ context.Context, r slog.Record) error {
	var b strings.Builder
	if !r.Time.IsZero() {
		b.WriteString(t.paint("2", r.Time.Format(time.TimeOnly)) + " ")
	}
	b.WriteString(t.mark(r.Level))
	b.WriteString(printable(r.Message))
	b.WriteString(t.fixed)
	r.Attrs(func(a slog.Attr) bool {
		t.attr(&b, t.prefix, a)
		return true
	})
	b.WriteByte('\n')
	t.mu.Lock()
	defer t.mu.Unlock()
	_, err := io.WriteString(t.out, b.String())
	return err
}

// WithAttrs implements slog.Handler.
func (t *terminal) WithAttrs(attrs []slog.Attr) slog.Handler {
	var b strings.Builder
	for _, a := range attrs {
		t.attr(&b, t.prefix, a)
	}
	c := *t
	c.fixed += b.String()
	return &c
}

// WithGroup implements slog.Handler.
func (t *terminal) WithGroup(name string) slog.Handler {
	if name == "" {
		return t
	}
	c := *t
	c.prefix += name + "."
	return &c
}

func (t *terminal) attr(b *strings.Builder, prefix string, a slog.Attr) {
	v := a.Value.Resolve()
	switch {
	case a.Equal(slog.Attr{}):
	case v.Kind() == slog.KindGroup:
		if a.Key != "" {
			prefix += a.Key + "."
		}
		for _, m := range v.Group() {
			t.attr(b, prefix, m)
		}
	default:
		b.WriteString(" " + t.paint("36", printable(prefix+a.Key)+"=") + value(v))
	}
}

func value(v slog.Value) string {
	s := text(v.String)
	if v.Kind() == slog.KindTime {
		s = v.Time().Format(time.RFC3339)
	}
	if s == "" || strings.ContainsFunc(s, func(r rune) bool { return r == '"' || r == '=' || unicode.IsSpace(r) || !unicode.IsPrint(r) }) {
		return strconv.Quote(s)
	}
	return s
}

// printable keeps a text in its line and its colours.
func printable(s string) string {
	if !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return s
	}
	q := strconv.Quote(s)
	return strings.ReplaceAll(q[1:len(q)-1], `\"`, `"`)
}

func (t *terminal) mark(level slog.Level) string {
	switch {
	case level >= slog.LevelError:
		return t.paint("31;1", "ERROR") + " "
	case level >= slog.LevelWarn:
		return t.paint("33;1", "WARN") + " "
	case level >= slog.LevelInfo:
		return ""
	}
	return t.paint("2", "DEBUG") + " "
}

func (t *terminal) paint(code, s string) string {
	if !t.colour {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}
