package atomicfile

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

func TestWrite(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "f.json")
	for _, v := range []string{"one", "two"} {
		if err := WriteJSON(path, v, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	b, err := os.ReadFile(path)
	info, statErr := os.Stat(path)
	if err != nil || statErr != nil || string(b) != "\"two\"\n" || info.Mode().Perm() != 0o600 {
		t.Errorf("%q %v %v %v", b, err, info, statErr)
	}
	if err := WriteJSON(path, func() {}, 0o600); err == nil {
		t.Error("what is no JSON was written")
	}
	if err := os.Mkdir(filepath.Join(dir, "d"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "d", "x"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Write(filepath.Join(dir, "d"), nil, 0o600); err == nil {
		t.Error("a file replaced a folder")
	}
	if err := Write(filepath.Join(dir, "none", "x"), nil, 0o600); err == nil {
		t.Error("wrote into a folder that is not there")
	}
	only(t, dir, "f.json", "d")
}

// TestReadersSeeWholeFiles: while writers race, every read is one writer's whole content.
func TestReadersSeeWholeFiles(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "f")
	content := func(i int) string { return strings.Repeat(fmt.Sprint(i), 20_000) }
	if err := Write(path, []byte(content(0)), 0o600); err != nil {
		t.Fatal(err)
	}
	var writers sync.WaitGroup
	for i := range 4 {
		writers.Go(func() {
			for range 20 {
				if err := Write(path, []byte(content(i)), 0o600); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for range 200 {
		b, err := os.ReadFile(path)
		if err != nil || len(b) != 20_000 || string(b) != content(int(b[0]-'0')) {
			t.Fatalf("%d bytes: %v", len(b), err)
		}
	}
	writers.Wait()
	only(t, dir, "f")
}

func only(t *testing.T, dir string, want ...string) {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil || len(list) != len(want) {
		t.Errorf("left in the folder: %v %v, want %v", list, err, want)
	}
}
