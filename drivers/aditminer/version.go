package aditminer

import (
	"context"
	"os/exec"
	"strings"
	"time"

	"github.com/adit-mining/adit"
)

const versionPatience = 3 * time.Second

// version runs `adit-miner version`, which prints "adit-miner 0.1.0 (…)".
func version(ctx context.Context, path string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, versionPatience)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, "version")
	cmd.WaitDelay = time.Second
	out, err := cmd.Output()
	if err != nil {
		return "", adit.Errorf(adit.Refused, "%s does not tell its version: %w", path, err)
	}
	f := strings.Fields(string(out[:min(len(out), 4096)]))
	if len(f) < 2 || f[0] != "adit-miner" {
		return "", adit.Errorf(adit.Refused, "%s is not adit-miner", path)
	}
	return f[1], nil
}
