package stratum

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/internal/pipes"
	"github.com/adit-mining/adit/internal/selfsigned"
	"github.com/adit-mining/adit/stratum/jsonline"
)

// judge is a Handler for tests: everybody may come, shares are judged by outcome.
type judge struct {
	mu       sync.Mutex
	sessions map[*Session]Login
	gone     map[*Session]error
	admit    func(*Session, Login) (Job, error) // nil: testJob(1, 10)
	outcome  func(Submission) Verdict           // nil: accepted
	submits  atomic.Int64
}

func newJudge() *judge { return &judge{sessions: map[*Session]Login{}, gone: map[*Session]error{}} }

func (h *judge) Login(_ context.Context, s *Session, l Login) (Job, error) {
	h.mu.Lock()
	h.sessions[s] = l
	h.mu.Unlock()
	if h.admit != nil {
		return h.admit(s, l)
	}
	return testJob(1, 10), nil
}

func (h *judge) Submit(b Submission) {
	h.submits.Add(1)
	v := Verdict{Outcome: adit.ShareAccepted}
	if h.outcome != nil {
		v = h.outcome(b)
	}
	b.Reply(v)
}

func (h *judge) Gone(s *Session, reason error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if _, twice := h.gone[s]; twice {
		panic("gone twice")
	}
	h.gone[s] = reason
}

func (h *judge) all() (all []*Session) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for s := range h.sessions {
		all = append(all, s)
	}
	return all
}

func (h *judge) reasons() (all []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, err := range h.gone {
		all = append(all, err.Error())
	}
	return all
}

// come connects a miner; "" has no address.
func come(t *testing.T, l *pipes.Listener, from string) *desk {
	t.Helper()
	var near net.Conn
	var err error
	if from != "" {
		near, err = l.DialFrom(t.Context(), mustAddr(from))
	} else {
		near, err = l.Dial(t.Context(), "", "")
	}
	if err != nil {
		t.Fatal(err)
	}
	return newDesk(near)
}

// open starts a server on a real socket and returns its address.
func open(t *testing.T, o ServerOptions) (*Server, string) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	v := NewServer(o)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- v.Serve(ctx, ln) }()
	t.Cleanup(func() {
		begin := time.Now()
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if took := time.Since(begin); took > time.Second {
			t.Errorf("the server took %v to end", took)
		}
		if n := v.Sessions(); n != 0 {
			t.Errorf("%d sessions are left", n)
		}
	})
	return v, ln.Addr().String()
}

// visit connects a raw miner.
func visit(t *testing.T, address string) *desk {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(20 * time.Second))
	return newDesk(c)
}

// line reads one raw line, "" at the end.
func (d *desk) line() string {
	if !d.in.Scan() {
		return ""
	}
	return d.in.Text()
}

const loginLine = `{"id":1,"jsonrpc":"2.0","method":"login","params":{"login":"w","pass":"x","agent":"test/1","rigid":"r","algo":["rx/0"]}}`

func submitLine(id int, session, job string, nonce string) string {
	return fmt.Sprintf(`{"id":%d,"jsonrpc":"2.0","method":"submit","params":{"id":%q,"job_id":%q,"nonce":%q,"result":%q,"algo":"rx/0"}}`,
		id, session, job, nonce, strings.Repeat("0", 64))
}

func TestServerTalks(t *testing.T) {
	h := newJudge()
	_, address := open(t, ServerOptions{Handler: h})
	d := visit(t, address)
	d.say(loginLine)
	welcome := d.line()
	s := h.all()[0]
	want := fmt.Sprintf(`{"id":1,"jsonrpc":"2.0","error":null,"result":{"id":%q,"job":%s,"extensions":["algo","keepalive"],"status":"OK"}}`, s.ID(), mustJSON(testJob(1, 10)))
	if welcome != want {
		t.Fatalf("\n%s\nwant\n%s", welcome, want)
	}
	if l := h.sessions[s]; l.User != "w" || l.Password != "x" || l.Agent != "test/1" || l.RigID != "r" || len(l.Algorithms) != 1 {
		t.Fatalf("%+v", l)
	}
	for _, x := range [][2]string{
		{submitLine(2, s.ID(), "job-1", "0f800000"), `{"id":2,"jsonrpc":"2.0","error":null,"result":{"status":"OK"}}`},
		{fmt.Sprintf(`{"id":3,"jsonrpc":"2.0","method":"keepalived","params":{"id":%q}}`, s.ID()), `{"id":3,"jsonrpc":"2.0","error":null,"result":{"status":"KEEPALIVED"}}`},
		{`{"id":"four","method":"mining.subscribe","params":[]}`, `{"id":"four","jsonrpc":"2.0","error":{"code":-1,"message":"Invalid method"}}`},
		{submitLine(5, "somebody", "job-1", "0f800000"), `{"id":5,"jsonrpc":"2.0","error":{"code":-1,"message":"Unauthenticated"}}`},
		{submitLine(6, s.ID(), "job-1", "0f80"), `{"id":6,"jsonrpc":"2.0","error":{"code":-1,"message":"Malformed share: nonce: 4 or 8 bytes of hex are expected"}}`},
		{`{"id":7,"method":"submit","params":[1,2]}`, `{"id":7,"jsonrpc":"2.0","error":{"code":-1,"message":"Malformed share: params: submit needs an object of strings"}}`},
		{loginLine, `{"id":1,"jsonrpc":"2.0","error":{"code":-1,"message":"already logged in"}}`},
	} {
		d.say("%s", x[0])
		if got := d.line(); got != x[1] {
			t.Errorf("%s\n got %s\nwant %s", x[0], got, x[1])
		}
	}
	if !s.SendJob(testJob(2, 10)) || s.SendJob(testJob(2, 10)) {
		t.Error("a job goes out once")
	}
	if !s.SendJob(testJob(2, 20)) {
		t.Error("another target is another job for XMRig")
	}
	s.SendJob(testJob(3, 20))
	for i, j := range []Job{testJob(2, 10), testJob(2, 20), testJob(3, 20)} {
		if got := d.line(); got != jobLine(j) {
			t.Fatalf("%d: %s", i, got)
		}
	}
	if got, want := s.Remote().String(), d.LocalAddr().String(); got != want {
		t.Errorf("remote %s, want %s", got, want)
	}
	s.Close(errors.New("enough"))
	if got := d.line(); got != "" {
		t.Fatal(got)
	}
	if s.SendJob(testJob(4, 20)) {
		t.Error("a job after the end")
	}
}

// A job sent before the login is answered must reach the miner with that answer, not be lost or overtaken.
func TestJobDuringLogin(t *testing.T) {
	h := newJudge()
	h.admit = func(s *Session, _ Login) (Job, error) {
		s.SendJob(testJob(2, 10))
		return testJob(1, 10), nil
	}
	_, address := open(t, ServerOptions{Handler: h})
	c, err := dial(t, Pool{URL: address})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if c.Job().ID != "job-2" {
		t.Fatalf("%+v", c.Job())
	}
}

func TestPlainAndTLSOnOnePort(t *testing.T) {
	h := newJudge()
	cert := selfsigned.Loopback(t)
	_, address := open(t, ServerOptions{Handler: h, TLS: &tls.Config{Certificates: []tls.Certificate{cert}}})
	for url, version := range map[string]string{"stratum+tcp://" + address: "", "stratum+ssl://" + address: "TLS 1.3"} {
		p := Pool{URL: url}
		if version != "" {
			p.Fingerprint = fingerprint(cert.Leaf)
		}
		c, err := dial(t, p)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		jobs := make(chan Job, 1)
		go func() { done <- c.Run(ctx, func(j Job) { jobs <- j }) }()
		if v, err := c.Submit(ctx, c.Job().Share([]byte{1, 2, 3, 4}, easy(1))); err != nil || v.Outcome != adit.ShareAccepted {
			t.Fatal(v, err)
		}
		for _, s := range h.all() {
			if s.TLS() == version {
				s.SendJob(testJob(2, 10))
			}
		}
		if j := <-jobs; j.ID != "job-2" {
			t.Fatalf("%+v", j)
		}
		cancel()
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
	_, plain := open(t, ServerOptions{Handler: h})
	_, err := dial(t, Pool{URL: "stratum+ssl://" + plain})
	if err == nil {
		t.Fatal("TLS on a plain port")
	}
}

// What a miner can do wrong; each gets a line that says so, then the end.
func TestMinerFaults(t *testing.T) {
	h := newJudge()
	h.admit = func(_ *Session, l Login) (Job, error) {
		if l.User == "bad" {
			return Job{}, adit.Errorf(adit.Refused, "this login is not welcome")
		}
		return testJob(1, 10), nil
	}
	_, address := open(t, ServerOptions{Handler: h, Rate: 1, Burst: 20})
	for name, x := range map[string]struct {
		say   string
		words string
	}{
		"http":             {"GET / HTTP/1.1\r\n\r\n", "not Stratum"},
		"garbage":          {"\xff\xfe\x00\x01\n", "not Stratum"},
		"half json":        {`{"id":1,` + "\n", "not Stratum"},
		"array":            {"[1,2]\n", "not Stratum"},
		"method a number":  {`{"id":1,"method":5}` + "\n", "not Stratum"},
		"id an object":     {`{"id":{"a":1},"method":"login"}` + "\n", "id:"},
		"oversized":        {`{"id":1,"method":"` + strings.Repeat("x", 16<<10) + `"}` + "\n", "16384 bytes"},
		"never ends":       {strings.Repeat("{", 17<<10), "16384 bytes"},
		"submit first":     {submitLine(1, "x", "job-1", "00000000") + "\n", "Unauthenticated"},
		"no login":         {`{"id":1,"method":"login","params":{"pass":"x"}}` + "\n", "missing login"},
		"long login":       {`{"id":1,"method":"login","params":{"login":"` + strings.Repeat("x", 513) + `"}}` + "\n", "512"},
		"login of strings": {`{"id":1,"method":"login","params":["w","x"]}` + "\n", "object"},
		"not welcome":      {`{"id":1,"method":"login","params":{"login":"bad"}}` + "\n", "this login is not welcome"},
		"flood":            {loginLine + "\n" + strings.Repeat(`{"id":9,"method":"keepalived","params":{}}`+"\n", 30), "too many requests"},
	} {
		t.Run(name, func(t *testing.T) {
			d := visit(t, address)
			if _, err := io.WriteString(d, x.say); err != nil {
				t.Fatal(err)
			}
			var last string
			for {
				line := d.line()
				if line == "" {
					break
				}
				last = line
			}
			if !strings.Contains(last, x.words) || !strings.Contains(last, `"error":{"code":-1`) {
				t.Fatalf("last words: %q", last)
			}
			if err := d.in.Err(); err != nil {
				t.Fatalf("the connection was reset: %v", err)
			}
		})
	}
}

// hallServer runs a server in a synctest bubble.
func hallServer(t *testing.T, o ServerOptions) (l *pipes.Listener, end func()) {
	l = pipes.Listen()
	v := NewServer(o)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- v.Serve(ctx, l) }()
	return l, func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

func TestServerPatience(t *testing.T) {
	for name, x := range map[string]struct {
		login bool
		drip  string        // sent byte by byte, one per second
		after time.Duration // the end, from connecting
	}{
		"says nothing":          {false, "", 10 * time.Second},
		"drips its login":       {false, loginLine, 10 * time.Second},
		"idle after login":      {true, "", 600 * time.Second},
		"drips after login":     {true, loginLine, 10 * time.Second}, // counted from the begun line, at once here
		"drips before TLS ends": {false, "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\x00\x00\x00", 10 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			cert := selfsigned.Loopback(t)
			synctest.Test(t, func(t *testing.T) {
				h := newJudge()
				l, end := hallServer(t, ServerOptions{Handler: h, TLS: &tls.Config{Certificates: []tls.Certificate{cert}}})
				d := come(t, l, "")
				start := time.Now()
				if x.login {
					d.say(loginLine)
					d.line()
				}
				var dripping sync.WaitGroup
				dripping.Go(func() {
					for i := range len(x.drip) {
						if _, err := io.WriteString(d, x.drip[i:i+1]); err != nil {
							return
						}
						time.Sleep(time.Second)
					}
				})
				for d.line() != "" {
				}
				if took := time.Since(start); took != x.after {
					t.Errorf("ended after %v, want %v", took, x.after)
				}
				d.Close()
				dripping.Wait()
				end()
				if n := len(h.reasons()); x.login != (n == 1) {
					t.Errorf("gone: %v", h.reasons())
				}
			})
		})
	}
}

// Who lies in more than a quarter of 30 shares is hung up on and stays out for ten minutes, with its whole address;
// others and loopback are not banned.
func TestBan(t *testing.T) {
	outcomes := func(bad int) func(Submission) Verdict {
		n := 0
		return func(Submission) Verdict {
			n++
			switch {
			case n%30 != 0 && n%30 <= bad:
				return Verdict{Outcome: adit.ShareMalformed}
			case n%5 == 0:
				return Verdict{Outcome: adit.ShareStale} // nobody's lie
			}
			return Verdict{Outcome: adit.ShareAccepted}
		}
	}
	mine := func(d *desk, h *judge, n int) (answered int) {
		d.say(loginLine)
		var w wireWelcome
		m, ok := d.next()
		if !ok || jsonline.Absent(m.Result) {
			return -1
		}
		if unmarshal(m.Result, &w) != nil {
			return -1
		}
		for i := range n {
			fmt.Fprintln(d, submitLine(i+2, w.ID, "job-1", fmt.Sprintf("%08x", i)))
			if _, ok := d.next(); !ok {
				break
			}
			answered++
		}
		return answered
	}
	synctest.Test(t, func(t *testing.T) {
		h := newJudge()
		l, end := hallServer(t, ServerOptions{Handler: h})
		h.outcome = outcomes(3) // 12 %, in the worst group 20 %
		good := come(t, l, "192.0.2.7:1000")
		if n := mine(good, h, 200); n != 200 {
			t.Errorf("an almost honest miner was cut after %d shares", n)
		}
		good.Close()
		h.outcome = outcomes(10) // a third
		bad := come(t, l, "192.0.2.8:1000")
		if n := mine(bad, h, 200); n < 29 || n > 40 {
			t.Errorf("a liar was cut after %d shares", n)
		}
		bad.Close()
		h.outcome = nil
		again := come(t, l, "192.0.2.8:2000")
		if line := again.line(); line != `{"id":1,"jsonrpc":"2.0","error":{"code":-1,"message":"IP Address currently banned"}}` {
			t.Errorf("a banned address hears %q", line)
		}
		again.Close()
		other := come(t, l, "192.0.2.9:1000")
		if n := mine(other, h, 40); n != 40 {
			t.Errorf("another address: %d", n)
		}
		other.Close()
		time.Sleep(601 * time.Second)
		back := come(t, l, "192.0.2.8:2001")
		if n := mine(back, h, 40); n != 40 {
			t.Errorf("after the ban: %d", n)
		}
		back.Close()
		// IPv6: the whole /64 is one person. Loopback: hung up on, not banned.
		for _, x := range []struct {
			from, next string
			banned     bool
		}{{"[2001:db8::1]:1", "[2001:db8::2]:1", true}, {"[2001:db8:1::1]:1", "[2001:db8:2::1]:1", false}, {"127.0.0.1:1", "127.0.0.1:2", false}} {
			h.outcome = outcomes(30)
			liar := come(t, l, x.from)
			if n := mine(liar, h, 200); n < 29 || n > 40 {
				t.Errorf("%s was cut after %d shares", x.from, n)
			}
			liar.Close()
			h.outcome = nil
			next := come(t, l, x.next)
			if n := mine(next, h, 5); (n != 5) != x.banned {
				t.Errorf("%s after %s: %d answers", x.next, x.from, n)
			}
			next.Close()
		}
		end()
	})
}

// A miner that does not read is hung up on; nobody waits for it.
func TestSlowReader(t *testing.T) {
	h := newJudge()
	_, address := open(t, ServerOptions{Handler: h, WriteTime: 200 * time.Millisecond})
	d := visit(t, address)
	d.say(loginLine)
	d.line()
	s := h.all()[0]
	deadline := time.Now().Add(10 * time.Second)
	var slowest time.Duration
	for n := 2; time.Now().Before(deadline); n++ {
		begin := time.Now()
		sent := s.SendJob(testJob(n, uint64(n)))
		slowest = max(slowest, time.Since(begin))
		if !sent {
			if slowest > time.Second {
				t.Errorf("the sender waited %v", slowest)
			}
			return
		}
	}
	t.Fatal("a miner that never reads stays")
}

func TestTooManySessions(t *testing.T) {
	h := newJudge()
	_, address := open(t, ServerOptions{Handler: h, MaxSessions: 2})
	for range 2 {
		d := visit(t, address)
		d.say(loginLine)
		d.line()
	}
	d := visit(t, address)
	if line := d.line(); line != "" {
		t.Fatal(line)
	}
}

// Many miners, many jobs and shares at once: each sees its jobs in order, each share is answered once, each is gone once.
func TestManyMiners(t *testing.T) {
	h := newJudge()
	_, address := open(t, ServerOptions{Handler: h})
	const miners, jobs, shares = 60, 20, 20
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var all sync.WaitGroup
	var in sync.WaitGroup
	in.Add(miners)
	for range miners {
		all.Go(func() {
			c, err := dial(t, Pool{URL: address})
			in.Done()
			if err != nil {
				t.Error(err)
				return
			}
			last := make(chan struct{})
			next := 2
			done := make(chan error, 1)
			go func() {
				done <- c.Run(ctx, func(j Job) {
					if want := fmt.Sprintf("job-%d", next); j.ID != want {
						t.Errorf("%s, want %s", j.ID, want)
					}
					if next++; next == jobs+2 {
						close(last)
					}
				})
			}()
			for i := range shares {
				if v, err := c.Submit(ctx, c.Job().Share([]byte{byte(i), 0, 0, 0}, easy(1))); err != nil || v.Outcome != adit.ShareAccepted {
					t.Error(v, err)
				}
			}
			<-last
			c.Close()
			<-done
		})
	}
	in.Wait()
	sessions := h.all()
	for n := 2; n < jobs+2; n++ {
		for _, s := range sessions {
			s.SendJob(testJob(n, 10))
		}
	}
	all.Wait()
	if n := h.submits.Load(); n != miners*shares {
		t.Fatalf("%d shares", n)
	}
	for deadline := time.Now().Add(10 * time.Second); len(h.reasons()) < miners; {
		if time.Now().After(deadline) {
			t.Fatalf("%d of %d are gone", len(h.reasons()), miners)
		}
		<-time.After(time.Millisecond)
	}
}
