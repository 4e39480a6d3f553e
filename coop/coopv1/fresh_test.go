package coopv1_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestGeneratedIsFresh generates the code anew where protoc is there.
func TestGeneratedIsFresh(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: builds the protoc plugins")
	}
	for _, need := range []string{"protoc", "bash"} {
		if _, err := exec.LookPath(need); err != nil {
			t.Skipf("no %s: tools/deps.sh test installs it", need)
		}
	}
	dir := t.TempDir()
	cmd := exec.Command("bash", "tools/proto.sh", dir)
	cmd.Dir = filepath.Join("..", "..")
	if out, err := cmd.CombinedOutput(); err != nil {
		if bytes.Contains(out, []byte("dial tcp")) || bytes.Contains(out, []byte("module lookup disabled")) {
			t.Skipf("the plugin is not in the module cache and cannot be fetched here:\n%s", out)
		}
		t.Fatalf("%v\n%s", err, out)
	}
	made, err := filepath.Glob(filepath.Join(dir, "*.pb.go"))
	if err != nil || len(made) != 4 {
		t.Fatalf("%d files, %v", len(made), err)
	}
	for _, f := range made {
		want, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(filepath.Base(f))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s is stale: make generate", filepath.Base(f))
		}
	}
}
