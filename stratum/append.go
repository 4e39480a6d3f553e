package stratum

import (
	"encoding/hex"
	"encoding/json"
	"strconv"
)

// Lines that are sent thousands of times a second are put together by hand; they are the same bytes as encode makes.

// appendID writes the id of the request that is answered.
func (t Ticket) appendID(b []byte) []byte {
	if t.raw == nil {
		return strconv.AppendInt(b, t.num, 10)
	}
	return append(b, orNull(t.raw)...)
}

// appendError writes the members after the id of a refusal, up to its last brace.
func appendError(b []byte, text string) []byte {
	b = append(b, `,"jsonrpc":"2.0","error":{"code":-1,"message":`...)
	b = appendString(b, text)
	return append(b, '}', '}')
}

// appendRefusal writes a whole line; an empty id becomes null.
func appendRefusal(b []byte, id json.RawMessage, text string) []byte {
	b = append(b, `{"id":`...)
	b = append(b, orNull(id)...)
	return append(appendError(b, text), '\n')
}

// appendString writes a JSON string.
func appendString(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' {
			quoted, err := json.Marshal(s)
			if err != nil {
				panic("stratum: " + err.Error()) // a string always encodes
			}
			return append(b, quoted...)
		}
	}
	b = append(b, '"')
	b = append(b, s...)
	return append(b, '"')
}

// appendTarget writes a target with all its eight bytes.
func appendTarget(b []byte, t uint64) []byte {
	var raw [8]byte
	for i := range raw {
		raw[i] = byte(t >> (8 * i))
	}
	return hex.AppendEncode(b, raw[:])
}
