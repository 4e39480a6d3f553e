package scenario

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop"
	"github.com/adit-mining/adit/coop/payout"
)

// Step is one line.
type Step struct {
	Where string // file:line
	Verb  string
	Words []string          // without =
	Named map[string]string // with =
	order []string
}

// Files are the stories in a folder.
func Files(t *testing.T, dir string) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*.txt"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no scenarios in %s: %v", dir, err)
	}
	return names
}

// Read reads a story.
func Read(t *testing.T, path string) []Step {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var out []Step
	for i, line := range strings.Split(string(raw), "\n") {
		line, _, _ = strings.Cut(line, "#")
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		s := Step{Where: fmt.Sprintf("%s:%d", filepath.Base(path), i+1), Verb: words[0], Named: map[string]string{}}
		for _, w := range words[1:] {
			if k, v, ok := strings.Cut(w, "="); ok {
				s.Named[k] = v
				s.order = append(s.order, k)
			} else {
				s.Words = append(s.Words, w)
			}
		}
		out = append(out, s)
	}
	return out
}

// number reads a named whole number; otherwise where it is missing.
func (s Step) number(t *testing.T, name string, otherwise uint64) uint64 {
	t.Helper()
	text, ok := s.Named[name]
	if !ok {
		return otherwise
	}
	return parse(t, s.Where, text)
}

func parse(t *testing.T, where, text string) uint64 {
	t.Helper()
	n, err := strconv.ParseUint(strings.ReplaceAll(text, "_", ""), 10, 64)
	if err != nil {
		t.Fatalf("%s: %v", where, err)
	}
	return n
}

// word is the n-th word.
func (s Step) word(t *testing.T, n int) string {
	t.Helper()
	if n >= len(s.Words) {
		t.Fatalf("%s: %s needs %d words", s.Where, s.Verb, n+1)
	}
	return s.Words[n]
}

// amounts are the named numbers but for some names.
func (s Step) amounts(t *testing.T, but ...string) map[coop.MemberID]uint64 {
	t.Helper()
	out := map[coop.MemberID]uint64{}
next:
	for _, k := range s.order {
		for _, b := range but {
			if k == b {
				continue next
			}
		}
		out[coop.MemberID(k)] = parse(t, s.Where, s.Named[k])
	}
	return out
}

// rule reads window=2 and fee=1%, exactly.
func (s Step) rule(t *testing.T) payout.Rule {
	t.Helper()
	r := payout.Rule{Kind: payout.Kind(s.word(t, 0))}
	if w, ok := s.Named["window"]; ok {
		r.WindowPPM = millionths(t, s.Where, w, 1_000_000)
	}
	if f, ok := s.Named["fee"]; ok {
		r.FeePPM = millionths(t, s.Where, strings.TrimSuffix(f, "%"), 10_000)
	}
	if err := r.Validate(); err != nil {
		t.Fatalf("%s: %v", s.Where, err)
	}
	return r
}

func millionths(t *testing.T, where, text string, unit uint64) uint64 {
	t.Helper()
	whole, part, _ := strings.Cut(text, ".")
	n := parse(t, where, whole) * unit
	for _, c := range part {
		unit /= 10
		n += uint64(c-'0') * unit
	}
	return n
}

// share is the step's share at a time.
func (s Step) share(t *testing.T, at time.Time) coop.ShareRecord {
	t.Helper()
	_, up := s.Named["up"]
	for _, w := range s.Words {
		up = up || w == "up"
	}
	return coop.ShareRecord{At: at, Member: coop.MemberID(s.word(t, 0)), Difficulty: adit.HashesOf(s.number(t, "d", 0)),
		Network: adit.HashesOf(s.number(t, "D", 0)), Up: up}
}
