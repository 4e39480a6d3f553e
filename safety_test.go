package adit_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestSafetyConventionsHaveTests: docs/safety.md names for each promise the tests that hold it; a test that is renamed or
// removed takes its row with it, or it is missed here.
func TestSafetyConventionsHaveTests(t *testing.T) {
	doc, err := os.ReadFile("docs/safety.md")
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile("`([a-z0-9/.]+): (Test[A-Za-z0-9]+)`").FindAllStringSubmatch(string(doc), -1)
	if len(named) < 40 {
		t.Errorf("only %d tests are named", len(named))
	}
	for _, n := range named {
		files, _ := filepath.Glob(filepath.Join(n[1], "*_test.go"))
		found := false
		for _, f := range files {
			b, err := os.ReadFile(f)
			found = found || err == nil && strings.Contains(string(b), "func "+n[2]+"(")
		}
		if !found {
			t.Errorf("docs/safety.md names %s in %s, which is not there", n[2], n[1])
		}
	}
}
