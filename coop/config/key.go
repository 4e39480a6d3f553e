package config

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/adit-mining/adit"
)

// key is one setting: where it lies in the file, what it means, how it is read and shown.
type key struct {
	path   string // "grpc.tls.cert"
	about  string // for people and the schema
	kind   kind
	enum   []string
	env    []string // variables beside the one made of its path
	flag   string   // "" = it has none
	list   bool     // its flag may be repeated, its variable holds commas
	secret bool     // never shown
	unused string   // why nothing comes of it, "" = it is acted on

	set   func(v *yaml.Node) error
	show  func() any // the value as the file would say it; nil for unused keys
	items *items     // of a list of objects

	from origin
}

// items describes a list of objects.
type items struct {
	keys   []key         // of one object, paths without the list's
	add    func() *table // begins one more object
	tables []*table      // those read
}

// kind is a value's type as the schema says it.
type kind string

const (
	kindText   kind = "string"
	kindBool   kind = "boolean"
	kindWhole  kind = "integer"
	kindNumber kind = "number"
	kindLength kind = "duration"
	kindTexts  kind = "strings"
	kindWholes kind = "integers"
	kindList   kind = "objects"
)

// origin is where a value was said.
type origin struct {
	layer int    // 0 = default, 1 = file, 2 = variable, 3 = flag
	words string // "line 3 of coordinator.yaml", "COOPMINE_THREADS", "--threads"
}

func (o origin) String() string {
	if o.words == "" {
		return "default"
	}
	return o.words
}

// table is all keys of one file while it is read.
type table struct {
	prefix string // of paths in errors, for objects of lists: "pools[1]."
	keys   []*key
	errs   []error
	warns  []string
	name   string // of the file, for errors
}

func newTable(keys []key) *table {
	t := &table{}
	for i := range keys {
		t.keys = append(t.keys, &keys[i])
	}
	return t
}

// variable is the name of a key's own environment variable.
func (k *key) variable() string {
	return "COOPMINE_" + strings.ToUpper(strings.ReplaceAll(k.path, ".", "_"))
}

// put reads one value into its key; mistakes are collected.
func (t *table) put(k *key, n *yaml.Node, from origin) {
	if n.Kind == yaml.ScalarNode && n.Tag == "!!null" {
		return // "key:" without a value says nothing
	}
	if k.unused != "" {
		t.warns = append(t.warns, fmt.Sprintf("%s (%s): %s", t.prefix+k.path, from, k.unused))
	}
	if err := k.set(n); err != nil {
		t.fail(k.path, from, err)
		return
	}
	k.from = from
}

func (t *table) fail(path string, from origin, err error) {
	where := ""
	if from.layer > 0 {
		where = " (" + from.words + ")"
	}
	t.errs = append(t.errs, adit.InvalidField(t.prefix+path, "%v%s", err, where))
}

func (t *table) failure() error {
	if len(t.errs) == 0 {
		return nil
	}
	return joined(t.errs)
}

func (t *table) warnings() []string { return t.warns }

// key finds a key by its path.
func (t *table) key(path string) *key {
	for _, k := range t.keys {
		if k.path == path {
			return k
		}
	}
	return nil
}

// section reports whether keys lie below a path.
func (t *table) section(path string) bool {
	return slices.ContainsFunc(t.keys, func(k *key) bool { return strings.HasPrefix(k.path, path+".") })
}

// environ reads COOPMINE_* variables. Those of the other program are left alone, since one compose file sets both.
func (t *table) environ(env []string) {
	vars := map[string]string{}
	for _, kv := range env {
		if name, v, ok := strings.Cut(kv, "="); ok && strings.HasPrefix(name, "COOPMINE_") {
			vars[name] = v
		}
	}
	for _, k := range t.keys {
		for _, name := range append([]string{k.variable()}, k.env...) {
			if v, ok := vars[name]; ok {
				delete(vars, name)
				if v != "" && k.kind != kindList {
					t.put(k, k.node([]string{v}, true), origin{2, name})
				}
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(vars)) {
		if !knownVariable(name) {
			t.warns = append(t.warns, "the variable "+name+" means nothing here"+didYouMean(name, allVariables()))
		}
	}
}

// flags reads the command line.
func (t *table) flags(flags map[string][]string) {
	for _, k := range t.keys {
		if v, ok := flags[k.flag]; ok && k.flag != "" {
			t.put(k, k.node(v, false), origin{3, "--" + k.flag})
		}
	}
}

// node makes what a variable or a flag says a value of the file's kind.
func (k *key) node(values []string, commas bool) *yaml.Node {
	scalar := func(v string) *yaml.Node { return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: v} }
	if !k.list && k.kind != kindTexts && k.kind != kindWholes {
		return scalar(values[len(values)-1])
	}
	if commas || k.kind == kindWholes {
		values = strings.Split(strings.Join(values, ","), ",")
	}
	seq := &yaml.Node{Kind: yaml.SequenceNode}
	for _, v := range values {
		seq.Content = append(seq.Content, scalar(strings.TrimSpace(v)))
	}
	return seq
}
