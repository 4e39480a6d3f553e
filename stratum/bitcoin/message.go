package bitcoin

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/adit-mining/adit"
)

// message is one line: request, answer or notification.
type message struct {
	ID     json.RawMessage `json:"id"`
	Method string          `json:"method"`
	Params json.RawMessage `json:"params"`
	Result json.RawMessage `json:"result"`
	Error  json.RawMessage `json:"error"`
	Reason json.RawMessage `json:"reject-reason"` // a string; older ckpool, beside result false
}

const maxID = 64 // bytes of a foreign request id, which is echoed

func parseMessage(line []byte) (message, error) {
	var m message
	if len(line) == 0 || line[0] != '{' {
		return m, adit.Errorf(adit.Invalid, "not Stratum: a line must be a JSON object, got %q", clip(string(line)))
	}
	if err := json.Unmarshal(line, &m); err != nil {
		return m, adit.Errorf(adit.Invalid, "not Stratum: %v in %q", err, clip(string(line)))
	}
	if len(m.ID) > maxID || len(m.ID) > 0 && (m.ID[0] == '{' || m.ID[0] == '[') {
		return m, adit.InvalidField("id", "a number or a string of at most %d bytes is expected", maxID)
	}
	return m, nil
}

// hasID reports whether an answer is expected or given.
func (m message) hasID() bool { return !absent(m.ID) }

// number returns the id when it is a number of ours, as a JSON number or as a string that some pools make of it.
func (m message) number() (int64, bool) {
	n, err := strconv.ParseInt(string(bytes.Trim(m.ID, `"`)), 10, 64)
	return n, err == nil
}

// fault returns the error of an answer, nil for none.
func (m message) fault() *Fault { return ParseFault(m.Error) }

// list reads params as an array. Absent ones are an empty array: some send none where there is nothing to say.
func (m message) list() ([]json.RawMessage, error) {
	if absent(m.Params) {
		return nil, nil
	}
	var l []json.RawMessage
	if err := json.Unmarshal(m.Params, &l); err != nil {
		return nil, adit.InvalidField("params", "an array is expected")
	}
	return l, nil
}

func absent(raw json.RawMessage) bool { return len(raw) == 0 || bytes.Equal(raw, []byte("null")) }

// text reads the i-th parameter as a string of least to most bytes.
func text(l []json.RawMessage, i int, name string, least, most int) (string, error) {
	var s string
	if i >= len(l) || absent(l[i]) || json.Unmarshal(l[i], &s) != nil {
		return "", adit.InvalidField(name, "a string is expected")
	}
	if len(s) < least || len(s) > most {
		return "", adit.InvalidField(name, "%d to %d characters are expected, got %d", least, most, len(s))
	}
	return s, nil
}

// word reads the i-th parameter as 4 bytes of hex, the most significant first.
func word(l []json.RawMessage, i int, name string) (uint32, error) {
	s, err := text(l, i, name, 8, 8)
	if err != nil {
		return 0, err
	}
	return parseWord(s, name)
}

func parseWord(s, name string) (uint32, error) {
	raw, err := hex.DecodeString(s)
	if err != nil || len(raw) != 4 {
		return 0, adit.InvalidField(name, "8 hex digits are expected, got %q", clip(s))
	}
	return uint32(raw[0])<<24 | uint32(raw[1])<<16 | uint32(raw[2])<<8 | uint32(raw[3]), nil
}

// octets reads the i-th parameter as least to most bytes of hex.
func octets(l []json.RawMessage, i int, name string, least, most int) ([]byte, error) {
	s, err := text(l, i, name, 2*least, 2*most)
	if err != nil {
		return nil, err
	}
	raw, err := hex.DecodeString(s)
	if err != nil {
		return nil, adit.InvalidField(name, "%q is not hex", clip(s))
	}
	return raw, nil
}

// request is a call, or with a nil ID a notification.
type request struct {
	ID     any    `json:"id"`
	Method string `json:"method"`
	Params any    `json:"params"`
}

// reply always has all three members, as pools write it.
type reply struct {
	ID     json.RawMessage `json:"id"`
	Result any             `json:"result"`
	Error  *Fault          `json:"error"`
}

// encode makes a line. The values are our own, which always encode.
func encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic("bitcoin: " + err.Error())
	}
	return append(b, '\n')
}

func orNull(id json.RawMessage) json.RawMessage {
	if len(id) == 0 {
		return json.RawMessage("null")
	}
	return id
}

// clip bounds what is shown or kept of a foreign text, and takes line ends and other controls out.
func clip(s string) string {
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
