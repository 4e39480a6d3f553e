package gate

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop"
	"github.com/adit-mining/adit/stratum"
	"github.com/adit-mining/adit/stratum/port"
	"github.com/adit-mining/adit/stratum/upstream"
)

func TestXMRTalk(t *testing.T) {
	c := newTroupe()
	g, address := open(t, c, port.Options{})
	m := visit(t, address)
	session, job, extensions := m.login(t, "alice+5000", `,"algo":["cn/1","rx/0","rx/wow"]`)
	if !slices.Equal(extensions, []string{"algo", "keepalive", "nicehash"}) {
		t.Errorf("extensions %v", extensions)
	}
	p := c.all()[0]
	if h := p.hello; h.Member != "alice" || h.Difficulty != adit.HashesOf(5000) || !h.FixedDiff || h.Password != "secret" || h.RigID != "rig" ||
		h.Agent != "test/1" || h.Via != coop.ViaStratum || h.Remote.String() != m.LocalAddr().String() || h.TLS != "" || h.AnyOffset ||
		!slices.Equal(h.Algos, []adit.Algorithm{"rx/0", "rx/wow"}) {
		t.Errorf("%+v", h)
	}
	check := func(j *wireJob, w *coop.Work, id string) {
		t.Helper()
		want := slices.Clone(w.Blob.Bytes)
		want[42] = 1
		target := stratum.TargetOf(5000)
		if j == nil || j.Blob != hex.EncodeToString(want) || j.JobID != id || j.Algo != "rx/0" || j.Height != *w.Height || !strings.HasPrefix(j.Seed, "0700") || j.Offset != nil {
			t.Fatalf("%+v is not %s of %+v", j, id, w)
		}
		if got, err := stratum.ParseTarget(j.Target); err != nil || got != target {
			t.Errorf("target %s, want %x", j.Target, target)
		}
	}
	check(job, p.Newest(), "w1")
	w := c.work(1)
	g.Deliver(1, w)
	h, _ := m.next(t)
	check(h.Params, w, "w2")
	g.Deliver(1, w) // XMRig hangs up at the same job again
	g.Refresh(p)
	c.set(func() { p.changes++ })
	g.Refresh(p)
	h, _ = m.next(t)
	check(h.Params, w, "w2.1")
	g.Idle(1, adit.Errorf(adit.Unreachable, "away"))

	for i, x := range []struct {
		v    coop.Verdict
		want string
	}{
		{coop.Verdict{Outcome: adit.ShareAccepted}, "OK"},
		{coop.Verdict{Outcome: adit.ShareBlock, Block: true}, "OK"},
		{coop.Verdict{Outcome: adit.ShareStale}, "Stale share"},
		{coop.Verdict{Outcome: adit.ShareUnknownJob, Reason: "Invalid job id"}, "Block expired"}, // XMRig would hang up
		{coop.Verdict{Outcome: adit.ShareLowDifficulty, Reason: "by far too low"}, "by far too low"},
		{coop.Verdict{}, "Couldn't check PoW"},
		{coop.Verdict{Outcome: adit.ShareUnauthorized, Reason: "Unauthenticated"}, "Unauthenticated"},
	} {
		c.set(func() { c.words = func(coop.Submission) coop.Verdict { return x.v } })
		m.say(`{"id":%d,"jsonrpc":"2.0","method":"submit","params":{"id":"%s","job_id":"w2","nonce":"0a0b0c01","result":"%060xff01","algo":"rx/0"}}`, i+2, session, i)
		h, ok := m.next(t)
		switch {
		case !ok || h.ID != float64(i+2):
			t.Fatalf("%+v", h)
		case x.want == "OK" && (h.Result == nil || h.Result.Status != "OK"), x.want != "OK" && (h.Error == nil || h.Error.Message != x.want):
			t.Errorf("%d: %+v %+v, want %q", i, h.Result, h.Error, x.want)
		}
	}
	var s coop.Submission
	c.set(func() { s = p.shares[0] })
	if s.JobID != "w2" || s.Nonce != 0x010c0b0a || s.Result[31] != 1 || s.Result[30] != 0xff || s.Algo != "rx/0" || s.At.IsZero() {
		t.Errorf("%+v", s)
	}
	m.say(`{"id":20,"method":"submit","params":{"id":"%s","job_id":"w2","nonce":"0a0b0c010a0b0c01","result":"%064x"}}`, session, 0)
	if h, _ := m.next(t); h.Error == nil || !strings.Contains(h.Error.Message, "nonce") {
		t.Errorf("a nonce of 8 bytes: %+v", h)
	}
	g.Evict(p, adit.Errorf(adit.Forbidden, "you are suspended"))
	if h, _ := m.next(t); h.Error == nil || h.Error.Message != "you are suspended" {
		t.Errorf("%+v", h)
	}
	if _, more := m.next(t); more {
		t.Error("not hung up on")
	}
	until(t, "the seat is given back", p.gone)
	g.Evict(p, nil) // it is gone already
	g.Refresh(p)
}

func TestXMRRefuses(t *testing.T) {
	c := newTroupe()
	_, address := open(t, c, port.Options{})
	if got := visit(t, address).refused(t, "farm/worker1", ""); !strings.Contains(got, "slash") {
		t.Error(got)
	}
	c.set(func() { c.refuse = adit.Errorf(adit.Forbidden, "alice is suspended: paid late") })
	if got := visit(t, address).refused(t, "alice", ""); got != "alice is suspended: paid late" {
		t.Error(got)
	}
	c.set(func() { c.refuse, c.newest[1] = nil, nil })
	if got := visit(t, address).refused(t, "alice", ""); !strings.Contains(got, "no work") {
		t.Error(got)
	}
	c.work(1, func(w *upstream.Work) { w.Blob = nil })
	if got := visit(t, address).refused(t, "alice", ""); !strings.Contains(got, "XMR dialect") {
		t.Error(got)
	}
	c.work(1, func(w *upstream.Work) { w.Blob.NonceOffset = 76 })
	if got := visit(t, address).refused(t, "alice", ""); !strings.Contains(got, "byte 76") {
		t.Error(got)
	}
	c.work(1)
	c.set(func() {
		c.slice = func(*player, *coop.Work) coop.Slice { return coop.Slice{NonceStart: 5, NonceEnd: 9} }
	})
	if got := visit(t, address).refused(t, "alice", ""); !strings.Contains(got, "part of the nonces") {
		t.Error(got)
	}
}

// A miner that can put a nonce anywhere is told where, and which are its own.
func TestXMRAnyOffset(t *testing.T) {
	c := newTroupe()
	c.work(1, func(w *upstream.Work) { w.Blob.NonceOffset = 76 })
	_, address := open(t, c, port.Options{})
	_, job, extensions := visit(t, address).login(t, "alice", `,"extensions":["nonce-offset"]`)
	if job.Offset == nil || *job.Offset != 76 || job.Start != 1<<24 || job.End != 0x1ffffff || job.Blob[2*79:] != "01" {
		t.Errorf("%+v", job)
	}
	if !slices.Contains(extensions, stratum.NonceOffset) || slices.Contains(extensions, "nicehash") {
		t.Errorf("%v", extensions)
	}
}

// Behind a node each has a blob of its own and all nonces; where the division changes, a miner that cannot know logs in
// again.
func TestXMRExtraNonce(t *testing.T) {
	c := newTroupe()
	cut := func(w *upstream.Work) {
		w.Blob.Cut = func(n uint32) []byte {
			b := slices.Clone(w.Blob.Bytes)
			b[60] = byte(n)
			return b
		}
	}
	c.slice = func(p *player, w *coop.Work) coop.Slice {
		return coop.Slice{Index: uint32(p.number) + 7, NonceEnd: 1<<32 - 1, Extra: true}
	}
	c.work(1, cut)
	g, address := open(t, c, port.Options{})
	for i := range 3 {
		m := visit(t, address)
		_, job, extensions := m.login(t, "alice", "")
		if slices.Contains(extensions, "nicehash") {
			t.Errorf("all nonces are this miner's, and it hears %v", extensions)
		}
		if want := fmt.Sprintf("%02x", i+7); job.Blob[120:122] != want || job.Blob[78:86] != "00000000" {
			t.Errorf("%s, want %s", job.Blob, want)
		}
		if i == 2 {
			c.set(func() {
				c.slice = func(*player, *coop.Work) coop.Slice { return coop.Slice{NonceEnd: 0xffffff, Byte: true} }
			})
			g.Deliver(1, c.work(1))
			if h, _ := m.next(t); h.Error == nil || !strings.Contains(h.Error.Message, "log in again") {
				t.Errorf("%+v", h)
			}
			if _, more := m.next(t); more {
				t.Error("not hung up on")
			}
		}
	}
}

// Many miners on two lanes: each sees its own lane's works, in order, with its own byte, and ends with the newest.
// Seats that move to another lane follow it.
func TestXMRFan(t *testing.T) {
	const miners, works = 600, 30
	c := newTroupe()
	c.work(2)
	c.lane = func(n int) coop.Lane { return coop.Lane(1 + n%2) }
	g, address := open(t, c, port.Options{})
	var ready, all sync.WaitGroup
	var last atomic.Pointer[string] // id of the last work
	for range miners {
		m := visit(t, address)
		ready.Add(1)
		all.Go(func() {
			_, job, _ := m.login(t, "many", "")
			ready.Done()
			lane, fixed := job.Blob[158:], job.Blob[84:86]
			seen, got := []string{job.JobID}, job
			for {
				h, ok := m.next(t)
				if !ok {
					break
				}
				got = h.Params
				if got == nil || got.Blob[84:86] != fixed || slices.Contains(seen, got.JobID) {
					t.Errorf("%+v after %v with byte %s", got, seen, fixed)
					return
				}
				seen = append(seen, got.JobID)
				if got.Blob[158:] != lane && got.Blob[158:] != "02" {
					t.Errorf("work of lane %s on lane %s", got.Blob[158:], lane)
					return
				}
				if id := last.Load(); id != nil && *id == got.JobID {
					break
				}
			}
			if len(seen) < 2 {
				t.Errorf("only %v", seen)
			}
		})
	}
	ready.Wait()
	for range works {
		for l := range coop.Lane(2) {
			g.Deliver(l+1, c.work(l+1))
		}
	}
	// All of lane 1 move to lane 2.
	for _, p := range c.all() {
		c.set(func() { p.lane = 2 })
		g.Refresh(p)
	}
	until(t, "all stand on lane 2", func() bool {
		g.mu.Lock()
		defer g.mu.Unlock()
		return len(g.lanes) == 1 && g.lanes[2] != nil
	})
	w := c.work(2)
	last.Store(&w.ID)
	g.Deliver(2, w)
	all.Wait()
	if g.Sessions() != miners {
		t.Errorf("%d sessions", g.Sessions())
	}
}
