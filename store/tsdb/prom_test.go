package tsdb_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/store/tsdb"
)

// filled is a database with two series of ten minutes at ten seconds.
func filled(t *testing.T) *tsdb.Local {
	t.Helper()
	c := &clock{noon.Add(10 * time.Minute)}
	db := open(t, t.TempDir(), tsdb.Options{Now: c.now})
	a, b := tsdb.MustKey("rate", "device", "r/a"), tsdb.MustKey("rate", "device", "r/b")
	var batch []tsdb.Sample
	for i := range 61 {
		when := noon.Add(time.Duration(i) * 10 * time.Second)
		batch = append(batch, at(a, when, float64(i)), at(b, when, 100))
	}
	put(t, db, batch...)
	return db
}

func TestProm(t *testing.T) {
	db := filled(t)
	for _, c := range []struct {
		q    tsdb.PromQuery
		want string
	}{
		{tsdb.PromQuery{Query: "rate", From: noon.Add(time.Minute)}, `vector [{"metric":{"__name__":"rate","device":"r/a"},"value":[%d.000,"6"]},{"metric":{"__name__":"rate","device":"r/b"},"value":[%d.000,"100"]}]`},
		{tsdb.PromQuery{Query: "sum(rate)", From: noon, To: noon.Add(20 * time.Second), Step: 20 * time.Second}, `matrix [{"metric":{},"values":[[%d.000,"100"],[%d.000,"102"]]}]`},
		{tsdb.PromQuery{Query: "rate", From: noon.Add(time.Minute), Limit: 1}, `vector [{"metric":{"__name__":"rate","device":"r/a"},"value":[%d.000,"6"]}]`},
		{tsdb.PromQuery{Query: "1+1", From: noon}, `scalar [%d.000,"2"]`},
		{tsdb.PromQuery{Query: `"word"`, From: noon}, `string [%d.000,"word"]`},
		{tsdb.PromQuery{Query: "nothing", From: noon}, `vector []`},
		{tsdb.PromQuery{Query: "nothing", From: noon, To: noon, Step: time.Second}, `matrix []`},
	} {
		res, err := db.Prom(t.Context(), c.q)
		if err != nil {
			t.Errorf("%s: %v", c.q.Query, err)
			continue
		}
		text, err := json.Marshal(res.Value)
		if err != nil {
			t.Fatal(err)
		}
		got := res.Type + " " + string(text)
		want := c.want
		for _, x := range []time.Time{c.q.From, c.q.To} {
			if c.q.Step == 0 {
				x = c.q.From
			}
			want = strings.Replace(want, "%d", fmt.Sprint(x.Unix()), 1)
		}
		want = strings.ReplaceAll(want, ".000", "")
		if strings.ReplaceAll(got, ".000", "") != want {
			t.Errorf("%s:\n%s\n%s", c.q.Query, got, want)
		}
	}
}

func TestPromRefuses(t *testing.T) {
	db := filled(t)
	for words, c := range map[string]struct {
		q    tsdb.PromQuery
		code adit.Code
	}{
		"no valid PromQL":       {tsdb.PromQuery{Query: "sum(", From: noon}, adit.Invalid},
		"points":                {tsdb.PromQuery{Query: "rate", From: noon, To: noon.Add(11_001 * time.Second), Step: time.Second}, adit.Invalid},
		"many-to-many matching": {tsdb.PromQuery{Query: "rate + on() rate", From: noon}, adit.Refused},
		"longer than 16 KiB":    {tsdb.PromQuery{Query: strings.Repeat("(", 8192) + "1" + strings.Repeat(")", 8192), From: noon}, adit.Invalid},
		"too long":              {tsdb.PromQuery{Query: "rate", From: noon, Timeout: time.Nanosecond}, adit.Timeout},
	} {
		if _, err := db.Prom(t.Context(), c.q); adit.CodeOf(err) != c.code || !strings.Contains(err.Error(), words) {
			t.Errorf("%s: %v", words, err)
		}
	}
	small := open(t, t.TempDir(), tsdb.Options{QuerySamples: 3, Now: func() time.Time { return noon }})
	for i := range 5 {
		put(t, small, at(tsdb.MustKey("m", "n", fmt.Sprint(i)), noon, 1))
	}
	if _, err := small.Prom(t.Context(), tsdb.PromQuery{Query: "m", From: noon}); adit.CodeOf(err) != adit.Refused || !strings.Contains(err.Error(), "too many samples") {
		t.Errorf("a bound of samples: %v", err)
	}
}

func TestLabels(t *testing.T) {
	db := filled(t)
	all := tsdb.Selection{From: noon.Add(-time.Hour), To: noon.Add(time.Hour)}
	names, err := db.LabelNames(t.Context(), all)
	if err != nil || strings.Join(names, " ") != "__name__ device" {
		t.Errorf("%v %v", names, err)
	}
	one := all
	one.Match = []string{`rate{device="r/b"}`, `nothing`}
	values, err := db.LabelValues(t.Context(), "device", one)
	if err != nil || strings.Join(values, " ") != "r/b" {
		t.Errorf("%v %v", values, err)
	}
	one.Match = []string{`rate`, `{device=~".+"}`}
	series, err := db.SeriesLabels(t.Context(), one)
	if err != nil || len(series) != 2 || series[0]["device"] != "r/a" || series[1]["__name__"] != "rate" {
		t.Errorf("%v %v", series, err)
	}
	one.Limit = 1
	if series, err = db.SeriesLabels(t.Context(), one); err != nil || len(series) != 1 {
		t.Errorf("%v %v", series, err)
	}
	for _, bad := range []tsdb.Selection{{Match: []string{"{"}}, {Match: []string{"rate"}, From: noon, To: noon.Add(-1)}, {Match: []string{`{}`}}} {
		if _, err := db.SeriesLabels(t.Context(), bad); adit.CodeOf(err) != adit.Invalid {
			t.Errorf("%+v: %v", bad, err)
		}
	}
	short := open(t, t.TempDir(), tsdb.Options{QueryTimeout: time.Nanosecond})
	if _, err := short.SeriesLabels(t.Context(), tsdb.Selection{Match: []string{"rate"}, From: noon, To: noon}); adit.CodeOf(err) != adit.Timeout {
		t.Errorf("selectors that take too long: %v", err)
	}
	if _, err := db.LabelValues(t.Context(), "a b", all); adit.CodeOf(err) != adit.Invalid {
		t.Errorf("no label name: %v", err)
	}
	if _, err := db.SeriesLabels(t.Context(), all); adit.CodeOf(err) != adit.Invalid {
		t.Errorf("every series: %v", err)
	}
}

func TestSummaries(t *testing.T) {
	db := filled(t)
	list, err := db.Summaries(t.Context(), tsdb.HistoryQuery{Metric: "rate", Labels: map[string]string{"device": "r/a"}, From: noon.Add(time.Minute), To: noon.Add(2 * time.Minute)})
	if err != nil || len(list) != 1 {
		t.Fatalf("%v %v", list, err)
	}
	s := list[0]
	if s.Count != 6 || s.Min != 6 || s.Max != 11 || s.Mean != 8.5 || !s.First.Equal(noon.Add(time.Minute)) || !s.Last.Equal(noon.Add(110*time.Second)) || s.Labels["device"] != "r/a" {
		t.Errorf("%+v", s)
	}
	if list, err := db.Summaries(t.Context(), tsdb.HistoryQuery{Metric: "rate", From: noon.Add(time.Hour), To: noon.Add(2 * time.Hour)}); err != nil || len(list) != 0 {
		t.Errorf("nothing there: %v %v", list, err)
	}
	for _, q := range []tsdb.HistoryQuery{{Metric: "a b", To: noon}, {Metric: "rate", From: noon, To: noon.Add(-1)}} {
		if _, err := db.Summaries(t.Context(), q); adit.CodeOf(err) != adit.Invalid {
			t.Errorf("%+v: %v", q, err)
		}
	}
}
