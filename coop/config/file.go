package config

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/adit-mining/adit"
)

// file reads the YAML (JSON is YAML too) of one object. Anchors and aliases are refused: a few lines of them can stand
// for gigabytes.
func (t *table) file(data []byte, name string) error {
	t.name = name
	if name == "" || name == "." {
		t.name = "the configuration"
	}
	var doc yaml.Node
	d := yaml.NewDecoder(strings.NewReader(string(data)))
	if err := d.Decode(&doc); err != nil {
		if len(strings.TrimSpace(string(data))) == 0 || err.Error() == "EOF" {
			return nil
		}
		return adit.InvalidField("config", "%s is no YAML: %s", t.name, yamlWords(err))
	}
	if err := d.Decode(new(yaml.Node)); err == nil {
		return adit.InvalidField("config", "%s holds more than one document: a second --- begins", t.name)
	}
	if bad := forbidden(&doc); bad != nil {
		return adit.InvalidField("config", "anchors, aliases and tags are not read (%s)", t.line(bad))
	}
	if len(doc.Content) == 0 || doc.Content[0].Tag == "!!null" {
		return nil
	}
	root := doc.Content[0]
	if root.Kind != yaml.MappingNode {
		return adit.InvalidField("config", "%s is no object with keys such as %s:", t.name, strings.SplitN(t.keys[0].path, ".", 2)[0])
	}
	t.walk(root, "")
	return nil
}

// quoted finds texts in a parser's error, which may be a secret of the file.
var quoted = regexp.MustCompile("[`\"'].*[`\"']")

func yamlWords(err error) string {
	words := strings.TrimPrefix(err.Error(), "yaml: ")
	return quoted.ReplaceAllString(words, "…")
}

// forbidden finds a node that this reader does not take.
func forbidden(n *yaml.Node) *yaml.Node {
	plain := strings.HasPrefix(n.Tag, "!!") || n.Tag == ""
	if n.Kind == yaml.AliasNode || n.Anchor != "" || !plain || n.Tag == "!!merge" || n.Tag == "!!binary" {
		return n
	}
	for _, c := range n.Content {
		if bad := forbidden(c); bad != nil {
			return bad
		}
	}
	return nil
}

func (t *table) line(n *yaml.Node) origin {
	return origin{1, "line " + strconv.Itoa(n.Line) + " of " + t.name}
}

// walk reads a section.
func (t *table) walk(section *yaml.Node, path string) {
	seen := map[string]int{}
	for i := 0; i+1 < len(section.Content); i += 2 {
		name, v := section.Content[i], section.Content[i+1]
		at := name.Value
		if path != "" {
			at = path + "." + name.Value
		}
		from := t.line(name)
		if line, twice := seen[name.Value]; twice {
			t.fail(clip(at), from, fmt.Errorf("is there twice, first at line %d", line))
			continue
		}
		seen[name.Value] = name.Line
		switch k := t.key(at); {
		case k != nil && k.items != nil:
			t.list(k, v, from)
		case k != nil:
			t.put(k, v, from)
		case t.section(at):
			if v.Kind == yaml.MappingNode {
				t.walk(v, at)
			} else if v.Tag != "!!null" {
				t.fail(at, from, errors.New("is a section: keys are expected below it"))
			}
		default:
			t.fail(clip(at), from, errors.New("there is no such key"+t.near(at)))
		}
	}
}

// list reads a list of objects.
func (t *table) list(k *key, v *yaml.Node, from origin) {
	const most = 16
	switch {
	case v.Tag == "!!null":
		return
	case v.Kind != yaml.SequenceNode:
		t.fail(k.path, from, errors.New("a list is expected, each entry with a dash"))
		return
	case len(v.Content) > most:
		t.fail(k.path, from, fmt.Errorf("more than %d entries", most))
		return
	}
	k.from = from
	for i, c := range v.Content {
		sub := k.items.add()
		sub.name, sub.prefix = t.name, fmt.Sprintf("%s[%d].", k.path, i)
		if c.Kind != yaml.MappingNode {
			t.fail(fmt.Sprintf("%s[%d]", k.path, i), t.line(c), errors.New("keys are expected: address, wallet, …"))
			continue
		}
		sub.walk(c, "")
		k.items.tables = append(k.items.tables, sub)
		t.errs = append(t.errs, sub.errs...)
		t.warns = append(t.warns, sub.warns...)
	}
}

// near proposes a key for one that does not exist: one of that name elsewhere, else one that is written alike.
func (t *table) near(path string) string {
	var paths []string
	last := path[strings.LastIndex(path, ".")+1:]
	for _, k := range t.keys {
		paths = append(paths, k.path)
		for i, r := range k.path {
			if r == '.' {
				paths = append(paths, k.path[:i])
			}
		}
	}
	for _, p := range paths {
		if p[strings.LastIndex(p, ".")+1:] == last {
			return "; did you mean " + p + "?"
		}
	}
	return didYouMean(path, paths)
}

// clip bounds what is repeated of a file.
func clip(s string) string {
	const most = 80
	if len(s) > most {
		s = s[:most] + "…"
	}
	return strconv.Quote(s)[1 : len(strconv.Quote(s))-1]
}
