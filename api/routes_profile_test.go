package api

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/adit-mining/adit/api/body"
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
