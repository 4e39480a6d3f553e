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
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		if dir, err := builtDir(); err == nil {
			_ = os.RemoveAll(dir)
		}
		os.Exit(code)
	}))
}

var (
	builtDir  = sync.OnceValues(func() (string, error) { return os.MkdirTemp("", "adit-proc-") })
	fakeMiner = sync.OnceValues(func() (string, error) {
		return build("fakeminer", "", "github.com/adit-mining/adit/internal/fakeminer")
	})
)

// build compiles a command for a test, once.
func build(name, ldflags, pkg string) (string, error) {
	dir, err := builtDir()
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, name)
	out, err := exec.Command("go", "build", "-ldflags", ldflags, "-o", path, pkg).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return path, nil
}
