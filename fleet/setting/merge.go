package setting

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/adit-mining/adit"
)

// maxDepth bounds how deep a change may be nested: settings are three levels deep.
const maxDepth = 8

// merge is RFC 7396: objects are merged key by key, null takes a key away, anything else replaces.
func merge(target, patch json.RawMessage, depth int) (json.RawMessage, error) {
	var p map[string]json.RawMessage
	if depth > maxDepth {
		return nil, errors.New("it is nested too deep")
	}
	if !isObject(patch) {
		return patch, nil
	}
	if err := json.Unmarshal(patch, &p); err != nil {
		return nil, err
	}
	t := map[string]json.RawMessage{}
	if isObject(target) {
		if err := json.Unmarshal(target, &t); err != nil {
			return nil, err
		}
	}
	for k, v := range p {
		for there := range t {
			if there != k && strings.EqualFold(there, k) { // the decoder would take either, and which is a matter of luck
				return nil, adit.InvalidField(k, "there is no such setting: it is written %s", there)
			}
		}
		if bytes.Equal(bytes.TrimSpace(v), []byte("null")) {
			delete(t, k)
			continue
		}
		m, err := merge(t[k], v, depth+1)
		if err != nil {
			return nil, err
		}
		t[k] = m
	}
	return json.Marshal(t)
}

func isObject(raw json.RawMessage) bool {
	b := bytes.TrimSpace(raw)
	return len(b) > 0 && b[0] == '{'
}

// changed is the settings after a change; what the change leaves out stays, null makes it the default again.
func changed(was Settings, patch json.RawMessage, now time.Time) (Settings, error) {
	if !isObject(patch) {
		return was, adit.InvalidField("settings", "send an object with the keys to change, such as {\"power\": {\"pricePerKwh\": 0.28}}")
	}
	patch, err := coinKeys(patch)
	if err != nil {
		return was, err
	}
	before, err := json.Marshal(was)
	if err != nil {
		return was, err
	}
	after, err := merge(before, patch, 0)
	if _, ok := adit.AsError(err); ok {
		return was, err
	}
	if err != nil {
		return was, adit.InvalidField("settings", "it is not the JSON object that is expected here")
	}
	next := Defaults()
	d := json.NewDecoder(bytes.NewReader(after))
	d.DisallowUnknownFields()
	if err := d.Decode(&next); err != nil {
		return was, decodeError(err)
	}
	if next.Figures == nil {
		next.Figures = map[string]Figures{}
	}
	if err := next.Validate(); err != nil {
		return was, err
	}
	stamp(&next, was, patch, now)
	if next.General.Currency != was.General.Currency {
		forgetMoney(&next, patch)
	}
	next.Feed.Status = was.Feed.Status
	return next, nil
}

// forgetMoney makes unknown what was said in another currency; what the change itself says is of the new one.
func forgetMoney(next *Settings, patch json.RawMessage) {
	var said struct {
		Power   map[string]json.RawMessage            `json:"power"`
		Figures map[string]map[string]json.RawMessage `json:"figures"`
	}
	_ = json.Unmarshal(patch, &said) // its form was checked by the strict decoder
	if said.Power["pricePerKwh"] == nil {
		next.Power.PricePerKwh = nil
	}
	for coin, f := range next.Figures {
		if said.Figures[coin]["price"] != nil {
			continue
		}
		f.Price = Figure{}
		next.Figures[coin] = f
		if f == (Figures{}) {
			delete(next.Figures, coin)
		}
	}
}

// coinKeys puts the coins of a change into the form in which they are kept, so that "monero" changes what is there of XMR
// and takes nothing else away.
func coinKeys(patch json.RawMessage) (json.RawMessage, error) {
	var p, figures map[string]json.RawMessage
	if json.Unmarshal(patch, &p) != nil || !isObject(p["figures"]) || json.Unmarshal(p["figures"], &figures) != nil {
		return patch, nil // merge says what is wrong
	}
	named := map[string]json.RawMessage{}
	for name, v := range figures {
		if c, ok := adit.MinedCoinNamed(name); ok {
			name = c.Symbol
		}
		if _, twice := named[name]; twice {
			return nil, adit.InvalidField("figures."+name, "the coin stands there twice")
		}
		named[name] = v
	}
	var err error
	if p["figures"], err = json.Marshal(named); err != nil {
		return nil, err
	}
	return json.Marshal(p)
}

func decodeError(err error) error {
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) && wrong.Field != "" {
		return adit.InvalidField(wrong.Field, "it cannot be %s", map[string]string{"string": "a text", "number": "a number", "bool": "true or false",
			"array": "a list", "object": "an object"}[strings.Fields(wrong.Value + " ")[0]])
	}
	if _, key, ok := strings.Cut(err.Error(), "unknown field "); ok {
		return adit.InvalidField(strings.Trim(key, `"`), "there is no such setting; is it spelt right?")
	}
	return adit.InvalidField("settings", "a value is not of the kind that is expected there")
}

// stamp gives each figure its time and source: those of before where the change did not type it anew. A figure that is
// sent back with the time it was read with is not typed anew.
func stamp(next *Settings, was Settings, patch json.RawMessage, now time.Time) {
	var p struct {
		Figures map[string]map[string]map[string]json.RawMessage `json:"figures"`
	}
	_ = json.Unmarshal(patch, &p) // its form was checked by the strict decoder
	sent := map[string]map[string]map[string]json.RawMessage{}
	for name, f := range p.Figures {
		if c, ok := adit.MinedCoinNamed(name); ok {
			sent[c.Symbol] = f
		}
	}
	for coin, f := range next.Figures {
		old := was.Figures[coin]
		f.Price = stamped(f.Price, old.Price, sent[coin]["price"], now)
		f.Difficulty = stamped(f.Difficulty, old.Difficulty, sent[coin]["difficulty"], now)
		f.Reward = stamped(f.Reward, old.Reward, sent[coin]["reward"], now)
		if f == (Figures{}) {
			delete(next.Figures, coin)
			continue
		}
		next.Figures[coin] = f
	}
}

func stamped(f, old Figure, sent map[string]json.RawMessage, now time.Time) Figure {
	same := f.Value != nil && old.Value != nil && *f.Value == *old.Value
	_, value := sent["value"]
	_, at := sent["at"]
	switch {
	case f.Value == nil:
		return Figure{}
	case same && (!value || at):
		return old
	}
	return Figure{Value: f.Value, At: &now, Source: SourceTyped}
}
