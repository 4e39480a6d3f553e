package api

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/api/body"
	"github.com/adit-mining/adit/coop/view"
	"github.com/adit-mining/adit/fleet/account"
)

// wants asks, expects a status and reads the answer.
func (h *hub) wants(status int, method, path, content string, into any, change ...func(*http.Request)) string {
	h.t.Helper()
	if len(change) == 0 {
		change = append(change, h.asOwner)
	}
	got, header, text := h.request(method, path, content, change...)
	if got != status {
		h.t.Fatalf("%s %s: %d, want %d: %s", method, path, got, status, text)
	}
	if status >= 400 {
		h.problem(got, header, text)
	}
	if into != nil {
		must(h.t, json.Unmarshal([]byte(text), into))
	}
	return text
}

// TestCoopGlance: the answer carries what follows from the facts, and alarms are not doubled by asking twice.
func TestCoopGlance(t *testing.T) {
	h := openHub(t)
	var st body.CoopStatus
	for range 2 {
		h.wants(200, "GET", "/api/v1/coop", "", &st)
	}
	g := st.Glance
	if !st.Running || !st.Switchable || st.Why != "" || g == nil || g.State != "ok" || len(g.Alarms) != 0 || g.Members.Online != 3 || g.Members.Total != 5 {
		t.Fatalf("%+v", st)
	}
	if g.Sentence != "3 members mine 3.00 kH/s for monerod://127.0.0.1:18081 at height 3300000." {
		t.Error(g.Sentence)
	}
	h.crew.Lock()
	h.crew.G.Ledger.Trouble, h.crew.G.Verification.Mode, h.crew.G.Verification.Reason = "no space left on the device", "proxy", "adit-miner is missing"
	h.crew.Unlock()
	h.wants(200, "GET", "/api/v1/coop", "", &st)
	if g := st.Glance; g.State != "crit" || len(g.Alarms) != 2 || !strings.Contains(g.Alarms[0].Text, "no space left") || !strings.Contains(g.Alarms[1].Text, "adit-miner is missing") {
		t.Errorf("%+v", st.Glance.Alarms)
	}
}

// TestCoopMembers: search, order, pages and the table.
func TestCoopMembers(t *testing.T) {
	h := openHub(t)
	names := func(query string) (body.CoopMembers, string) {
		t.Helper()
		var out body.CoopMembers
		h.wants(200, "GET", "/api/v1/coop/members"+query, "", &out)
		var ids []string
		for _, m := range out.Members {
			ids = append(ids, m.ID)
		}
		return out, strings.Join(ids, " ")
	}
	for query, want := range map[string]string{
		"":                                "rig-004 home/attic m rig-002 rig-003",
		"?sort=hashrate":                  "rig-002 rig-003 m home/attic rig-004",
		"?sort=name":                      "home/attic m rig-002 rig-003 rig-004",
		"?sort=-owed&limit=2":             "rig-004 rig-003",
		"?sort=name&limit=2&offset=2":     "rig-002 rig-003",
		"?sort=name&offset=99":            "",
		"?search=ATT":                     "home/attic",
		"?search=adit+0.1":                "home/attic",
		"?status=online&sort=name":        "home/attic m rig-004",
		"?status=suspended":               "rig-003",
		"?search=nobody":                  "",
		"?sort=-lastShare&status=offline": "rig-002",
	} {
		if _, got := names(query); got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
	if out, _ := names("?status=online&limit=1"); out.Total != 5 || out.Matched != 3 || len(out.Members) != 1 {
		t.Errorf("%+v", out)
	}
	h.wants(400, "GET", "/api/v1/coop/members?sort=secret", "", nil)
	h.crew.Lock()
	h.crew.M[0].Name = `=HYPERLINK("http://x","y")`
	h.crew.Unlock()
	rows := h.csv("/api/v1/coop/members?format=csv&sort=name&limit=1")
	if len(rows) != 6 || !slices.Equal(rows[0], memberHead) || rows[1][1] != `'=HYPERLINK("http://x","y")` || rows[1][11] != "0.001" {
		t.Errorf("%q", rows)
	}
}

// csv reads a table.
func (h *hub) csv(path string) [][]string {
	h.t.Helper()
	status, header, text := h.request("GET", path, "", h.asOwner)
	if status != 200 || header.Get("Content-Type") != csvKind || !strings.HasPrefix(header.Get("Content-Disposition"), "attachment; filename=") {
		h.t.Fatalf("%s: %d %v %s", path, status, header, text)
	}
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	must(h.t, err)
	return rows
}

// TestCoopOrders: each reaches the coordinator with its words, by who may alone; a member's id may hold a slash.
func TestCoopOrders(t *testing.T) {
	h := openHub(t)
	worker := "/api/v1/coop/members/" + url.PathEscape("home/attic")
	h.wants(200, "PUT", worker+"/suspension", `{"reason":" it lied "}`, nil)
	h.wants(200, "DELETE", worker+"/suspension", "", nil)
	h.wants(409, "DELETE", worker+"/suspension", "", nil)
	h.wants(200, "PUT", worker+"/difficulty", `{"difficulty":50000}`, nil)
	h.wants(200, "PUT", worker+"/difficulty", `{"difficulty":null}`, nil)
	h.wants(200, "PUT", worker+"/policy", `{"policy":"all"}`, nil)
	h.wants(200, "PUT", worker+"/threads", `{"threads":3}`, nil)
	h.wants(200, "POST", worker+"/pause", "", nil)
	h.wants(200, "POST", worker+"/resume", "", nil)
	want := "home/attic suspend: it lied\nhome/attic unsuspend\nhome/attic difficulty 50000\nhome/attic difficulty by itself\nhome/attic policy all\nhome/attic threads 3\nhome/attic pause\nhome/attic resume"
	if got := h.crew.Orders(); got != want {
		t.Errorf("%s", got)
	}
	h.wants(501, "POST", "/api/v1/coop/members/m/pause", "", nil)
	h.wants(404, "PUT", "/api/v1/coop/members/nobody/policy", `{"policy":"all"}`, nil)
	for path, content := range map[string]string{
		"/suspension": `{"reason":"   "}`, "/difficulty": `{"difficulty":0.5}`, "/policy": `{"policy":"some"}`, "/threads": `{"threads":-1}`,
	} {
		if text := h.wants(400, "PUT", worker+path, content, nil); !strings.Contains(text, strings.Trim(strings.SplitN(content, ":", 2)[0], `{"`)) {
			t.Errorf("%s does not name the field: %s", path, text)
		}
	}
	_, reads, err := h.account.NewToken(t.Context(), adit.LocalOwner("terminal"), account.TokenWish{Scopes: []adit.Scope{adit.ScopeRead}})
	must(t, err)
	as := func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+reads) }
	h.wants(200, "GET", worker, "", nil, as)
	h.wants(403, "PUT", worker+"/suspension", `{"reason":"x"}`, nil, as)
	h.wants(403, "POST", "/api/v1/coop/credits", `{"amount":"1"}`, nil, as)
	h.wants(403, "POST", "/api/v1/coop/invites", `{"name":"x"}`, nil, as)
	h.wants(401, "GET", "/api/v1/coop", "", nil, func(*http.Request) {})
}

// TestCoopMoney: what a pool paid is entered exactly, payments are listed and marked once, accounts are files too.
func TestCoopMoney(t *testing.T) {
	h := openHub(t)
	var c view.Credit
	h.wants(201, "POST", "/api/v1/coop/credits", `{"amount":"18446744073709551615","note":"October","since":"2026-10-01T00:00:00Z","until":"2026-10-31T00:00:00Z"}`, &c)
	if c.Amount != 1<<64-1 || c.By != "owner" || c.Since == nil {
		t.Errorf("%+v", c)
	}
	for _, bad := range []string{`{"amount":250}`, `{"amount":"-1"}`, `{"amount":"0"}`, `{"amount":"0.5"}`, `{"amount":"18446744073709551616"}`, `{}`,
		`{"amount":"1","until":"2999-01-01T00:00:00Z"}`, `{"amount":"1","since":"2026-10-02T00:00:00Z","until":"2026-10-01T00:00:00Z"}`} {
		h.wants(400, "POST", "/api/v1/coop/credits", bad, nil)
	}
	var p view.Payment
	h.wants(201, "POST", "/api/v1/coop/payments", "", &p)
	if rows := h.csv("/api/v1/coop/payments/" + p.ID + "?format=csv"); len(rows) != 3 || rows[1][3] != "1000000000" || rows[1][4] != "0.001" {
		t.Errorf("%q", rows)
	}
	h.wants(400, "PUT", "/api/v1/coop/payments/"+p.ID, `{"state":"paid"}`, nil)
	h.wants(200, "PUT", "/api/v1/coop/payments/"+p.ID, `{"state":"paid","reference":"tx 1"}`, &p)
	if p.State != "paid" || p.Reference != "tx 1" {
		t.Errorf("%+v", p)
	}
	h.wants(409, "PUT", "/api/v1/coop/payments/"+p.ID, `{"state":"cancelled"}`, nil)
	h.wants(404, "PUT", "/api/v1/coop/payments/none", `{"state":"cancelled"}`, nil)
	if rows := h.csv("/api/v1/coop/members/m/statement?format=csv"); len(rows) != 3 || rows[1][4] != "0.003" || rows[1][5] != "" || rows[2][5] != "0.002" {
		t.Errorf("%q", rows)
	}
	h.wants(400, "GET", "/api/v1/coop/members/m/statement?from=2026-02-01T00:00:00Z&to=2026-01-01T00:00:00Z", "", nil)
	h.wants(400, "GET", "/api/v1/coop/members/m/statement?from=yesterday", "", nil)
	if rows := h.csv("/api/v1/coop/balances?format=csv"); len(rows) != 6 {
		t.Errorf("%q", rows)
	}
}

// TestCoopRule: the window and a round are worked out with their own numbers.
func TestCoopRule(t *testing.T) {
	h := openHub(t)
	var w view.Window
	h.wants(200, "GET", "/api/v1/coop/window", "", &w)
	example := strings.Join(w.Example, "\n")
	for _, want := range []string{"pays 0.600000000001 XMR", "The operator keeps 1 %, that is 0.006 XMR; 0.594000000001 XMR is divided.", "m did 42.86 % of the work", "2 members more"} {
		if !strings.Contains(example, want) {
			t.Errorf("%q is missing:\n%s", want, example)
		}
	}
	if want := "Each block is divided over the newest shares, by the work each of them proves: as many as together prove the work of 2 blocks. The operator keeps 1 %."; w.Rule.Words != want {
		t.Error(w.Rule.Words)
	}
	var r view.RoundDetail
	h.wants(200, "GET", "/api/v1/coop/rounds/m", "", &r)
	if steps := strings.Join(r.Steps, "\n"); !strings.Contains(steps, "P = R − F = 594000000001") || !strings.Contains(steps, "all amounts together = 594000000001 = P") {
		t.Error(steps)
	}
	h.wants(404, "GET", "/api/v1/coop/rounds/none", "", nil)
	if rows := h.csv("/api/v1/coop/rounds/m?format=csv"); len(rows) != 3 || rows[1][5] != "396000000001" {
		t.Errorf("%q", rows)
	}
	if rows := h.csv("/api/v1/coop/blocks?format=csv&limit=2"); len(rows) != 3 {
		t.Errorf("%q", rows)
	}
	var blocks []view.Block
	h.wants(200, "GET", "/api/v1/coop/blocks?before=2026-11-20T18:00:00Z", "", &blocks)
	if len(blocks) != 2 || blocks[0].State != "mature" {
		t.Errorf("%+v", blocks)
	}
	h.wants(400, "GET", "/api/v1/coop/blocks?before=now", "", nil)
}

// TestCoopLedger: the ledger is sent while it is read; a refusal is a problem, half a ledger is no whole file.
func TestCoopLedger(t *testing.T) {
	h := openHub(t)
	var list []view.Record
	h.wants(200, "GET", "/api/v1/coop/ledger", "", &list)
	if len(list) != 20 || list[0].Seq != 1 || list[0].Verdict != nil {
		t.Fatalf("%+v", list)
	}
	h.wants(200, "GET", "/api/v1/coop/ledger?from=3&to=4", "", &list)
	if len(list) != 2 || list[1].Seq != 4 {
		t.Errorf("%+v", list)
	}
	h.wants(200, "GET", "/api/v1/coop/ledger?member=nobody", "", &list)
	if len(list) != 0 {
		t.Errorf("%+v", list)
	}
	if rows := h.csv("/api/v1/coop/ledger?format=csv&member=m"); len(rows) != 5 || rows[0][0] != "seq" || rows[1][6] != "480000000000" {
		t.Errorf("%q", rows)
	}
	h.wants(400, "GET", "/api/v1/coop/ledger?from=5&to=4", "", nil)
	var c view.Check
	h.wants(200, "POST", "/api/v1/coop/ledger/verify", "", &c)
	if !c.OK || c.Records != 5000 {
		t.Errorf("%+v", c)
	}
	h.crew.Lock()
	h.crew.RecsErr = errors.New("the disk is broken")
	h.crew.Unlock()
	req, err := http.NewRequest("GET", h.url+"/api/v1/coop/ledger", nil)
	must(t, err)
	h.asOwner(req)
	if res, err := http.DefaultTransport.RoundTrip(req); err == nil {
		defer res.Body.Close()
		if json.NewDecoder(res.Body).Decode(&list) == nil {
			t.Error("half a ledger was taken for a whole one")
		}
	}
	h.crew.Lock()
	h.crew.Err = adit.Errorf(adit.Unreachable, "the ledger is being mended")
	h.crew.Unlock()
	h.wants(502, "GET", "/api/v1/coop/ledger?format=csv", "", nil)
}

// TestCoopOff: without a coordinator the crew's operations say how to have one, and the switch makes one.
func TestCoopOff(t *testing.T) {
	h := openHub(t)
	h.crewOff.Store(true)
	var st body.CoopStatus
	h.wants(200, "GET", "/api/v1/coop", "", &st)
	if st.Running || st.Glance != nil || !strings.Contains(st.Why, "switch it on") {
		t.Errorf("%+v", st)
	}
	for _, path := range []string{"/api/stats", "/api/workers", "/api/workers/m", "/api/jobs", "/api/shares", "/ws", "/api/v1/coop/members", "/api/v1/coop/window", "/api/v1/coop/ledger"} {
		if text := h.wants(409, "GET", path, "", nil); !strings.Contains(text, "switch it on") {
			t.Errorf("%s: %s", path, text)
		}
	}
	if text := h.wants(200, "GET", "/health", "", nil); strings.Contains(text, "workers") {
		t.Error(text)
	}
	var about body.About
	h.wants(200, "GET", "/api/v1/about", "", &about)
	if fmt.Sprint(about.Roles) != "[hub]" {
		t.Errorf("%+v", about)
	}
	if text := h.wants(400, "PUT", "/api/v1/coop/config", `{"mode":"on"}`, nil); !strings.Contains(text, "settings") {
		t.Error(text)
	}
	var c view.Config
	text := h.wants(200, "PUT", "/api/v1/coop/config", `{"mode":"on","settings":{"pools":[{"address":"stratum+tcp://pool.example:3333","wallet":"w","password":"hush"}]}}`, &c)
	if c.Mode != "on" || !c.Running || !c.Settings.Pools[0].HasPassword || strings.Contains(text, "hush") {
		t.Error(text)
	}
	h.wants(200, "PUT", "/api/v1/coop/config", `{"mode":"off"}`, &c)
	if c.Mode != "off" || len(c.Settings.Pools) != 1 {
		t.Errorf("%+v", c)
	}
	h.wants(400, "PUT", "/api/v1/coop/config", `{"mode":"maybe"}`, nil)
	h.wants(400, "PUT", "/api/v1/coop/config", `{"mode":"on","settings":{"pools":[]}}`, nil)
}

// TestCoopInvites: an invitation is made, listed without its code, and revoked.
func TestCoopInvites(t *testing.T) {
	h := openHub(t)
	var n view.NewInvite
	h.wants(201, "POST", "/api/v1/coop/invites", `{"name":"loft","seconds":3600}`, &n)
	if n.Code == "" || !strings.Contains(n.Command, n.Code) {
		t.Errorf("%+v", n)
	}
	if text := h.wants(200, "GET", "/api/v1/coop/invites", "", nil); strings.Contains(text, n.Code) || !strings.Contains(text, "loft") {
		t.Error(text)
	}
	h.wants(200, "DELETE", "/api/v1/coop/invites/"+n.ID, "", nil)
	h.wants(404, "DELETE", "/api/v1/coop/invites/none", "", nil)
	h.wants(400, "POST", "/api/v1/coop/invites", `{"name":" "}`, nil)
	h.wants(400, "POST", "/api/v1/coop/invites", `{"name":"x","seconds":1}`, nil)
}
