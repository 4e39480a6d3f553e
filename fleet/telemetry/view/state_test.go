package view

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"
)

func TestStateRoundTrip(t *testing.T) {
	now, rate := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC), 1020.0
	in := State{
		Overview: &Overview{At: now, NeedsYou: []Need{}, Totals: []Total{{Algorithm: "rx/0", Hashrate: &rate}}},
		Consent:  &Consent{Granted: true, At: &now}, Pause: &Pause{}, Practice: &Practice{Connections: []PracticeConnection{}},
		Host: &Host{Rig: "rig1"}, Rigs: map[string]Host{"rig1": {Rig: "rig1"}},
		Devices: map[string]Device{"rig1/m": {ID: "rig1/m", Hashrate: &rate, Threads: []Thread{}, Limits: []Limit{}}},
		Policy:  &Policy{Use: "idle", Idle: IdleState{Since: &now, Sources: []IdleSource{}}}, Installs: map[string]Install{},
	}
	b, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	var out State
	if err := json.Unmarshal(b, &out); err != nil || !reflect.DeepEqual(in, out) {
		t.Errorf("%+v\n%+v\n%v", in, out, err)
	}
}

func TestUnknownKeysAreLeftOut(t *testing.T) {
	var s State
	if err := json.Unmarshal([]byte(`{"later":{"x":1},"overview":{"sentence":"x"}}`), &s); err != nil || s.Overview.Sentence != "x" || s.Host != nil {
		t.Errorf("%+v %v", s, err)
	}
	if err := json.Unmarshal([]byte(`{"overview":[]}`), &s); err == nil {
		t.Error("a list is no overview")
	}
}

// TestUnknownIsNull: a device of which nothing is known says null, never zero.
func TestUnknownIsNull(t *testing.T) {
	b, err := json.Marshal(Device{})
	if err != nil {
		t.Fatal(err)
	}
	var m map[string]any
	if err := json.Unmarshal(b, &m); err != nil {
		t.Fatal(err)
	}
	for _, k := range []string{"at", "algorithm", "pool", "hashrate", "hashrate60s", "hashrate15m", "hashrateHighest", "baseline", "accepted", "rejected",
		"staleShares", "difficulty", "lastShareAt", "temperature", "power", "uptime", "startedAt", "pid", "mode", "datasetProgress", "hugePages", "version", "feePercent"} {
		if v, ok := m[k]; !ok || v != nil {
			t.Errorf("%s is %v", k, v)
		}
	}
}
