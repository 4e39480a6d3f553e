package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
)

// lines is a log for people: "[time]  message  key=value …", one line each.
type lines struct {
	mu    *sync.Mutex
	out   io.Writer
	attrs string
}

// newLogger logs lines to out.
func newLogger(out io.Writer) *slog.Logger { return slog.New(&lines{mu: new(sync.Mutex), out: out}) }

func (l *lines) Enabled(_ context.Context, level slog.Level) bool { return level >= slog.LevelInfo }

func (l *lines) Handle(_ context.Context, r slog.Record) error {
	var b strings.Builder
	b.WriteString(r.Time.Format("[2006-01-02 15:04:05.000]  "))
	if r.Level >= slog.LevelWarn {
		b.WriteString(strings.ToLower(r.Level.String()) + "  ")
	}
	b.WriteString(clean(r.Message))
	b.WriteString(l.attrs)
	r.Attrs(func(a slog.Attr) bool {
		b.WriteString(attr(a))
		return true
	})
	b.WriteByte('\n')
	l.mu.Lock()
	defer l.mu.Unlock()
	_, err := io.WriteString(l.out, b.String())
	return err
}

func (l *lines) WithAttrs(as []slog.Attr) slog.Handler {
	n := *l
	for _, a := range as {
		n.attrs += attr(a)
	}
	return &n
}

func (l *lines) WithGroup(string) slog.Handler { return l }

// attr writes one attribute, quoted where it has spaces; empty ones are left out.
func attr(a slog.Attr) string {
	v := clean(a.Value.Resolve().String())
	if v == "" {
		return ""
	}
	if strings.ContainsAny(v, " \t\"=") {
		v = fmt.Sprintf("%q", v)
	}
	return " " + a.Key + "=" + v
}

// clean keeps a pool's words from writing lines or terminal codes of their own.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if r < 0x20 || r == 0x7f || r >= 0x80 && r < 0xa0 {
			return ' '
		}
		return r
	}, s)
}
