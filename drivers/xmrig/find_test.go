package xmrig

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/adit-mining/adit"
)

// program is a shell script that stands for XMRig.
func program(t *testing.T, script string) string {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the fake program is a shell script")
	}
	p := filepath.Join(t.TempDir(), "xmrig")
	if err := os.WriteFile(p, []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	return p
}

func TestFind(t *testing.T) {
	own, other := program(t, ":"), program(t, ":")
	t.Setenv("PATH", t.TempDir())
	t.Setenv(pathVariable, "")
	if _, err := find(); adit.CodeOf(err) != adit.NotFound || !strings.Contains(err.Error(), "adit install xmrig") {
		t.Errorf("none there: %v", err)
	}
	t.Setenv("PATH", filepath.Dir(other))
	if p, err := find(); p != other || err != nil {
		t.Errorf("in PATH: %q, %v", p, err)
	}
	t.Setenv(pathVariable, own)
	if p, err := find(); p != own || err != nil {
		t.Errorf("named: %q, %v", p, err)
	}
	for _, bad := range []string{"xmrig", filepath.Join(t.TempDir(), "gone"), t.TempDir()} {
		t.Setenv(pathVariable, bad)
		if p, err := find(); adit.CodeOf(err) != adit.NotFound || !strings.Contains(err.Error(), pathVariable) {
			t.Errorf("%s: %q, %v: one that was named is not passed over", bad, p, err)
		}
	}
}

func TestVersion(t *testing.T) {
	if v, err := version(t.Context(), program(t, `[ "$1" = --version ] && printf 'XMRig 6.26.0\n built on Nov 21 2026 with GCC 12.2.0\n'`)); v != "6.26.0" || err != nil {
		t.Errorf("got %q, %v", v, err)
	}
	for name, script := range map[string]string{"another program": `echo "adit-miner 1"`, "silent": `:`, "failing": `exit 3`, "flood": `head -c 100000 /dev/zero`} {
		if v, err := version(t.Context(), program(t, script)); adit.CodeOf(err) != adit.Refused {
			t.Errorf("%s: got %q, %v", name, v, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := version(ctx, program(t, `echo XMRig 1`)); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
