package jsonline

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/adit-mining/adit"
)

// Message is one line: request, answer or notification.
type Message struct {
	ID     json.RawMessage `json:"id"`
	Method string          `json:"method"`
	Params json.RawMessage `json:"params"`
	Result json.RawMessage `json:"result"`
	Error  json.RawMessage `json:"error"`
	Reason json.RawMessage `json:"reject-reason"` // a string; older ckpool, beside result false
}

const maxID = 64 // bytes of a foreign request id, which is echoed

// Parse reads a line.
func Parse(line []byte) (Message, error) {
	var m Message
	if len(line) == 0 || line[0] != '{' {
		return m, adit.Errorf(adit.Invalid, "not Stratum: a line must be a JSON object, got %q", Clip(string(line)))
	}
	if err := json.Unmarshal(line, &m); err != nil {
		return m, adit.Errorf(adit.Invalid, "not Stratum: %v in %q", err, Clip(string(line)))
	}
	if len(m.ID) > maxID || len(m.ID) > 0 && (m.ID[0] == '{' || m.ID[0] == '[') {
		return m, adit.InvalidField("id", "a number or a string of at most %d bytes is expected", maxID)
	}
	return m, nil
}

// HasID reports whether an answer is expected or given: id is there and not null.
func (m *Message) HasID() bool { return !Absent(m.ID) }

// Number returns the id when it is a number of ours, as a JSON number or as a string that some pools make of it.
func (m *Message) Number() (int64, bool) {
	n, err := strconv.ParseInt(string(bytes.Trim(m.ID, `"`)), 10, 64)
	return n, err == nil
}

// Absent reports whether a member is missing or null.
func Absent(raw json.RawMessage) bool { return len(raw) == 0 || bytes.Equal(raw, []byte("null")) }

// Encode makes a line. The values are our own, which always encode.
func Encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic("stratum: " + err.Error())
	}
	return append(b, '\n')
}

// Clip bounds what is shown or kept of a foreign text, and takes line ends and other controls out.
func Clip(s string) string {
	const most = 200
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "…"
	}
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s)
}
