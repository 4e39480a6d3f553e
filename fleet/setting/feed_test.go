package setting

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/adit-mining/adit/store/sqldb/sqltest"
)

// TestFeed: nothing is asked before it is switched on, then at most every ten minutes; what it says has its age; what it
// does not say stays as it was; failures are said once and tried less and less often.
func TestFeed(t *testing.T) {
	db := sqltest.Open(t, sqltest.SQLite(t))
	synctest.Test(t, func(t *testing.T) {
		r := &remote{now: time.Now, answer: func() (int, string, error) { return 200, `{"xmr":{"eur":"151.5","diff":480000000000}}`, nil }}
		h := open(t, db, &http.Client{Transport: r})
		h.o.Now = time.Now
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- h.Service.Run(ctx) }()
		h.put(`{"feed":{"url":"https://prices.example/v1?key=hush","price":"/xmr/eur","difficulty":"/xmr/diff"},"figures":{"XMR":{"reward":{"value":0.6}}}}`)
		pass(48 * time.Hour)
		if len(r.times()) != 0 {
			t.Fatalf("asked %d times before it was switched on", len(r.times()))
		}
		h.put(`{"feed":{"enabled":true}}`)
		pass(59 * time.Minute)
		if len(r.times()) != 6 {
			t.Errorf("asked %d times within an hour", len(r.times()))
		}
		s := h.put(`{}`)
		f := s.Figures["XMR"]
		if *f.Price.Value != 151.5 || f.Price.Source != SourceFeed || time.Since(*f.Price.At) > 10*time.Minute || *f.Difficulty.Value != 48e10 ||
			*f.Reward.Value != 0.6 || f.Reward.Source != SourceTyped || s.Feed.Status.OKAt == nil || s.Feed.Status.NextAt == nil {
			t.Errorf("%+v %+v", f, s.Feed.Status)
		}
		for range 20 { // switching it off and on does not make it ask more often
			h.put(`{"feed":{"enabled":false}}`)
			h.put(`{"feed":{"enabled":true}}`)
			synctest.Wait()
		}
		pass(time.Minute)
		if n := len(r.times()); n > 7 {
			t.Errorf("asked %d times", n)
		}

		r.says(func() (int, string, error) { return 0, "", errAway })
		before := len(r.times())
		pass(24 * time.Hour)
		if n := len(r.times()) - before; n < 6 || n > 14 {
			t.Errorf("asked %d times a day although nobody answers", n)
		}
		s = h.put(`{}`)
		if *s.Figures["XMR"].Price.Value != 151.5 || !strings.Contains(s.Feed.Status.Error, "connection refused") || strings.Contains(s.Feed.Status.Error, "hush") || s.Feed.Status.Fails == 0 {
			t.Errorf("%+v", s.Feed.Status)
		}
		asked := r.times()
		for i := 1; i < len(asked); i++ {
			if d := asked[i].Sub(asked[i-1]); d < feedEvery {
				t.Errorf("asked again after %s", d)
			}
		}
		r.says(func() (int, string, error) { return 200, `{"xmr":{"eur":160}}`, nil }) // half of it
		pass(7 * time.Hour)
		if s = h.put(`{}`); *s.Figures["XMR"].Price.Value != 160 || *s.Figures["XMR"].Difficulty.Value != 48e10 || !strings.Contains(s.Feed.Status.Error, "difficulty: the answer has nothing there") {
			t.Errorf("%+v %+v", s.Figures, s.Feed.Status)
		}
		r.says(func() (int, string, error) { return 200, `{"xmr":{"eur":170,"diff":1}}`, nil })
		pass(7 * time.Hour)
		if s = h.put(`{}`); s.Feed.Status.Error != "" || s.Feed.Status.Fails != 0 || *s.Figures["XMR"].Price.Value != 170 {
			t.Errorf("%+v %+v", s.Figures, s.Feed.Status)
		}
		h.put(`{"feed":{"enabled":false}}`)
		n := len(r.times())
		pass(48 * time.Hour)
		if len(r.times()) != n {
			t.Error("asked after it was switched off")
		}
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
		list, err := h.log.List(t.Context(), owner, 0, 1000)
		kinds := map[string]int{}
		for _, e := range list {
			kinds[e.Kind]++
			if strings.Contains(e.Text, "hush") || strings.Contains(text(t, e.Data), "hush") {
				t.Errorf("the journal tells the key: %+v", e)
			}
		}
		if err != nil || kinds["feed.failed"] != 1 || kinds["feed.recovered"] != 1 {
			t.Errorf("%v %v", kinds, err)
		}
	})
}

// TestFeedAnswers: what is no use is said, and changes nothing.
func TestFeedAnswers(t *testing.T) {
	db := sqltest.Open(t, sqltest.SQLite(t))
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	r := &remote{now: func() time.Time { return now }}
	h := open(t, db, &http.Client{Transport: r, CheckRedirect: feedClient().CheckRedirect})
	h.o.Now = r.now
	h.put(`{"feed":{"url":"https://prices.example/","price":"/p","enabled":true}}`)
	for _, c := range []struct {
		status      int
		body, words string
	}{
		{404, "", "it answered 404"}, {302, "", "it answered 302"}, {200, "", "no JSON"}, {200, "<html>", "no JSON"},
		{200, `{"p":"` + strings.Repeat("9", maxFeed) + `"}`, "longer than"}, {200, `{"q":1}`, "price: the answer has nothing there"},
		{200, `{"p":0}`, "no number above 0"},
	} {
		now = now.Add(24 * time.Hour)
		r.says(func() (int, string, error) { return c.status, c.body, nil })
		if err := h.refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
		s, err := h.Get(t.Context(), owner)
		if err != nil || !strings.Contains(s.Feed.Status.Error, c.words) || s.Figures["XMR"].Price.Value != nil || s.Feed.Status.OKAt != nil {
			t.Errorf("%d %.20s: %+v %v", c.status, c.body, s.Feed.Status, err)
		}
	}
	if h.refresh(t.Context()) != nil || len(r.times()) != 7 {
		t.Errorf("asked %d times", len(r.times()))
	}
	// A feed that is changed while it is asked is not believed.
	now = now.Add(24 * time.Hour)
	r.says(func() (int, string, error) {
		h.put(`{"feed":{"price":"/other"}}`)
		return 200, `{"p":7}`, nil
	})
	if err := h.refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	if s := h.put(`{}`); len(s.Figures) != 0 || s.Feed.Status.OKAt != nil {
		t.Errorf("%+v", s)
	}
}

// pass lets the bubble's time go on.
func pass(d time.Duration) { <-time.After(d) }

// TestFeedSurvivesTheDatabase: a database that cannot be written to ends nothing; the feed goes on when it can again.
func TestFeedSurvivesTheDatabase(t *testing.T) {
	db := sqltest.Open(t, sqltest.SQLite(t))
	synctest.Test(t, func(t *testing.T) {
		r := &remote{now: time.Now, answer: func() (int, string, error) { return 200, `{"p":7}`, nil }}
		h := open(t, db, &http.Client{Transport: r})
		h.o.Now = time.Now
		h.put(`{"feed":{"url":"https://prices.example/","price":"/p","enabled":true}}`)
		exec := func(sql string) {
			if _, err := db.Exec(t.Context(), sql); err != nil {
				t.Error(err)
			}
		}
		exec(`CREATE TRIGGER full BEFORE UPDATE ON setting_section BEGIN SELECT RAISE(ABORT, 'no'); END`)
		exec(`CREATE TRIGGER full2 BEFORE INSERT ON setting_section BEGIN SELECT RAISE(ABORT, 'no'); END`)
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- h.Service.Run(ctx) }()
		pass(time.Hour)
		if n := len(r.times()); n != 0 {
			t.Errorf("asked %d times although that could not be written down", n)
		}
		exec(`DROP TRIGGER full`)
		exec(`DROP TRIGGER full2`)
		pass(5 * time.Minute)
		if s := h.put(`{}`); s.Figures["XMR"].Price.Value == nil {
			t.Errorf("%+v", s.Feed.Status)
		}
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}
