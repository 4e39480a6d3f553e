package sheet

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/internal/address/addresstest"
	"github.com/adit-mining/adit/store/sqldb/sqltest"
)

// TestRoundTrip: an export comes back as it was, in both forms, with and without secrets.
func TestRoundTrip(t *testing.T) {
	each(t, func(h *house) {
		h.made("One", `"password":"yes"`, `"threads":2`, `"tls":true`, `"pools":[{"pool":"stratum+ssl://b.example:443","password":"0x10"}]`)
		on := true
		_, err := h.Create(t.Context(), owner, Draft{Name: "Zwei: ä #", Description: "no\n- yes", MinerType: "native", Config: h.config(`"rigId":"007"`), Autostart: &on})
		h.must(err)
		before, err := h.List(t.Context(), owner)
		h.must(err)
		for _, secrets := range []bool{true, false} {
			for _, yaml := range []bool{true, false} {
				d, err := h.Export(t.Context(), owner, secrets)
				h.must(err)
				raw, err := json.Marshal(d)
				if yaml {
					raw, err = d.YAML()
				}
				h.must(err)
				if got := strings.Contains(string(raw), "0x10"); got != secrets {
					t.Errorf("secrets %v, in the file %v", secrets, got)
				}
				im, err := h.Import(t.Context(), owner, raw, ImportOptions{})
				h.must(err)
				if im.Kind != kindOwn || len(im.Entries) != 2 || im.Entries[0].Action != ActionSame || im.Entries[1].Action != ActionSame {
					t.Fatalf("over itself: %+v\n%s", im, raw)
				}
				for _, p := range before {
					h.must(h.Delete(t.Context(), owner, p.ID))
				}
				im, err = h.Import(t.Context(), owner, raw, ImportOptions{DryRun: true})
				h.must(err)
				if list, _ := h.List(t.Context(), owner); len(list) != 0 || im.Entries[0].Action != ActionCreate || im.Entries[0].Profile != "" {
					t.Fatalf("a dry run wrote %d profiles: %+v", len(list), im)
				}
				_, err = h.Import(t.Context(), owner, raw, ImportOptions{})
				h.must(err)
				after, err := h.List(t.Context(), owner)
				h.must(err)
				for i, p := range after {
					was := before[i]
					if p.Name != was.Name || p.Description != was.Description || string(p.Config) != string(was.Config) || p.Autostart != was.Autostart ||
						secrets && strings.Join(p.Secrets, " ") != strings.Join(was.Secrets, " ") || !secrets && len(p.Secrets) > 0 {
						t.Errorf("%+v\nis not\n%+v", p, was)
					}
				}
				if !secrets { // the next round needs them
					_, err := h.Update(t.Context(), owner, after[0].ID, Draft{Name: "One", MinerType: "native",
						Config: h.config(`"password":"yes"`, `"threads":2`, `"tls":true`, `"pools":[{"pool":"stratum+ssl://b.example:443","password":"0x10"}]`)})
					h.must(err)
				}
				before, err = h.List(t.Context(), owner)
				h.must(err)
			}
		}
		code(t, second(h.Export(t.Context(), adit.Actor{ID: "c", Scopes: []adit.Scope{adit.ScopeRead, adit.ScopeControl}}, true)), adit.Forbidden)
		code(t, second(h.Export(t.Context(), adit.Actor{}, false)), adit.Unauthorized)
		code(t, second(h.Import(t.Context(), adit.Actor{ID: "r", Scopes: []adit.Scope{adit.ScopeRead}}, []byte("{}"), ImportOptions{})), adit.Forbidden)
	})
}

func second[T any](_ T, err error) error { return err }

// TestPlatformFiles: what the Mining Platform writes is taken over; an entry without a valid wallet is refused by name.
func TestPlatformFiles(t *testing.T) {
	h := open(t, sqltest.Open(t, sqltest.SQLite(t)))
	seed := func(wallet string) string { // its Config always writes these six keys
		return `{"miner":"xmrig","pool":"stratum+tcp://pool.example:3333","wallet":"` + wallet + `","threads":0,"tls":false,"hugePages":true,"password":""}`
	}
	profiles := fmt.Sprintf(`[{"id":"5d9f6c1e-8f4b-4a53-9b7a-0a4d0f3c2b11","name":"Home","minerType":"xmrig","config":%s},
		{"id":"x","name":"Nobody's","minerType":"xmrig","config":%s},{"id":"y","name":"","minerType":"xmrig","config":%s},
		{"id":"z","name":"home","minerType":"xmrig","config":%s}]`, seed(h.wallet), seed(""), seed(h.wallet), seed(h.wallet))
	im, err := h.Import(t.Context(), owner, []byte(profiles), ImportOptions{})
	h.must(err)
	want := []string{"create", "refuse wallet", "refuse name", "refuse name"}
	for i, e := range im.Entries {
		if got := strings.TrimSpace(e.Action + " " + e.Field); got != want[i] || e.Action == ActionRefuse && e.Reason == "" {
			t.Errorf("%s: %q (%s), want %q", e.Source, got, e.Reason, want[i])
		}
	}
	list, err := h.List(t.Context(), owner)
	h.must(err)
	if im.Kind != kindProfiles || len(list) != 1 || list[0].Config == nil || strings.Contains(string(list[0].Config), "tls") || list[0].Autostart {
		t.Fatalf("%+v %+v", im, list)
	}

	autostart := `{"miners":[{"minerType":"xmrig","autostart":true,"config":` + seed(h.wallet) + `},{"minerType":"xmrig","autostart":true,"config":` + seed(h.wallet) +
		`},{"minerType":"tt-miner","autostart":false}],"database":{"enabled":true,"retentionDays":30}}`
	im, err = h.Import(t.Context(), owner, []byte(autostart), ImportOptions{})
	h.must(err)
	if im.Kind != kindAutostart || len(im.Entries) != 3 || im.Entries[0].Name != "xmrig" || im.Entries[1].Name != "xmrig 2" || im.Entries[2].Action != ActionRefuse ||
		!strings.Contains(im.Entries[2].Reason, "no wallet of its own") || len(im.Notes) != 1 {
		t.Fatalf("%+v", im)
	}
	if list, _ = h.List(t.Context(), owner); len(list) != 3 || !list[1].Autostart {
		t.Fatalf("%+v", list)
	}

	settings := `{"startOnBoot":true,"minerDefaults":{"defaultPool":"stratum+tcp://pool.example:3333","defaultWallet":"` + h.wallet +
		`","defaultAlgorithm":"rx/0","cpuMaxThreadsHint":50,"cpuThrottleThreshold":80},"theme":"dark","window":{"x":1}}`
	im, err = h.Import(t.Context(), owner, []byte(settings), ImportOptions{})
	h.must(err)
	if im.Kind != kindSettings || len(im.Entries) != 1 || im.Entries[0].Action != ActionCreate || len(im.Notes) != 3 {
		t.Fatalf("%+v", im)
	}
	im, err = h.Import(t.Context(), owner, []byte(`{"minerDefaults":{"defaultPool":"stratum+tcp://pool.example:3333"}}`), ImportOptions{})
	h.must(err)
	if im.Entries[0].Action != ActionRefuse || im.Entries[0].Field != "wallet" {
		t.Fatalf("%+v", im)
	}
}

// TestReplace: a profile of the same name is replaced only where that was asked for.
func TestReplace(t *testing.T) {
	h := open(t, sqltest.Open(t, sqltest.SQLite(t)))
	p := h.made("Desk", `"password":"hush"`)
	doc := []byte(`{"name":"desk","minerType":"native","config":` + string(h.config(`"threads":3`)) + `}`)
	im, err := h.Import(t.Context(), owner, doc, ImportOptions{})
	h.must(err)
	if im.Entries[0].Action != ActionRefuse || im.Entries[0].Field != "name" {
		t.Fatalf("%+v", im)
	}
	im, err = h.Import(t.Context(), owner, doc, ImportOptions{Replace: true})
	h.must(err)
	got, err := h.Get(t.Context(), owner, p.ID)
	h.must(err)
	if im.Entries[0].Action != ActionUpdate || im.Entries[0].Profile != p.ID || got.Version != 2 || got.Name != "desk" || len(got.Secrets) != 1 {
		t.Fatalf("%+v %+v", im, got)
	}
}

// TestHostileFiles: what is cut off, ambiguous, too big or too deep is refused whole, and nothing is written.
func TestHostileFiles(t *testing.T) {
	h := open(t, sqltest.Open(t, sqltest.SQLite(t)))
	h.made("One")
	d, err := h.Export(t.Context(), owner, true)
	h.must(err)
	good, err := json.Marshal(d)
	h.must(err)
	yaml, err := d.YAML()
	h.must(err)
	list, err := h.List(t.Context(), owner)
	h.must(err)
	h.must(h.Delete(t.Context(), owner, list[0].ID))

	refuse := func(what string, raw []byte) {
		t.Helper()
		im, err := h.Import(t.Context(), owner, raw, ImportOptions{})
		if adit.CodeOf(err) != adit.Invalid || len(im.Entries) > 0 {
			t.Errorf("%s: %v %+v", what, err, im)
		}
		if err != nil && strings.Contains(err.Error(), h.wallet) {
			t.Errorf("%s: the error repeats the file", what)
		}
	}
	for n := range good { // every half-written file
		if n > 0 {
			refuse(fmt.Sprintf("JSON cut at %d", n), good[:n])
		}
	}
	lines := strings.SplitAfter(string(yaml), "\n")
	for n := range lines {
		if cut := strings.Join(lines[:n], ""); strings.TrimSpace(cut) != "" && n < len(lines)-1 {
			refuse(fmt.Sprintf("YAML cut at line %d", n), []byte(cut))
		}
	}
	refuse("empty", nil)
	refuse("spaces", []byte(" \n"))
	refuse("too long", []byte(`[`+strings.Repeat(" ", maxFile)+`]`))
	refuse("too deep", []byte(strings.Repeat(`[`, 40)+strings.Repeat(`]`, 40)))
	refuse("deep YAML", []byte(strings.Repeat("- ", 40)+"x"))
	refuse("a key twice", []byte(`{"name":"a","minerType":"native","config":{"wallet":"1","wallet":"2"}}`))
	refuse("a key twice in YAML", []byte("name: a\nname: b\nminerType: native\nconfig: {}\n"))
	refuse("two documents", []byte("name: a\nminerType: native\nconfig: {}\n---\nname: b\n"))
	refuse("something behind", append(append([]byte{}, good...), `{"x":1}`...))
	refuse("a bomb", []byte("a: &a [x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a]\nprofiles: [*b,*b]\n"))
	refuse("a merge", []byte("x: &x {a: 1}\nprofiles:\n- <<: *x\n"))
	refuse("an own tag", []byte("profiles: !!python/object 1\n"))
	refuse("a number", []byte("42"))
	refuse("text", []byte("hello"))
	refuse("binary", []byte{0, 1, 2, 0xff})
	refuse("another object", []byte(`{"pools":[{"url":"x"}]}`))
	refuse("a newer adit", []byte(`{"adit":"profiles","format":2,"profiles":[],"complete":true}`))
	refuse("another export", []byte(`{"adit":"devices","format":1,"profiles":[],"complete":true}`))
	refuse("no list", []byte(`{"profiles":{"a":1}}`))
	refuse("no list of miners", []byte(`{"miners":{"a":1}}`))
	refuse("too many", []byte(`[`+strings.Repeat(`{},`, MaxProfiles)+`{}]`))
	if list, err := h.List(t.Context(), owner); err != nil || len(list) != 0 {
		t.Errorf("%d profiles were written: %v", len(list), err)
	}

	// Entries that are odd by themselves are refused by name; the file is read.
	odd := `[1,{"name":5},{"name":"a","minerType":"native","config":7},{"name":"a\u0000","minerType":"native","config":{}},` +
		`{"name":"` + strings.Repeat("n", 300) + `","minerType":"native","config":{}},{"name":"c","minerType":"../../x","config":{}},` +
		`{"name":"d","minerType":"native","config":{"pool":"stratum+tcp://p.example:1;rm -rf /","wallet":"` + h.wallet + `"}},` +
		`{"name":"e","minerType":"native","config":{"pool":"stratum+tcp://p.example:1","wallet":"` + h.wallet + `","nosuchkey":1}}]`
	im, err := h.Import(t.Context(), owner, []byte(odd), ImportOptions{})
	h.must(err)
	for _, e := range im.Entries {
		if e.Action != ActionRefuse || e.Reason == "" || len([]rune(e.Name)) > maxName+1 {
			t.Errorf("%+v", e)
		}
	}
	if len(im.Entries) != 8 {
		t.Errorf("%d entries", len(im.Entries))
	}
}

// TestImportIsAllOrNothing: where the database refuses in the middle, nothing stays.
func TestImportIsAllOrNothing(t *testing.T) {
	h := open(t, sqltest.Open(t, sqltest.SQLite(t)))
	_, err := h.o.DB.Exec(t.Context(), `CREATE TRIGGER full BEFORE INSERT ON profile_entry WHEN NEW.name = 'b' BEGIN SELECT RAISE(ABORT, 'no'); END`)
	h.must(err)
	entry := func(name string) string {
		return `{"name":"` + name + `","minerType":"native","config":` + string(h.config()) + `}`
	}
	if _, err := h.Import(t.Context(), owner, []byte("["+entry("a")+","+entry("b")+"]"), ImportOptions{}); err == nil {
		t.Error("the refusal was not told")
	}
	if list, err := h.List(t.Context(), owner); err != nil || len(list) != 0 {
		t.Errorf("%d profiles stayed: %v", len(list), err)
	}
}

// FuzzImport: no file makes adit fail, or take over what a start would refuse.
func FuzzImport(f *testing.F) {
	for _, s := range []string{`[]`, `{"miners":[{"minerType":"xmrig","autostart":true}],"database":{"enabled":true}}`, `{"minerDefaults":{"defaultPool":"x"}}`,
		`{"adit":"profiles","format":1,"profiles":[{"name":"a","minerType":"native","config":{"pools":[{"pool":"x"}]}}],"complete":true}`,
		"name: a\nminerType: native\nconfig:\n  pool: stratum+tcp://a.example:1\n", `{"profiles":[{"name":"a","config":null}]}`} {
		f.Add([]byte(s), false)
	}
	wallet := addresstest.Monero(f)
	f.Add([]byte(`[{"name":"a","minerType":"native","config":{"pool":"stratum+tcp://a.example:1","wallet":"`+wallet+`"}}]`), true)
	f.Fuzz(func(t *testing.T, raw []byte, yaml bool) {
		got, err := read(raw, yaml)
		if err != nil {
			if adit.CodeOf(err) != adit.Invalid {
				t.Fatalf("%v", err)
			}
			return
		}
		if len(got.entries) > MaxProfiles {
			t.Fatalf("%d entries", len(got.entries))
		}
		h := &hub{}
		for _, e := range got.entries {
			if e.err != nil || e.draft.Validate() != nil {
				continue
			}
			config, err := keep(json.RawMessage(`{}`), e.draft.Config)
			if err != nil {
				continue
			}
			if config, err = h.CheckConfig(t.Context(), owner, e.draft.MinerType, config); err != nil {
				continue
			}
			shown, _, err := hide(config)
			if err != nil {
				t.Fatal(err)
			}
			o, err := parse(shown)
			if err != nil || o["wallet"] == nil || o["pool"] == nil {
				t.Fatalf("taken over without pool or wallet: %s", shown)
			}
			for _, k := range SecretKeys {
				if o[k] != nil {
					t.Fatalf("%s is shown", k)
				}
			}
		}
	})
}
