package main

import (
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/adit-mining/adit/api/body"
)

// bearer is `bearer FILE`: from now on adit is asked with the key in the file.
func bearer(ts *testscript.TestScript, _ bool, args []string) {
	ts.Setenv("ADIT_TOKEN", strings.TrimSpace(ts.ReadFile(args[0])))
}

func TestLength(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{"90m": 90 * time.Minute, "24h": 24 * time.Hour, "30d": 30 * 24 * time.Hour, "2w": 14 * 24 * time.Hour,
		"1.5d": 36 * time.Hour, "10s": 10 * time.Second} {
		if got, err := length(text); err != nil || got != want {
			t.Errorf("%s: %v %v", text, got, err)
		}
	}
	for _, bad := range []string{"", "d", "soon", "-1h", "-2d", "1e9d", "NaNd", "5", "1y"} {
		if got, err := length(bad); err == nil {
			t.Errorf("%q is %v", bad, got)
		}
	}
}

func TestMoment(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	for text, want := range map[string]time.Time{
		"24h": now.Add(-24 * time.Hour), "2026-11-20": time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC),
		"2026-11-20 08:30": time.Date(2026, 11, 20, 8, 30, 0, 0, time.UTC), "2026-11-20T08:30:00+01:00": time.Date(2026, 11, 20, 7, 30, 0, 0, time.UTC),
	} {
		if got, err := moment(text, now); err != nil || !got.Equal(want) {
			t.Errorf("%s: %v %v", text, got, err)
		}
	}
	if _, err := moment("yesterday", now); err == nil {
		t.Error("yesterday is no time")
	}
}

func TestSparkline(t *testing.T) {
	t.Parallel()
	since := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	at := func(minute int, rate int64) body.HashratePoint {
		return body.HashratePoint{Timestamp: since.Add(time.Duration(minute) * time.Minute), Hashrate: rate}
	}
	for name, c := range map[string]struct {
		points []body.HashratePoint
		want   string
	}{
		"nothing":       {nil, ""},
		"all the same":  {[]body.HashratePoint{at(0, 5), at(15, 5), at(30, 5), at(45, 5)}, "████"},
		"rising":        {[]body.HashratePoint{at(0, 0), at(15, 100), at(30, 200), at(45, 400)}, "▁▂▄█"},
		"a gap":         {[]body.HashratePoint{at(0, 400), at(50, 400)}, "█  █"},
		"only zero":     {[]body.HashratePoint{at(0, 0)}, "▁"},
		"out of bounds": {[]body.HashratePoint{at(-5, 9), at(60, 9), at(15, 1)}, " █"},
	} {
		if got := sparkline(c.points, since, since.Add(time.Hour), 4); got != c.want {
			t.Errorf("%s: %q, not %q", name, got, c.want)
		}
	}
}
