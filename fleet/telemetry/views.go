package telemetry

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/fleet/inventory"
	"github.com/adit-mining/adit/fleet/telemetry/view"
	"github.com/adit-mining/adit/store/tsdb"
)

// views is what was last made of the live state, by key of the feed.
type views struct {
	raw  map[string][]byte
	keys map[rollUpID]*tsdb.Key
	list []*live         // all devices by id; nil = to be made anew
	left map[string]bool // keys of devices that are no more

	beside map[string]bool // keys of what others keep

	over time.Time // when the overview was last sent
	made time.Time // when they were last looked at
}

// tick makes the next frame of the feed, where somebody listens.
func (s *Service) tick() {
	if s.feed.Listeners() == 0 {
		return
	}
	s.refresh()
}

// refreshNow is refresh for who asks for the state; where ticks keep it fresh it does nothing, so that listeners get
// one frame per tick at most.
func (s *Service) refreshNow() {
	s.mu.Lock()
	fresh := s.feed.Listeners() > 0 && s.o.Now().Sub(s.views.made) < tickEvery
	s.mu.Unlock()
	if !fresh {
		s.refresh()
	}
}

// refresh brings the views up to date, tells the feed what changed, and is the only one that does.
func (s *Service) refresh() {
	practice, waiting := s.o.Practice(), s.o.Waiting()
	var beside map[string]any
	if s.o.Beside != nil {
		beside = s.o.Beside()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.o.Now()
	s.views.made = now
	set := map[string][]byte{}
	sc := s.scene(now, practice, waiting, set)
	s.put(set, view.KeyPractice, sc.practice)
	if sc.consent != nil {
		s.put(set, view.KeyConsent, sc.consent)
	}
	if sc.pause != nil {
		s.put(set, view.KeyPause, sc.pause)
	}
	if sc.policy != nil {
		s.put(set, view.KeyPolicy, sc.policy)
	}
	s.putOverview(set, sc, now)
	del := append(s.gone(), s.putInstalls(set, now)...)
	del = append(del, s.putBeside(set, beside)...)
	if len(set) == 0 && len(del) == 0 {
		return
	}
	for k, v := range set {
		s.views.raw[k] = v
	}
	for _, k := range del {
		delete(s.views.raw, k)
	}
	s.feed.Publish(set, del)
}

// scene looks at all rigs and devices; those whose view changed go into set, unless that is nil.
func (s *Service) scene(now time.Time, practice view.Practice, waiting bool, set map[string][]byte) *scene {
	if practice.Connections == nil {
		practice.Connections = []view.PracticeConnection{}
	}
	sc := &scene{now: now, rigs: map[adit.RigID]inventory.Rig{}, practice: practice}
	hosts := map[adit.RigID]*live{}
	for _, r := range s.o.Inventory.All() {
		sc.rigs[r.ID] = r
	}
	for _, d := range s.sorted() {
		switch {
		case !d.known || d.gone:
		case d.isHost():
			hosts[d.rig] = d
		default:
			sc.devices = append(sc.devices, s.look(d, sc.rigs[d.rig], now, set))
		}
	}
	home, ok := s.o.Inventory.Home()
	for id, r := range sc.rigs {
		h := host(r, hosts[id])
		s.put(set, view.RigPrefix+string(id), h)
		if ok && id == home.ID {
			s.put(set, view.KeyHost, h)
			s.permissions(sc, id, waiting)
		}
	}
	return sc
}

// look derives a device's headline and renews its view where something changed.
func (s *Service) look(d *live, rig inventory.Rig, now time.Time, set map[string][]byte) seen {
	l := look{online: rig.Online, stale: d.stale(s.streams[d.rig], now)}
	out := seen{live: d, look: l, headline: d.headline(rig, l, now)}
	if set == nil {
		return out
	}
	as := shown{l, out.headline.State, out.headline.Word, out.headline.Why}
	if d.changed || as != d.shown {
		d.changed, d.shown = false, as
		s.put(set, view.DevicePrefix+string(d.id), d.view(rig, l, now))
	}
	return out
}

// shown is what decides, beside new readings and facts, whether a device's view is made anew.
type shown struct {
	look             look
	state, word, why string
}

// permissions are what the home rig's agent says of consent and pause.
func (s *Service) permissions(sc *scene, rig adit.RigID, waiting bool) {
	st := s.streams[rig]
	if st == nil || !st.known {
		return
	}
	c, p := st.facts.Consent, st.facts.Pause
	wanted := waiting
	for _, d := range sc.devices {
		wanted = wanted || d.rig == rig && d.facts.Desired == "running"
	}
	sc.consent = &view.Consent{Granted: c.Granted, At: c.At, By: c.By, Via: c.Via, Host: c.Host, Words: c.Words, Needed: wanted && !c.Granted}
	sc.pause = &view.Pause{Paused: p.Paused, Since: p.Since, Until: p.Until, By: p.By, Reason: p.Reason, Words: p.Words}
	sc.policy = policyView(st.facts.Policy)
	sc.home, sc.broken = rig, st.facts.Broken
}

// put adds an object to set where it differs from what was last sent; a nil set takes nothing.
func (s *Service) put(set map[string][]byte, key string, v any) {
	if set == nil {
		return
	}
	b, err := json.Marshal(v)
	if err != nil { // only a number that is no number could do this, and those are nil
		s.o.Log.Error("a view cannot be written", "key", key, "err", err)
		return
	}
	if !bytes.Equal(b, s.views.raw[key]) {
		set[key] = b
	}
}

// putBeside adds what others keep of the live state, and names what they no longer have.
func (s *Service) putBeside(set map[string][]byte, now map[string]any) (del []string) {
	for key := range s.views.beside {
		if _, there := now[key]; !there {
			delete(s.views.beside, key)
			del = append(del, key)
		}
	}
	for key, v := range now {
		s.put(set, key, v)
		s.views.beside[key] = true
	}
	slices.Sort(del)
	return del
}

// putOverview adds the overview where it says something new, or where it is time for a sign of life.
func (s *Service) putOverview(set map[string][]byte, sc *scene, now time.Time) {
	o := sc.overview()
	o.At = s.views.over.UTC()
	s.put(set, view.KeyOverview, o)
	_, news := set[view.KeyOverview]
	if !news && now.Sub(s.views.over) < heartbeatEvery {
		return
	}
	s.views.over = now
	o.At = now.UTC()
	s.put(set, view.KeyOverview, o)
}

// gone are the keys of devices that were shown and are no more.
func (s *Service) gone() (del []string) {
	for key := range s.views.left {
		d := s.devices[adit.DeviceID(key[len(view.DevicePrefix):])]
		if _, shown := s.views.raw[key]; shown && (d == nil || d.gone || d.isHost()) {
			del = append(del, key)
		}
	}
	clear(s.views.left)
	slices.Sort(del)
	return del
}

// sorted is all devices by id.
func (s *Service) sorted() []*live {
	if s.views.list == nil {
		s.views.list = slices.SortedFunc(maps.Values(s.devices), func(a, b *live) int { return strings.Compare(string(a.id), string(b.id)) })
	}
	return s.views.list
}

// totals are the sums of what is fresh now, per algorithm.
func (s *Service) totals(now time.Time) map[string]view.Total {
	var devices []seen
	online := map[adit.RigID]inventory.Rig{}
	for _, r := range s.o.Inventory.All() {
		online[r.ID] = r
	}
	for _, d := range s.devices {
		if d.known && !d.gone && !d.isHost() {
			devices = append(devices, s.look(d, online[d.rig], now, nil))
		}
	}
	return totals(devices)
}
