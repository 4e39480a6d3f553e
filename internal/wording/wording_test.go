package wording_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/internal/wording"
)

func TestLength(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0:                              "0 s",
		30 * time.Microsecond:          "under 1 ms",
		40 * time.Millisecond:          "40 ms",
		999_600 * time.Microsecond:     "1 s",
		2500 * time.Millisecond:        "2.5 s",
		9_990 * time.Millisecond:       "10 s",
		45 * time.Second:               "45 s",
		59_700 * time.Millisecond:      "1 min",
		5 * time.Minute:                "5 min",
		90 * time.Second:               "1 min 30 s",
		time.Hour:                      "1 h",
		4*time.Hour + 5*time.Minute:    "4 h 5 min",
		time.Hour - time.Millisecond:   "1 h",
		24 * time.Hour:                 "24 h",
		51 * time.Hour:                 "2 days 3 h",
		30 * 24 * time.Hour:            "30 days",
		-5 * time.Minute:               "−5 min",
		time.Duration(math.MinInt64):   "−53376 days",
		30*24*time.Hour + time.Second:  "30 days",
		12*time.Minute + 3*time.Second: "12 min 3 s",
	} {
		if got := wording.Length(d); got != want {
			t.Errorf("%v is %q, want %q", d, got, want)
		}
	}
}

func TestTime(t *testing.T) {
	at := time.Date(2026, 11, 21, 18, 38, 17, 5, time.FixedZone("CET", 3600))
	if got, want := wording.Time(at), "21 Nov 2026 17:38 UTC"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestCount(t *testing.T) {
	for got, want := range map[string]string{
		wording.Count(0, "thread"):                "0 threads",
		wording.Count(1, "thread"):                "1 thread",
		wording.Count(uint64(2), "thread"):        "2 threads",
		wording.Count(1, "entry", "entries"):      "1 entry",
		wording.Count(int64(3), "day", "days"):    "3 days",
		wording.Count(2, "program of", "of them"): "2 of them",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestReasonHasNoWordsOfGo(t *testing.T) {
	late := context.DeadlineExceeded
	for _, one := range []struct {
		err  error
		want string
	}{
		{nil, ""},
		{errors.New("the disk is full"), "the disk is full"},
		{late, "it took too long"},
		{context.Canceled, "it was given up"},
		{adit.Errorf(adit.Timeout, "XMRig did not answer in time: %w", late), "XMRig did not answer in time"},
		{fmt.Errorf("polling: %w", adit.Errorf(adit.Timeout, "XMRig did not answer in time: %w", late)), "XMRig did not answer in time"},
		{fmt.Errorf("reading /proc: %w", late), "reading /proc: it took too long"},
		{&adit.Error{Code: adit.Unreachable, Msg: "the program does not answer", Err: late}, "the program does not answer"},
		{errors.New(`Get "http://127.0.0.1:1/": context deadline exceeded (Client.Timeout exceeded while awaiting headers)`), `Get "http://127.0.0.1:1/": it took too long`},
		{errors.New("read tcp 127.0.0.1:1: i/o timeout"), "read tcp 127.0.0.1:1: it took too long"},
		{errors.New("the shim said: context deadline exceeded"), "the shim said: it took too long"}, // over a socket it is text only
	} {
		if got := wording.Reason(one.err); got != one.want {
			t.Errorf("%v is %q, want %q", one.err, got, one.want)
		}
	}
}
