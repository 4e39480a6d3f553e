package command

import (
	"encoding/json"
	"testing"

	"github.com/adit-mining/adit"
)

// TestParseConfigTakesKeysExactly: a key in other letters is refused, not taken for its neighbour.
func TestParseConfigTakesKeysExactly(t *testing.T) {
	for text, field := range map[string]string{
		`{"pool":"a","Password":"x"}`:                  "Password",
		`{"password":"x","PASSWORD":"y"}`:              "PASSWORD",
		`{"userpass":"a:b"}`:                           "userpass",
		`{"pools":[{"pool":"a"},{"Password":"x"}]}`:    "pools[1].Password",
		`{"Pools":[{"pool":"a"}]}`:                     "Pools",
		`{"pool":"a","nosuch":1}`:                      "nosuch",
		`{"pool":"a","password":"x","pools":null}`:     "",
		`{"userPass":"a:b","pools":[{"password":""}]}`: "",
	} {
		_, err := ParseConfig(json.RawMessage(text))
		e, _ := adit.AsError(err)
		switch {
		case field == "" && err != nil:
			t.Errorf("%s: %v", text, err)
		case field != "" && (adit.CodeOf(err) != adit.Invalid || e.Field != field):
			t.Errorf("%s: %v", text, err)
		}
	}
}
