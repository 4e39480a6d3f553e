package main

import (
	"fmt"
	"os"
	"testing"
)

// TestRestLibraries: the name in the bus's server still means what it meant, else shims wake once a second for nothing.
func TestRestLibraries(t *testing.T) {
	was := procStatFile
	if want := fmt.Sprintf("/proc/%d/stat", os.Getpid()); was != want {
		t.Fatalf("the library's variable is %q, want %q: it has changed, see quiet_linux.go", was, want)
	}
}
