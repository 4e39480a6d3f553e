package setting

import (
	"encoding/json"
	"errors"
	"math"
	"strconv"
	"strings"
)

// number follows a JSON pointer (RFC 6901) to a number, or to a text that is one. Zero and less are no figures.
func number(doc any, pointer string) (float64, error) {
	for _, token := range strings.Split(pointer, "/")[1:] {
		token = strings.NewReplacer("~1", "/", "~0", "~").Replace(token)
		switch v := doc.(type) {
		case map[string]any:
			next, ok := v[token]
			if !ok {
				return 0, errors.New("the answer has nothing there")
			}
			doc = next
		case []any:
			i, err := strconv.Atoi(token)
			if err != nil || i < 0 || i >= len(v) || token != strconv.Itoa(i) {
				return 0, errors.New("the answer has nothing there")
			}
			doc = v[i]
		default:
			return 0, errors.New("the answer has nothing there")
		}
	}
	text := ""
	switch v := doc.(type) {
	case json.Number:
		text = v.String()
	case string:
		text = strings.TrimSpace(v)
	default:
		return 0, errors.New("there is no number there")
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(f) || math.IsInf(f, 0) || f <= 0 {
		return 0, errors.New("there is no number above 0 there")
	}
	return f, nil
}
