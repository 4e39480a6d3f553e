package tsdb_test

import (
	"os"
	"testing"

	"go.uber.org/goleak"
)

// TestMain makes the test's binary a child with one task when asked, see child_test.go.
func TestMain(m *testing.M) {
	if task := os.Getenv("TSDB_TEST_CHILD"); task != "" {
		os.Exit(child(task, os.Args[1:]))
	}
	goleak.VerifyTestMain(m)
}
