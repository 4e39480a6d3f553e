package sheet

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strconv"

	"go.yaml.in/yaml/v3"
)

// fromYAML turns one YAML document into JSON. Aliases are refused: a few lines of them can stand for gigabytes.
func fromYAML(raw []byte) (json.RawMessage, error) {
	d := yaml.NewDecoder(bytes.NewReader(raw))
	var doc, second yaml.Node
	if err := d.Decode(&doc); err != nil || len(doc.Content) != 1 {
		return nil, refused("it is neither JSON nor YAML")
	}
	if err := d.Decode(&second); !errors.Is(err, io.EOF) {
		return nil, refused("it holds more than one document, or is no YAML after the first")
	}
	v, err := plain(doc.Content[0], 0)
	if err != nil {
		return nil, err
	}
	switch v.(type) {
	case map[string]any, []any:
	default:
		return nil, refused("it is none of the files adit knows: its own export, mining_profiles.json, mining_config.json, miners/config.json")
	}
	return json.Marshal(v)
}

func plain(n *yaml.Node, depth int) (any, error) {
	if depth > maxDepth {
		return nil, refused("it is nested too deep")
	}
	switch n.Kind {
	case yaml.MappingNode:
		return mapping(n, depth)
	case yaml.SequenceNode:
		out := make([]any, 0, len(n.Content))
		for _, c := range n.Content {
			v, err := plain(c, depth+1)
			if err != nil {
				return nil, err
			}
			out = append(out, v)
		}
		return out, nil
	case yaml.ScalarNode:
		return scalar(n)
	}
	return nil, refused("line %d refers to another place of the file (*): write it out", n.Line)
}

func mapping(n *yaml.Node, depth int) (any, error) {
	out := map[string]any{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k := n.Content[i]
		if k.Kind != yaml.ScalarNode || k.Tag == "!!merge" {
			return nil, refused("line %d has a key that is no plain text", k.Line)
		}
		if _, twice := out[k.Value]; twice {
			return nil, refused("line %d: a key stands twice", k.Line)
		}
		v, err := plain(n.Content[i+1], depth+1)
		if err != nil {
			return nil, err
		}
		out[k.Value] = v
	}
	return out, nil
}

func scalar(n *yaml.Node) (any, error) {
	switch n.Tag {
	case "!!str", "!!timestamp":
		return n.Value, nil
	case "!!null":
		return nil, nil
	case "!!bool":
		b, err := strconv.ParseBool(n.Value)
		if err == nil {
			return b, nil
		}
	case "!!int", "!!float":
		if json.Valid([]byte(n.Value)) {
			return json.Number(n.Value), nil
		}
	}
	return nil, refused("line %d has a value that is no text, number, true or false: put it in quotes", n.Line)
}

// YAML writes the document as YAML.
func (d Document) YAML() ([]byte, error) {
	b, err := json.Marshal(d)
	if err != nil {
		return nil, err
	}
	var n yaml.Node
	if err := yaml.Unmarshal(b, &n); err != nil {
		return nil, err
	}
	unfold(&n)
	var buf bytes.Buffer
	e := yaml.NewEncoder(&buf)
	e.SetIndent(2)
	if err := e.Encode(&n); err != nil {
		return nil, err
	}
	return buf.Bytes(), e.Close()
}

// unfold drops JSON's braces, and the quotes of keys; those of values stay, so that no text turns into a number.
func unfold(n *yaml.Node) {
	n.Style &^= yaml.FlowStyle
	for i, c := range n.Content {
		if n.Kind == yaml.MappingNode && i%2 == 0 {
			c.Style &^= yaml.DoubleQuotedStyle
		}
		unfold(c)
	}
	if len(n.Content) == 0 && (n.Kind == yaml.MappingNode || n.Kind == yaml.SequenceNode) {
		n.Style |= yaml.FlowStyle // [] and {} have no other form
	}
}
