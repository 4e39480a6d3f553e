package main

import (
	"strings"
	"testing"
	"time"
)

func TestAnswerFormats(t *testing.T) {
	t.Parallel()
	v := []struct {
		Name string   `json:"name"`
		Rate *float64 `json:"rate"`
		Text string   `json:"text"`
		Num  string   `json:"num"`
	}{{"a<b>", nil, "yes", "12"}}
	for format, want := range map[string]string{
		"json":  "[\n  {\n    \"name\": \"a<b>\",\n    \"rate\": null,\n    \"text\": \"yes\",\n    \"num\": \"12\"\n  }\n]\n",
		"yaml":  "- name: a<b>\n  rate: null\n  text: \"yes\"\n  num: \"12\"\n",
		"table": "human\n",
	} {
		var out strings.Builder
		c := &cli{out: &out, output: format}
		if err := c.answer(v, func() { c.printf("human\n") }); err != nil || out.String() != want {
			t.Errorf("%s: %q, %v", format, out.String(), err)
		}
	}
}

func TestTableAlignsWhatPeopleSee(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	c := &cli{out: &out}
	c.print(table{head: []string{"NAME", "RATE"}, rows: [][]string{{"größer", "–"}, {"b", "812 H/s"}}, right: map[int]bool{1: true}})
	want := "NAME       RATE\ngrößer        –\nb       812 H/s\n"
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", out.String(), want)
	}
}

func TestSpan(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{
		4 * time.Second: "4 s", 90 * time.Second: "1 min", 4*time.Hour + 5*time.Minute: "4 h 5 min", 51 * time.Hour: "2 d 3 h",
	} {
		if got := span(d); got != want {
			t.Errorf("%v: %q, want %q", d, got, want)
		}
	}
}
