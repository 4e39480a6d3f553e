package api

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/adit-mining/adit/fleet/telemetry/view"
)

// The Mining Platform's events: {"type", "timestamp", "data"}. They are made of the live feed's frames, once for all who
// listen (eventhub.go).

// event is one of them.
type event struct {
	Type      string    `json:"type"`
	Timestamp time.Time `json:"timestamp"`
	Data      any       `json:"data,omitempty"`

	miner string // whom it is about, "" = everybody
}

// minerEvent is the data of the events of a miner's life.
type minerEvent struct {
	Name      string `json:"name"`
	ProfileID string `json:"profileId,omitempty"`
	Reason    string `json:"reason,omitempty"`
	Error     string `json:"error,omitempty"`
	Pool      string `json:"pool,omitempty"`
}

// statsEvent is the data of miner.stats. Null is unknown.
type statsEvent struct {
	Name        string  `json:"name"`
	Hashrate    *int64  `json:"hashrate"`
	Shares      *int64  `json:"shares"`
	Rejected    *int64  `json:"rejected"`
	Uptime      *int64  `json:"uptime"`
	Algorithm   *string `json:"algorithm,omitempty"`
	DiffCurrent *int64  `json:"diffCurrent,omitempty"`
}

// syncEvent is the data of state.sync, the first event that a listener gets.
type syncEvent struct {
	Miners []syncMiner `json:"miners"`
}

// syncMiner is one miner of it.
type syncMiner struct {
	statsEvent
	Type   string  `json:"type"`
	Status string  `json:"status"`
	Pool   *string `json:"pool"`
}

func statsEventOf(d view.Device) statsEvent {
	return statsEvent{Name: d.Name, Hashrate: whole(d.Hashrate), Shares: signed(d.Accepted), Rejected: signed(d.Rejected),
		Uptime: whole(d.Uptime), Algorithm: d.Algorithm, DiffCurrent: whole(d.Difficulty)}
}

// frame is a frame of the live feed; objects that are not of devices are left as they are.
type frame struct {
	Seq   uint64                     `json:"seq"`
	State map[string]json.RawMessage `json:"state"`
	Set   map[string]json.RawMessage `json:"set"`
	Del   []string                   `json:"del"`
}

// frameNumber finds the number of a frame without decoding it: {"t":"delta","seq":12,…
func frameNumber(raw []byte) uint64 {
	_, rest, ok := bytes.Cut(raw[:min(len(raw), 64)], []byte(`"seq":`))
	if !ok {
		return 0
	}
	digits, _, _ := bytes.Cut(rest, []byte(","))
	n, err := strconv.ParseUint(string(digits), 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// teller turns frames into events: it remembers each device as it was.
type teller struct {
	known map[string]view.Device // by id
	now   func() time.Time
}

// tell returns the events of a frame. The first, a snapshot, has none: who listens gets a state.sync.
func (t *teller) tell(raw []byte) (out []event) {
	var f frame
	if json.Unmarshal(raw, &f) != nil {
		return nil // the feed writes JSON
	}
	first := t.known == nil
	if first {
		t.known = map[string]view.Device{}
		f.Set = f.State
	}
	for key, text := range f.Set {
		id, ok := strings.CutPrefix(key, view.DevicePrefix)
		if !ok {
			continue
		}
		var d view.Device
		if json.Unmarshal(text, &d) != nil {
			continue
		}
		before, was := t.known[id]
		t.known[id] = d
		if !first {
			out = append(out, t.changes(before, was, d)...)
		}
	}
	for _, key := range f.Del {
		id, ok := strings.CutPrefix(key, view.DevicePrefix)
		if d, was := t.known[id]; ok && was {
			delete(t.known, id)
			if d.PID != nil {
				out = append(out, t.life("miner.stopped", d, minerEvent{Reason: "removed"}))
			}
		}
	}
	return out
}

func (t *teller) life(kind string, d view.Device, e minerEvent) event {
	e.Name = d.Name
	if d.Profile != nil {
		e.ProfileID = *d.Profile
	}
	return event{Type: kind, Timestamp: t.now().UTC(), Data: e, miner: d.Name}
}

// runs and fails tell how a device's work counts for the Mining Platform.
func runs(d view.Device) bool  { return d.PID != nil && d.Work != "starting" }
func fails(d view.Device) bool { return d.Work == "failed" || d.Work == "quarantined" }

// changes are the events between two views of a device, in the order in which they must have happened.
func (t *teller) changes(a view.Device, was bool, b view.Device) (out []event) {
	again := was && a.PID != nil && b.PID != nil && *a.PID != *b.PID
	reason := strings.TrimSpace(b.Headline.Why)
	if was && b.Desired == "stopped" && a.Desired != "stopped" && b.PID != nil {
		out = append(out, t.life("miner.stopping", b, minerEvent{}))
	}
	if fails(b) && !fails(a) {
		out = append(out, t.life("miner.error", b, minerEvent{Error: orWord(reason, b.Work)}))
	} else if b.Headline.State == "crit" && a.Headline.State != "crit" && !fails(b) {
		out = append(out, t.life("miner.error", b, minerEvent{Error: orWord(reason, b.Headline.Word)}))
	}
	if was && a.PID != nil && (b.PID == nil || again) {
		if again {
			reason = "restarted"
		}
		out = append(out, t.life("miner.stopped", b, minerEvent{Reason: orWord(reason, b.Work)}))
	}
	if b.Work == "starting" && (!was || a.Work != "starting" || again) {
		out = append(out, t.life("miner.starting", b, minerEvent{}))
	}
	if runs(b) && (!was || !runs(a) || again) {
		out = append(out, t.life("miner.started", b, minerEvent{}))
	}
	if pool := connectedTo(b); pool != "" && (pool != connectedTo(a) || again) {
		out = append(out, t.life("miner.connected", b, minerEvent{Pool: pool}))
	}
	if b.PID != nil && b.At != nil && (a.At == nil || b.At.After(*a.At)) {
		out = append(out, event{Type: "miner.stats", Timestamp: b.At.UTC(), Data: statsEventOf(b), miner: b.Name})
	}
	return out
}

func connectedTo(d view.Device) string {
	if d.Pool == nil || d.Pool.State != "connected" {
		return ""
	}
	return d.Pool.URL
}

func orWord(words, otherwise string) string {
	if words == "" {
		return otherwise
	}
	return words
}

// sync is the state as a listener begins with it.
func (t *teller) sync() event {
	data := syncEvent{Miners: []syncMiner{}}
	for _, d := range t.known {
		m := syncMiner{statsEvent: statsEventOf(d), Type: d.Driver, Status: d.Headline.State}
		if d.PID != nil && d.Headline.State == "ok" {
			m.Status = "running"
		}
		if d.Pool != nil {
			m.Pool = &d.Pool.URL
		}
		data.Miners = append(data.Miners, m)
	}
	return event{Type: "state.sync", Timestamp: t.now().UTC(), Data: data}
}
