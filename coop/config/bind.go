package config

import (
	"errors"
	"fmt"
	"math"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"go.yaml.in/yaml/v3"
)

// The binders make a key's set and show out of where its value is kept and what its bounds are.

func scalar(n *yaml.Node) (string, error) {
	if n.Kind != yaml.ScalarNode {
		return "", errors.New("one value is expected, not a list or a section")
	}
	if strings.ContainsFunc(n.Value, unicode.IsControl) {
		return "", errors.New("it holds a line break or another control character")
	}
	return n.Value, nil
}

// text binds a text of at most so many bytes.
func text(p *string, most int) (func(*yaml.Node) error, func() any) {
	return func(n *yaml.Node) error {
		v, err := scalar(n)
		switch {
		case err != nil:
			return err
		case len(v) > most:
			return fmt.Errorf("longer than %d characters", most)
		}
		*p = v
		return nil
	}, func() any { return *p }
}

// choice binds one of some words.
func choice(p *string, words ...string) (func(*yaml.Node) error, func() any) {
	return func(n *yaml.Node) error {
		v, err := scalar(n)
		if err != nil {
			return err
		}
		if v = strings.ToLower(v); !slices.Contains(words, v) {
			return fmt.Errorf("%q is none of %s%s", v, strings.Join(words, ", "), didYouMean(v, words))
		}
		*p = v
		return nil
	}, func() any { return *p }
}

func boolean(p *bool) (func(*yaml.Node) error, func() any) {
	return func(n *yaml.Node) error {
		v, err := scalar(n)
		if err != nil {
			return err
		}
		switch strings.ToLower(v) {
		case "true", "yes", "on", "1":
			*p = true
		case "false", "no", "off", "0":
			*p = false
		default:
			return fmt.Errorf("%q is neither true nor false", v)
		}
		return nil
	}, func() any { return *p }
}

// mebibytes is whole, and what is wrong names the unit: bytes are a common guess.
func mebibytes(p *int) (func(*yaml.Node) error, func() any) {
	read, show := whole(p, 0, 1<<24)
	return func(n *yaml.Node) error {
		if err := read(n); err != nil {
			return fmt.Errorf("%w MiB", err)
		}
		return nil
	}, show
}

func whole(p *int, least, most int) (func(*yaml.Node) error, func() any) {
	return func(n *yaml.Node) error {
		v, err := scalar(n)
		if err != nil {
			return err
		}
		i, err := strconv.Atoi(v)
		if err != nil || i < least || i > most {
			return fmt.Errorf("%q is no whole number from %d to %d", v, least, most)
		}
		*p = i
		return nil
	}, func() any { return *p }
}

func number(p *float64, least, most float64) (func(*yaml.Node) error, func() any) {
	return func(n *yaml.Node) error {
		v, err := scalar(n)
		if err != nil {
			return err
		}
		f, err := strconv.ParseFloat(v, 64)
		if err != nil || math.IsNaN(f) || f < least || f > most {
			return fmt.Errorf("%q is no number from %v to %v", v, least, most)
		}
		*p = f
		return nil
	}, func() any { return *p }
}

// length binds a length of time with its unit: "30s", "5m".
func length(p *time.Duration, least, most time.Duration) (func(*yaml.Node) error, func() any) {
	return func(n *yaml.Node) error {
		v, err := scalar(n)
		if err != nil {
			return err
		}
		d, err := time.ParseDuration(v)
		switch {
		case err != nil && isNumber(v):
			return fmt.Errorf("%q has no unit: write %ss, %sm or %sms", v, v, v, v)
		case err != nil:
			return fmt.Errorf("%q is no length of time: write 30s, 5m or 1h30m", v)
		case d < least || d > most:
			return fmt.Errorf("%s is not from %s to %s", v, short(least), short(most))
		}
		*p = d
		return nil
	}, func() any { return short(*p) }
}

func isNumber(s string) bool {
	_, err := strconv.ParseFloat(s, 64)
	return err == nil
}

// short writes a length of time as the file does: "5m", not "5m0s".
func short(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

func sequence(n *yaml.Node) ([]string, error) {
	if n.Kind != yaml.SequenceNode {
		return nil, errors.New("a list is expected: [a, b]")
	}
	var out []string
	for _, c := range n.Content {
		v, err := scalar(c)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

func texts(p *[]string, most int) (func(*yaml.Node) error, func() any) {
	return func(n *yaml.Node) error {
		v, err := sequence(n)
		if err == nil && len(v) > most {
			err = fmt.Errorf("more than %d entries", most)
		}
		if err != nil {
			return err
		}
		*p = v
		return nil
	}, func() any { return append([]string{}, *p...) }
}

func wholes(p *[]int, least, most int) (func(*yaml.Node) error, func() any) {
	return func(n *yaml.Node) error {
		v, err := sequence(n)
		if err != nil {
			return err
		}
		var out []int
		for _, s := range v {
			i, err := strconv.Atoi(s)
			switch {
			case err != nil || i < least || i > most:
				return fmt.Errorf("%q is no whole number from %d to %d", s, least, most)
			case slices.Contains(out, i):
				return fmt.Errorf("%d is there twice", i)
			}
			out = append(out, i)
		}
		*p = out
		return nil
	}, func() any { return append([]int{}, *p...) }
}

// place binds HOST:PORT; an empty text means that it is switched off, where that is allowed.
func place(p *string, mayBeOff bool) (func(*yaml.Node) error, func() any) {
	return func(n *yaml.Node) error {
		v, err := scalar(n)
		if err != nil {
			return err
		}
		if v == "" && mayBeOff {
			*p = ""
			return nil
		}
		if err := checkPlace(v); err != nil {
			return err
		}
		*p = v
		return nil
	}, func() any { return *p }
}

func checkPlace(v string) error {
	host, port, err := net.SplitHostPort(v)
	if err != nil {
		return fmt.Errorf("%q is no HOST:PORT", v)
	}
	if p, err := strconv.ParseUint(port, 10, 16); err != nil || strconv.FormatUint(p, 10) != port {
		return fmt.Errorf("%q has no port from 0 to 65535", v)
	}
	if strings.ContainsAny(host, "/@ ?#") {
		return fmt.Errorf("%q is no host's name or address", host)
	}
	return nil
}

// sink reads a value of a kind and forgets it: for keys that are accepted and change nothing.
func sink(k kind) func(*yaml.Node) error {
	var (
		s  string
		b  bool
		ss []string
	)
	switch k {
	case kindBool:
		set, _ := boolean(&b)
		return set
	case kindTexts:
		set, _ := texts(&ss, 1000)
		return set
	}
	set, _ := text(&s, 4096)
	return set
}
