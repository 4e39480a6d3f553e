package sheet

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/fleet/command"
	"github.com/adit-mining/adit/fleet/journal"
	"github.com/adit-mining/adit/internal/address/addresstest"
	"github.com/adit-mining/adit/link/wire"
	"github.com/adit-mining/adit/store/sqldb"
	"github.com/adit-mining/adit/store/sqldb/sqltest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// hub is the rest of the house: real rules for configurations, an agent that a test plays.
type hub struct {
	mu      sync.Mutex
	render  error
	start   error
	running map[string]string
	may     bool
	started []string // instance kind config
}

func (h *hub) CheckConfig(_ context.Context, _ adit.Actor, kind string, raw json.RawMessage) (json.RawMessage, error) {
	c, err := command.CheckedConfig(kind, raw)
	if err != nil {
		return nil, err
	}
	return json.Marshal(c)
}

func (h *hub) RenderConfig(context.Context, adit.Actor, string, json.RawMessage) (wire.Rendered, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return wire.Rendered{}, h.render
}

func (h *hub) StartProfile(_ context.Context, _ adit.Actor, profile, instance, kind string, config json.RawMessage) (adit.DeviceID, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.start != nil {
		return "", h.start
	}
	h.running[profile] = instance
	h.started = append(h.started, instance+" "+kind+" "+string(config))
	return adit.RigID("rig").Device(instance), nil
}

func (h *hub) RunningProfiles(context.Context, adit.Actor) (map[string]string, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	out := map[string]string{}
	for k, v := range h.running {
		out[k] = v
	}
	return out, nil
}

func (h *hub) MayMine(context.Context, adit.Actor) (bool, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.may, nil
}

// set changes what the rest of the house does.
func (h *hub) set(change func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	change()
}

func (h *hub) starts() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]string(nil), h.started...)
}

type house struct {
	*testing.T
	*Service
	hub    *hub
	log    *journal.Service
	wallet string
}

var owner = adit.LocalOwner("test")

// each opens the noun on both engines.
func each(t *testing.T, test func(h *house)) {
	sqltest.Each(t, func(t *testing.T, db *sqldb.DB) { test(open(t, db)) })
}

func open(t *testing.T, db *sqldb.DB) *house {
	hub := &hub{running: map[string]string{}}
	log := &journal.Service{DB: db}
	at := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	return &house{T: t, hub: hub, log: log, wallet: addresstest.Monero(t), Service: New(Options{
		DB: db, Checker: hub, Starter: hub, Watcher: hub, Journal: log, Now: func() time.Time { at = at.Add(time.Second); return at },
	})}
}

func (h *house) must(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

// config is one that a start would accept; more is further keys.
func (h *house) config(more ...string) json.RawMessage {
	parts := append([]string{`"pool":"stratum+tcp://pool.example:3333"`, `"wallet":"` + h.wallet + `"`}, more...)
	return json.RawMessage("{" + strings.Join(parts, ",") + "}")
}

func (h *house) made(name string, more ...string) Profile {
	h.Helper()
	p, err := h.Create(h.Context(), owner, Draft{Name: name, MinerType: "native", Config: h.config(more...)})
	h.must(err)
	return p
}

func (h *house) journal() (out string) {
	h.Helper()
	list, err := h.log.List(h.Context(), owner, 0, 1000)
	h.must(err)
	for _, e := range list {
		out += e.Kind + ": " + e.Text + "\n"
	}
	return out
}

func code(t *testing.T, err error, want adit.Code, words ...string) {
	t.Helper()
	if adit.CodeOf(err) != want {
		t.Errorf("%v: code %q, want %q", err, adit.CodeOf(err), want)
		return
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("%q lacks %q", err, w)
		}
	}
}

func TestLife(t *testing.T) {
	each(t, func(h *house) {
		p := h.made("My Rig 2", `"password":"hush"`, `"threads":2`, `"proxy":"me:hush@127.0.0.1:9050"`)
		if p.Instance != "my-rig-2" || p.Version != 1 || strings.Join(p.Secrets, " ") != "password proxy" || strings.Contains(string(p.Config), "hush") {
			t.Fatalf("%+v", p)
		}
		got, err := h.Get(t.Context(), owner, p.ID)
		h.must(err)
		if got.Name != p.Name || !got.Created.Equal(p.Created) || string(got.Config) != string(p.Config) {
			t.Errorf("%+v", got)
		}
		st, err := h.Start(t.Context(), owner, p.ID)
		h.must(err)
		if st.Device != "rig/my-rig-2" || !strings.Contains(h.hub.starts()[0], `"password":"hush"`) {
			t.Errorf("%+v %v", st, h.hub.starts())
		}
		_, err = h.Start(t.Context(), owner, p.ID)
		code(t, err, adit.Conflict, "runs already, as my-rig-2")
		second := h.made("Another")
		_, err = h.Start(t.Context(), owner, second.ID)
		h.must(err) // several programs at once
		last, err := h.Lasts(t.Context(), owner)
		h.must(err)
		if len(last) != 1 || last[0].Profile == nil || *last[0].Profile != second.ID || last[0].MinerType != "native" {
			t.Errorf("%+v", last)
		}
		h.must(h.Remember(t.Context(), owner, "native", h.config(`"password":"hush2"`)))
		last, err = h.Lasts(t.Context(), owner)
		h.must(err)
		if len(last) != 1 || last[0].Profile != nil || strings.Contains(string(last[0].Config), "hush2") || len(last[0].Secrets) != 1 {
			t.Errorf("%+v", last)
		}
		h.must(h.Delete(t.Context(), owner, p.ID))
		_, err = h.Get(t.Context(), owner, p.ID)
		code(t, err, adit.NotFound)
		code(t, h.Delete(t.Context(), owner, p.ID), adit.NotFound)
		list, err := h.List(t.Context(), owner)
		h.must(err)
		if len(list) != 1 || list[0].ID != second.ID {
			t.Errorf("%+v", list)
		}
		if j := h.journal(); strings.Contains(j, "hush") || !strings.Contains(j, "profile.created: the profile My Rig 2 was made") || !strings.Contains(j, "profile.deleted") {
			t.Error(j)
		}
	})
}

// TestSecretsStay: a PUT that leaves a secret out keeps it, "" forgets it, a further pool's goes with its pool.
func TestSecretsStay(t *testing.T) {
	each(t, func(h *house) {
		pools := `"pools":[{"pool":"stratum+tcp://a.example:1","password":"aa"},{"pool":"stratum+tcp://b.example:1","password":"bb"}]`
		p := h.made("x", `"password":"hush"`, `"httpAccessToken":"0123456789abcdef"`, pools)
		if strings.Join(p.Secrets, " ") != "password httpAccessToken pools[0].password pools[1].password" {
			t.Fatalf("%v", p.Secrets)
		}
		put := func(config json.RawMessage) Profile {
			t.Helper()
			p, err := h.Update(t.Context(), owner, p.ID, Draft{Name: "x", MinerType: "native", Config: config})
			h.must(err)
			return p
		}
		if got := put(p.Config); strings.Join(got.Secrets, " ") != strings.Join(p.Secrets, " ") {
			t.Errorf("sent back as read: %v", got.Secrets)
		}
		moved := strings.Replace(string(p.Config), "pool.example", "other.example", 1)
		if got := put(json.RawMessage(moved)); moved == string(p.Config) || strings.Join(got.Secrets, " ") != "httpAccessToken pools[0].password pools[1].password" {
			t.Errorf("another pool got the password: %v", got.Secrets)
		}
		swapped := `"pools":[{"pool":"stratum+tcp://b.example:1"},{"pool":"stratum+tcp://c.example:1"}]`
		if got := put(h.config(`"password":""`, swapped)); strings.Join(got.Secrets, " ") != "httpAccessToken pools[0].password" {
			t.Errorf("%v", got.Secrets)
		}
		_, err := h.Start(t.Context(), owner, p.ID)
		h.must(err)
		if c := h.hub.starts()[0]; !strings.Contains(c, `"bb"`) || strings.Contains(c, `"aa"`) || strings.Contains(c, "hush") {
			t.Error(c)
		}
		versions, err := h.Versions(t.Context(), owner, p.ID)
		h.must(err)
		for _, v := range versions {
			b, err := json.Marshal(v)
			h.must(err)
			for _, secret := range []string{"hush", "0123456789abcdef", `"aa"`, `"bb"`} {
				if strings.Contains(string(b), secret) {
					t.Errorf("version %d tells a secret: %s", v.Version, b)
				}
			}
		}
		// Going back brings the old secrets back.
		got, err := h.Revert(t.Context(), owner, p.ID, 1, nil)
		h.must(err)
		if strings.Join(got.Secrets, " ") != strings.Join(p.Secrets, " ") {
			t.Errorf("%v", got.Secrets)
		}
	})
}

func TestRefusals(t *testing.T) {
	each(t, func(h *house) {
		p := h.made("Desk")
		try := func(d Draft) error {
			_, err := h.Create(t.Context(), owner, d)
			return err
		}
		ok := func(change func(*Draft)) Draft {
			d := Draft{Name: "other", MinerType: "native", Config: h.config()}
			change(&d)
			return d
		}
		code(t, try(ok(func(d *Draft) { d.Name = " desk " })), adit.Conflict, "name:", "already")
		code(t, try(ok(func(d *Draft) { d.Name = "Désk" })), "")
		code(t, try(ok(func(d *Draft) { d.Name = "D-Sk" })), adit.Conflict, "d-sk")
		code(t, try(ok(func(d *Draft) { d.Name = "" })), adit.Invalid, "name:")
		code(t, try(ok(func(d *Draft) { d.Name = "a\x00b" })), adit.Invalid, "name:")
		code(t, try(ok(func(d *Draft) { d.Name = strings.Repeat("ä", 65) })), adit.Invalid, "name:")
		code(t, try(ok(func(d *Draft) { d.Description = strings.Repeat("d", 501) })), adit.Invalid, "description:")
		code(t, try(ok(func(d *Draft) { d.MinerType = "../x" })), adit.Invalid, "minerType:")
		code(t, try(ok(func(d *Draft) { d.Config = nil })), adit.Invalid, "config:")
		code(t, try(ok(func(d *Draft) { d.Config = json.RawMessage(`[]`) })), adit.Invalid, "config:")
		code(t, try(ok(func(d *Draft) { d.Config = json.RawMessage(`{"pool":`) })), adit.Invalid, "config:")
		code(t, try(ok(func(d *Draft) { d.Config = json.RawMessage(`{"pool":"stratum+tcp://p.example:1"}`) })), adit.Invalid, "wallet:")
		code(t, try(ok(func(d *Draft) { d.Config = h.config(`"name":"z"`) })), adit.Invalid, "name:")
		code(t, try(ok(func(d *Draft) { d.Config = h.config(`"pool2":"z"`) })), adit.Invalid, "pool2:")
		code(t, try(ok(func(d *Draft) { d.Config = h.config(`"title":"` + strings.Repeat("x", maxConfig) + `"`) })), adit.Invalid, "config:", "64 KiB")
		h.hub.set(func() { h.hub.render = adit.Errorf(adit.NotFound, "no such program") })
		code(t, try(ok(func(d *Draft) { d.MinerType = "nobody" })), adit.Invalid, "minerType:")
		h.hub.set(func() { h.hub.render = adit.Errorf(adit.Invalid, "av: adit-miner cannot act on it: leave it out") })
		code(t, try(ok(func(d *Draft) {})), adit.Invalid, "av:")
		h.hub.set(func() { h.hub.render = adit.Errorf(adit.Unreachable, "nobody there") })
		code(t, try(ok(func(d *Draft) {})), "") // an agent that is away keeps nobody from writing
		h.hub.set(func() { h.hub.render = nil })

		old := int64(1)
		_, err := h.Update(t.Context(), owner, p.ID, Draft{Name: "Desk 1", MinerType: "native", Config: h.config(), Version: &old})
		h.must(err)
		_, err = h.Update(t.Context(), owner, p.ID, Draft{Name: "Desk 2", MinerType: "native", Config: h.config(), Version: &old})
		code(t, err, adit.Conflict, "version 2")
		_, err = h.Update(t.Context(), owner, p.ID, Draft{Name: "Other", MinerType: "native", Config: h.config()})
		code(t, err, adit.Conflict, "name:")
		_, err = h.Update(t.Context(), owner, "nobody", Draft{Name: "q", MinerType: "native", Config: h.config()})
		code(t, err, adit.NotFound)
		_, err = h.Revert(t.Context(), owner, p.ID, 99, nil)
		code(t, err, adit.NotFound)
		_, err = h.Revert(t.Context(), owner, p.ID, 1, &old)
		code(t, err, adit.Conflict)
		_, err = h.Versions(t.Context(), owner, "nobody")
		code(t, err, adit.NotFound)
	})
}

func TestLimits(t *testing.T) {
	db := sqltest.Open(t, sqltest.SQLite(t))
	h := open(t, db)
	p := h.made("p")
	r, err := byID(t.Context(), db, p.ID)
	h.must(err)
	h.must(db.InTx(t.Context(), func(q sqldb.Q) error {
		for i := range MaxProfiles - 1 {
			next := r
			next.ID, next.Name = adit.NewID(), fmt.Sprintf("p%d", i)
			next.Instance = instanceOf(next.Name, next.ID)
			if err := insert(t.Context(), q, next); err != nil {
				return err
			}
		}
		return nil
	}))
	_, err = h.Create(t.Context(), owner, Draft{Name: "one more", MinerType: "native", Config: h.config()})
	code(t, err, adit.Conflict, "200 profiles")
	_, err = db.Exec(t.Context(), `DELETE FROM profile_entry WHERE id <> ?`, p.ID)
	h.must(err)
	for range maxVersions + 5 {
		_, err := h.Update(t.Context(), owner, p.ID, Draft{Name: p.Name, MinerType: "native", Config: h.config()})
		h.must(err)
	}
	versions, err := h.Versions(t.Context(), owner, p.ID)
	h.must(err)
	if len(versions) != maxVersions || versions[0].Version != maxVersions+6 {
		t.Errorf("%d versions, newest %d", len(versions), versions[0].Version)
	}
}

// TestActors: nobody may anything, who reads may not change.
func TestActors(t *testing.T) {
	h := open(t, sqltest.Open(t, sqltest.SQLite(t)))
	p := h.made("x")
	reader := adit.Actor{ID: "r", Name: "reader", Scopes: []adit.Scope{adit.ScopeRead}}
	for _, c := range []struct {
		actor         adit.Actor
		reads, writes adit.Code
	}{{adit.Actor{}, adit.Unauthorized, adit.Unauthorized}, {reader, "", adit.Forbidden}} {
		d := Draft{Name: "y", MinerType: "native", Config: h.config()}
		_, e1 := h.List(t.Context(), c.actor)
		_, e2 := h.Get(t.Context(), c.actor, p.ID)
		_, e3 := h.Versions(t.Context(), c.actor, p.ID)
		_, e4 := h.Lasts(t.Context(), c.actor)
		_, e5 := h.Running(t.Context(), c.actor)
		for _, err := range []error{e1, e2, e3, e4, e5} {
			code(t, err, c.reads)
		}
		_, e1 = h.Create(t.Context(), c.actor, d)
		_, e2 = h.Update(t.Context(), c.actor, p.ID, d)
		e3 = h.Delete(t.Context(), c.actor, p.ID)
		_, e4 = h.Start(t.Context(), c.actor, p.ID)
		_, e5 = h.Revert(t.Context(), c.actor, p.ID, 1, nil)
		e6 := h.Remember(t.Context(), c.actor, "native", d.Config)
		for _, err := range []error{e1, e2, e3, e4, e5, e6} {
			code(t, err, c.writes)
		}
	}
}
