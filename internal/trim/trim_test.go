package trim

import (
	"context"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"
)

// resident is RssFile in kB (proc_pid_status(5)).
func resident(t *testing.T) (kb int) {
	b, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Skip("no /proc here")
	}
	for line := range strings.Lines(string(b)) {
		if v, ok := strings.CutPrefix(line, "RssFile:"); ok {
			for _, c := range strings.TrimSpace(v) {
				if c < '0' || c > '9' {
					break
				}
				kb = 10*kb + int(c-'0')
			}
		}
	}
	return kb
}

func TestNow(t *testing.T) {
	if runtime.GOOS != "linux" {
		Now()
		return
	}
	before := resident(t)
	unmap()
	if after := resident(t); after >= before {
		t.Errorf("%d kB of files before, %d after", before, after)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	Keep(ctx, time.Nanosecond, time.Millisecond) // and everything still runs
}
