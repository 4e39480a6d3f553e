package main

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/cmd/adit/app"
)

var exitCases = []struct {
	err  error
	want int
}{
	{nil, 0},
	{errors.New("anything"), 1},
	{adit.Errorf(adit.Internal, "x"), 1},
	{adit.Errorf(adit.Unreachable, "x"), 1},
	{adit.Errorf(adit.Refused, "x"), 1},
	{adit.InvalidField("pool", "x"), 2},
	{partial{adit.Errorf(adit.Timeout, "x")}, 3},
	{fmt.Errorf("around: %w", partial{errors.New("x")}), 3},
	{adit.Errorf(adit.NotFound, "x"), 4},
	{adit.Errorf(adit.Unauthorized, "x"), 5},
	{adit.Errorf(adit.Forbidden, "x"), 5},
	{adit.Errorf(adit.NoConsent, "x"), 5},
	{adit.Errorf(adit.Timeout, "x"), 6},
	{context.DeadlineExceeded, 6},
	{app.WithHint(adit.Errorf(adit.NotFound, "x"), "next", "try"), 4},
	{silent(7), 7},
}

func TestParseSpan(t *testing.T) {
	t.Parallel()
	cmd := (&cli{env: func(string) string { return "" }}).pauseCommand()
	for in, want := range map[string]string{"30m": "30m0s", "2h": "2h0m0s", "1d": "24h0m0s", "0.5d": "12h0m0s", "1h30m": "1h30m0s"} {
		d, err := parseSpan(cmd, in)
		if err != nil || d == nil || d.String() != want {
			t.Errorf("%q: %v, %v", in, d, err)
		}
	}
	for _, in := range []string{"x", "0s", "-1h", "1", "d", "NaNd", "1e9d", "367d", "1h d"} {
		if d, err := parseSpan(cmd, in); adit.CodeOf(err) != adit.Invalid {
			t.Errorf("%q is taken as %v", in, d)
		}
	}
	if d, err := parseSpan(cmd, ""); d != nil || err != nil {
		t.Errorf("nothing: %v, %v", d, err)
	}
}
