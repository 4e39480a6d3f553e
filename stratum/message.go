package stratum

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/adit-mining/adit"
)

// message is one line, request, answer or notification.
type message struct {
	ID     json.RawMessage `json:"id"`
	Method string          `json:"method"`
	Params json.RawMessage `json:"params"`
	Result json.RawMessage `json:"result"`
	Error  json.RawMessage `json:"error"`
}

// MaxLine bounds one line from a pool, in bytes without its end.
const MaxLine = 64 << 10

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

// hasID reports whether an answer is expected or given: id is there and not null.
func (m message) hasID() bool { return !absent(m.ID) }

// number returns the id when it is a number of ours, as a JSON number or as a string that some pools make of it.
func (m message) number() (int64, bool) {
	n, err := strconv.ParseInt(string(bytes.Trim(m.ID, `"`)), 10, 64)
	return n, err == nil
}

func absent(raw json.RawMessage) bool { return len(raw) == 0 || bytes.Equal(raw, []byte("null")) }

// fault returns the text of an error in any of the shapes pools use: {"code":-1,"message":"…"}, [21,"…",null], "…",
// true. The second result is false where there is no error: null, false, or the member is missing.
func (m message) fault() (string, bool) {
	if absent(m.Error) {
		return "", false
	}
	var v any
	if json.Unmarshal(m.Error, &v) != nil {
		return "error", true
	}
	switch e := v.(type) {
	case bool:
		return "refused without a reason", e
	case string:
		return wordsOr(e, "refused without a reason"), true
	case map[string]any:
		text, _ := e["message"].(string)
		return wordsOr(text, fmt.Sprintf("error code %v", e["code"])), true
	case []any:
		if len(e) == 0 {
			return "", false
		}
		if len(e) > 1 {
			if text, ok := e[1].(string); ok && text != "" {
				return clip(text), true
			}
		}
		if text, ok := e[0].(string); ok && text != "" {
			return clip(text), true
		}
		return fmt.Sprintf("error code %v", e[0]), true
	case float64:
		return fmt.Sprintf("error code %v", e), true
	}
	return "error", true
}

func wordsOr(text, other string) string {
	if text == "" {
		return other
	}
	return clip(text)
}

type wireRequest struct {
	ID      int64  `json:"id"`
	Version string `json:"jsonrpc"`
	Method  string `json:"method"`
	Params  any    `json:"params"`
}

type wireNotification struct {
	Version string `json:"jsonrpc"`
	Method  string `json:"method"`
	Params  any    `json:"params"`
}

// wireAnswer always has both members, as pools write it: XMRig and older miners look at error first.
type wireAnswer struct {
	ID      json.RawMessage `json:"id"`
	Version string          `json:"jsonrpc"`
	Error   *wireError      `json:"error"`
	Result  any             `json:"result,omitempty"`
}

type wireError struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
}

type wireStatus struct {
	Status string `json:"status"`
}

// encode makes a line. The values are our own structs, which always encode.
func encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic("stratum: " + err.Error())
	}
	return append(b, '\n')
}
