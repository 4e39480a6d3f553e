package agent

import (
	"os"
	"path/filepath"
	"strings"
)

// cpuFlags returns the features of the first CPU, each between spaces; "" where they cannot be told.
func cpuFlags(root string) string {
	b, err := os.ReadFile(filepath.Join(root, "proc/cpuinfo"))
	if err != nil {
		return ""
	}
	for l := range strings.Lines(string(b)) {
		key, v, _ := strings.Cut(l, ":")
		switch strings.TrimSpace(key) {
		case "flags", "Features":
			return " " + strings.TrimSpace(v) + " "
		}
	}
	return ""
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
