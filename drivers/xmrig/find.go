package xmrig

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/internal/minerpath"
)

// pathVariable names an XMRig of one's own in the environment.
const pathVariable = "ADIT_XMRIG"

// find returns the path of the XMRig to run: the one in ADIT_XMRIG, else beside adit, else in PATH.
func find() (string, error) {
	if p := os.Getenv(pathVariable); p != "" {
		if !filepath.IsAbs(p) || !minerpath.Runnable(p) {
			return "", adit.Errorf(adit.NotFound, "%s does not name an absolute path of a program that can be run", pathVariable)
		}
		return p, nil
	}
	if p := minerpath.Program("xmrig", ""); p != "" {
		return p, nil
	}
	return "", adit.Errorf(adit.NotFound, "XMRig is not installed: run `adit install xmrig`, or name your own in %s", pathVariable)
}

const versionPatience = 3 * time.Second

// version runs `xmrig --version`, which prints "XMRig 6.26.0" and what it was built with (src/base/kernel/Entry.cpp).
func version(ctx context.Context, path string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, versionPatience)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, "--version")
	cmd.WaitDelay = time.Second
	out, err := cmd.Output()
	if err != nil {
		return "", adit.Errorf(adit.Refused, "%s does not tell its version: %w", path, err)
	}
	f := strings.Fields(string(out[:min(len(out), 4096)]))
	if len(f) < 2 || f[0] != "XMRig" {
		return "", adit.Errorf(adit.Refused, "%s is not XMRig", path)
	}
	return strings.ToValidUTF8(f[1][:min(len(f[1]), 32)], ""), nil
}
