package proc

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"go.uber.org/goleak"
)

// TestMain lets the test binary be a shim ("shim --dir DIR") and an agent ("agent DIR SPEC"), so that tests can run and
// kill real processes.
func TestMain(m *testing.M) {
	if len(os.Args) == 4 && os.Args[1] == "shim" {
		os.Exit(RunShim(context.Background(), os.Args[3]))
	}
	if len(os.Args) == 4 && os.Args[1] == "agent" {
		os.Exit(helperAgent(os.Args[2], os.Args[3]))
	}
	built, err := os.MkdirTemp("", "adit-proc-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	builtDir = built
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		_ = os.RemoveAll(built)
		os.Exit(code)
	}))
}

var (
	builtDir  string
	fakeMiner = sync.OnceValues(func() (string, error) {
		return build("fakeminer", "", "github.com/adit-mining/adit/internal/fakeminer")
	})
)

// build compiles a command for a test, once.
func build(name, ldflags, pkg string) (string, error) {
	path := filepath.Join(builtDir, name)
	out, err := exec.Command("go", "build", "-ldflags", ldflags, "-o", path, pkg).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return path, nil
}
