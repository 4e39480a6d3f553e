package api

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/api/body"
	"github.com/adit-mining/adit/device"
	"github.com/adit-mining/adit/link/wire"
)

// TestProfileJourney: a profile is made, read, changed, started and deleted, with the Mining Platform's statuses.
func TestProfileJourney(t *testing.T) {
	h := openHub(t)
	wallet := moneroAddress(t)
	want := func(status int, method, path, content string, into any) string {
		t.Helper()
		got, _, text := h.request(method, path, content, h.asOwner)
		if got != status {
			t.Fatalf("%s %s: %d, want %d: %s", method, path, got, status, text)
		}
		if into != nil {
			must(t, json.Unmarshal([]byte(text), into))
		}
		return text
	}
	const base = "/api/v1/mining/profiles"
	var p body.Profile
	config := `{"pool":"stratum+tcp://pool.example:3333","wallet":"` + wallet + `","password":"hush"}`
	text := want(201, "POST", base, `{"name":"Desk Rig","minerType":"native","description":"d","config":`+config+`}`, &p)
	if strings.Contains(text, "hush") || p.ID == "" || p.Version != 1 || p.Instance != "desk-rig" || len(p.Secrets) != 1 || p.Config.Wallet != wallet ||
		p.CreatedAt.IsZero() || p.UpdatedAt.IsZero() || p.Running == nil || *p.Running {
		t.Fatalf("%s", text)
	}
	want(409, "POST", base, `{"name":"desk  rig","minerType":"native","config":`+config+`}`, nil)
	want(400, "POST", base, `{"name":"x","minerType":"native","config":{"pool":"stratum+tcp://pool.example:3333"}}`, nil)
	want(404, "GET", base+"/nobody", "", nil)
	want(200, "GET", base+"/"+p.ID, "", &p)
	var list []body.Profile
	want(200, "GET", base, "", &list)
	if len(list) != 1 || list[0].ID != p.ID {
		t.Fatalf("%+v", list)
	}
	changed := strings.Replace(text, "Desk Rig", "Desk", 1)
	want(200, "PUT", base+"/"+p.ID, changed, &p)
	if p.Version != 2 || p.Name != "Desk" || len(p.Secrets) != 1 {
		t.Fatalf("%+v", p)
	}
	if text := want(409, "PUT", base+"/"+p.ID, changed, nil); !strings.Contains(text, "version 2") {
		t.Error(text)
	}
	var versions []body.ProfileVersion
	want(200, "GET", base+"/"+p.ID+"/versions", "", &versions)
	if len(versions) != 2 || len(versions[0].Changes) != 1 || versions[0].Changes[0].Key != "name" {
		t.Fatalf("%+v", versions)
	}
	want(200, "POST", base+"/"+p.ID+"/revert", `{"version":1,"expected":2}`, &p)
	if p.Version != 3 || p.Name != "Desk Rig" {
		t.Fatalf("%+v", p)
	}
	var m body.Miner
	want(200, "POST", base+"/"+p.ID+"/start", "", &m)
	if m.Name != "desk-rig" {
		t.Fatalf("%+v", m)
	}
	var last []body.LastConfig
	want(200, "GET", "/api/v1/profiles/last", "", &last)
	if len(last) != 1 || last[0].Profile == nil || *last[0].Profile != p.ID || last[0].Config.Password != "" {
		t.Fatalf("%+v", last)
	}
	if text := want(200, "DELETE", base+"/"+p.ID, "", nil); !strings.Contains(text, `"profile deleted"`) {
		t.Error(text)
	}
	want(404, "POST", base+"/"+p.ID+"/start", "", nil)
}

func TestSettingsAndEstimate(t *testing.T) {
	h := openHub(t)
	var set body.Settings
	status, _, text := h.request("PUT", "/api/v1/settings", `{"power":{"pricePerKwh":0.28,"watts":140},"figures":{"xmr":{"price":{"value":150}}}}`, h.asOwner)
	must(t, json.Unmarshal([]byte(text), &set))
	if status != 200 || *set.Power.PricePerKwh != 0.28 || set.Figures["XMR"].Price.Source != "typed" || set.Figures["XMR"].Price.At == nil {
		t.Fatalf("%d %s", status, text)
	}
	var e body.Estimate
	status, _, text = h.request("POST", "/api/v1/estimate", `{"minerType":"native","config":{}}`, h.asOwner)
	must(t, json.Unmarshal([]byte(text), &e))
	if status != 200 || e.Revenue.Value != nil || e.Revenue.Why == "" || e.Cost.Value == nil || e.Loss != nil || !strings.Contains(e.Sentence, "revenue unknown, 0.94 EUR/day power") {
		t.Fatalf("%d %s", status, text)
	}
}

// ask is one request of the owner; it fails the test where the status is another.
func (h *hub) ask(status int, method, path, content string, into any) string {
	h.t.Helper()
	got, _, text := h.request(method, path, content, h.asOwner)
	if got != status {
		h.t.Fatalf("%s %s: %d, want %d: %s", method, path, got, status, text)
	}
	if into != nil {
		must(h.t, json.Unmarshal([]byte(text), into))
	}
	return text
}

// TestProfileSecrets: a secret is kept where a PUT leaves it out, forgotten where it is "", and never told.
func TestProfileSecrets(t *testing.T) {
	h := openHub(t)
	wallet := moneroAddress(t)
	config := func(more string) string {
		return `{"name":"x","minerType":"native","config":{"pool":"stratum+tcp://p.example:1","wallet":"` + wallet + `"` + more + `}}`
	}
	var p body.Profile
	seen := h.ask(201, "POST", "/api/v1/mining/profiles", config(`,"password":"hush1","proxy":"hush2@127.0.0.1:1","pools":[{"pool":"stratum+tcp://b.example:1","password":"hush3"}]`), &p)
	path := "/api/v1/mining/profiles/" + p.ID
	seen += h.ask(200, "PUT", path, config(`,"pools":[{"pool":"stratum+tcp://b.example:1"}]`), &p)
	if strings.Join(p.Secrets, " ") != "password proxy pools[0].password" {
		t.Errorf("%v", p.Secrets)
	}
	seen += h.ask(200, "PUT", path, config(`,"password":""`), &p)
	if strings.Join(p.Secrets, " ") != "proxy" {
		t.Errorf("%v", p.Secrets)
	}
	seen += h.ask(200, "GET", "/api/v1/mining/profiles", "", nil) + h.ask(200, "GET", path+"/versions", "", nil) +
		h.ask(200, "GET", "/api/v1/profiles/export", "", nil) + h.ask(200, "GET", "/api/v1/profiles/export?format=yaml", "", nil) +
		h.ask(200, "POST", path+"/start", "", nil) + h.ask(200, "GET", "/api/v1/profiles/last", "", nil) +
		h.ask(200, "GET", "/api/v1/journal?limit=100", "", nil)
	if strings.Contains(seen, "hush") {
		t.Error("a secret was told")
	}
	if text := h.ask(200, "GET", "/api/v1/profiles/export?secrets=true&format=yaml", "", nil); !strings.Contains(text, "hush2") || !strings.HasSuffix(text, "complete: true\n") {
		t.Error(text)
	}
	h.ask(400, "GET", "/api/v1/profiles/export?format=xml", "", nil)
	h.ask(404, "GET", "/api/v1/profiles/export?id=nobody", "", nil)
}

// TestImportOverREST: a dry run says for each entry what would be made; a file cut off is refused.
func TestImportOverREST(t *testing.T) {
	h := openHub(t)
	wallet := moneroAddress(t)
	file := `[{"name":"Good","minerType":"xmrig","config":{"miner":"xmrig","pool":"p.example:3333","wallet":"` + wallet + `","threads":0,"tls":false,"hugePages":true}},` +
		`{"name":"Bad","minerType":"xmrig","config":{"miner":"xmrig","pool":"p.example:3333","wallet":"","threads":0,"tls":false,"hugePages":true}}]`
	send := func(content string) string {
		b, err := json.Marshal(map[string]any{"content": content})
		must(t, err)
		return string(b)
	}
	var r body.ImportResult
	h.ask(200, "POST", "/api/v1/profiles/import?dryRun=true", send(file), &r)
	if !r.DryRun || len(r.Items) != 2 || r.Items[0].Outcome != "create" || r.Items[1].Outcome != "refuse" || r.Items[1].Name != "Bad" || r.Items[1].Field != "wallet" {
		t.Fatalf("%+v", r)
	}
	var list []body.Profile
	h.ask(200, "GET", "/api/v1/mining/profiles", "", &list)
	if len(list) != 0 {
		t.Fatal("a dry run wrote")
	}
	h.ask(400, "POST", "/api/v1/profiles/import", send(file[:len(file)-20]), nil)
	h.ask(200, "POST", "/api/v1/profiles/import", send(file), &r)
	h.ask(200, "GET", "/api/v1/mining/profiles", "", &list)
	if len(list) != 1 || list[0].Name != "Good" || r.Items[0].ProfileID == nil || *r.Items[0].ProfileID != list[0].ID {
		t.Fatalf("%+v %+v", list, r)
	}
}

func TestCheckAndPools(t *testing.T) {
	h := openHub(t)
	wallet := moneroAddress(t)
	var c body.CheckResult
	h.ask(200, "POST", "/api/v1/profiles/check", `{"minerType":"native","config":{"pool":"stratum+tcp://p.example:1"}}`, &c)
	if c.OK || len(c.Errors) != 1 || c.Errors[0].Location != "wallet" || c.Rendered != nil {
		t.Errorf("%+v", c)
	}
	h.ask(200, "POST", "/api/v1/profiles/check", `{"minerType":"native","config":{"threads":"many"}}`, &c)
	if c.OK || c.Errors[0].Location != "threads" {
		t.Errorf("%+v", c)
	}
	good := `{"minerType":"native","config":{"pool":"stratum+tcp://p.example:1","wallet":"` + wallet + `","password":"hush"}}`
	h.agent.replies(func(q wire.Query) wire.Answer {
		if q.Kind != "render" || strings.Contains(string(q.Args), "hush") {
			t.Errorf("asked %s %s", q.Kind, q.Args)
		}
		return wire.Answer{Result: json.RawMessage(`{"path":"/opt/m","args":["-c","x"],"files":{"x":"{}"}}`)}
	})
	text := h.ask(200, "POST", "/api/v1/profiles/check", good, &c)
	if !c.OK || c.Rendered == nil || c.Rendered.Path != "/opt/m" || strings.Contains(text, "hush") {
		t.Errorf("%s", text)
	}
	h.agent.replies(func(wire.Query) wire.Answer { return wire.Answer{Code: adit.Unsupported, Reason: "an older agent"} })
	if h.ask(200, "POST", "/api/v1/profiles/check", good, &c); !c.OK || c.Rendered != nil || c.Why == "" {
		t.Errorf("%+v", c)
	}
	h.agent.replies(func(wire.Query) wire.Answer { return wire.Answer{Code: adit.Invalid, Reason: "av: it cannot"} })
	if h.ask(200, "POST", "/api/v1/profiles/check", good, &c); c.OK || len(c.Errors) != 1 {
		t.Errorf("%+v", c)
	}
	var pools []body.CoinPools
	h.ask(200, "GET", "/api/v1/pools?coin=xmr", "", &pools)
	if len(pools) != 1 || len(pools[0].Pools) != 5 || !strings.Contains(pools[0].Note, "adit gets nothing") {
		t.Errorf("%+v", pools)
	}
	for _, p := range pools[0].Pools {
		if p.Source == "" || p.Dated == "" {
			t.Errorf("%+v", p)
		}
	}
	h.ask(400, "GET", "/api/v1/pools?coin=nocoin", "", nil)
}

// replies makes the agent answer every question like this.
func (p *player) replies(answer func(wire.Query) wire.Answer) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.answerTo = answer
}

// TestRunningProfile: what the agent says of a program shows which profile it was started from; the same one does not
// start twice.
func TestRunningProfile(t *testing.T) {
	h := openHub(t)
	var p body.Profile
	h.ask(201, "POST", "/api/v1/mining/profiles", `{"name":"Desk","minerType":"native","config":{"pool":"stratum+tcp://p.example:1","wallet":"`+moneroAddress(t)+`"}}`, &p)
	now := time.Now().UTC()
	facts := func(desired string) {
		h.agent.frame(wire.Frame{Kind: wire.FrameFacts, Facts: &wire.DeviceFacts{Device: "rig1/desk", At: now, Reach: "live", Work: "starting", Since: now,
			Info: device.Info{Name: "desk", Kind: device.KindSoftware, Driver: "adit-miner"}, Desired: desired, Profile: p.ID}})
	}
	facts("running")
	h.ask(200, "GET", "/api/v1/mining/profiles/"+p.ID, "", &p)
	if p.Running == nil || !*p.Running {
		t.Errorf("%+v", p)
	}
	if text := h.ask(200, "GET", "/api/v1/state", "", nil); !strings.Contains(text, `"profile":"`+p.ID+`"`) {
		t.Error("the live state does not tell the profile")
	}
	if text := h.ask(409, "POST", "/api/v1/mining/profiles/"+p.ID+"/start", "", nil); !strings.Contains(text, "runs already, as desk") {
		t.Error(text)
	}
	facts("stopped")
	h.ask(200, "POST", "/api/v1/mining/profiles/"+p.ID+"/start", "", nil)
	var args wire.StartArgs
	h.agent.mu.Lock()
	must(t, json.Unmarshal(h.agent.orders[len(h.agent.orders)-1].Args, &args))
	h.agent.mu.Unlock()
	if args.Profile != p.ID || args.Name != "desk" || args.Driver != "native" {
		t.Errorf("%+v", args)
	}
}
