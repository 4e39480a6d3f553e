// Package wording says to people what Go says to programs: lengths of time, moments, numbers of things, and errors of
// time that ran out.
// It imports the standard library and the root package only. Start at Length.
package wording

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/adit-mining/adit"
)

// Length writes a length of time the way people say it: "40 ms", "2.5 s", "45 s", "5 min", "1 min 30 s", "4 h 5 min",
// "2 days 3 h". It keeps the two greatest units and drops what is zero, so that exact lengths stay exact. Signs are kept.
func Length(d time.Duration) string {
	if d < 0 {
		return "−" + Length(-max(d, -1<<62))
	}
	switch {
	case d == 0:
		return "0 s"
	case d < time.Millisecond:
		return "under 1 ms"
	case d.Round(time.Millisecond) < time.Second:
		return fmt.Sprintf("%d ms", d.Round(time.Millisecond)/time.Millisecond)
	case d.Round(100*time.Millisecond) < 10*time.Second:
		return fmt.Sprintf("%g s", float64(d.Round(100*time.Millisecond)/(100*time.Millisecond))/10)
	case d.Round(time.Second) < time.Minute:
		return fmt.Sprintf("%d s", d.Round(time.Second)/time.Second)
	case d.Round(time.Second) < time.Hour:
		d = d.Round(time.Second)
		return two(d, time.Minute, "min", time.Second, "s")
	case d.Round(time.Minute) < 48*time.Hour:
		d = d.Round(time.Minute)
		return two(d, time.Hour, "h", time.Minute, "min")
	}
	return two(d.Round(time.Hour), 24*time.Hour, "days", time.Hour, "h")
}

func two(d, big time.Duration, bigName string, small time.Duration, smallName string) string {
	s := fmt.Sprintf("%d %s", d/big, bigName)
	if rest := d % big / small; rest > 0 {
		s += fmt.Sprintf(" %d %s", rest, smallName)
	}
	return s
}

// Time writes a moment for a text that may be read on another computer: "21 Nov 2026 17:38 UTC".
func Time(t time.Time) string { return t.UTC().Format("2 Jan 2006 15:04 MST") }

// Count writes a number of things: "1 thread", "2 threads". many is one with an s where it is left out.
func Count[N ~int | ~int32 | ~int64 | ~uint | ~uint32 | ~uint64](n N, one string, many ...string) string {
	switch {
	case n == 1:
		return "1 " + one
	case len(many) > 0:
		return fmt.Sprintf("%d %s", n, many[0])
	}
	return fmt.Sprintf("%d %ss", n, one)
}

// rawWords are what Go says of time that ran out and of what was given up, and what people are told instead.
var rawWords = []struct{ raw, words string }{
	{context.DeadlineExceeded.Error(), tooLong},
	{os.ErrDeadlineExceeded.Error(), tooLong},
	{"(Client.Timeout exceeded while awaiting headers)", ""},
	{context.Canceled.Error(), "it was given up"},
}

const tooLong = "it took too long"

// Reason is an error's own words for a person: those of the first coded error in its chain, else all of them, without
// what Go says of time that ran out. The error may have come as text, from another process.
func Reason(err error) string {
	if err == nil {
		return ""
	}
	if e, ok := adit.AsError(err); ok {
		return Plain(e.Msg)
	}
	return Plain(err.Error())
}

// Plain is Reason for words that were an error before.
func Plain(words string) string {
	for _, r := range rawWords {
		if !strings.Contains(words, r.raw) {
			continue
		}
		if strings.Contains(words, "in time") { // said already
			words = strings.ReplaceAll(words, ": "+r.raw, "")
		}
		words = strings.TrimSpace(strings.ReplaceAll(words, r.raw, r.words))
	}
	return words
}
