package setting

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/store/sqldb"
)

// The feed's pace and bounds.
const (
	feedEvery  = 10 * time.Minute // never more often, across restarts of adit too
	feedSlow   = 6 * time.Hour    // after many failures
	feedWithin = 20 * time.Second
	maxFeed    = 1 << 20 // bytes of an answer
)

// feedClient follows no redirect: the owner named one address.
func feedClient() *http.Client {
	return &http.Client{Timeout: feedWithin, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{Proxy: http.ProxyFromEnvironment, DisableKeepAlives: true, MaxResponseHeaderBytes: 64 << 10}}
}

// next is when the feed is asked again, nil = never.
func (f Feed) next() *time.Time {
	if !f.Enabled {
		return nil
	}
	at := time.Unix(0, 0).UTC()
	if t := f.Status.TriedAt; t != nil {
		wait := feedEvery
		for range min(f.Status.Fails, 10) {
			wait = min(2*wait, feedSlow)
		}
		if f.Status.Fails > 0 {
			wait = max(wait/2, feedEvery) // the first failure is tried again at the usual pace
		}
		at = t.Add(wait)
	}
	return &at
}

// nextFrom is next for people: what is due is due now.
func (f Feed) nextFrom(now time.Time) *time.Time {
	at := f.next()
	if at != nil && at.Before(now) {
		now = now.UTC().Truncate(time.Millisecond)
		at = &now
	}
	return at
}

// Run asks the feed while it is on, and waits for ctx to end. A database that fails, on a full disk say, is waited for.
func (s *Service) Run(ctx context.Context) error {
	for {
		wait, err := s.wait(ctx)
		if !s.sleep(ctx, wait) {
			return nil
		}
		if err == nil && wait >= 0 {
			err = s.refresh(ctx)
		}
		if err == nil || ctx.Err() != nil {
			continue
		}
		s.o.Log.WarnContext(ctx, "the feed's settings or figures cannot be read or kept", "err", err)
		if !s.sleep(ctx, time.Minute) {
			return nil
		}
	}
}

// wait is how long the feed is left alone; negative = until settings change.
func (s *Service) wait(ctx context.Context) (time.Duration, error) {
	set, err := load(ctx, s.o.DB)
	if err != nil {
		return 0, err
	}
	at := set.Feed.next()
	if at == nil {
		return -1, nil
	}
	return min(max(0, at.Sub(s.o.Now())), feedSlow), nil // a clock set back must not silence the feed for good
}

// sleep waits for the time to pass (negative = for ever), for news, or for the end; false = the end.
func (s *Service) sleep(ctx context.Context, d time.Duration) bool {
	var after <-chan time.Time
	if d >= 0 {
		t := time.NewTimer(d)
		defer t.Stop()
		after = t.C
	}
	select {
	case <-ctx.Done():
		return false
	case <-s.news:
		return ctx.Err() == nil
	case <-after:
		return ctx.Err() == nil
	}
}

// refresh asks the feed once, where it is due, and stores what it said.
func (s *Service) refresh(ctx context.Context) error {
	set, err := load(ctx, s.o.DB)
	if err != nil {
		return err
	}
	now := s.o.Now().UTC().Truncate(time.Millisecond)
	at := set.Feed.next()
	if at == nil || at.After(now) {
		return nil
	}
	asked := set.Feed
	// The try is written down before it is made, so that an adit that is started again and again asks no more often.
	if err := s.try(ctx, func(f *FeedStatus) { f.TriedAt = &now }); err != nil {
		return err
	}
	got, err := s.ask(ctx, asked)
	if ctx.Err() != nil {
		return nil
	}
	return s.took(ctx, asked, got, err, now)
}

func (s *Service) try(ctx context.Context, change func(*FeedStatus)) error {
	return s.o.DB.InTx(ctx, func(q sqldb.Q) error {
		if err := sqldb.Lock(ctx, q, "setting_section"); err != nil {
			return err
		}
		set, err := load(ctx, q)
		if err != nil {
			return err
		}
		change(&set.Feed.Status)
		return write(ctx, q, set, s.o.Now(), statusSection)
	})
}

// reading is what a feed said; nil = it was not asked for, or not there.
type reading struct{ price, difficulty, reward *float64 }

// ask fetches and reads the feed once.
func (s *Service) ask(ctx context.Context, f Feed) (reading, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, f.URL, nil)
	if err != nil {
		return reading{}, errors.New("its address cannot be used")
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "adit/"+adit.Version)
	res, err := s.o.Client.Do(req)
	if err != nil {
		return reading{}, errors.New(plain(err))
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return reading{}, fmt.Errorf("it answered %d %s", res.StatusCode, http.StatusText(res.StatusCode))
	}
	b, err := io.ReadAll(io.LimitReader(res.Body, maxFeed+1))
	switch {
	case err != nil:
		return reading{}, errors.New(plain(err))
	case len(b) > maxFeed:
		return reading{}, fmt.Errorf("its answer is longer than %d KiB", maxFeed>>10)
	}
	return f.read(b)
}

// plain is a connection's error without the address, which may hold a key.
func plain(err error) string {
	for {
		u := errors.Unwrap(err)
		if u == nil {
			return err.Error()
		}
		if strings.Contains(err.Error(), "://") {
			err = u
			continue
		}
		return err.Error()
	}
}

func (f Feed) read(answer []byte) (r reading, err error) {
	var doc any
	d := json.NewDecoder(bytes.NewReader(answer))
	d.UseNumber()
	if err := d.Decode(&doc); err != nil {
		return r, errors.New("its answer is no JSON")
	}
	for _, x := range []struct {
		name, pointer string
		into          **float64
		unit, most    float64
	}{{"price", f.Price, &r.price, 1, maxPrice}, {"difficulty", f.Difficulty, &r.difficulty, 1, maxDifficulty},
		{"reward", f.Reward, &r.reward, f.RewardUnit, maxReward}} {
		if x.pointer == "" {
			continue
		}
		v, e := number(doc, x.pointer)
		if e != nil {
			err = errors.Join(err, fmt.Errorf("%s: %w", x.name, e))
			continue
		}
		if v *= x.unit; !(v > 0 && v <= x.most) { // once kept, it would make every change of settings fail
			err = errors.Join(err, fmt.Errorf("%s: the number there cannot be right", x.name))
			continue
		}
		*x.into = &v
	}
	return r, err
}

// took stores what the feed said, or why it said nothing. What was typed since it was asked is overwritten only where the
// feed knows better; a feed that was changed or switched off meanwhile is not believed.
func (s *Service) took(ctx context.Context, asked Feed, got reading, failure error, now time.Time) error {
	var before FeedStatus
	stale := false
	err := s.o.DB.InTx(ctx, func(q sqldb.Q) error {
		if err := sqldb.Lock(ctx, q, "setting_section"); err != nil {
			return err
		}
		set, err := load(ctx, q)
		if err != nil {
			return err
		}
		if stale = set.Feed.asks(asked); stale {
			return nil
		}
		st := &set.Feed.Status
		before = *st
		if failure != nil {
			st.Fails, st.Error = st.Fails+1, strings.ReplaceAll(failure.Error(), "\n", "; ")
		} else {
			st.Fails, st.Error, st.OKAt = 0, "", &now
		}
		f := set.Figures[asked.Coin]
		for _, x := range []struct {
			v    *float64
			into *Figure
		}{{got.price, &f.Price}, {got.difficulty, &f.Difficulty}, {got.reward, &f.Reward}} {
			if x.v != nil {
				*x.into = Figure{Value: x.v, At: &now, Source: SourceFeed}
			}
		}
		set.Figures[asked.Coin] = f
		return write(ctx, q, set, now, statusSection, "figures")
	})
	if err != nil || stale {
		return err
	}
	s.tellFeed(ctx, before, failure)
	return nil
}

// tellFeed writes the first failure and the recovery into the journal, not each try.
func (s *Service) tellFeed(ctx context.Context, before FeedStatus, failure error) {
	kind, severity, text := "feed.recovered", "info", "the price feed answers again"
	switch {
	case failure != nil && before.Fails == 0:
		kind, severity, text = "feed.failed", "warn", "the price feed told nothing that can be used: "+strings.ReplaceAll(failure.Error(), "\n", "; ")
	case failure != nil, before.Fails == 0:
		return
	}
	actor := adit.Actor{ID: "adit", Name: "adit", Via: "loop"}
	if err := s.o.Journal.Note(ctx, actor, kind, severity, "settings", text, nil); err != nil && ctx.Err() == nil {
		s.o.Log.ErrorContext(ctx, "how the feed fares was not written into the journal", "err", err)
	}
}
