package sheet

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/adit-mining/adit"
)

// Bounds of a file.
const (
	maxFile  = 1 << 20 // bytes
	maxDepth = 16
)

// What a file is taken for.
const (
	kindOwn       = "adit's own export"
	kindProfiles  = "mining_profiles.json of the Mining Platform"
	kindAutostart = "miners/config.json of the Mining Platform"
	kindSettings  = "mining_config.json of the Mining Platform"
	kindOne       = "one profile"
)

// file is what an import read, before anything is decided about it.
type file struct {
	kind    string
	entries []fileEntry
	notes   []string
}

// fileEntry is one entry of a file. err says why it cannot even be looked at.
type fileEntry struct {
	source string
	draft  Draft
	notes  []string
	err    error
}

// read takes a file apart. Whatever is cut off, ambiguous or too big is refused whole.
func read(raw []byte, asYAML bool) (file, error) {
	raw = bytes.TrimSpace(bytes.TrimPrefix(raw, []byte("\ufeff")))
	switch {
	case len(raw) == 0:
		return file{}, refused("it is empty")
	case len(raw) > maxFile:
		return file{}, refused("it is longer than %d KiB", maxFile>>10)
	}
	if asYAML || raw[0] != '{' && raw[0] != '[' {
		var err error
		if raw, err = fromYAML(raw); err != nil {
			return file{}, err
		}
	} else if err := whole(raw); err != nil {
		return file{}, err
	}
	if raw[0] == '[' {
		return list(kindProfiles, "", raw, true)
	}
	o, err := parse(raw)
	if err != nil {
		return file{}, refused("it is none of the files adit knows: its own export, mining_profiles.json, mining_config.json, miners/config.json")
	}
	return o.file(raw)
}

func refused(format string, args ...any) error {
	return adit.InvalidField("file", "nothing was imported: "+format, args...)
}

// file sorts an object by what it is.
func (o object) file(raw []byte) (file, error) {
	switch {
	case o["adit"] != nil:
		return own(raw)
	case o["profiles"] != nil:
		return list(kindProfiles, "profiles", o["profiles"], true)
	case o["miners"] != nil, o["minerDefaults"] != nil, o["database"] != nil:
		return o.platform()
	case o["minerType"] != nil && o["config"] != nil:
		e := entry("", raw, true)
		return file{kind: kindOne, entries: []fileEntry{e}, notes: []string{}}, nil
	}
	return file{}, refused("it is none of the files adit knows: its own export, mining_profiles.json, mining_config.json, miners/config.json")
}

// own reads adit's export.
func own(raw []byte) (file, error) {
	var d struct {
		Adit     string          `json:"adit"`
		Format   int             `json:"format"`
		Profiles json.RawMessage `json:"profiles"`
		Complete bool            `json:"complete"`
	}
	switch err := json.Unmarshal(raw, &d); {
	case err != nil || d.Adit != documentKind:
		return file{}, refused("it is not adit's export of profiles")
	case d.Format > documentFormat || d.Format < 1:
		return file{}, refused("it was written by a newer adit (format %d)", d.Format)
	case !d.Complete:
		return file{}, refused("it is cut off: its last line, complete: true, is missing")
	}
	return list(kindOwn, "profiles", d.Profiles, false)
}

// list reads a list of profiles; seed says that the Mining Platform wrote them.
func list(kind, at string, raw json.RawMessage, seed bool) (file, error) {
	var items []json.RawMessage
	if err := json.Unmarshal(raw, &items); err != nil {
		return file{}, refused("its profiles are no list")
	}
	if len(items) > MaxProfiles {
		return file{}, refused("it has %d entries, more than the %d profiles there may be", len(items), MaxProfiles)
	}
	f := file{kind: kind, notes: []string{}}
	for i, item := range items {
		f.entries = append(f.entries, entry(at+"["+strconv.Itoa(i)+"]", item, seed))
	}
	return f, nil
}

// entry reads one profile. Keys it does not have are noted, not taken.
func entry(source string, raw json.RawMessage, seed bool) fileEntry {
	e := fileEntry{source: source}
	var p struct {
		Name        string          `json:"name"`
		Description string          `json:"description"`
		MinerType   string          `json:"minerType"`
		Autostart   *bool           `json:"autostart"`
		Config      json.RawMessage `json:"config"`
	}
	if err := json.Unmarshal(raw, &p); err != nil {
		e.err = adit.InvalidField("profile", "name, description and minerType are texts, config an object: this is not")
		return e
	}
	e.draft = Draft{Name: p.Name, Description: p.Description, MinerType: p.MinerType, Config: p.Config, Autostart: p.Autostart}
	o, _ := parse(raw)
	for _, k := range slices.Sorted(maps.Keys(o)) {
		switch k {
		case "name", "description", "minerType", "autostart", "config":
		case "id", "createdAt", "updatedAt", "version", "instance", "running", "secrets": // made anew
		default:
			e.notes = append(e.notes, clipped(k)+": a profile has no such key, so it was left behind")
		}
	}
	if seed {
		e.tidy()
	}
	return e
}

// platform reads the autostart file (miners and database), and settings with their minerDefaults.
func (o object) platform() (file, error) {
	f := file{kind: kindAutostart, notes: []string{}}
	if o["minerDefaults"] != nil {
		f.kind = kindSettings
	}
	if raw := o["miners"]; raw != nil {
		var miners []json.RawMessage
		if err := json.Unmarshal(raw, &miners); err != nil {
			return file{}, refused("its miners are no list")
		}
		if len(miners) > MaxProfiles {
			return file{}, refused("it has %d entries, more than the %d profiles there may be", len(miners), MaxProfiles)
		}
		names := map[string]int{}
		for i, raw := range miners {
			e := entry("miners["+strconv.Itoa(i)+"]", raw, true)
			if e.err == nil && e.draft.Name == "" && e.draft.MinerType != "" {
				names[e.draft.MinerType]++
				e.draft.Name = e.draft.MinerType
				if n := names[e.draft.MinerType]; n > 1 {
					e.draft.Name = fmt.Sprintf("%s %d", e.draft.MinerType, n)
				}
			}
			if e.err == nil && len(e.draft.Config) == 0 {
				e.err = adit.InvalidField("config", "it has none, so there is neither pool nor wallet: adit has no wallet of its own to put there")
			}
			f.entries = append(f.entries, e)
		}
	}
	if raw := o["minerDefaults"]; raw != nil {
		f.entries = append(f.entries, defaults(raw))
	}
	for _, k := range slices.Sorted(maps.Keys(o)) {
		switch k {
		case "miners", "minerDefaults":
		case "database":
			f.notes = append(f.notes, "database: adit keeps 30 days of readings in a store of its own")
		default:
			f.notes = append(f.notes, clipped(k)+": no profile, so it was left behind; see Settings")
		}
	}
	return f, nil
}

// defaults makes a profile of the Mining Platform's default pool and wallet, where they are there.
func defaults(raw json.RawMessage) fileEntry {
	e := fileEntry{source: "minerDefaults"}
	var d struct {
		Pool      string          `json:"defaultPool"`
		Wallet    string          `json:"defaultWallet"`
		Algorithm string          `json:"defaultAlgorithm"`
		Hint      json.RawMessage `json:"cpuMaxThreadsHint"`
	}
	if err := json.Unmarshal(raw, &d); err != nil {
		e.err = adit.InvalidField("minerDefaults", "it is not the object that is expected here")
		return e
	}
	c := object{}
	for k, v := range map[string]string{"pool": d.Pool, "wallet": d.Wallet, "algo": d.Algorithm} {
		c[k], _ = json.Marshal(v) // a text always can
	}
	if len(d.Hint) > 0 && string(d.Hint) != "0" && string(d.Hint) != "null" {
		c["cpuMaxThreadsHint"] = d.Hint
	}
	e.draft = Draft{Name: "Mining Platform", Description: "its default pool and wallet", MinerType: "xmrig"}
	e.draft.Config, _ = json.Marshal(c) // texts and a JSON number
	e.tidy()
	return e
}

// tidy takes out of the Mining Platform's configuration what it writes although nobody said it: empty texts, no
// threads, no TLS, and the name of the program itself.
func (e *fileEntry) tidy() {
	o, err := parse(e.draft.Config)
	if err != nil {
		return // what is no object is refused later, by name
	}
	for k, v := range o {
		s := string(bytes.TrimSpace(v))
		var miner string
		switch {
		case s == `""`, s == "null", k == "threads" && s == "0", k == "tls" && s == "false":
			delete(o, k)
		case k == "miner" && json.Unmarshal(v, &miner) == nil && strings.EqualFold(miner, e.draft.MinerType):
			delete(o, k)
		}
	}
	if b, err := json.Marshal(o); err == nil {
		e.draft.Config = b
	}
}
