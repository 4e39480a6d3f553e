package sheet

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/adit-mining/adit"
)

// SecretKeys are the keys of a configuration that are never shown; "password" counts within pools too. A test compares
// them with what the configuration marks writeOnly.
var SecretKeys = []string{"password", "userPass", "proxy", "httpAccessToken", "gpuPassword"}

// object is a configuration, key by key; its values stay as they were written.
type object map[string]json.RawMessage

func parse(config json.RawMessage) (object, error) {
	var o object
	if err := json.Unmarshal(config, &o); err != nil || o == nil {
		return nil, adit.InvalidField("config", "it must be a JSON object")
	}
	return o, nil
}

func (o object) pools() []object {
	var list []object
	if json.Unmarshal(o["pools"], &list) != nil {
		return nil // a wrong type: the checker says so
	}
	return list
}

func (o object) setPools(list []object) error {
	b, err := json.Marshal(list)
	o["pools"] = b
	return err
}

// hide takes the secrets out of a stored configuration and names those that were there.
func hide(config json.RawMessage) (shown json.RawMessage, kept []string, err error) {
	kept = []string{}
	o, err := parse(config)
	if err != nil {
		return nil, nil, err
	}
	for _, k := range SecretKeys {
		if v, ok := o[k]; ok {
			delete(o, k)
			if !isEmpty(v) {
				kept = append(kept, k)
			}
		}
	}
	if list := o.pools(); len(list) > 0 {
		for i, p := range list {
			if v, ok := p["password"]; ok {
				delete(p, "password")
				if !isEmpty(v) {
					kept = append(kept, fmt.Sprintf("pools[%d].password", i))
				}
			}
		}
		if err := o.setPools(list); err != nil {
			return nil, nil, err
		}
	}
	shown, err = json.Marshal(o)
	return shown, kept, err
}

// keep puts the secrets of the stored configuration into a new one where that leaves them out; one that is "" there is
// forgotten. A pool's secrets belong to its address: they are not sent to another pool that takes its place, and a
// further pool's password goes with it, wherever in the list it is now.
func keep(stored, config json.RawMessage) (json.RawMessage, error) {
	was, err := parse(stored)
	if err != nil {
		return nil, err
	}
	o, err := parse(config)
	if err != nil {
		return nil, err
	}
	for _, k := range SecretKeys {
		v, given := o[k]
		switch {
		case given && isEmpty(v):
			delete(o, k)
		case !given && was[k] != nil && samePool(k, was, o):
			o[k] = was[k]
		}
	}
	if list := o.pools(); len(list) > 0 {
		keepPools(was.pools(), list)
		if err := o.setPools(list); err != nil {
			return nil, err
		}
	}
	return json.Marshal(o)
}

// samePool reports whether a secret's pool is the one it was given for; secrets of no pool always stay.
func samePool(secret string, was, now object) bool {
	switch secret {
	case "password", "userPass":
		return sameText(was["pool"], now["pool"])
	case "gpuPassword":
		return sameText(was["gpuPool"], now["gpuPool"])
	}
	return true
}

func sameText(a, b json.RawMessage) bool {
	var x, y string
	_, _ = json.Unmarshal(a, &x), json.Unmarshal(b, &y) // absent is "", a wrong type is refused elsewhere
	return x == y
}

func keepPools(was, list []object) {
	for _, p := range list {
		if p == nil {
			continue
		}
		if v, given := p["password"]; given {
			if isEmpty(v) {
				delete(p, "password")
			}
			continue
		}
		i := slices.IndexFunc(was, func(w object) bool { return bytes.Equal(w["pool"], p["pool"]) && w["password"] != nil })
		if i >= 0 {
			p["password"] = was[i]["password"]
		}
	}
}

func isEmpty(v json.RawMessage) bool {
	s := string(bytes.TrimSpace(v))
	return s == `""` || s == "null" || s == ""
}
