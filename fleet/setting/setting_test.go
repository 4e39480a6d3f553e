package setting

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/fleet/journal"
	"github.com/adit-mining/adit/store/sqldb"
	"github.com/adit-mining/adit/store/sqldb/sqltest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var owner = adit.LocalOwner("test")

type house struct {
	*testing.T
	*Service
	log *journal.Service
	at  time.Time
}

func open(t *testing.T, db *sqldb.DB, client *http.Client) *house {
	h := &house{T: t, log: &journal.Service{DB: db}, at: time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)}
	h.Service = New(Options{DB: db, Journal: h.log, Client: client, Now: func() time.Time { return h.at }})
	return h
}

func (h *house) put(patch string) Settings {
	h.Helper()
	s, err := h.Put(h.Context(), owner, json.RawMessage(patch))
	if err != nil {
		h.Fatalf("%s: %v", patch, err)
	}
	return s
}

func TestPutMerges(t *testing.T) {
	sqltest.Each(t, func(t *testing.T, db *sqldb.DB) {
		h := open(t, db, nil)
		s, err := h.Get(t.Context(), owner)
		if err != nil || s.General.Currency != "EUR" || s.Power.PricePerKwh != nil || s.Feed.Enabled || s.Feed.Status.NextAt != nil || len(s.Figures) != 0 {
			t.Fatalf("%+v %v", s, err)
		}
		h.put(`{"power":{"pricePerKwh":0.30}}`)
		h.put(`{"general":{"currency":"CHF","timezone":"UTC"},"power":{"watts":140,"pricePerKwh":0.28}}`)
		s = h.put(`{}`)
		if *s.Power.PricePerKwh != 0.28 || *s.Power.Watts != 140 || s.General.Currency != "CHF" || s.General.Language != "en" {
			t.Fatalf("%+v", s)
		}
		s = h.put(`{"power":{"pricePerKwh":null},"general":{"currency":null}}`)
		if s.Power.PricePerKwh != nil || *s.Power.Watts != 140 || s.General.Currency != "EUR" || s.General.Timezone != "UTC" {
			t.Fatalf("%+v", s)
		}
		again, err := h.Get(t.Context(), owner)
		if a, b := text(t, again), text(t, s); err != nil || a != b {
			t.Errorf("read back %s, want %s", a, b)
		}
		list, err := h.log.List(t.Context(), owner, 0, 10)
		if err != nil || len(list) != 3 || list[0].Text != "settings were changed: power" || list[1].Text != "settings were changed: general, power" {
			t.Errorf("%+v %v", list, err)
		}
	})
}

// TestOtherCurrency: money of another currency is unknown, never a wrong number.
func TestOtherCurrency(t *testing.T) {
	sqltest.Each(t, func(t *testing.T, db *sqldb.DB) {
		h := open(t, db, nil)
		h.put(`{"power":{"pricePerKwh":0.28,"watts":140},"figures":{"XMR":{"price":{"value":150},"reward":{"value":0.6}}}}`)
		s := h.put(`{"general":{"currency":"USD"}}`)
		if xmr := s.Figures["XMR"]; s.Power.PricePerKwh != nil || *s.Power.Watts != 140 || xmr.Price.Value != nil || *xmr.Reward.Value != 0.6 {
			t.Errorf("%+v", s)
		}
		s = h.put(`{"general":{"currency":"EUR"},"figures":{"xmr":{"price":{"value":150}}},"power":{"pricePerKwh":0.28}}`)
		if *s.Power.PricePerKwh != 0.28 || *s.Figures["XMR"].Price.Value != 150 {
			t.Errorf("said with it: %+v", s)
		}
	})
}

func text(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestFigures: a figure is as old as the moment it was typed; sent back as it was read it does not grow younger.
func TestFigures(t *testing.T) {
	h := open(t, sqltest.Open(t, sqltest.SQLite(t)), nil)
	first := h.at
	s := h.put(`{"figures":{"monero":{"price":{"value":150},"reward":{"value":0.6}}}}`)
	f := s.Figures["XMR"]
	if *f.Price.Value != 150 || !f.Price.At.Equal(first) || f.Price.Source != SourceTyped || f.Difficulty.Value != nil || f.Difficulty.At != nil {
		t.Fatalf("%+v", s.Figures)
	}
	h.at = h.at.Add(time.Hour)
	s = h.put(text(t, s)) // a page that sends back all it read
	if f := s.Figures["XMR"]; !f.Price.At.Equal(first) || *f.Reward.Value != 0.6 {
		t.Errorf("%+v", f)
	}
	s = h.put(`{"figures":{"XMR":{"price":{"value":150}}}}`) // typed again: it still is so
	if f := s.Figures["XMR"]; !f.Price.At.Equal(h.at) || !f.Reward.At.Equal(first) {
		t.Errorf("%+v", f)
	}
	h.at = h.at.Add(time.Hour)
	s = h.put(`{"figures":{"XMR":{"price":{"value":151,"at":"2001-01-01T00:00:00Z","source":"feed"}}}}`) // nobody dates it back
	if f := s.Figures["XMR"]; !f.Price.At.Equal(h.at) || f.Price.Source != SourceTyped {
		t.Errorf("%+v", f)
	}
	s = h.put(`{"figures":{"XMR":{"price":{"value":null}}}}`)
	if f := s.Figures["XMR"]; f.Price != (Figure{}) || f.Reward.Value == nil {
		t.Errorf("%+v", f)
	}
	if s = h.put(`{"figures":{"XMR":null}}`); len(s.Figures) != 0 {
		t.Errorf("%+v", s.Figures)
	}
}

func TestRefusals(t *testing.T) {
	h := open(t, sqltest.Open(t, sqltest.SQLite(t)), nil)
	before := h.put(`{"power":{"watts":99}}`)
	for patch, field := range map[string]string{
		`[]`: "settings", `7`: "settings", `{"x":1}`: "x", `{"general":{"x":1}}`: "x", `{"general":7}`: "general", `{"power":{"watts":"7"}}`: "power.watts",
		`{"power":{"watts":-1}}`: "power.watts", `{"power":{"watts":1e9}}`: "power.watts", `{"power":{"pricePerKwh":-0.1}}`: "power.pricePerKwh",
		`{"general":{"profile":"house"}}`: "general.profile", `{"general":{"currency":"eur"}}`: "general.currency", `{"general":{"currency":"EURO"}}`: "general.currency",
		`{"general":{"language":"English"}}`: "general.language", `{"general":{"units":"miles"}}`: "general.units",
		`{"general":{"timezone":"Mars/Olympus"}}`: "general.timezone", `{"general":{"timezone":"../../etc/passwd"}}`: "general.timezone", `{"general":{"timezone":"Local"}}`: "general.timezone",
		`{"notifications":{"severity":"loud"}}`: "notifications.severity", `{"notifications":{"sound":1}}`: "notifications.sound",
		`{"figures":{"NOCOIN":{"price":{"value":1}}}}`: "figures", `{"figures":{"XMR":{"price":{"value":-1}}}}`: "figures.XMR.price",
		`{"figures":{"XMR":{"difficulty":{"value":0}}}}`: "figures.XMR.difficulty", `{"figures":{"XMR":{"price":7}}}`: "figures.price",
		`{"feed":{"enabled":true}}`: "feed.url", `{"feed":{"url":"http://prices.example/x"}}`: "feed.url", `{"feed":{"url":"ftp://prices.example/x"}}`: "feed.url",
		`{"feed":{"url":"https://me:pw@prices.example/x"}}`: "feed.url", `{"feed":{"url":"https://"}}`: "feed.url", `{"feed":{"url":"https://a b/"}}`: "feed.url",
		`{"feed":{"url":"https://prices.example/","enabled":true}}`: "feed.price", `{"feed":{"price":"a.b"}}`: "feed.price", `{"feed":{"coin":"?"}}`: "feed.coin",
		`{"feed":{"rewardUnit":0}}`: "feed.rewardUnit", `{"power":{"a":{"b":{"c":{"d":{"e":{"f":{"g":{"h":{}}}}}}}}}}`: "settings",
	} {
		_, err := h.Put(t.Context(), owner, json.RawMessage(patch))
		e, _ := adit.AsError(err)
		if adit.CodeOf(err) != adit.Invalid || e.Field != field {
			t.Errorf("%s: %v (field %q), want %q", patch, err, orEmpty(e), field)
		}
	}
	if s := h.put(`{}`); text(t, s) != text(t, before) {
		t.Errorf("something was written: %s", text(t, s))
	}
	reader := adit.Actor{ID: "r", Name: "r", Scopes: []adit.Scope{adit.ScopeRead, adit.ScopeControl}}
	if _, err := h.Put(t.Context(), reader, json.RawMessage(`{}`)); adit.CodeOf(err) != adit.Forbidden {
		t.Error(err)
	}
	if _, err := h.Get(t.Context(), adit.Actor{}); adit.CodeOf(err) != adit.Unauthorized {
		t.Error(err)
	}
	h.put(`{"feed":{"url":"https://prices.example/v1?key=hush","price":"/p"}}`)
	if s, err := h.Get(t.Context(), reader); err != nil || s.Feed.URL != "https://prices.example/v1" {
		t.Errorf("%q %v", s.Feed.URL, err)
	}
}

func orEmpty(e *adit.Error) string {
	if e == nil {
		return ""
	}
	return e.Field
}

func TestPointer(t *testing.T) {
	doc := `{"a":{"b/c":[1,{"~":"2.5"}],"n":null,"t":"text","z":0,"neg":-1,"big":1e999}}`
	f := Feed{Price: "/a/b~1c/0", Reward: "/a/b~1c/1/~0", RewardUnit: 2}
	r, err := f.read([]byte(doc))
	if err != nil || *r.price != 1 || *r.reward != 5 || r.difficulty != nil {
		t.Errorf("%+v %v", r, err)
	}
	for _, p := range []string{"/", "/x", "/a/n", "/a/t", "/a/z", "/a/neg", "/a/big", "/a/b~1c/2", "/a/b~1c/-1", "/a/b~1c/00", "/a/t/x", "/a"} {
		if r, err := (Feed{Price: p, RewardUnit: 1}).read([]byte(doc)); err == nil || r.price != nil {
			t.Errorf("%s: %v", p, r.price)
		}
	}
	if _, err := (Feed{Price: "/a", RewardUnit: 1}).read([]byte("<html>")); err == nil {
		t.Error("a page is no feed")
	}
}

// remote answers the feed's requests without a network, and counts them.
type remote struct {
	mu     sync.Mutex
	asked  []time.Time
	answer func() (int, string, error)
	now    func() time.Time
}

func (r *remote) RoundTrip(req *http.Request) (*http.Response, error) {
	r.mu.Lock()
	r.asked = append(r.asked, r.now())
	answer := r.answer
	r.mu.Unlock()
	status, body, err := answer()
	if err != nil {
		return nil, err
	}
	return &http.Response{StatusCode: status, Body: io.NopCloser(strings.NewReader(body)), Header: http.Header{}, Request: req}, nil
}

// says changes what it answers.
func (r *remote) says(answer func() (int, string, error)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answer = answer
}

// times are when it was asked.
func (r *remote) times() []time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]time.Time(nil), r.asked...)
}

var errAway = errors.New("dial tcp: connection refused")

// TestPutNamesExactly: a key in other letters is refused, and a coin is the same by whatever name.
func TestPutNamesExactly(t *testing.T) {
	sqltest.Each(t, func(t *testing.T, db *sqldb.DB) {
		h := open(t, db, nil)
		for patch, field := range map[string]string{
			`{"general":{"Currency":"USD"}}`: "Currency", `{"Feed":{"coin":"XMR"}}`: "Feed",
			`{"figures":{"xmr":{"price":{"value":1}},"XMR":{"price":{"value":2}}}}`: "figures.XMR",
		} {
			_, err := h.Put(t.Context(), owner, json.RawMessage(patch))
			if e, ok := adit.AsError(err); !ok || e.Code != adit.Invalid || e.Field != field {
				t.Errorf("%s: %v", patch, err)
			}
		}
		h.put(`{"figures":{"XMR":{"price":{"value":150},"difficulty":{"value":4e11}}}}`)
		s := h.put(`{"figures":{"monero":{"price":{"value":160}}}}`)
		if f := s.Figures["XMR"]; len(s.Figures) != 1 || *f.Price.Value != 160 || f.Difficulty.Value == nil || *f.Difficulty.Value != 4e11 {
			t.Errorf("%+v", s.Figures)
		}
		if s = h.put(`{"figures":{"xmr":null}}`); len(s.Figures) != 0 {
			t.Errorf("%+v", s.Figures)
		}
	})
}

// TestFeedOutOfBounds: a figure that no change of settings could hold is not taken from a feed either.
func TestFeedOutOfBounds(t *testing.T) {
	f := Feed{Price: "/p", Difficulty: "/d", RewardUnit: 1}
	got, err := f.read([]byte(`{"p":1e13,"d":4e11}`))
	if err == nil || !strings.Contains(err.Error(), "price: ") || got.price != nil || got.difficulty == nil || *got.difficulty != 4e11 {
		t.Errorf("%+v %v", got, err)
	}
}
