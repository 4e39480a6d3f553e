package bitcoin

import (
	"encoding/hex"
	"encoding/json"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/stratum/jsonline"
)

// message is one line: request, answer or notification.
type message struct{ jsonline.Message }

func parseMessage(line []byte) (message, error) {
	m, err := jsonline.Parse(line)
	return message{m}, err
}

// fault returns the error of an answer, nil for none.
func (m message) fault() *Fault { return ParseFault(m.Error) }

// list reads params as an array. Absent ones are an empty array: some send none where there is nothing to say.
func (m message) list() ([]json.RawMessage, error) {
	if jsonline.Absent(m.Params) {
		return nil, nil
	}
	var l []json.RawMessage
	if err := json.Unmarshal(m.Params, &l); err != nil {
		return nil, adit.InvalidField("params", "an array is expected")
	}
	return l, nil
}

// text reads the i-th parameter as a string of least to most bytes.
func text(l []json.RawMessage, i int, name string, least, most int) (string, error) {
	var s string
	if i >= len(l) || jsonline.Absent(l[i]) || json.Unmarshal(l[i], &s) != nil {
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
		return 0, adit.InvalidField(name, "8 hex digits are expected, got %q", jsonline.Clip(s))
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
		return nil, adit.InvalidField(name, "%q is not hex", jsonline.Clip(s))
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

func orNull(id json.RawMessage) json.RawMessage {
	if len(id) == 0 {
		return json.RawMessage("null")
	}
	return id
}
