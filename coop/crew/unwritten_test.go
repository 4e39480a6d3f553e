package crew

import (
	"strings"
	"syscall"
	"testing"

	"github.com/adit-mining/adit"
)

// TestUnwrittenTellsNoPath: a member is anybody who reaches the port.
func TestUnwrittenTellsNoPath(t *testing.T) {
	for want, err := range map[string]error{
		"disk is full":     adit.Errorf(adit.Internal, "the disk that holds /srv/secret is full: %w", syscall.ENOSPC),
		"is ending":        adit.Errorf(adit.Unreachable, "the ledger is closed"),
		"does not keep up": adit.Errorf(adit.Timeout, "shares wait"),
		"in trouble":       adit.Errorf(adit.Internal, "shares cannot be written to /srv/secret: %w", syscall.EIO),
	} {
		if got := unwritten(err); !strings.Contains(got, want) || strings.Contains(got, "secret") {
			t.Errorf("%v: %q", err, got)
		}
	}
}
