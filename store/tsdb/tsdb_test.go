package tsdb_test

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/store/tsdb"
)

// noon is the beginning of the tests' time, a multiple of two hours as blocks are.
var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// clock is a time that a test sets.
type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

func open(t testing.TB, dir string, o tsdb.Options) *tsdb.Local {
	t.Helper()
	db, err := tsdb.Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Errorf("closing: %v", err)
		}
	})
	return db
}

func put(t testing.TB, db tsdb.DB, samples ...tsdb.Sample) tsdb.Appended {
	t.Helper()
	n, err := db.Append(t.Context(), samples)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func at(k *tsdb.Key, t time.Time, v float64) tsdb.Sample { return tsdb.Sample{Key: k, At: t, Value: v} }

// values writes a series' values with - for unknown.
func values(s tsdb.Series) string {
	var list []string
	for _, p := range s.Points {
		if p.Value == nil {
			list = append(list, "-")
			continue
		}
		b, _ := json.Marshal(*p.Value)
		list = append(list, string(b))
	}
	return strings.Join(list, " ")
}

func one(t *testing.T, list []tsdb.Series, err error) tsdb.Series {
	t.Helper()
	if err != nil || len(list) != 1 {
		t.Fatalf("got %d series (%v), want one", len(list), err)
	}
	return list[0]
}

func TestHistoryKeepsGaps(t *testing.T) {
	c := &clock{noon.Add(time.Hour)}
	db := open(t, t.TempDir(), tsdb.Options{Now: c.now})
	k := tsdb.MustKey("hashrate", "device", "r1/native")
	other := tsdb.MustKey("hashrate", "device", "r1/other")
	put(t, db,
		at(k, noon.Add(-time.Second), 99), // before
		at(k, noon, 0),                    // a true zero
		at(k, noon.Add(20*time.Second), 10),
		at(k, noon.Add(29999*time.Millisecond), 20),
		at(k, noon.Add(50*time.Second), 7),
		at(other, noon, 1000),
		at(k, noon.Add(60*time.Second), 99), // after
	)
	for take, want := range map[tsdb.Take]string{
		tsdb.Mean: "0 - 15 - - 7", tsdb.Last: "0 - 20 - - 7", tsdb.Min: "0 - 10 - - 7", tsdb.Max: "0 - 20 - - 7",
	} {
		list, err := db.History(t.Context(), tsdb.HistoryQuery{Metric: "hashrate", Labels: map[string]string{"device": "r1/native"},
			From: noon, To: noon.Add(time.Minute), Step: 10 * time.Second, Take: take})
		s := one(t, list, err)
		if got := values(s); got != want || !s.Points[2].At.Equal(noon.Add(20*time.Second)) || s.Labels["device"] != "r1/native" {
			t.Errorf("take %q: %s at %v of %v, want %s", take, got, s.Points[2].At, s.Labels, want)
		}
	}
	b, _ := json.Marshal(tsdb.Point{At: noon})
	if string(b) != `{"at":"2026-11-21T12:00:00Z","value":null}` {
		t.Errorf("unknown as JSON: %s", b)
	}
	list, err := db.History(t.Context(), tsdb.HistoryQuery{Metric: "hashrate", Labels: map[string]string{"device": "nobody"}, From: noon, To: noon.Add(time.Minute), Step: time.Second})
	if err != nil || list == nil || len(list) != 0 {
		t.Errorf("an unknown device: %v, %v; want an empty list", list, err)
	}
}

func TestWhatIsNotTakenOverIsCounted(t *testing.T) {
	c := &clock{noon}
	db := open(t, t.TempDir(), tsdb.Options{Now: c.now})
	k, late := tsdb.MustKey("watts", "device", "a"), tsdb.MustKey("watts", "device", "b")
	got := put(t, db,
		at(k, noon, 1),
		at(k, noon, 1),
		at(k, noon.Add(time.Second), math.NaN()),
		at(k, noon.Add(time.Second), math.Inf(-1)),
		at(k, noon.Add(10*time.Minute+time.Second), 5),
		at(k, noon.Add(10*time.Minute), 2),
	)
	if want := (tsdb.Appended{Stored: 3, Unknown: 2, Early: 1}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	c.at = noon.Add(10 * time.Minute)
	got = put(t, db,
		at(k, noon.Add(10*time.Minute), 3),
		at(k, noon.Add(-19*time.Minute), 4),
		at(k, noon.Add(-21*time.Minute), 4),
		at(late, noon.Add(-20*time.Minute), 6),
		at(late, noon.Add(-25*time.Hour), 6),
	)
	if want := (tsdb.Appended{Stored: 2, Clash: 1, Late: 2}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	list, err := db.History(t.Context(), tsdb.HistoryQuery{Metric: "watts", Labels: map[string]string{"device": "a"},
		From: noon.Add(-20 * time.Minute), To: noon.Add(11 * time.Minute), Step: time.Minute, Take: tsdb.Last})
	if got := strings.ReplaceAll(values(one(t, list, err)), "- ", ""); got != "4 1 2" {
		t.Errorf("late sample is not read back in its place: %s", got)
	}
}

// TestLateWindowTakesABacklog is an agent that was cut off for hours while others went on, and then delivers.
func TestLateWindowTakesABacklog(t *testing.T) {
	c := &clock{noon.Add(24 * time.Hour)}
	db := open(t, t.TempDir(), tsdb.Options{Now: c.now, Late: 48 * time.Hour})
	put(t, db, at(tsdb.MustKey("watts", "device", "online"), c.at, 1))
	k := tsdb.MustKey("watts", "device", "cut off")
	var backlog []tsdb.Sample
	for i := range 24 {
		backlog = append(backlog, at(k, noon.Add(time.Duration(i)*time.Hour), float64(i)))
	}
	if got := put(t, db, backlog...); got.Stored != 24 {
		t.Fatalf("got %+v", got)
	}
	list, err := db.History(t.Context(), tsdb.HistoryQuery{Metric: "watts", Labels: map[string]string{"device": "cut off"}, From: noon, To: c.at, Step: 8 * time.Hour})
	if got := values(one(t, list, err)); got != "3.5 11.5 19.5" {
		t.Errorf("got %s", got)
	}
}

func TestPromQL(t *testing.T) {
	c := &clock{noon.Add(time.Hour)}
	db := open(t, t.TempDir(), tsdb.Options{Now: c.now})
	for i, dev := range []string{"a", "b", "c"} {
		k := tsdb.MustKey("hashrate", "device", dev, "empty", "")
		for s := range 6 {
			put(t, db, at(k, noon.Add(time.Duration(s)*10*time.Second), float64(100*(i+1))))
		}
	}
	list, err := db.Range(t.Context(), `sum(hashrate)`, noon.Add(-10*time.Second), noon.Add(4*time.Minute), time.Minute)
	if got := values(one(t, list, err)); got != "- 600 600 - -" {
		t.Errorf("sum over time: %s", got)
	}
	list, err = db.Instant(t.Context(), `topk(1, hashrate)`, noon.Add(50*time.Second))
	s := one(t, list, err)
	if values(s) != "300" || s.Labels["device"] != "c" || s.Labels["__name__"] != "hashrate" || len(s.Labels) != 2 {
		t.Errorf("top: %+v", s)
	}
	list, err = db.Instant(t.Context(), `1 + 1`, noon)
	if got := values(one(t, list, err)); got != "2" {
		t.Errorf("a number: %s", got)
	}
}

func TestBadQuestionsAreExplained(t *testing.T) {
	db := open(t, t.TempDir(), tsdb.Options{QuerySamples: 10, Now: func() time.Time { return noon.Add(time.Hour) }})
	k := tsdb.MustKey("m")
	for i := range 20 {
		put(t, db, at(k, noon.Add(time.Duration(i)*time.Second), 1))
	}
	f := func(err error, want string) {
		t.Helper()
		if adit.CodeOf(err) != adit.Invalid || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v (%s), want %q", err, adit.CodeOf(err), want)
		}
	}
	ctx, later := t.Context(), noon.Add(time.Minute)
	_, err := db.Range(ctx, `sum(`, noon, later, time.Second)
	f(err, "query: it is no valid PromQL")
	_, err = db.Range(ctx, `m`, noon, later, 0)
	f(err, "step: ")
	_, err = db.Range(ctx, `m`, later, noon, time.Second)
	f(err, "to: ")
	_, err = db.Range(ctx, `m`, noon, noon.Add(24*time.Hour), time.Second)
	f(err, "11000 points")
	_, err = db.Range(ctx, `m`, noon, later, time.Second)
	f(err, "too many samples")
	_, err = db.Instant(ctx, `"text"`, noon)
	f(err, "ask for numbers")
	_, err = db.Instant(ctx, `m[5m]`, noon.Add(time.Second))
	f(err, "ask for numbers")
	_, err = db.History(ctx, tsdb.HistoryQuery{Metric: "no metric", From: noon, To: later, Step: time.Second})
	f(err, "metric: ")
	_, err = db.History(ctx, tsdb.HistoryQuery{Metric: "m", Labels: map[string]string{"a-b": ""}, From: noon, To: later, Step: time.Second})
	f(err, "labels: ")
	_, err = db.History(ctx, tsdb.HistoryQuery{Metric: "m", From: noon, To: later, Step: time.Second, Take: "median"})
	f(err, "take: ")
}

func TestKeys(t *testing.T) {
	if got := tsdb.MustKey("watts", "b", "2", "a", `1"`).String(); got != `{__name__="watts", a="1\"", b="2"}` {
		t.Errorf("got %s", got)
	}
	f := func(want, metric string, pairs ...string) {
		t.Helper()
		if _, err := tsdb.NewKey(metric, pairs...); adit.CodeOf(err) != adit.Invalid || !strings.Contains(err.Error(), want) {
			t.Errorf("%q %q: %v, want %q", metric, pairs, err, want)
		}
	}
	f("no metric name", "")
	f("no metric name", "1st")
	f("no metric name", "a b")
	f("has no value", "m", "a")
	f("no label name", "m", "a-b", "1")
	f("no label name", "m", "__name__", "other")
	f("given twice", "m", "a", "1", "a", "2")
	f("UTF-8", "m", "a", "\xff")
	f("512 bytes", "m", "a", strings.Repeat("x", 513))
}

func TestOneKeyInTwoDatabases(t *testing.T) {
	now := func() time.Time { return noon }
	a, b := open(t, t.TempDir(), tsdb.Options{Now: now}), open(t, t.TempDir(), tsdb.Options{Now: now})
	put(t, b, at(tsdb.MustKey("first", "in", "b"), noon, 7))
	k := tsdb.MustKey("m", "x", "y")
	for i := range 3 {
		when := noon.Add(time.Duration(i) * time.Second)
		put(t, a, at(k, when, 1))
		put(t, b, at(k, when, 2))
	}
	for db, want := range map[tsdb.DB]string{a: "1 1 1", b: "2 2 2"} {
		list, err := db.History(t.Context(), tsdb.HistoryQuery{Metric: "m", From: noon, To: noon.Add(3 * time.Second), Step: time.Second})
		if got := values(one(t, list, err)); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestEmptyAndClosed(t *testing.T) {
	var db tsdb.DB = tsdb.Empty{}
	if n, err := db.Append(t.Context(), []tsdb.Sample{at(tsdb.MustKey("m"), noon, 1)}); err != nil || n.Stored != 0 {
		t.Errorf("Empty stored %+v, %v", n, err)
	}
	for _, db := range []tsdb.DB{db, func() tsdb.DB { l := open(t, t.TempDir(), tsdb.Options{}); _ = l.Close(); return l }()} {
		list, err := db.Range(t.Context(), "m", noon, noon, time.Second)
		_, empty := db.(tsdb.Empty)
		if empty && (err != nil || list == nil || len(list) != 0) || !empty && adit.CodeOf(err) != adit.Unreachable {
			t.Errorf("%T: %v, %v", db, list, err)
		}
	}
}

func TestManyAtOnce(t *testing.T) {
	c := &clock{noon.Add(time.Hour)}
	db := open(t, t.TempDir(), tsdb.Options{Now: c.now})
	shared := tsdb.MustKey("m", "who", "all")
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			own := tsdb.MustKey("m", "who", fmt.Sprint(w))
			for i := range 50 {
				when := noon.Add(time.Duration(i) * time.Second)
				if _, err := db.Append(t.Context(), []tsdb.Sample{at(own, when, 1), at(shared, when, 2)}); err != nil {
					t.Error(err)
				}
				if _, err := db.Range(t.Context(), `sum(m)`, noon, when, time.Second); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	list, err := db.Range(t.Context(), `sum(m)`, noon, noon.Add(49*time.Second), 49*time.Second)
	if got := values(one(t, list, err)); got != "6 6" {
		t.Errorf("got %s", got)
	}
}
