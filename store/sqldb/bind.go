package sqldb

import (
	"strconv"
	"strings"
)

// rebind turns ? placeholders into PostgreSQL's $1, $2, … and leaves alone what stands in 'literals' (also E'…'),
// "quoted identifiers", $tag$ bodies $tag$, -- and /* nested */ comments.
func rebind(query string) string {
	if !strings.Contains(query, "?") {
		return query
	}
	var b strings.Builder
	b.Grow(len(query) + 16)
	for i, n := 0, 0; i < len(query); {
		if query[i] == '?' {
			n++
			b.WriteByte('$')
			b.WriteString(strconv.Itoa(n))
			i++
			continue
		}
		end := i + skip(query, i)
		b.WriteString(query[i:end])
		i = end
	}
	return b.String()
}

// skip returns the length of the token at i that must be copied as it is; 1 for an ordinary character.
func skip(q string, i int) int {
	rest := q[i:]
	switch c := rest[0]; {
	case c == '\'':
		return quoted(rest, '\'', escapeString(q, i))
	case c == '"':
		return quoted(rest, '"', false)
	case strings.HasPrefix(rest, "--"):
		return upTo(rest, "\n")
	case strings.HasPrefix(rest, "/*"):
		return comment(rest)
	case c == '$' && (i == 0 || !word(q[i-1])):
		return dollar(rest)
	}
	return 1
}

// escapeString reports whether the quote at i opens an E'…' string, in which a backslash escapes.
func escapeString(q string, i int) bool {
	return i > 0 && (q[i-1] == 'E' || q[i-1] == 'e') && (i == 1 || !word(q[i-2]))
}

// quoted is the length of a quoted token; a doubled quote is two tokens side by side, which comes to the same.
func quoted(s string, quote byte, backslash bool) int {
	for i := 1; i < len(s); i++ {
		switch {
		case backslash && s[i] == '\\':
			i++
		case s[i] == quote && backslash && i+1 < len(s) && s[i+1] == quote:
			i++
		case s[i] == quote:
			return i + 1
		}
	}
	return len(s)
}

func upTo(s, end string) int {
	if i := strings.Index(s, end); i >= 0 {
		return i + len(end)
	}
	return len(s)
}

// comment is the length of a block comment; PostgreSQL's nest.
func comment(s string) int {
	depth := 0
	for i := 0; i < len(s); i++ {
		switch {
		case strings.HasPrefix(s[i:], "/*"):
			depth++
			i++
		case strings.HasPrefix(s[i:], "*/"):
			depth--
			i++
			if depth == 0 {
				return i + 1
			}
		}
	}
	return len(s)
}

// dollar is the length of a dollar-quoted string, 1 where the $ opens none.
func dollar(s string) int {
	i := 1
	for i < len(s) && word(s[i]) {
		i++
	}
	if i >= len(s) || s[i] != '$' || i > 1 && s[1] >= '0' && s[1] <= '9' {
		return 1
	}
	tag := s[:i+1]
	return len(tag) + upTo(s[len(tag):], tag)
}

func word(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}
