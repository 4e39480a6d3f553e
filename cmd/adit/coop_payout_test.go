package main

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/adit-mining/adit/coop/view"
	"github.com/adit-mining/adit/coop/view/viewtest"
)

// TestPaymentByItsFirstLetters: nobody types 32 digits.
func TestPaymentByItsFirstLetters(t *testing.T) {
	t.Parallel()
	crew, on := viewtest.New(5), true
	for _, id := range []string{"abcd1111", "abce2222"} {
		crew.P = append(crew.P, view.Payment{ID: id, State: "open", Items: []view.PaymentItem{}})
	}
	url, token := crewServer(t, crew, &on)
	env := func(k string) string { return map[string]string{"ADIT_TOKEN": token, "ADIT_SERVER": url}[k] }
	for _, l := range []line{
		{args: []string{"show", "abcd"}, out: "Payment abcd1111: open"},
		{args: []string{"mark", "abce", "--reference", "3f9a"}, out: "Payment abce2222: paid"},
		{args: []string{"cancel", "abcd1111"}, out: "Payment abcd1111: cancelled"},
		{args: []string{"show", "abc"}, code: 2, err: `2 payments begin with "abc"`},
		{args: []string{"show", "b"}, code: 4, err: "there is no"},
	} {
		var stdout, stderr bytes.Buffer
		c := &cli{args: append([]string{"coop", "payouts"}, l.args...), in: strings.NewReader(""), out: &stdout, err: &stderr, env: env}
		if code := Main(context.Background(), c); code != l.code || !strings.Contains(stdout.String(), l.out) || !strings.Contains(stderr.String(), l.err) {
			t.Errorf("%v: %d %s%s", l.args, code, stdout.String(), stderr.String())
		}
	}
}
