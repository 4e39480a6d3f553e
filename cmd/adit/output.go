package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/adit-mining/adit"
)

// unknown is how a value that is not known is written.
const unknown = "–"

// table is an answer for people.
type table struct {
	head  []string
	rows  [][]string
	right map[int]bool // columns of numbers
}

// answer prints v as JSON or YAML, or calls human for a person.
func (c *cli) answer(v any, human func()) error {
	switch c.output {
	case "json":
		e := json.NewEncoder(c.out)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		return e.Encode(v)
	case "yaml":
		b, err := asYAML(v)
		if err != nil {
			return err
		}
		_, err = c.out.Write(b)
		return err
	}
	human()
	return nil
}

// asYAML goes through JSON, so that both have the same keys, order and nulls.
func asYAML(v any) ([]byte, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	var n yaml.Node
	if err := yaml.Unmarshal(b, &n); err != nil {
		return nil, err
	}
	block(&n)
	var buf bytes.Buffer
	e := yaml.NewEncoder(&buf)
	e.SetIndent(2)
	if err := e.Encode(&n); err != nil {
		return nil, err
	}
	return buf.Bytes(), e.Close()
}

// block drops JSON's braces and needless quotes. Words that YAML 1.1 takes for true or false keep theirs.
func block(n *yaml.Node) {
	n.Style &^= yaml.FlowStyle
	switch strings.ToLower(n.Value) {
	case "y", "n", "yes", "no", "on", "off":
	default:
		n.Style &^= yaml.DoubleQuotedStyle
	}
	for _, c := range n.Content {
		block(c)
	}
}

// print writes the table with columns aligned by what a person sees.
func (c *cli) print(t table) {
	width := make([]int, len(t.head))
	for _, row := range append([][]string{t.head}, t.rows...) {
		for i, cell := range row {
			width[i] = max(width[i], utf8.RuneCountInString(cell))
		}
	}
	for _, row := range append([][]string{t.head}, t.rows...) {
		var line strings.Builder
		for i, cell := range row {
			pad := strings.Repeat(" ", width[i]-utf8.RuneCountInString(cell))
			if t.right[i] {
				line.WriteString(pad + cell)
			} else {
				line.WriteString(cell + pad)
			}
			line.WriteString("  ")
		}
		c.printf("%s\n", strings.TrimRight(line.String(), " "))
	}
}

// pairs prints "name  value" lines.
func (c *cli) pairs(kv ...string) {
	w := 0
	for i := 0; i < len(kv); i += 2 {
		w = max(w, utf8.RuneCountInString(kv[i]))
	}
	for i := 0; i+1 < len(kv); i += 2 {
		c.printf("%s%s  %s\n", kv[i], strings.Repeat(" ", w-utf8.RuneCountInString(kv[i])), kv[i+1])
	}
}

// orUnknown writes a value that may be missing.
func orUnknown[T any](p *T, write func(T) string) string {
	if p == nil {
		return unknown
	}
	return write(*p)
}

func rate(v float64) string { return adit.Hashrate(v).String() }
