package stratum

import (
	"encoding/json"
	"fmt"

	"github.com/adit-mining/adit/stratum/jsonline"
)

// message is one line, request, answer or notification.
type message struct{ jsonline.Message }

// MaxLine bounds one line from a pool, in bytes without its end.
const MaxLine = jsonline.MaxLine

func parseMessage(line []byte) (message, error) {
	m, err := jsonline.Parse(line)
	return message{m}, err
}

// fault returns the text of an error in any of the shapes pools use: {"code":-1,"message":"…"}, [21,"…",null], "…",
// true. The second result is false where there is no error: null, false, or the member is missing.
func (m message) fault() (string, bool) {
	if jsonline.Absent(m.Error) {
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
				return jsonline.Clip(text), true
			}
		}
		if text, ok := e[0].(string); ok && text != "" {
			return jsonline.Clip(text), true
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
	return jsonline.Clip(text)
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
