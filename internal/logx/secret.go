package logx

import (
	"context"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
)

// hidden stands in the log where a secret was.
const hidden = "[hidden]"

// Secret is a text that prints as [hidden] wherever it is formatted or logged; String(s) converts it back.
type Secret string

// String implements fmt.Stringer.
func (Secret) String() string { return hidden }

// GoString implements fmt.GoStringer (%#v).
func (Secret) GoString() string { return hidden }

// LogValue implements slog.LogValuer.
func (Secret) LogValue() slog.Value { return slog.StringValue(hidden) }

// discreet hides secrets before any handler sees a record: values whose key names a secret, and the parts of texts that
// are one by their form (a password in a URL, a bearer token, a one-time link). It is a net below careful callers.
type discreet struct{ slog.Handler }

// Handle implements slog.Handler.
func (d discreet) Handle(ctx context.Context, r slog.Record) error {
	clean := slog.NewRecord(r.Time, r.Level, clean(r.Message), r.PC)
	r.Attrs(func(a slog.Attr) bool {
		clean.AddAttrs(cleanAttr(a))
		return true
	})
	return d.Handler.Handle(ctx, clean)
}

// WithAttrs implements slog.Handler.
func (d discreet) WithAttrs(attrs []slog.Attr) slog.Handler {
	list := make([]slog.Attr, len(attrs))
	for i, a := range attrs {
		list[i] = cleanAttr(a)
	}
	return discreet{d.Handler.WithAttrs(list)}
}

// WithGroup implements slog.Handler.
func (d discreet) WithGroup(name string) slog.Handler { return discreet{d.Handler.WithGroup(name)} }

// secretWords are parts of keys whose values are never written.
var secretWords = []string{"password", "passwd", "secret", "token", "authorization", "cookie", "credential", "privatekey", "private_key", "apikey", "api_key", "dsn"}

func secretKey(key string) bool {
	key = strings.ToLower(key)
	if key == "pass" || key == "auth" {
		return true
	}
	for _, w := range secretWords {
		if strings.Contains(key, w) {
			return true
		}
	}
	return false
}

func cleanAttr(a slog.Attr) slog.Attr {
	v := a.Value.Resolve()
	switch {
	case v.Kind() == slog.KindGroup:
		members := v.Group()
		list := make([]slog.Attr, len(members))
		for i, m := range members {
			list[i] = cleanAttr(m)
		}
		return slog.Attr{Key: a.Key, Value: slog.GroupValue(list...)}
	case secretKey(a.Key) && maySecret(v):
		return slog.String(a.Key, hidden)
	case v.Kind() == slog.KindString:
		return slog.String(a.Key, clean(v.String()))
	case v.Kind() == slog.KindAny:
		return cleanAny(a.Key, v.Any())
	}
	return slog.Attr{Key: a.Key, Value: v}
}

// maySecret is false for what cannot be a secret: "tokens=3", "passwordSet=true".
func maySecret(v slog.Value) bool {
	return v.Kind() == slog.KindString && v.String() != "" || v.Kind() == slog.KindAny && v.Any() != nil
}

func cleanAny(key string, v any) slog.Attr {
	switch v := v.(type) {
	case error:
		return slog.String(key, clean(text(v.Error)))
	case fmt.Stringer:
		return slog.String(key, clean(text(v.String)))
	case []byte:
		return slog.String(key, clean(string(v)))
	}
	return slog.Any(key, v)
}

// text calls a method that may panic, for instance on a nil pointer; a log line never takes the program along.
func text(f func() string) (s string) {
	defer func() {
		if r := recover(); r != nil {
			s = "<nil>"
		}
	}()
	return f()
}

var forms = []struct {
	re   *regexp.Regexp
	with string
}{
	{regexp.MustCompile(`(://[^/\s:@?#]*):[^/\s@]+@`), "${1}:" + hidden + "@"},
	{regexp.MustCompile(`(?i)\b(bearer|basic)\s+[A-Za-z0-9+/_=.~-]{8,}`), "${1} " + hidden},
	{regexp.MustCompile(`(?i)\b(token|password|passwd|secret|api_?key)=[^\s&"',;]+`), "${1}=" + hidden},
}

// clean hides what is a secret by its form.
func clean(s string) string {
	if !strings.ContainsAny(s, "=@ ") {
		return s
	}
	for _, f := range forms {
		s = f.re.ReplaceAllString(s, f.with)
	}
	return s
}
