package stratum

import (
	"context"
	"fmt"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/adit-mining/adit"
)

// Over real sockets: login, a share, a new job, the end.
func TestClientMines(t *testing.T) {
	seen := make(chan message, 10)
	more := make(chan struct{})
	url := listen(t, func(c net.Conn) {
		d := newDesk(c)
		m, _ := d.next()
		seen <- m
		d.say(`{"id":1,"jsonrpc":"2.0","error":null,"result":{"id":"abc","status":"OK","extensions":["algo","keepalive"],"job":%s}}`, mustJSON(testJob(1, 64)))
		m, _ = d.next()
		seen <- m
		d.say(`{"id":%s,"jsonrpc":"2.0","error":null,"result":{"status":"OK"}}`, m.ID)
		<-more
		d.say(jobLine(testJob(2, 128)))
		d.say(jobLine(testJob(2, 128))) // again: must not be handed on
		d.say(`{"jsonrpc":"2.0","method":"client.reconnect","params":["evil.example","1"]}`)
		d.say(`{"id":77,"jsonrpc":"2.0","method":"mining.ping","params":[]}`)
		m, _ = d.next()
		seen <- m
		d.say(jobLine(testJob(3, 128)))
		hold(c)
	})
	c, err := dial(t, Pool{URL: url, User: "wallet", Password: "pw", RigID: "rig-7", Agent: "adit/test", Algorithms: []adit.Algorithm{"rx/0", "rx/2"}})
	if err != nil {
		t.Fatal(err)
	}
	if m := <-seen; m.Method != "login" || string(m.Params) != `{"login":"wallet","pass":"pw","agent":"adit/test","rigid":"rig-7","algo":["rx/0","rx/2"]}` {
		t.Fatalf("%s %s", m.Method, m.Params)
	}
	if j := c.Job(); j.ID != "job-1" || j.Difficulty() != 64 || *j.Height != 3000001 {
		t.Fatalf("%+v", j)
	}
	ctx, cancel := context.WithCancel(t.Context())
	jobs := make(chan Job, 10)
	done := make(chan error, 1)
	go func() { done <- c.Run(ctx, func(j Job) { jobs <- j }) }()
	v, err := c.Submit(ctx, c.Job().Share([]byte{0xf, 0x80, 0, 0}, easy(9)))
	if err != nil || v.Outcome != adit.ShareAccepted || v.RoundTrip <= 0 {
		t.Fatalf("%+v %v", v, err)
	}
	if m := <-seen; m.Method != "submit" || string(m.Params) != `{"id":"abc","job_id":"job-1","nonce":"0f800000","result":"09`+strings.Repeat("0", 62)+`","algo":"rx/0"}` {
		t.Fatalf("%s %s", m.Method, m.Params)
	}
	close(more)
	if j := <-jobs; j.ID != "job-2" {
		t.Fatalf("%+v", j)
	}
	if j := <-jobs; j.ID != "job-3" {
		t.Fatalf("after a repeated job, a reconnect and an unknown method: %+v", j)
	}
	if m := <-seen; string(m.ID) != "77" || m.Method != "" {
		t.Fatalf("an unknown method is answered: %+v", m)
	}
	if i := c.Info(); i.IP != "127.0.0.1" || i.Ping == nil || i.TLSVersion != "" {
		t.Fatalf("%+v", i)
	}
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if _, err := c.Submit(t.Context(), Share{}); adit.CodeOf(err) != adit.Unreachable {
		t.Fatalf("submit after the end: %v", err)
	}
}

func mustJSON(j Job) []byte {
	b, err := j.MarshalJSON()
	if err != nil {
		panic(err)
	}
	return b
}

// What a pool can do wrong before there is work, and in which words a person hears of it.
func TestLoginFaults(t *testing.T) {
	reply := func(format string, args ...any) func(net.Conn) {
		return func(c net.Conn) {
			d := newDesk(c)
			d.next()
			d.say(format, args...)
			hold(c)
		}
	}
	for name, x := range map[string]struct {
		serve func(net.Conn)
		code  adit.Code
		words []string
	}{
		"refused as object": {reply(`{"id":1,"error":{"code":-1,"message":"Invalid payment address"}}`), adit.Refused, []string{"refused the login", "Invalid payment address"}},
		"refused as array":  {reply(`{"id":1,"error":[24,"Unauthorized worker",null]}`), adit.Refused, []string{"Unauthorized worker"}},
		"refused as string": {reply(`{"id":1,"error":"go away"}`), adit.Refused, []string{"go away"}},
		"refused as bool":   {reply(`{"id":1,"error":true}`), adit.Refused, []string{"without a reason"}},
		"banned":            {reply(`{"id":null,"error":{"code":-1,"message":"Your IP is banned"}}`), adit.Refused, []string{"banned"}},
		"bitcoin dialect":   {reply(`{"id":1,"result":true,"error":null}`), adit.Invalid, []string{"XMR dialect"}},
		"garbage":           {reply("\x00\x01 what?"), adit.Invalid, []string{"not Stratum"}},
		"http":              {reply("HTTP/1.1 400 Bad Request\r\n"), adit.Invalid, []string{"not Stratum", "HTTP/1.1"}},
		"half json":         {reply(`{"id":1,"result":{`), adit.Invalid, []string{"not Stratum"}},
		"oversized":         {reply(`{"id":1,"result":"%s"}`, strings.Repeat("x", MaxLine)), adit.Invalid, []string{"65536"}},
		"oversized, no end": {func(c net.Conn) { fmt.Fprint(c, strings.Repeat("{", MaxLine+10)); hold(c) }, adit.Invalid, []string{"65536"}},
		"bad job":           {reply(`{"id":1,"result":{"id":"a","status":"OK","job":{"blob":"00","job_id":"1","target":"ffffffff","seed_hash":"00"}}}`), adit.Invalid, []string{"job", "blob"}},
		"other algorithm":   {reply(`{"id":1,"result":{"id":"a","job":%s}}`, strings.Replace(string(mustJSON(testJob(1, 1))), "rx/0", "rx/wow", 1)), adit.Unsupported, []string{"rx/wow", "rx/0"}},
		"closes at once":    {func(net.Conn) {}, adit.Unreachable, []string{"TLS?"}},
		"closes in a line":  {func(c net.Conn) { newDesk(c).next(); fmt.Fprint(c, `{"id":1,"resu`) }, adit.Unreachable, []string{"middle of a line"}},
		"tls alert":         {func(c net.Conn) { newDesk(c).next(); c.Write([]byte{0x15, 3, 1, 0, 2, 2, 70}) }, adit.Refused, []string{"stratum+ssl://"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := dial(t, Pool{URL: listen(t, x.serve), Password: "hunter2"})
			wants(t, err, x.code, x.words...)
			if strings.Contains(err.Error(), "hunter2") || len(err.Error()) > 600 {
				t.Fatalf("%q", err)
			}
		})
	}
	t.Run("nobody listens", func(t *testing.T) {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		ln.Close()
		_, err = dial(t, Pool{URL: ln.Addr().String()})
		wants(t, err, adit.Unreachable, "cannot be reached")
	})
}

// bubble runs a client against a scripted pool in virtual time. It returns the client's end.
func bubble(t *testing.T, p Pool, serve func(*desk), during func(ctx context.Context, c *Client)) (end error, took time.Duration) {
	t.Helper()
	n := newNets()
	n.set("pool:1", func(c net.Conn) { serve(newDesk(c)) })
	p.URL, p.User = "pool:1", "u"
	ctx, cancel := context.WithCancel(t.Context())
	start := time.Now()
	c, err := Dial(ctx, p, n.Dial, nil)
	if err == nil {
		done := make(chan error, 1)
		go func() { done <- c.Run(ctx, func(Job) {}) }()
		if during != nil {
			during(ctx, c)
		}
		err = <-done
	}
	took = time.Since(start)
	cancel()
	n.wait.Wait()
	return err, took
}

func TestSilences(t *testing.T) {
	j := testJob(1, 10)
	t.Run("accepts and goes silent", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			err, took := bubble(t, Pool{}, func(d *desk) { hold(d) }, nil)
			wants(t, err, adit.Timeout, "did not answer the login")
			if took != responseTimeout {
				t.Fatal(took)
			}
		})
	})
	t.Run("login without a job", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			err, took := bubble(t, Pool{}, func(d *desk) {
				d.next()
				d.say(`{"id":1,"error":null,"result":{"id":"a","status":"OK"}}`)
				hold(d)
			}, nil)
			wants(t, err, adit.Timeout, "no job")
			if took != responseTimeout {
				t.Fatal(took)
			}
		})
	})
	t.Run("the job comes after the login", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			err, _ := bubble(t, Pool{}, func(d *desk) {
				d.next()
				d.say(`{"id":1,"error":null,"result":{"id":"a","status":"OK"}}`)
				time.Sleep(15 * time.Second)
				d.say(jobLine(j))
			}, nil)
			wants(t, err, adit.Unreachable, "closed the connection")
		})
	})
	t.Run("no new job", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			err, took := bubble(t, Pool{}, func(d *desk) {
				d.login(j, "keepalive")
				time.AfterFunc(time.Minute, func() { d.say(jobLine(testJob(2, 10))) })
				d.drain() // keepalives are answered: not a sign of work
			}, nil)
			wants(t, err, adit.Timeout, "no job for 10 min")
			if took != 11*time.Minute {
				t.Fatal(took)
			}
		})
	})
	t.Run("a share without an answer", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			var lost error
			err, took := bubble(t, Pool{}, func(d *desk) {
				d.login(j)
				d.next()
				hold(d)
			}, func(ctx context.Context, c *Client) {
				time.Sleep(time.Minute)
				_, lost = c.Submit(ctx, j.Share([]byte{1, 2, 3, 4}, easy(0)))
			})
			wants(t, lost, adit.Timeout, "lost")
			wants(t, err, adit.Timeout, "lost")
			if took != 90*time.Second {
				t.Fatal(took)
			}
		})
	})
	t.Run("a late answer", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			var v Verdict
			var failed error
			bubble(t, Pool{}, func(d *desk) {
				d.login(j)
				m, _ := d.next()
				time.Sleep(29 * time.Second)
				d.say(`{"id":"%s","error":{"code":-1,"message":"Low difficulty share"}}`, m.ID) // the id as a string, too
			}, func(ctx context.Context, c *Client) {
				v, failed = c.Submit(ctx, j.Share([]byte{1, 2, 3, 4}, easy(0)))
			})
			if failed != nil || v.Outcome != adit.ShareLowDifficulty || v.RoundTrip != 29*time.Second {
				t.Fatalf("%+v %v", v, failed)
			}
		})
	})
	t.Run("closes in the middle of a share", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			var lost error
			bubble(t, Pool{}, func(d *desk) {
				d.login(j)
				d.next()
				fmt.Fprint(d, `{"id":2,"res`)
			}, func(ctx context.Context, c *Client) {
				_, lost = c.Submit(ctx, j.Share([]byte{1, 2, 3, 4}, easy(0)))
			})
			wants(t, lost, adit.Unreachable, "before the share was answered")
		})
	})
	t.Run("a fatal text", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			var v Verdict
			err, _ := bubble(t, Pool{}, func(d *desk) {
				d.login(j)
				m, _ := d.next()
				d.say(`{"id":%s,"error":{"code":-1,"message":"Unauthenticated"}}`, m.ID)
				hold(d)
			}, func(ctx context.Context, c *Client) {
				v, _ = c.Submit(ctx, j.Share([]byte{1, 2, 3, 4}, easy(0)))
			})
			wants(t, err, adit.Refused, "Unauthenticated")
			if v.Outcome != adit.ShareUnauthorized {
				t.Fatalf("%+v", v)
			}
		})
	})
}

func TestKeepalive(t *testing.T) {
	j := testJob(1, 10)
	beats := func(t *testing.T, p Pool, extensions ...string) (n int, end error, took time.Duration) {
		synctest.Test(t, func(t *testing.T) {
			count := make(chan int, 1)
			end, took = bubble(t, p, func(d *desk) {
				d.login(j, extensions...)
				beats := 0
				for {
					m, ok := d.next()
					if !ok {
						count <- beats
						return
					}
					if m.Method == "keepalived" && string(m.Params) == `{"id":"sess"}` {
						beats++
						d.say(`{"id":%s,"error":null,"result":{"status":"KEEPALIVED"}}`, m.ID)
					}
				}
			}, nil)
			n = <-count
		})
		return
	}
	if n, err, _ := beats(t, Pool{}, "algo", "keepalive"); n != 9 && n != 10 || err == nil {
		t.Errorf("announced: %d keepalives in ten minutes, %v", n, err)
	}
	if n, _, _ := beats(t, Pool{}, "algo"); n != 0 {
		t.Errorf("not announced: %d", n)
	}
	if n, _, _ := beats(t, Pool{Keepalive: 30 * time.Second}); n != 19 && n != 20 {
		t.Errorf("asked for: %d", n)
	}
	if n, _, _ := beats(t, Pool{Keepalive: -1}, "keepalive"); n != 0 {
		t.Errorf("switched off: %d", n)
	}
	t.Run("not answered", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			err, took := bubble(t, Pool{}, func(d *desk) { d.login(j, "keepalive"); hold(d) }, nil)
			wants(t, err, adit.Timeout, "keepalive")
			if took != keepaliveEach+responseTimeout {
				t.Fatal(took)
			}
		})
	})
}

func TestNicehashFromPool(t *testing.T) {
	url := listen(t, func(c net.Conn) { newDesk(c).login(testJob(1, 5)); hold(c) })
	c, err := dial(t, Pool{URL: url, Nicehash: true})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if !c.Job().Nicehash {
		t.Fatal("nicehash was switched on for this pool")
	}
}

// The pool changes target and seed while a share is under way: the verdict is still the share's, and the new job comes
// with both.
func TestJobChangesMidShare(t *testing.T) {
	next := testJob(2, 9000)
	next.SeedHash, next.NextSeedHash = [32]byte{9}, &[32]byte{8}
	url := listen(t, func(c net.Conn) {
		d := newDesk(c)
		d.login(testJob(1, 64))
		m, _ := d.next()
		d.say(jobLine(next))
		d.say(`{"id":%s,"error":{"code":-1,"message":"Stale share"}}`, m.ID)
		hold(c)
	})
	c, err := dial(t, Pool{URL: url})
	if err != nil {
		t.Fatal(err)
	}
	jobs, done := make(chan Job, 1), make(chan error, 1)
	go func() { done <- c.Run(t.Context(), func(j Job) { jobs <- j }) }()
	share := c.Job().Share([]byte{1, 2, 3, 4}, easy(1))
	v, err := c.Submit(t.Context(), share)
	if err != nil || v.Outcome != adit.ShareStale || share.Difficulty != 64 {
		t.Fatal(v, err)
	}
	if j := <-jobs; !j.Same(next) || j.SeedHash != next.SeedHash || *j.NextSeedHash != [32]byte{8} || j.Difficulty() != 9000 {
		t.Fatalf("%+v", j)
	}
	c.Close()
	<-done
}
