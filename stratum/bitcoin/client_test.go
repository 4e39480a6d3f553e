package bitcoin

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"log/slog"
	"net"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/stratum"
)

// The greeting, a share, and what a pool may say in between.
func TestClientMines(t *testing.T) {
	asked, seen := make(chan map[string]string, 1), make(chan message, 10)
	more := make(chan struct{})
	p := pool("pool.example.com:3333#xnsub")
	p.SuggestDifficulty, p.MinimumDifficulty, p.Session = 512, 256, "old"
	end := session(t, p, func(d *desk) {
		asked <- d.welcome(8192)
		for range 3 { // suggestion, extranonce.subscribe, share
			m, _ := d.next()
			seen <- m
			d.say(`{"id":%s,"result":true,"error":null}`, m.ID)
		}
		<-more
		d.say(`{"id":7,"method":"client.get_version","params":[]}`)
		m, _ := d.next()
		seen <- m
		d.say(`{"id":8,"method":"mining.ping"}`)
		m, _ = d.next()
		seen <- m
		d.say(`{"id":"x","method":"mining.set_goal","params":["a"]}`)
		m, _ = d.next()
		seen <- m
		d.say(`{"id":null,"method":"mining.unknown","params":{"a":1}}`)
		d.say(`{"id":null,"method":"client.show_message","params":["hello"]}`)
		d.say(`{"id":null,"result":null,"error":"something"}`)
		d.notify("job-1", true) // again: not handed on
		d.notify("job-2", false)
		d.hold()
	}, func(ctx context.Context, c *Client, works <-chan Work) {
		a := soon(t, asked)
		for method, want := range map[string]string{
			"mining.configure": `[["version-rolling","minimum-difficulty","subscribe-extranonce"],{"minimum-difficulty.value":256,"version-rolling.mask":"1fffe000","version-rolling.min-bit-count":2}]`,
			"mining.subscribe": `["adit/` + adit.Version + `","old"]`,
			"mining.authorize": `["user.rig","hunter2"]`,
		} {
			if a[method] != want {
				t.Errorf("%s %s", method, a[method])
			}
		}
		w := c.Work()
		if w.Job.ID != "job-1" || w.Difficulty != 8192 || hex.EncodeToString(w.Job.Extranonce1) != "e1010203" || w.Job.Extranonce2Size != 4 || w.Job.VersionMask != RollingMask || !w.Job.Clean {
			t.Fatalf("%+v %v", w.Job, w.Difficulty)
		}
		if c.Session() != "sess" {
			t.Errorf("session %q", c.Session())
		}
		v, err := c.Submit(ctx, w.Job, Share{Extranonce2: []byte{0, 0, 0, 1}, Time: 0x6553f1a0, Nonce: 0xb2957c02, VersionBits: 0x00c00000, VersionMask: RollingMask})
		if err != nil || v.Outcome != adit.ShareAccepted || v.RoundTrip < 0 {
			t.Fatalf("%+v %v", v, err)
		}
		for _, want := range []string{
			`mining.suggest_difficulty [512]`, `mining.extranonce.subscribe []`,
			`mining.submit ["user.rig","job-1","00000001","6553f1a0","b2957c02","00c00000"]`,
		} {
			if m := soon(t, seen); m.Method+" "+string(m.Params) != want {
				t.Errorf("%s %s, want %s", m.Method, m.Params, want)
			}
		}
		close(more)
		if m := soon(t, seen); string(m.ID) != "7" || string(m.Result) != `"adit/`+adit.Version+`"` {
			t.Errorf("%+v", m)
		}
		if m := soon(t, seen); string(m.ID) != "8" || string(m.Result) != `"pong"` {
			t.Errorf("%+v", m)
		}
		if m := soon(t, seen); string(m.ID) != `"x"` || m.fault() == nil || !strings.Contains(m.fault().Text, "unknown method") {
			t.Errorf("an unknown method is answered with an error: %+v", m)
		}
		if w := soon(t, works); w.Job.ID != "job-2" || w.Job.Clean {
			t.Errorf("%+v", w.Job)
		}
		if i := c.Info(); i.Ping == nil || i.Since.IsZero() || i.TLSVersion != "" {
			t.Errorf("%+v", i)
		}
	})
	if end != nil {
		t.Fatal(end)
	}
}

// Difficulty and extranonce are for the next job; a mask is for the one at hand.
func TestWhatAppliesWhen(t *testing.T) {
	step := make(chan func(*desk))
	session(t, Pool{}, func(d *desk) {
		d.welcome(64)
		for f := range step {
			f(d)
		}
		d.hold()
	}, func(_ context.Context, c *Client, works <-chan Work) {
		defer close(step)
		do := func(f func(*desk)) { step <- f }
		first := c.Work()
		do(func(d *desk) {
			d.say(`{"id":null,"method":"mining.set_difficulty","params":[128.5]}`)
			d.say(`{"id":null,"method":"mining.set_extranonce","params":["e2ff",6]}`)
			d.say(`{"id":1000,"method":"mining.ping"}`)
			d.next()
		})
		do(func(*desk) {}) // the three were read
		if w := c.Work(); w.Job != first.Job || w.Difficulty != 64 {
			t.Fatalf("the job at hand changed: %+v", w)
		}
		do(func(d *desk) { d.notify("job-1", false) }) // the same id, and the pool does not say clean
		w := soon(t, works)
		if w.Difficulty != 128.5 || hex.EncodeToString(w.Job.Extranonce1) != "e2ff" || w.Job.Extranonce2Size != 6 || !w.Job.Clean {
			t.Fatalf("%+v", w)
		}
		if !bytes.Equal(first.Job.Extranonce1, []byte{0xe1, 1, 2, 3}) {
			t.Fatal("a job that was handed out changed")
		}
		do(func(d *desk) {
			d.say(`{"id":null,"method":"mining.set_extranonce","params":["e2ff",6]}`) // nothing new
			d.notify("job-2", false)
		})
		if w := soon(t, works); w.Job.ID != "job-2" || w.Job.Clean {
			t.Fatalf("%+v", w.Job)
		}
		for _, x := range []struct {
			say, want uint32
			clean     bool
		}{{0x00c00000, 0x00c00000, true}, {0xffffffff, RollingMask, false}, {0, 0, true}} {
			do(func(d *desk) { d.say(`{"id":null,"method":"mining.set_version_mask","params":["%08x"]}`, x.say) })
			if w := soon(t, works); w.Job.ID != "job-2" || w.Job.VersionMask != x.want || w.Job.Clean != x.clean || w.Difficulty != 128.5 {
				t.Fatalf("%08x: %+v", x.say, w.Job)
			}
		}
		// All of them make the same headers as job-2: each is searched at another time.
		if w := c.Work(); w.Job.Time != testJob("").Time+4*timeStep {
			t.Fatalf("%+v", w.Job)
		}
		do(func(d *desk) {
			d.say(`{"id":null,"method":"mining.set_difficulty","params":[7]}`)
			d.notify("job-2", false)
		})
		if w := soon(t, works); w.Difficulty != 7 || w.Job.Time != testJob("").Time+5*timeStep {
			t.Fatalf("%+v", w)
		}
		do(func(d *desk) {
			j := testJob("job-4")
			j.Time++
			d.Write(NoticeOf(j).Append(nil, "job-4", false))
		})
		if w := soon(t, works); w.Job.Time != testJob("").Time+1 {
			t.Fatalf("%+v", w)
		}
		do(func(d *desk) {
			d.say(`{"id":null,"method":"mining.set_difficulty","params":[128.5]}`)
			d.notify("job-3", false)
		})
		if w := soon(t, works); w.Job.VersionMask != 0 || w.Difficulty != 128.5 {
			t.Fatalf("%+v", w.Job)
		}
	})
}

// Pools answer in their own order: a job before the subscription's answer, before the login's, configure never or late.
func TestOddGreetings(t *testing.T) {
	for name, x := range map[string]struct {
		serve func(*desk)
		mask  uint32
	}{
		"job before the login's answer": {func(d *desk) {
			m, _ := d.next()
			d.say(`{"id":%s,"result":{"version-rolling":true,"version-rolling.mask":"1fffe000"},"error":null}`, m.ID)
			m, _ = d.next()
			d.say(`{"id":%s,"result":[[],"e1010203",4],"error":null}`, m.ID)
			d.say(`{"id":null,"method":"mining.set_difficulty","params":[2]}`)
			d.notify("job-1", true)
			m, _ = d.next()
			d.say(`{"id":%s,"result":true,"error":null}`, m.ID)
		}, RollingMask},
		"job before the subscription's answer": {func(d *desk) {
			d.next()
			m, _ := d.next()
			d.say(`{"id":null,"method":"mining.set_difficulty","params":[2]}`)
			d.notify("job-1", true)
			d.say(`{"id":%s,"result":[null,"e1010203",4]}`, m.ID)
			m, _ = d.next()
			d.say(`{"id":"%s","result":true}`, m.ID) // the id as a string
		}, 0},
		"configure is unknown": {func(d *desk) {
			m, _ := d.next()
			d.say(`{"id":%s,"result":null,"error":[-3,"Method 'configure' not found for service 'mining'",null]}`, m.ID)
			m, _ = d.next()
			d.say(`{"id":%s,"result":[[],"e1010203",4],"error":null}`, m.ID)
			m, _ = d.next()
			d.say(`{"id":%s,"result":true,"error":null}`, m.ID)
			d.say(`{"id":null,"method":"mining.set_difficulty","params":[2]}`)
			d.notify("job-1", true)
		}, 0},
		"configure is answered last": {func(d *desk) {
			first, _ := d.next()
			m, _ := d.next()
			d.say(`{"id":%s,"result":[[],"e1010203",4],"error":null}`, m.ID)
			m, _ = d.next()
			d.say(`{"id":null,"method":"mining.set_difficulty","params":[2]}`)
			d.notify("job-1", true)
			d.say(`{"id":%s,"result":{"version-rolling":true,"version-rolling.mask":"00c00000"},"error":null}`, first.ID)
			d.say(`{"id":%s,"result":true,"error":null}`, m.ID)
		}, 0x00c00000},
	} {
		t.Run(name, func(t *testing.T) {
			session(t, Pool{}, func(d *desk) { x.serve(d); d.hold() }, func(_ context.Context, c *Client, _ <-chan Work) {
				if w := c.Work(); w.Difficulty != 2 || w.Job.VersionMask != x.mask || w.Job.Extranonce2Size != 4 || len(w.Job.Extranonce1) != 4 {
					t.Errorf("%+v %+v", w, w.Job)
				}
			})
		})
	}
}

// What a pool can do wrong before there is work, and in which words a person hears of it.
func TestLoginFaults(t *testing.T) {
	subscribed := func(d *desk) message {
		d.next()
		m, _ := d.next()
		d.say(`{"id":%s,"result":[[],"e1010203",4],"error":null}`, m.ID)
		m, _ = d.next()
		return m
	}
	answer := func(format string, args ...any) func(*desk) {
		return func(d *desk) { d.next(); d.next(); d.say(format, args...); d.hold() }
	}
	login := func(format string) func(*desk) {
		return func(d *desk) { d.say(format, subscribed(d).ID); d.hold() }
	}
	for name, x := range map[string]struct {
		serve func(*desk)
		code  adit.Code
		words []string
	}{
		"subscription refused":  {answer(`{"id":2,"result":null,"error":[20,"full",null]}`), adit.Refused, []string{"subscription", "full"}},
		"another dialect":       {answer(`{"id":2,"result":{"id":"x"},"error":null}`), adit.Invalid, []string{"Bitcoin dialect"}},
		"bad extranonce":        {answer(`{"id":2,"result":[[],"q",4],"error":null}`), adit.Invalid, []string{"extranonce1"}},
		"login refused: array":  {login(`{"id":%s,"result":null,"error":[24,"Unauthorized worker",null]}`), adit.Refused, []string{"refused the login", "Unauthorized worker"}},
		"login refused: object": {login(`{"id":%s,"error":{"code":24,"message":"who?"}}`), adit.Refused, []string{"who?"}},
		"login refused: string": {login(`{"id":%s,"result":false,"error":"go away"}`), adit.Refused, []string{"go away"}},
		"login refused: bool":   {login(`{"id":%s,"error":true}`), adit.Refused, []string{"without a reason"}},
		"login refused: false":  {login(`{"id":%s,"result":false,"error":null}`), adit.Refused, []string{"user name"}},
		"garbage":               {answer("\x00\x01what"), adit.Invalid, []string{"not Stratum"}},
		"http":                  {answer("HTTP/1.1 400 Bad Request\r\n"), adit.Invalid, []string{"not Stratum", "HTTP/1.1"}},
		"long line":             {answer(`{"id":2,"result":"%s"}`, strings.Repeat("x", stratum.MaxLine)), adit.Invalid, []string{"65536"}},
		"bad job": {func(d *desk) {
			d.say(`{"id":%s,"result":true}`, subscribed(d).ID)
			d.say(`{"method":"mining.notify","params":["a"]}`)
			d.hold()
		}, adit.Invalid, []string{"job that cannot be used", "9"}},
		"bad difficulty":     {answer(`{"method":"mining.set_difficulty","params":[0]}`), adit.Invalid, []string{"difficulty"}},
		"no difficulty":      {answer(`{"method":"mining.set_difficulty","params":{}}`), adit.Invalid, []string{"difficulty"}},
		"bad set_extranonce": {answer(`{"method":"mining.set_extranonce","params":["zz",4]}`), adit.Invalid, []string{"extranonce"}},
		"bad mask":           {answer(`{"method":"mining.set_version_mask","params":[1]}`), adit.Invalid, []string{"version mask"}},
		"hangs up at once":   {func(*desk) {}, adit.Unreachable, []string{"TLS", "mining.configure"}},
		"hangs up later":     {func(d *desk) { subscribed(d) }, adit.Unreachable, []string{"the connection"}},
		"in the middle":      {func(d *desk) { d.next(); d.next(); d.Write([]byte(`{"id":2,`)) }, adit.Unreachable, []string{"middle of a line"}},
		"a TLS alert":        {func(d *desk) { d.next(); d.next(); d.Write([]byte{0x15, 3, 1, 0, 2, 2, 70}) }, adit.Refused, []string{"stratum+ssl://"}},
		"sent elsewhere": {func(d *desk) {
			d.next()
			d.next()
			d.say(`{"method":"client.reconnect","params":["eu.example.com",3333]}`)
			d.hold()
		}, adit.Unreachable, []string{"eu.example.com:3333"}},
	} {
		t.Run(name, func(t *testing.T) {
			n := &nets{serve: x.serve}
			defer n.wait.Wait()
			_, err := Dial(t.Context(), pool("pool.example.com:3333"), n.dial, nil)
			wants(t, err, x.code, x.words...)
		})
	}
	_, err := Dial(t.Context(), pool("pool.example.com:3333"), (&nets{}).dial, nil)
	wants(t, err, adit.Unreachable, "cannot be reached")
	ctx, cancel := context.WithCancelCause(t.Context())
	n := &nets{serve: func(d *desk) { d.next(); cancel(errors.New("we stop")); d.hold() }}
	defer n.wait.Wait()
	if _, err := Dial(ctx, pool("pool.example.com:3333"), n.dial, nil); err == nil || err.Error() != "we stop" {
		t.Error(err)
	}
}

// Everything that is waited for has an end.
func TestPatience(t *testing.T) {
	for name, x := range map[string]struct {
		serve func(*desk)
		after time.Duration
		word  string
	}{
		"subscription": {func(d *desk) { d.hold() }, 20 * time.Second, "subscription"},
		"login": {func(d *desk) {
			d.next()
			m, _ := d.next()
			d.say(`{"id":%s,"result":[[],"e1010203",4]}`, m.ID)
			d.hold()
		}, 20 * time.Second, "login"},
		"job": {func(d *desk) {
			d.next()
			m, _ := d.next()
			d.say(`{"id":%s,"result":[[],"e1010203",4]}`, m.ID)
			m, _ = d.next()
			d.say(`{"id":%s,"result":true}`, m.ID)
			d.hold()
		}, 20 * time.Second, "no job"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := &nets{serve: x.serve}
				start := time.Now()
				_, err := Dial(t.Context(), pool("pool.example.com:3333"), n.dial, nil)
				wants(t, err, adit.Timeout, x.word)
				if took := time.Since(start); took != x.after {
					t.Errorf("after %v", took)
				}
				n.wait.Wait()
			})
		})
	}
	t.Run("a share without an answer", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			session(t, Pool{}, func(d *desk) { d.welcome(1); d.hold() }, func(ctx context.Context, c *Client, _ <-chan Work) {
				start := time.Now()
				_, err := c.Submit(ctx, c.Work().Job, Share{Extranonce2: make([]byte, 4)})
				wants(t, err, adit.Timeout, "lost")
				if took := time.Since(start); took != submitTimeout {
					t.Errorf("after %v", took)
				}
				_, err = c.Submit(ctx, c.Work().Job, Share{})
				wants(t, err, adit.Unreachable, "not connected")
			})
		})
	})
	t.Run("no job for five minutes", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			start := time.Now()
			end := session(t, Pool{}, func(d *desk) {
				d.welcome(1)
				for range 3 { // the same job again is a sign of life, another difficulty is none
					<-time.After(4 * time.Minute)
					d.notify("job-1", false)
				}
				d.say(`{"method":"mining.set_difficulty","params":[4]}`)
				d.hold()
			}, nil)
			wants(t, end, adit.Timeout, "no job for 5 min")
			if took := time.Since(start); took != 17*time.Minute {
				t.Errorf("after %v", took)
			}
		})
	})
}

// Where client.reconnect may send us.
func TestReconnect(t *testing.T) {
	for name, x := range map[string]struct {
		pool   string
		params string
		any    bool
		want   string // "" = not followed
		wait   time.Duration
	}{
		"same":           {"stratum+tcp://pool.example.com:3333", `[]`, false, "stratum+tcp://pool.example.com:3333", 0},
		"no params":      {"stratum+tcp://pool.example.com:3333", `null`, false, "stratum+tcp://pool.example.com:3333", 0},
		"relative":       {"pool.example.com:3333", `["eu.example.com",4444,7]`, false, "stratum+tcp://eu.example.com:4444", 7 * time.Second},
		"texts":          {"pool.example.com:3333", `["eu.example.com","4444","7"]`, false, "stratum+tcp://eu.example.com:4444", 7 * time.Second},
		"port alone":     {"pool.example.com:3333", `["",4444]`, false, "stratum+tcp://pool.example.com:4444", 0},
		"port zero":      {"pool.example.com:3333", `["eu.example.com",0,1e9]`, false, "stratum+tcp://eu.example.com:3333", 5 * time.Minute},
		"tls stays":      {"stratum+ssl://pool.example.com:3333", `["eu.example.com",4444,-5]`, false, "stratum+ssl://eu.example.com:4444", 0},
		"stranger":       {"pool.example.com:3333", `["evil.example.net",4444]`, false, "", 0},
		"look-alike":     {"pool.example.com:3333", `["example.com.evil.net",4444]`, false, "", 0},
		"an address":     {"pool.example.com:3333", `["192.0.2.7",4444]`, false, "", 0},
		"stranger, free": {"pool.example.com:3333", `["evil.example.net",4444]`, true, "stratum+tcp://evil.example.net:4444", 0},
		"more of a URL":  {"pool.example.com:3333", `["user@x/pool.example.com",4444]`, true, "", 0},
		"no port":        {"pool.example.com:3333", `["pool.example.com","99999"]`, true, "", 0},
	} {
		t.Run(name, func(t *testing.T) {
			p := pool(x.pool)
			p.FollowAnywhere = x.any
			c := newClient(p.plain(), sink{}, slog.New(slog.DiscardHandler))
			err := c.take([]byte(`{"id":5,"method":"client.reconnect","params":`+x.params+`}`), func(Work) {})
			r := new(Redirect)
			switch {
			case x.want == "" && err != nil:
				t.Fatalf("followed: %v", err)
			case x.want != "" && (!errors.As(err, &r) || r.URL != x.want || r.Wait != x.wait || adit.CodeOf(err) != adit.Unreachable):
				t.Fatalf("%v", err)
			}
		})
	}
}

// A pool that says who we are is unknown will take nothing more.
func TestUnauthorizedEnds(t *testing.T) {
	session(t, Pool{}, func(d *desk) {
		d.welcome(1)
		m, _ := d.next()
		d.say(`{"id":%s,"result":null,"error":[24,"Unauthorized worker",null]}`, m.ID)
		d.hold()
	}, func(ctx context.Context, c *Client, _ <-chan Work) {
		v, err := c.Submit(ctx, c.Work().Job, Share{Extranonce2: make([]byte, 4)})
		if err != nil || v.Outcome != adit.ShareUnauthorized {
			t.Errorf("%+v %v", v, err)
		}
		<-c.conn.Over()
		wants(t, c.conn.Cause(), adit.Refused, "Unauthorized worker")
	})
}

func TestPoolValidate(t *testing.T) {
	good := pool("stratum+tcp://pool.example.com:3333")
	for name, x := range map[string]struct {
		spoil func(*Pool)
		field string
	}{
		"good":      {func(*Pool) {}, ""},
		"xnsub":     {func(p *Pool) { p.URL += "/#xnsub" }, ""},
		"fragment":  {func(p *Pool) { p.URL += "#other" }, "pool"},
		"no user":   {func(p *Pool) { p.User = "" }, "user"},
		"suggested": {func(p *Pool) { p.SuggestDifficulty = -1 }, "suggest-difficulty"},
		"minimum":   {func(p *Pool) { p.MinimumDifficulty = 1e30 }, "minimum-difficulty"},
		"session":   {func(p *Pool) { p.Session = strings.Repeat("x", 513) }, "session"},
		"pin":       {func(p *Pool) { p.Fingerprint = "ab" }, "tls-fingerprint"},
	} {
		p := good
		x.spoil(&p)
		err := p.Validate()
		if e, ok := adit.AsError(err); x.field == "" && err != nil || x.field != "" && (!ok || e.Field != x.field) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n := (&nets{}); true {
		Dial(t.Context(), pool("pool.example.com:3333/#xnsub"), n.dial, nil)
		if !slices.Equal(n.hosts, []string{"pool.example.com:3333"}) {
			t.Errorf("%v", n.hosts)
		}
	}
}

// sink is a connection that takes everything and says nothing.
type sink struct{ net.Conn }

func (sink) Write(b []byte) (int, error)      { return len(b), nil }
func (sink) Close() error                     { return nil }
func (sink) SetWriteDeadline(time.Time) error { return nil }
