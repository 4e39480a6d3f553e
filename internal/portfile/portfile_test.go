package portfile

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "port")
	for text, want := range map[string]int{"4711\n": 4711, "1": 1, "65535": 65535, "": 0, "0": 0, "-1": 0, "65536": 0, "47 11": 0, "x": 0,
		strings.Repeat(" ", maxSize) + "1": 0} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := Read(path); got != want {
			t.Errorf("%q: %d, want %d", text, got, want)
		}
	}
	if Read("") != 0 || Read(filepath.Dir(path)) != 0 || Read(path+"-none") != 0 {
		t.Error("a port where there is no file")
	}
}
