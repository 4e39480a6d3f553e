package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"

	"go.yaml.in/yaml/v3"

	"github.com/adit-mining/adit"
)

// maxConfigFile bounds a file with a configuration or profiles.
const maxConfigFile = 1 << 20

// configFile reads a configuration from a JSON or YAML file; "" is an empty one.
func (c *cli) configFile(name string) (map[string]json.RawMessage, error) {
	out := map[string]json.RawMessage{}
	if name == "" {
		return out, nil
	}
	b, err := c.readFile(name, maxConfigFile)
	if err != nil {
		return nil, err
	}
	if b, err = jsonOf(b); err != nil {
		return nil, adit.InvalidField("file", "%s is neither JSON nor YAML with one object", name)
	}
	if err := json.Unmarshal(b, &out); err != nil || out == nil {
		return nil, adit.InvalidField("file", "%s is not an object with the configuration's keys", name)
	}
	return out, nil
}

// jsonOf turns YAML into JSON and leaves JSON alone. Aliases are refused: a few lines of them can stand for gigabytes.
func jsonOf(b []byte) ([]byte, error) {
	if json.Valid(b) {
		return b, nil
	}
	var n yaml.Node
	if err := yaml.Unmarshal(b, &n); err != nil {
		return nil, err
	}
	if hasAlias(&n) {
		return nil, errors.New("it refers to itself")
	}
	var v map[string]any
	if err := n.Decode(&v); err != nil {
		return nil, err
	}
	return json.Marshal(v)
}

func hasAlias(n *yaml.Node) bool {
	if n.Kind == yaml.AliasNode {
		return true
	}
	for _, c := range n.Content {
		if hasAlias(c) {
			return true
		}
	}
	return false
}

func readAtMost(r io.Reader, most int64, name string) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, most+1))
	switch {
	case err != nil:
		return nil, adit.Errorf(adit.Invalid, "%s cannot be read: %w", name, pathless(err))
	case int64(len(b)) > most:
		return nil, adit.Errorf(adit.Invalid, "%s is longer than %d KiB", name, most>>10)
	}
	return bytes.TrimPrefix(b, []byte("\ufeff")), nil
}

// pathless is a file's error without its path, which the sentence around it has said.
func pathless(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}

// readFile reads a file, or the standard input where it is called "-".
func (c *cli) readFile(name string, most int64) ([]byte, error) {
	f, err := os.Open(name)
	if name == "-" {
		return readAtMost(c.in, most, "the input")
	}
	if err != nil {
		return nil, adit.Errorf(adit.NotFound, "%s cannot be read: %w", name, pathless(err))
	}
	defer f.Close()
	return readAtMost(f, most, name)
}
