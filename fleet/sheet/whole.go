package sheet

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
)

// whole checks that JSON is complete, not too deep, and that no key stands twice in one object: which of two would
// count is a matter of the reader, and that is how hostile files say two things at once.
func whole(raw []byte) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	type level struct {
		keys map[string]bool // nil = a list
		key  bool            // the next token is a key
	}
	var stack []level
	for {
		t, err := d.Token()
		switch {
		case errors.Is(err, io.EOF):
			if len(stack) > 0 {
				return refused("it is cut off: it ends in the middle")
			}
			return nil
		case errors.Is(err, io.ErrUnexpectedEOF):
			return refused("it is cut off: it ends in the middle")
		case err != nil:
			return refused("it is no JSON (at byte %d)", d.InputOffset())
		}
		if n := len(stack); n > 0 && stack[n-1].key {
			if name, ok := t.(string); ok {
				if stack[n-1].keys[name] {
					return refused("a key stands twice in one object (before byte %d)", d.InputOffset())
				}
				stack[n-1].keys[name], stack[n-1].key = true, false
				continue
			}
		}
		switch t {
		case json.Delim('{'):
			stack = append(stack, level{keys: map[string]bool{}, key: true})
		case json.Delim('['):
			stack = append(stack, level{})
		case json.Delim('}'), json.Delim(']'):
			stack = stack[:len(stack)-1]
		}
		if len(stack) > maxDepth {
			return refused("it is nested too deep")
		}
		open := t == json.Delim('{') || t == json.Delim('[')
		if n := len(stack); n > 0 && !open && stack[n-1].keys != nil {
			stack[n-1].key = true // a value ended, a key follows
		}
		if len(stack) == 0 && d.More() {
			return refused("something follows the end (at byte %d)", d.InputOffset())
		}
	}
}
