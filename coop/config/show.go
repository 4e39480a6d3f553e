package config

import (
	"os"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/adit-mining/adit"
)

// Setting is one key as `adit config print` shows it.
type Setting struct {
	Key    string `json:"key"`
	Value  any    `json:"value"`  // a secret is "(set)" or ""
	Origin string `json:"origin"` // "default", "line 3 of FILE", a variable, a flag
	About  string `json:"about"`
}

// Kinds of files.
const (
	ForCoordinator = "coordinator"
	ForWorker      = "worker"
)

func tableFor(file string) (*table, func() error, error) {
	switch file {
	case ForCoordinator:
		c := DefaultCoordinator()
		r := newRawCoordinator(&c)
		return r.t, r.finish, nil
	case ForWorker:
		w := DefaultWorker()
		r := newRawWorker(&w)
		return r.t, r.finish, nil
	}
	return nil, nil, adit.InvalidField("type", "%q is neither coordinator nor worker", clip(file))
}

// Check reads a configuration of a kind of file and returns every setting with where it comes from, and the warnings.
func Check(file string, s Source) (settings []Setting, warnings []string, err error) {
	switch file {
	case ForCoordinator:
		c := DefaultCoordinator()
		r := newRawCoordinator(&c)
		return check(s, r.t, r.finish, &c.Warnings)
	case ForWorker:
		w := DefaultWorker()
		r := newRawWorker(&w)
		return check(s, r.t, r.finish, &w.Warnings)
	}
	_, _, err = tableFor(file)
	return nil, nil, err
}

func check(s Source, t *table, finish func() error, more *[]string) ([]Setting, []string, error) {
	warn, err := s.load(t)
	if err == nil {
		err = finish()
	}
	if err != nil {
		return nil, nil, err
	}
	var out []Setting
	for _, k := range t.keys {
		if k.show == nil || k.kind == kindList || k.unused != "" {
			continue
		}
		v := k.show()
		if k.secret {
			v = withoutSecret(k.path, v)
		}
		out = append(out, Setting{k.path, v, k.from.String(), k.about})
	}
	return append(out, t.listed()...), append(warn, *more...), nil
}

// withoutSecret shows that a secret is there, and of an address what is none.
func withoutSecret(path string, v any) any {
	s, _ := v.(string)
	if s == "" {
		return ""
	}
	if !strings.HasSuffix(path, "address") {
		return "(set)"
	}
	var out []string
	for a := range strings.SplitSeq(s, ",") {
		p, err := ParsePool(a)
		if err != nil {
			return "(set)"
		}
		out = append(out, p.URL)
	}
	return strings.Join(out, ",")
}

// listed are the settings of objects in lists.
func (t *table) listed() (out []Setting) {
	for _, k := range t.keys {
		if k.items == nil {
			continue
		}
		for _, sub := range k.items.tables {
			for _, s := range sub.keys {
				v := s.show()
				if s.secret {
					v = withoutSecret(s.path, v)
				}
				out = append(out, Setting{sub.prefix + s.path, v, s.from.String(), s.about})
			}
		}
	}
	return out
}

// Schema is the JSON schema (draft 2020-12) of a kind of file.
func Schema(file string) (map[string]any, error) {
	t, _, err := tableFor(file)
	if err != nil {
		return nil, err
	}
	root := object()
	for _, k := range t.keys {
		at := root
		parts := strings.Split(k.path, ".")
		for _, p := range parts[:len(parts)-1] {
			props := at["properties"].(map[string]any)
			if props[p] == nil {
				props[p] = object()
			}
			at = props[p].(map[string]any)
		}
		at["properties"].(map[string]any)[parts[len(parts)-1]] = k.schema()
	}
	root["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	root["title"] = "adit: configuration of a " + file
	return root, nil
}

func object() map[string]any {
	return map[string]any{"type": "object", "additionalProperties": false, "properties": map[string]any{}}
}

func (k *key) schema() map[string]any {
	s := map[string]any{"description": k.about}
	switch k.kind {
	case kindText:
		s["type"] = "string"
	case kindLength:
		s["type"], s["pattern"] = "string", `^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$`
	case kindTexts:
		s["type"], s["items"] = "array", map[string]any{"type": "string"}
	case kindWholes:
		s["type"], s["items"] = "array", map[string]any{"type": "integer"}
	case kindList:
		o := object()
		for _, sub := range k.items.keys {
			o["properties"].(map[string]any)[sub.path] = sub.schema()
		}
		s["type"], s["items"] = "array", o
	default:
		s["type"] = string(k.kind)
	}
	if len(k.enum) > 0 {
		s["enum"] = k.enum
	}
	if k.unused != "" {
		s["deprecated"] = true
	} else if k.show != nil && !k.secret && k.kind != kindList {
		if v := k.show(); v != "" {
			s["default"] = v
		}
	}
	return s
}

// CoordinatorFlags adds the coordinator's flags; after parsing, the function gives those that were said.
func CoordinatorFlags(fs *pflag.FlagSet) func() map[string][]string {
	return addFlags(fs, ForCoordinator)
}

// WorkerFlags adds the worker's flags; after parsing, the function gives those that were said.
func WorkerFlags(fs *pflag.FlagSet) func() map[string][]string { return addFlags(fs, ForWorker) }

func addFlags(fs *pflag.FlagSet, file string) func() map[string][]string {
	t, _, err := tableFor(file)
	if err != nil {
		panic(err) // the two callers above
	}
	said := map[string]func() []string{}
	for _, k := range t.keys {
		switch {
		case k.flag == "" || fs.Lookup(k.flag) != nil:
			continue
		case k.list:
			v := &spoken{many: true}
			fs.Var(v, k.flag, k.about+" (may be repeated)")
			said[k.flag] = func() []string { return v.said }
		default:
			v := new(spoken)
			fs.Var(v, k.flag, k.about)
			said[k.flag] = func() []string { return v.said }
		}
	}
	return func() map[string][]string {
		out := map[string][]string{}
		for name, get := range said {
			if fs.Changed(name) {
				out[name] = get()
			}
		}
		return out
	}
}

// spoken is what was said of one key by its flag; the last word counts, or all do.
type spoken struct {
	said []string
	many bool
}

// String implements pflag.Value.
func (v *spoken) String() string { return strings.Join(v.said, ",") }

// Set implements pflag.Value.
func (v *spoken) Set(s string) error {
	if !v.many {
		v.said = nil
	}
	v.said = append(v.said, s)
	return nil
}

// Type implements pflag.Value: what help calls it.
func (v *spoken) Type() string { return "value" }

// Environ are the variables of this process that belong to configurations.
func Environ() []string {
	return slices.DeleteFunc(os.Environ(), func(kv string) bool { return !strings.HasPrefix(kv, "COOPMINE_") })
}

// allVariables are the names that mean something to one of the two files.
func allVariables() []string {
	var out []string
	for _, file := range []string{ForCoordinator, ForWorker} {
		t, _, _ := tableFor(file)
		for _, k := range t.keys {
			if k.kind != kindList {
				out = append(append(out, k.variable()), k.env...)
			}
		}
	}
	return out
}

func knownVariable(name string) bool { return slices.Contains(allVariables(), name) }
