// Package shared finds the vectors and fixtures that tests read in place; they are never part of this repository.
package shared

import (
	"os"
	"path/filepath"
	"testing"
)

// Path returns the path of a file below ADIT_SHARED (default: the folder "shared" beside the repository's root).
// The test is skipped, with the reason, where the file is absent.
func Path(t testing.TB, name string) string {
	t.Helper()
	dir := os.Getenv("ADIT_SHARED")
	if dir == "" {
		dir = filepath.Join(root(t), "..", "shared")
	}
	p := filepath.Join(dir, filepath.FromSlash(name))
	if _, err := os.Stat(p); err != nil {
		t.Skipf("shared material is absent (%s); set ADIT_SHARED to the folder that holds it", name)
	}
	return p
}

// Read returns the content of a shared file, or skips the test.
func Read(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(Path(t, name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func root(t testing.TB) string {
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		up := filepath.Dir(dir)
		if up == dir {
			t.Fatal("no go.mod above the test's folder")
		}
		dir = up
	}
}
