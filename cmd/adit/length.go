package main

import (
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/adit-mining/adit"
)

// length reads a length of time as people write it: 90m, 24h, 30d, 2w.
func length(text string) (time.Duration, error) {
	for suffix, unit := range map[string]time.Duration{"d": 24 * time.Hour, "w": 7 * 24 * time.Hour} {
		digits, ok := strings.CutSuffix(text, suffix)
		if !ok {
			continue
		}
		n, err := strconv.ParseFloat(digits, 64)
		if err == nil && n >= 0 && n < 100_000 {
			return time.Duration(n * float64(unit)), nil
		}
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 {
		return 0, adit.Errorf(adit.Invalid, "%q is no length of time: write 90m, 24h, 30d or 2w", text)
	}
	return d, nil
}

// moment reads a length of time before now, or a time.
func moment(text string, now time.Time) (time.Time, error) {
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t, nil
	}
	if t, err := time.ParseInLocation("2006-01-02 15:04", text, now.Location()); err == nil {
		return t, nil
	}
	if t, err := time.ParseInLocation(time.DateOnly, text, now.Location()); err == nil {
		return t, nil
	}
	d, err := length(text)
	if err != nil {
		return time.Time{}, adit.Errorf(adit.Invalid, "%q is neither a length of time (24h, 30d) nor a time (2026-01-31, 2026-01-31T12:00:00Z)", text)
	}
	return now.Add(-d), nil
}

// keepFor checks how long history shall be kept.
func keepFor(cmd *cobra.Command, text string) (time.Duration, error) {
	d, err := length(text)
	if err != nil {
		return 0, usageError(cmd, "--history: %v", err)
	}
	if d < 24*time.Hour || d > 3650*24*time.Hour {
		return 0, usageError(cmd, "--history %s: use 1d to 3650d", text)
	}
	return d, nil
}
