package sheet

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/store/sqldb/sqltest"
)

// running lets the autostart loop work in a bubble of its own time.
func running(t *testing.T, h *house, test func()) {
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- h.Service.Run(ctx) }()
	test()
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestAutostart(t *testing.T) {
	db := sqltest.Open(t, sqltest.SQLite(t)) // outside of the bubble: its own goroutines outlive it
	h := open(t, db)
	on := true
	made := func(name string) Profile {
		p, err := h.Create(t.Context(), owner, Draft{Name: name, MinerType: "native", Config: h.config(), Autostart: &on})
		h.must(err)
		return p
	}
	a, b, c := made("a"), made("b"), made("c")
	h.made("off")
	h.hub.set(func() { h.hub.running[b.ID] = "b" }) // went on while adit was away
	synctest.Test(t, func(t *testing.T) {
		running(t, h, func() {
			pass(10 * time.Minute)
			if s := h.hub.starts(); len(s) != 0 {
				t.Errorf("started without permission: %v", s)
			}
			h.hub.set(func() { h.hub.may, h.hub.start = true, adit.Errorf(adit.Unreachable, "away") })
			pass(10 * time.Minute)
			h.hub.set(func() { h.hub.start = nil })
			pass(2 * time.Minute)
			if s := h.hub.starts(); len(s) != 2 || !strings.HasPrefix(s[0], "a native") || !strings.HasPrefix(s[1], "c native") {
				t.Errorf("%v", s)
			}
			h.hub.set(func() { delete(h.hub.running, a.ID) }) // somebody stops it: it stays stopped
			pass(time.Hour)
		})
		running(t, h, func() { pass(time.Hour) }) // the role was run again, adit was not
		if s := h.hub.starts(); len(s) != 2 {
			t.Errorf("%v", s)
		}
	})
	if j := h.journal(); strings.Count(j, "profile.autostarted") != 2 {
		t.Error(j)
	}
	_ = c
}

// TestAutostartFails: what a program refuses is said once, in the journal, and not tried for ever.
func TestAutostartFails(t *testing.T) {
	h := open(t, sqltest.Open(t, sqltest.SQLite(t)))
	on := true
	_, err := h.Create(t.Context(), owner, Draft{Name: "bad", MinerType: "native", Config: h.config(), Autostart: &on})
	h.must(err)
	h.hub.set(func() { h.hub.may, h.hub.start = true, adit.Errorf(adit.Refused, "the binary was changed") })
	synctest.Test(t, func(t *testing.T) {
		running(t, h, func() { pass(time.Hour) })
	})
	if j := h.journal(); strings.Count(j, "profile.autostart-failed: the profile bad could not be started with adit: the binary was changed") != 1 {
		t.Error(j)
	}
}

func TestPools(t *testing.T) {
	for _, c := range adit.MinedCoins() {
		list, err := Pools(strings.ToLower(c.Name))
		if err != nil || len(list) != 5 {
			t.Errorf("%s: %d pools, %v", c.Name, len(list), err)
		}
		for _, p := range list {
			if p.Name == "" || p.Source == "" || !strings.Contains(p.URL, "://") || hostOf(p.URL) == "" {
				t.Errorf("%+v", p)
			}
			for _, day := range []string{p.Dated, p.Checked} {
				if _, err := time.Parse(time.DateOnly, day); err != nil {
					t.Errorf("%s: %v", p.Name, err)
				}
			}
			// What is recommended can be started.
			h := &hub{}
			wallet := open(t, nil).wallet
			for _, u := range []string{p.URL, p.PlainURL} {
				if u == "" {
					continue
				}
				if _, err := h.CheckConfig(t.Context(), owner, "native", []byte(`{"pool":"`+u+`","wallet":"`+wallet+`"}`)); err != nil {
					t.Errorf("%s: %v", p.Name, err)
				}
			}
		}
	}
	code(t, second(Pools("nocoin")), adit.Invalid, "coin:")
	if f := PoolFee("stratum+ssl://POOL.supportxmr.com:9000"); f == nil || *f != 0.6 {
		t.Errorf("%v", f)
	}
	for _, u := range []string{"stratum+tcp://127.0.0.1:3333", "pool.hashvault.pro:443", "other.example:1", "::", ""} {
		if f := PoolFee(u); f != nil {
			t.Errorf("%s: a fee of %v that nobody told", u, *f)
		}
	}
}

// pass lets the bubble's time go on.
func pass(d time.Duration) { <-time.After(d) }
