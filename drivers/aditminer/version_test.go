package aditminer

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/adit-mining/adit"
)

func TestVersion(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the fake program is a shell script")
	}
	program := func(script string) string {
		p := filepath.Join(t.TempDir(), "adit-miner")
		if err := os.WriteFile(p, []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
		return p
	}
	if v, err := version(t.Context(), program(`[ "$1" = version ] && echo "adit-miner 1.2.3 (go1.26 linux/amd64, RandomX: true)"`)); v != "1.2.3" || err != nil {
		t.Errorf("got %q, %v", v, err)
	}
	for name, script := range map[string]string{"another program": `echo "xmrig 6.26"`, "silent": `:`, "failing": `exit 3`, "flood": `head -c 100000 /dev/zero`} {
		if v, err := version(t.Context(), program(script)); adit.CodeOf(err) != adit.Refused {
			t.Errorf("%s: got %q, %v", name, v, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := version(ctx, program(`echo adit-miner 1`)); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
