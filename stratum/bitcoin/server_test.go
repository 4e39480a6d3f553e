package bitcoin

import (
	"bufio"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/internal/pipes"
	"github.com/adit-mining/adit/stratum"
	"github.com/adit-mining/adit/stratum/port"
)

// judge is a Handler for tests: everybody may come, shares are accepted, unless told otherwise.
type judge struct {
	mu       sync.Mutex
	places   int
	logins   []Login
	wishes   []adit.Hashes
	shares   []Share
	gone     map[*Session]error
	sessions []*Session

	place   func(ctx context.Context) (Place, error) // nil: e1 00 00 NN, 4 bytes, the whole mask
	admit   func(ctx context.Context, l Login) error // nil: everybody, with job-1 of difficulty 2
	outcome adit.ShareOutcome                        // "" = accepted
}

func newJudge() *judge { return &judge{gone: map[*Session]error{}} }

func (h *judge) Place(ctx context.Context, s *Session) (Place, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.places++
	h.sessions = append(h.sessions, s)
	p := Place{Extranonce1: []byte{0xe1, 0, 0, byte(h.places)}, Extranonce2Size: 4, VersionMask: RollingMask}
	s.Data = p
	if h.place != nil {
		return h.place(ctx)
	}
	return p, nil
}

func offer(id string, s *Session, difficulty float64) Offer {
	return Offer{Notice: NoticeOf(testJob(id)), ID: id, Difficulty: HashesOf(difficulty), Place: s.Data.(Place)}
}

func (h *judge) Login(ctx context.Context, s *Session, l Login) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.logins = append(h.logins, l)
	if h.admit != nil {
		return h.admit(ctx, l)
	}
	s.Offer(offer("job-1", s, 2))
	return nil
}

func (h *judge) Submit(b Submission) {
	h.mu.Lock()
	h.shares = append(h.shares, b.Share)
	o := h.outcome
	h.mu.Unlock()
	if o == "" {
		o = adit.ShareAccepted
	}
	b.Reply(stratum.Verdict{Outcome: o})
}

func (h *judge) Wish(_ *Session, d adit.Hashes) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.wishes = append(h.wishes, d)
}

func (h *judge) Gone(s *Session, reason error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if _, twice := h.gone[s]; twice {
		panic("gone twice")
	}
	h.gone[s] = reason
}

func (h *judge) session(i int) *Session {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.sessions[i]
}

// client is a scripted miner.
type client struct {
	t *testing.T
	net.Conn
	in *bufio.Scanner
}

// say writes lines and reads as many as are wanted, comparing each as JSON text; "…" at its end compares the beginning.
func (c *client) say(lines string, want ...string) {
	c.t.Helper()
	c.SetDeadline(time.Now().Add(20 * time.Second))
	go io.WriteString(c.Conn, lines+"\n") // a pipe has no buffer
	c.hear(want...)
}

func (c *client) hear(want ...string) {
	c.t.Helper()
	for _, w := range want {
		if !c.in.Scan() {
			c.t.Fatalf("instead of %s: %v", w, c.in.Err())
		}
		got := c.in.Text()
		head, part := strings.CutSuffix(w, "…")
		if part && !strings.HasPrefix(got, head) || !part && got != w {
			c.t.Fatalf("heard %s\nwanted %s", got, w)
		}
	}
}

// end wants the server to hang up.
func (c *client) end() {
	c.t.Helper()
	if c.in.Scan() {
		c.t.Fatalf("heard %s instead of the end", c.in.Text())
	}
}

func notice(id string, clean bool) string {
	return strings.TrimSpace(string(NoticeOf(testJob(id)).Append(nil, id, clean)))
}

// served runs a server in a bubble.
func served(t *testing.T, h *judge, o port.Options, during func(dial func() *client)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		ln := pipes.Listen()
		done := make(chan error, 1)
		go func() { done <- NewServer(ServerOptions{Handler: h, Port: o}).Serve(ctx, ln) }()
		var conns []net.Conn
		during(func() *client {
			near, err := ln.Dial(ctx, "", "")
			if err != nil {
				t.Fatal(err)
			}
			conns = append(conns, near)
			in := bufio.NewScanner(near)
			in.Buffer(nil, 1<<20)
			return &client{t, near, in}
		})
		cancel()
		for _, c := range conns {
			c.Close()
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
		h.mu.Lock()
		defer h.mu.Unlock()
		if len(h.gone) != h.places {
			t.Errorf("%d of %d sessions are gone", len(h.gone), h.places)
		}
	})
}

const (
	subscribeLine = `{"id":2,"method":"mining.subscribe","params":["test/1"]}`
	authorizeLine = `{"id":3,"method":"mining.authorize","params":["user.rig","x"]}`
	configureLine = `{"id":1,"method":"mining.configure","params":[["version-rolling"],{"version-rolling.mask":"1fffe000","version-rolling.min-bit-count":2}]}`
	difficulty2   = `{"id":null,"method":"mining.set_difficulty","params":[2]}`
)

func subscribedAs(s *Session, one string) string {
	return fmt.Sprintf(`{"id":2,"result":[[["mining.set_difficulty","%s"],["mining.notify","%s"]],"%s",4],"error":null}`, s.ID(), s.ID(), one)
}

// Miners greet in every order; jobs come when both have been said.
func TestGreetings(t *testing.T) {
	for name, order := range map[string][]string{
		"asic":             {configureLine, subscribeLine, authorizeLine},
		"cgminer":          {subscribeLine, authorizeLine},
		"authorizes first": {authorizeLine, subscribeLine},
		"configures last":  {subscribeLine, configureLine, authorizeLine},
	} {
		t.Run(name, func(t *testing.T) {
			h := newJudge()
			served(t, h, port.Options{}, func(dial func() *client) {
				c := dial()
				for i, line := range order {
					go io.WriteString(c.Conn, line+"\n")
					switch line {
					case configureLine:
						c.hear(`{"id":1,"result":{"version-rolling":true,"version-rolling.mask":"1fffe000"},"error":null}`)
					case subscribeLine:
						if !c.in.Scan() || c.in.Text() != subscribedAs(h.session(0), "e1000001") {
							t.Fatal(c.in.Text())
						}
					case authorizeLine:
						c.hear(`{"id":3,"result":true,"error":null}`)
					}
					if i == len(order)-1 {
						c.hear(difficulty2, notice("job-1", true))
					}
				}
				if l := h.logins; len(l) != 1 || l[0].User != "user.rig" || l[0].Password != "x" || order[0] != authorizeLine && l[0].Agent != "test/1" {
					t.Errorf("%+v", l)
				}
				share := `{"id":4,"method":"mining.submit","params":["user.rig","job-1","00000001","6553f1a0","b2957c02"]}`
				c.say(share, `{"id":4,"result":true,"error":null}`)
				if s := h.shares; len(s) != 1 || s[0].JobID != "job-1" || s[0].Nonce != 0xb2957c02 || s[0].Time != 0x6553f1a0 || hex.EncodeToString(s[0].Extranonce2) != "00000001" || s[0].VersionMask != 0 {
					t.Errorf("%+v", s)
				}
				c.say(authorizeLine, `{"id":3,"result":true,"error":null}`)
				c.say(strings.Replace(authorizeLine, "user.rig", "other", 1), `{"id":3,"result":null,"error":[24,"a connection has one login…`)
			})
		})
	}
}

// What is said before a job: only what changed, in one write, in the order in which it takes effect.
func TestOffers(t *testing.T) {
	h := newJudge()
	served(t, h, port.Options{}, func(dial func() *client) {
		c := dial()
		c.say(configureLine, `{"id":1,"result":{"version-rolling":true,"version-rolling.mask":"1fffe000"},"error":null}`)
		c.say(`{"id":9,"method":"mining.extranonce.subscribe","params":[]}`, `{"id":9,"result":true,"error":null}`)
		c.say(subscribeLine, `{"id":2,…`)
		c.say(authorizeLine, `{"id":3,"result":true,"error":null}`, difficulty2, notice("job-1", true))
		s := h.session(0)
		// A pipe gives each write to its own reads: what comes with one read was one write.
		one := func(o Offer, want ...string) {
			t.Helper()
			if !s.Offer(o) {
				t.Fatal("not sent")
			}
			b := make([]byte, 8192)
			n, err := c.Read(b)
			if got := strings.Split(strings.TrimSpace(string(b[:n])), "\n"); err != nil || strings.Join(got, "|") != strings.Join(want, "|") {
				t.Errorf("%v: %s\nwanted %s", err, got, want)
			}
		}
		one(offer("job-2", s, 2), notice("job-2", false))
		if s.Offer(offer("job-2", s, 2)) {
			t.Error("the same job twice")
		}
		o := offer("job-2", s, 0.000244140625)
		o.ID = "job-2.1"
		one(o, `{"id":null,"method":"mining.set_difficulty","params":[0.000244140625]}`, notice("job-2", false)[:0]+strings.Replace(notice("job-2", false), `"job-2"`, `"job-2.1"`, 1))
		o = offer("job-3", s, 0.000244140625)
		o.Clean = true
		one(o, notice("job-3", true))
		o = offer("job-4", s, 4)
		o.Place.Extranonce1, o.Place.Extranonce2Size, o.Place.VersionMask = []byte{0xff}, 6, 0x00c00000
		one(o, `{"id":null,"method":"mining.set_extranonce","params":["ff",6]}`, `{"id":null,"method":"mining.set_version_mask","params":["00c00000"]}`,
			`{"id":null,"method":"mining.set_difficulty","params":[4]}`, notice("job-4", true))
		c.say(`{"id":5,"method":"mining.submit","params":["user.rig","job-4","000000000001","6553f1a0","b2957c02","20000000"]}`, `{"id":5,"result":null,"error":[20,"version bits: Invalid version mask…`)
		c.say(`{"id":6,"method":"mining.submit","params":["user.rig","job-4","000000000001","6553f1a0","b2957c02","00400000"]}`, `{"id":6,"result":true,"error":null}`)
		if s := h.shares[0]; s.VersionBits != 0x00400000 || s.VersionMask != 0x00c00000 {
			t.Errorf("%+v", s)
		}
	})
}

// A miner that cannot move is asked to come anew.
func TestMoveWithoutExtension(t *testing.T) {
	h := newJudge()
	served(t, h, port.Options{}, func(dial func() *client) {
		c := dial()
		c.say(subscribeLine, `{"id":2,…`)
		c.say(authorizeLine, `{"id":3,"result":true,"error":null}`, difficulty2, notice("job-1", true))
		s := h.session(0)
		o := offer("job-2", s, 2)
		o.Place.Extranonce1 = []byte{9}
		if s.Offer(o) {
			t.Error("sent to a miner that cannot follow")
		}
		c.hear(`{"id":null,"method":"client.reconnect","params":[]}`)
		c.end()
	})
	for _, reason := range h.gone {
		if !strings.Contains(reason.Error(), "moved") {
			t.Error(reason)
		}
	}
}

// What a miner may say wrong, and what it hears. The second part: the server hangs up.
func TestServerFaults(t *testing.T) {
	ready := []string{subscribeLine, authorizeLine}
	submit := func(params string) string { return `{"id":4,"method":"mining.submit","params":` + params + `}` }
	for name, x := range map[string]struct {
		before []string
		say    string
		want   string
		end    bool
	}{
		"no json":             {nil, `hello`, `{"id":null,"result":null,"error":[20,"not Stratum…`, true},
		"http":                {nil, `GET / HTTP/1.1`, `{"id":null,"result":null,"error":[20,"not Stratum…`, true},
		"half":                {nil, `{"id":1,"method":`, `{"id":null,"result":null,"error":[20,"not Stratum…`, true},
		"id object":           {nil, `{"id":{},"method":"mining.subscribe"}`, `{"id":null,"result":null,"error":[20,"id: …`, true},
		"params object":       {nil, `{"id":1,"method":"mining.subscribe","params":{}}`, `{"id":1,"result":null,"error":[20,"params: an array…`, true},
		"agent long":          {nil, `{"id":1,"method":"mining.subscribe","params":["` + strings.Repeat("a", 513) + `"]}`, `{"id":1,"result":null,"error":[20,"agent: …`, true},
		"other dialect":       {nil, `{"id":1,"jsonrpc":"2.0","method":"login","params":{"login":"a"}}`, `{"id":1,"jsonrpc":"2.0","error":{"code":-1,"message":"this port speaks the Bitcoin dialect…`, true},
		"no user":             {nil, `{"id":3,"method":"mining.authorize","params":[]}`, `{"id":3,"result":null,"error":[24,"user: …`, true},
		"bad configure":       {nil, `{"id":1,"method":"mining.configure","params":[["version-rolling"],{"version-rolling.mask":1}]}`, `{"id":1,"result":null,"error":[20,"version-rolling.mask: …`, true},
		"share, no subscribe": {nil, submit(`["a","b","00000001","6553f1a0","b2957c02"]`), `{"id":4,"result":null,"error":[25,"Not subscribed",null]}`, true},
		"share, no login":     {ready[:1], submit(`["a","b","00000001","6553f1a0","b2957c02"]`), `{"id":4,"result":null,"error":[24,"Unauthorized worker",null]}`, true},
		"unknown method":      {ready, `{"id":"q","method":"mining.get_transactions","params":["job-1"]}`, `{"id":"q","result":null,"error":[20,"unknown method mining.get_transactions",null]}`, false},
		"ping":                {ready, `{"id":5,"method":"mining.ping","params":[]}`, `{"id":5,"result":"pong","error":null}`, false},
		"other worker":        {ready, submit(`["user.other","job-1","00000001","6553f1a0","b2957c02"]`), `{"id":4,"result":null,"error":[24,"Worker mismatch…`, false},
		"share: params":       {ready, submit(`["user.rig","job-1"]`), `{"id":4,"result":null,"error":[20,"params: …`, false},
		"share: no array":     {ready, submit(`{}`), `{"id":4,"result":null,"error":[20,"params: …`, false},
		"share: nonce":        {ready, submit(`["user.rig","job-1","00000001","6553f1a0","xyz"]`), `{"id":4,"result":null,"error":[20,"nonce: …`, false},
		"share: mask":         {ready, submit(`["user.rig","job-1","00000001","6553f1a0","b2957c02","00002000"]`), `{"id":4,"result":null,"error":[20,"version bits: Invalid version mask…`, false},
		"bad suggestion":      {ready, `{"id":6,"method":"mining.suggest_difficulty","params":["x"]}`, `{"id":6,"result":null,"error":[20,"difficulty: …`, false},
		"bad target":          {ready, `{"id":6,"method":"mining.suggest_target","params":["ff"]}`, `{"id":6,"result":null,"error":[20,"target: …`, false},
		"long line":           {nil, `{"id":1,"method":"` + strings.Repeat("x", 17<<10) + `"}`, `{"id":null,"result":null,"error":[20,"a line longer than 16384 bytes…`, true},
	} {
		t.Run(name, func(t *testing.T) {
			served(t, newJudge(), port.Options{}, func(dial func() *client) {
				c := dial()
				for _, line := range x.before {
					c.say(line, `{"id":…`)
				}
				if len(x.before) == 2 {
					c.hear(difficulty2, `{"id":null,"method":"mining.notify"…`)
				}
				c.say(x.say, x.want)
				if x.end {
					c.end()
				} else {
					c.say(`{"id":77,"method":"mining.ping"}`, `{"id":77,"result":"pong","error":null}`)
				}
			})
		})
	}
}

// The outcomes as they travel, with their codes.
func TestAnswers(t *testing.T) {
	h := newJudge()
	served(t, h, port.Options{}, func(dial func() *client) {
		c := dial()
		c.say(subscribeLine, `{"id":2,…`)
		c.say(authorizeLine, `{"id":3,…`, difficulty2, `{"id":null…`)
		for o, want := range map[adit.ShareOutcome]string{
			adit.ShareStale: `[21,"Stale share",null]`, adit.ShareUnknownJob: `[21,"Job not found",null]`, adit.ShareDuplicate: `[22,"Duplicate share",null]`,
			adit.ShareLowDifficulty: `[23,"Low difficulty share",null]`, adit.ShareUnauthorized: `[24,"Unauthorized worker",null]`, adit.ShareMalformed: `[20,"Malformed share",null]`,
		} {
			h.mu.Lock()
			h.outcome = o
			h.mu.Unlock()
			c.say(`{"id":4,"method":"mining.submit","params":["user.rig","job-1","00000001","6553f1a0","b2957c02"]}`, `{"id":4,"result":null,"error":`+want+`}`)
		}
	})
}

// Who cannot have a place or a login hears why.
func TestTurnedAway(t *testing.T) {
	h := newJudge()
	h.place = func(context.Context) (Place, error) { return Place{}, adit.Errorf(adit.Unreachable, "no work yet") }
	served(t, h, port.Options{}, func(dial func() *client) {
		c := dial()
		c.say(subscribeLine, `{"id":2,"result":null,"error":[20,"no work yet",null]}`)
		c.end()
	})
	h = newJudge()
	h.admit = func(context.Context, Login) error { return adit.Errorf(adit.Forbidden, "suspended") }
	served(t, h, port.Options{}, func(dial func() *client) {
		c := dial()
		c.say(subscribeLine, `{"id":2,…`)
		c.say(authorizeLine, `{"id":3,"result":false,"error":[24,"suspended",null]}`)
		c.end()
	})
}

// While a place is looked for the connection may break, and time may run out; either way it ends once.
func TestSlowPlace(t *testing.T) {
	h := newJudge()
	waiting := make(chan struct{}, 2)
	h.place = func(ctx context.Context) (Place, error) {
		waiting <- struct{}{}
		<-ctx.Done()
		return Place{}, context.Cause(ctx)
	}
	served(t, h, port.Options{LoginTime: 7 * time.Second}, func(dial func() *client) {
		start := time.Now()
		c := dial()
		c.say(subscribeLine, `{"id":2,"result":null,"error":[20,…`)
		if took := time.Since(start); took != 7*time.Second {
			t.Errorf("after %v", took)
		}
		c.end()
		<-waiting
	})
	h = newJudge()
	h.place = func(ctx context.Context) (Place, error) {
		waiting <- struct{}{}
		<-ctx.Done()
		return Place{}, context.Cause(ctx)
	}
	served(t, h, port.Options{}, func(dial func() *client) {
		c := dial()
		go io.WriteString(c.Conn, subscribeLine+"\n")
		<-waiting
		c.Close()
		synctest.Wait()
	})
}

// Who does not say both in time is hung up on; who did may be silent for long.
func TestLoginTime(t *testing.T) {
	served(t, newJudge(), port.Options{}, func(dial func() *client) {
		start := time.Now()
		c := dial()
		c.say(subscribeLine, `{"id":2,…`)
		c.end()
		if took := time.Since(start); took != 10*time.Second {
			t.Errorf("after %v", took)
		}
		c = dial()
		c.say(subscribeLine, `{"id":2,…`)
		c.say(authorizeLine, `{"id":3,…`, difficulty2, `{"id":null…`)
		<-time.After(9 * time.Minute)
		c.say(`{"id":77,"method":"mining.ping"}`, `{"id":77,"result":"pong","error":null}`)
	})
}

// Wishes before the login come with it, later ones at once.
func TestWishes(t *testing.T) {
	h := newJudge()
	served(t, h, port.Options{}, func(dial func() *client) {
		c := dial()
		least := func(d string) string {
			return `{"id":1,"method":"mining.configure","params":[["minimum-difficulty"],{"minimum-difficulty.value":` + d + `}]}`
		}
		c.say(least("1.5"), `{"id":1,"result":{"minimum-difficulty":true},"error":null}`)
		c.say(`{"id":5,"method":"mining.suggest_target","params":["00000000ffff0000000000000000000000000000000000000000000000000000"]}`, `{"id":5,"result":true,"error":null}`)
		c.say(subscribeLine, `{"id":2,…`)
		c.say(authorizeLine, `{"id":3,…`, difficulty2, `{"id":null…`)
		if l := h.logins[0]; l.Least != HashesOf(1.5) || l.Difficulty != HashesOf(1) {
			t.Errorf("%+v", l)
		}
		c.say(`{"id":6,"method":"mining.suggest_difficulty","params":[64]}`, `{"id":6,"result":true,"error":null}`)
		c.say(least("8"), `{"id":1,"result":{"minimum-difficulty":false},"error":null}`)
		if w := h.wishes; len(w) != 2 || w[0] != HashesOf(64) || w[1] != HashesOf(8) {
			t.Errorf("%v", w)
		}
	})
}

// Who lies is hung up on by score.
func TestScore(t *testing.T) {
	h := newJudge()
	h.outcome = adit.ShareLowDifficulty
	served(t, h, port.Options{}, func(dial func() *client) {
		c := dial()
		c.say(subscribeLine, `{"id":2,…`)
		c.say(authorizeLine, `{"id":3,…`, difficulty2, `{"id":null…`)
		for i := range 30 {
			c.say(fmt.Sprintf(`{"id":%d,"method":"mining.submit","params":["user.rig","job-1","00000001","6553f1a0","%08x"]}`, i+10, i), fmt.Sprintf(`{"id":%d,"result":null,"error":[23…`, i+10))
		}
		c.end()
	})
	if len(h.shares) != 30 {
		t.Errorf("%d shares", len(h.shares))
	}
}

func TestNoticeIsShared(t *testing.T) {
	n := NoticeOf(testJob("x"))
	a := n.Append(nil, "a", true)
	b := n.Append([]byte("before"), `b"\`, false)
	for _, clean := range []bool{true, false} {
		var m message
		if err := json.Unmarshal(n.append(nil, "a", clean, 10), &m); err != nil {
			t.Fatal(err)
		}
		j, later := &Job{Extranonce2Size: 4}, testJob("a")
		l, _ := m.list()
		if later.Time += 10; j.parseNotify(l) != nil || j.Time != later.Time || j.Clean != clean || j.Bits != later.Bits {
			t.Errorf("later: %+v", j)
		}
	}
	if string(n.Append(nil, "a", true)) != string(a) {
		t.Error("a notice changed")
	}
	var m message
	if err := json.Unmarshal(b[len("before"):], &m); err != nil {
		t.Fatal(err)
	}
	if l, _ := m.list(); string(l[0]) != `"b\"\\"` || string(l[8]) != "false" {
		t.Errorf("%s %s", l[0], l[8])
	}
}
