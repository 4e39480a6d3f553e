package agent

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/agent/consent"
	"github.com/adit-mining/adit/agent/proc"
	"github.com/adit-mining/adit/device"
	"github.com/adit-mining/adit/link/wire"
)

// talker is a driver whose programs say everything in their output: "port N", "fee", "own" (they mine for their author,
// for their owner). Its devices remember what they heard.
type talker struct {
	mu   sync.Mutex
	devs []*talkDev
}

func (d *talker) driver() device.Driver {
	return device.Driver{Name: "talker", Kind: device.KindSoftware,
		Find: func() (string, error) { return "/bin/talker", nil },
		Launch: func(r device.LaunchRequest) (device.Launch, error) {
			return device.Launch{Path: r.Path, Dir: r.Dir, Endpoint: device.Address{Name: r.Name, URL: "http://127.0.0.1:0", Token: r.Token}}, nil
		},
		Open: func(_ context.Context, a device.Address) (device.Device, error) {
			d.mu.Lock()
			defer d.mu.Unlock()
			dev := &talkDev{fakeDev: &fakeDev{name: a.Name, can: true, hashrate: 1000, share: 5 * time.Second}, url: a.URL}
			d.devs = append(d.devs, dev)
			return dev, nil
		}}
}

// last is the device opened last.
func (d *talker) last() *talkDev {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.devs[len(d.devs)-1]
}

type talkDev struct {
	*fakeDev
	url string

	talk   sync.Mutex
	heard  []string
	missed int
	port   int
	fee    *device.Fee
	panic  bool
}

func (d *talkDev) Listen(lines []device.Line, missed bool) {
	d.talk.Lock()
	defer d.talk.Unlock()
	if d.panic {
		panic("a driver's mistake")
	}
	if missed {
		d.missed++
	}
	for _, l := range lines {
		d.heard = append(d.heard, l.Text)
		word, rest, _ := strings.Cut(l.Text, " ")
		at, five := l.At, 5.0
		switch word {
		case "port":
			d.port, _ = strconv.Atoi(rest)
		case "fee", "own":
			active := word == "fee"
			d.fee = &device.Fee{Percent: &five, Active: &active, Since: &at}
		}
	}
}

func (d *talkDev) Port() int {
	d.talk.Lock()
	defer d.talk.Unlock()
	return d.port
}

func (d *talkDev) Snapshot(ctx context.Context) (device.Snapshot, error) {
	s, err := d.fakeDev.Snapshot(ctx)
	d.talk.Lock()
	defer d.talk.Unlock()
	s.Fee = d.fee
	return s, err
}

func (d *talkDev) told() ([]string, int) {
	d.talk.Lock()
	defer d.talk.Unlock()
	return slices.Clone(d.heard), d.missed
}

// talking starts a talker named t.
func talking(r *rig) (*talker, *fakeProg) {
	d := &talker{}
	r.consent().up(func(o *Options) { o.Registry.Add(d.driver()) })
	r.ok(r.order(wire.VerbStart, "", wire.StartArgs{Driver: "talker", Name: "t", Pools: somePool}))
	p := r.sup.get("t")
	p.write(0, "hello")
	r.pass(3 * time.Second)
	return d, p
}

// TestOutputIsHeard: a driver that listens gets each line once and in order, and is told where lines were lost.
func TestOutputIsHeard(t *testing.T) {
	inRig(t, func(r *rig) {
		d, p := talking(r)
		p.write(0, "one", "two")
		p.mu.Lock()
		p.lines = append(p.lines, proc.Line{Seq: p.lines[len(p.lines)-1].Seq + 1, At: time.Now(), Text: "the shim's own", Shim: true})
		p.mu.Unlock()
		r.pass(3 * time.Second)
		p.write(0, "three")
		r.pass(6 * time.Second)
		want := []string{"hello", "one", "two", "three"}
		if got, missed := d.last().told(); !slices.Equal(got, want) || missed != 0 {
			t.Errorf("heard %q, missed %d times; want %q once each", got, missed, want)
		}
		p.write(100, "after a flood")
		r.pass(3 * time.Second)
		if got, missed := d.last().told(); got[len(got)-1] != "after a flood" || missed != 1 {
			t.Errorf("heard %q, missed %d times", got, missed)
		}
		d.last().talk.Lock()
		d.last().panic = true
		d.last().talk.Unlock()
		p.write(0, "four")
		r.pass(3 * time.Second)
		if f := r.facts("t"); f.Reach != reachLive || f.Work != string(device.WorkHashing) {
			t.Errorf("a driver that stumbles over a line makes the program unreadable: %+v", f)
		}
	})
}

// TestPortIsHeard: the port that a program tells in its output is where it is read from then on, for the agent after
// this one too.
func TestPortIsHeard(t *testing.T) {
	inRig(t, func(r *rig) {
		d, p := talking(r)
		if got := d.last().url; got != "http://127.0.0.1:0" {
			t.Errorf("opened at %s before any port was told", got)
		}
		for _, port := range []int{40123, 40999} { // the second is that of a new run
			p.write(0, fmt.Sprint("port ", port))
			r.pass(3 * time.Second)
			if got, want := d.last().url, fmt.Sprint("http://127.0.0.1:", port); got != want {
				t.Errorf("opened at %s, want %s", got, want)
			}
			if got, _ := d.last().told(); got[0] != "hello" {
				t.Errorf("a device opened anew must hear everything: %q", got)
			}
		}
		if meta := string(p.Spec().Meta); !strings.Contains(meta, "127.0.0.1:40999") {
			t.Errorf("the next agent would not know the port: %s", meta)
		}
		opened := len(d.devs)
		r.pass(10 * time.Second)
		if len(d.devs) != opened {
			t.Errorf("opened %d times for nothing", len(d.devs)-opened)
		}
		r.end()
		r.up(func(o *Options) { o.Registry.Add(d.driver()) })
		if got := d.last().url; got != "http://127.0.0.1:40999" {
			t.Errorf("taken over at %s", got)
		}
	})
}

// TestFeeIsTold: rounds for the author are events as they happen, at the program's own times, and facts meanwhile.
func TestFeeIsTold(t *testing.T) {
	inRig(t, func(r *rig) {
		_, p := talking(r)
		if f := r.facts("t"); f.Fee != nil || f.FeePercent != nil {
			t.Errorf("nothing was told, yet %+v", f.Fee)
		}
		p.write(0, "own")
		r.pass(3 * time.Second)
		if got := append(r.hub.events(evFeeStarted), r.hub.events(evFeeEnded)...); len(got) != 0 {
			t.Errorf("no round has begun, yet %q", got)
		}
		if f := r.facts("t"); f.FeePercent == nil || *f.FeePercent != 5 || *f.Fee.Active {
			t.Errorf("the program says 5 per cent: %+v", f)
		}
		began := time.Now()
		p.write(0, "fee")
		r.pass(3 * time.Second)
		if f := r.facts("t"); !*f.Fee.Active || !f.Fee.Since.Equal(began) {
			t.Errorf("fee %+v, want active since %s", f.Fee, began)
		}
		r.pass(57 * time.Second)
		p.write(0, "own")
		r.pass(3 * time.Second)
		start, end := r.hub.events(evFeeStarted), r.hub.events(evFeeEnded)
		if len(start) != 1 || !strings.Contains(start[0], "5 %") || len(end) != 1 || !strings.Contains(end[0], "after 1 min") {
			t.Errorf("told %q and %q", start, end)
		}
		if at := r.hub.when(evFeeStarted); !at.Equal(began) {
			t.Errorf("the round began at %s, told %s", began, at)
		}
		p.write(0, "fee")
		r.pass(3 * time.Second)
		p.write(0, "own", "fee") // between two polls
		r.pass(3 * time.Second)
		r.ok(r.order(wire.VerbStop, "t", nil))
		if start, end := r.hub.events(evFeeStarted), r.hub.events(evFeeEnded); len(start) != 3 || len(end) != 3 {
			t.Errorf("every round has a beginning and an end, that of a program that is stopped too: %q and %q", start, end)
		}
	})
}

// when is the time of the first event of a kind.
func (h *fakeHub) when(kind string) time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, f := range h.frames {
		if f.Kind == wire.FrameEvent && f.Event.Kind == kind {
			return f.Event.At
		}
	}
	return time.Time{}
}

// TestQuietProgramIsLeftAlone: while a log does not grow its shim is not asked, but for a look now and then.
func TestQuietProgramIsLeftAlone(t *testing.T) {
	inRig(t, func(r *rig) {
		d, p := talking(r)
		p.quiet.Store(true)
		r.pass(5 * time.Second) // the first mark is noted with the lines that were there
		p.write(0, "unseen")
		r.pass(10 * time.Second)
		if got, _ := d.last().told(); slices.Contains(got, "unseen") {
			t.Errorf("heard %q of a log that did not grow", got)
		}
		r.pass(2 * unreadMax * time.Second)
		if got, missed := d.last().told(); !slices.Equal(got, []string{"hello", "unseen"}) || missed != 0 {
			t.Errorf("heard %q, missed %d times, of a log in which somebody stands in the way", got, missed)
		}
		p.quiet.Store(false)
		p.write(0, "seen")
		r.pass(3 * time.Second)
		if got, _ := d.last().told(); got[len(got)-1] != "seen" {
			t.Errorf("heard %q", got)
		}
	})
}

// TestLinesOfAnOldProgram: one that has run for a while is asked for its lines no more often than every listenEvery,
// however much it writes.
func TestLinesOfAnOldProgram(t *testing.T) {
	inRig(t, func(r *rig) {
		d, p := talking(r)
		p.logged.Store(true)
		asked := func() int {
			p.mu.Lock()
			defer p.mu.Unlock()
			return p.asked
		}
		chat := func(n int) {
			for range n {
				p.write(0, "a line")
				r.pass(2 * time.Second)
			}
		}
		before := asked()
		chat(10)
		if n := asked() - before; n < 9 || n > 11 {
			t.Errorf("a young program was asked %d times in 20 s", n)
		}
		r.pass(listenYoung)
		before = asked()
		chat(15)
		if n := asked() - before; n < 4 || n > 6 {
			t.Errorf("an old program was asked %d times in 30 s", n)
		}
		r.pass(listenEvery + 2*time.Second)
		if got, missed := d.last().told(); len(got) != 26 || missed != 0 {
			t.Errorf("heard %d lines, missed %d times", len(got), missed)
		}
	})
}

// TestWithdrawnConsentAlertsShims: whoever withdraws it, each shim is told to look within a second.
func TestWithdrawnConsentAlertsShims(t *testing.T) {
	inRig(t, func(r *rig) {
		r.consent().up()
		r.startProgram("m")
		r.pass(5 * time.Second)
		p := r.sup.get("m")
		before := len(p.did())
		if err := consent.Revoke(r.a.consentFile(), adit.LocalOwner("terminal"), time.Now()); err != nil {
			t.Fatal(err)
		}
		r.pass(lookEvery)
		if got := p.did()[before:]; !slices.Equal(got, []string{"update"}) {
			t.Errorf("told %q", got)
		}
	})
}
