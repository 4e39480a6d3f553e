package noderpc

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/adit-mining/adit"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func client(t *testing.T, o Options) *Client {
	t.Helper()
	o.Name, o.Scheme, o.Path = "test node", "testd", "/json_rpc"
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func serve(t *testing.T, h http.HandlerFunc) (host string) {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.Listener.Addr().String()
}

func TestCall(t *testing.T) {
	host := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if _, _, login := r.BasicAuth(); login {
			t.Error("a login was sent that nobody gave")
		}
		var call struct {
			ID     uint64 `json:"id"`
			Method string `json:"method"`
			Params []int  `json:"params"`
		}
		if err := json.NewDecoder(r.Body).Decode(&call); err != nil || r.URL.Path != "/json_rpc" || r.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%v, %s", err, r.URL.Path)
		}
		if call.Method == "no" {
			w.WriteHeader(http.StatusInternalServerError)
			_, _ = io.WriteString(w, `{"result":null,"error":{"code":-8,"message":"no\u0007thing"}}`)
			return
		}
		fmt.Fprintf(w, `{"id":%d,"result":{"sum":%d}}`, call.ID, call.Params[0]+call.Params[1])
	})
	c := client(t, Options{Host: host})
	var out struct {
		Sum int `json:"sum"`
	}
	if err := c.Call(t.Context(), time.Minute, "add", []int{2, 3}, &out); err != nil || out.Sum != 5 {
		t.Errorf("%d, %v", out.Sum, err)
	}
	if c.IP() != "127.0.0.1" || c.URL() != "testd://"+host {
		t.Errorf("%s, %s", c.IP(), c.URL())
	}
	err := c.Call(t.Context(), time.Minute, "no", []int{}, nil)
	var refusal *Error
	if !errors.As(err, &refusal) || CodeOf(err) != -8 || err.Error() != "no thing (-8)" {
		t.Errorf("%v", err)
	}
}

func TestBasicLogin(t *testing.T) {
	host := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if u, p, _ := r.BasicAuth(); u != "u" || p != "p:w" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		_, _ = io.WriteString(w, `{"result":1}`)
	})
	if err := client(t, Options{Host: host, User: "u", Password: "p:w"}).Call(t.Context(), time.Minute, "x", nil, nil); err != nil {
		t.Error(err)
	}
	err := client(t, Options{Host: host, User: "u", Password: "hunter2"}).Call(t.Context(), time.Minute, "x", nil, nil)
	if adit.CodeOf(err) != adit.Unauthorized || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("%v", err)
	}
}

// TestDigestLogin has a server that counts as RFC 2617 asks, with a nonce per connection that runs out.
func TestDigestLogin(t *testing.T) {
	sum := func(s string) string { h := md5.Sum([]byte(s)); return hex.EncodeToString(h[:]) }
	var mu sync.Mutex
	nonce, count, questions := 0, 0, 0
	host := serve(t, func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		p := parameters(strings.TrimPrefix(r.Header.Get("Authorization"), "Digest "))
		a1, a2 := sum("u:a realm, with comma:p"), sum(r.Method+":"+r.URL.Path)
		want := sum(strings.Join([]string{a1, fmt.Sprint("n", nonce), p["nc"], p["cnonce"], "auth", a2}, ":"))
		if p["response"] != want || p["nc"] != fmt.Sprintf("%08x", count+1) || p["opaque"] != "o" || count == 3 {
			nonce, count, questions = nonce+1, 0, questions+1
			w.Header().Add("WWW-Authenticate", `Basic realm="x"`)
			w.Header().Add("WWW-Authenticate", fmt.Sprintf(`Digest qop="auth",algorithm=MD5-sess,realm="x",nonce="n%d"`, nonce))
			w.Header().Add("WWW-Authenticate", fmt.Sprintf(`Digest qop="auth",algorithm=MD5,realm="a realm, with comma",nonce="n%d",opaque="o",stale=false`, nonce))
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		count++
		_, _ = io.WriteString(w, `{"result":1}`)
	})
	c := client(t, Options{Host: host, User: "u", Password: "p", Digest: true})
	for i := range 10 {
		if err := c.Call(t.Context(), time.Minute, "x", nil, nil); err != nil {
			t.Fatalf("call %d: %v", i, err)
		}
	}
	var out int
	if err := c.Get(t.Context(), time.Minute, "/json_rpc", &struct{}{}); err != nil {
		t.Errorf("a GET under a login: %v, %d", err, out)
	}
	if questions != 4 { // one for each three answers
		t.Errorf("it was asked for its login %d times", questions)
	}
	questions = 0
	err := client(t, Options{Host: host, User: "u", Password: "hunter2", Digest: true}).Call(t.Context(), time.Minute, "x", nil, nil)
	if adit.CodeOf(err) != adit.Unauthorized || questions != 3 || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("after %d questions: %v", questions, err)
	}
}

func TestTroubleInWords(t *testing.T) {
	f := func(host string, code adit.Code, words string) {
		t.Helper()
		c := client(t, Options{Host: host, User: "u", Password: "hunter2"})
		c.most = 4 << 20
		err := c.Call(t.Context(), 20*time.Second, "x", nil, nil)
		if adit.CodeOf(err) != code || !strings.Contains(err.Error(), words) || strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), "http://") {
			t.Errorf("%v, want %s %q", err, code, words)
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	f(l.Addr().String(), adit.Unreachable, "nothing answers at "+l.Addr().String()+": is the test node running there")
	f(serve(t, func(w http.ResponseWriter, _ *http.Request) {
		conn, _, _ := w.(http.Hijacker).Hijack()
		_, _ = io.WriteString(conn, "SSH-2.0-OpenSSH_9\r\n")
		conn.Close()
	}), adit.Unreachable, "cannot be reached or hung up")
	f(serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) }), adit.Forbidden, "allow its address there")
	f(serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTooManyRequests) }), adit.Unreachable, "too much to do (HTTP 429)")
	f(serve(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://127.0.0.1:1/", http.StatusFound)
	}), adit.Unreachable, "is no test node (HTTP 302)")
	f(serve(t, func(w http.ResponseWriter, _ *http.Request) {
		for chunk := strings.Repeat(" ", 1<<20); ; {
			if _, err := io.WriteString(w, chunk); err != nil {
				return
			}
		}
	}), adit.Unreachable, "what no test node would")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := client(t, Options{Host: l.Addr().String()}).Call(ctx, time.Second, "x", nil, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("who asked gave up: %v", err)
	}
}

func TestSlow(t *testing.T) {
	stop := make(chan struct{})
	host := serve(t, func(http.ResponseWriter, *http.Request) { <-stop })
	defer close(stop)
	err := client(t, Options{Host: host}).Call(t.Context(), 50*time.Millisecond, "x", nil, nil)
	if adit.CodeOf(err) != adit.Timeout || !strings.Contains(err.Error(), "did not answer in time") {
		t.Errorf("%v", err)
	}
}

func TestOptions(t *testing.T) {
	for _, host := range []string{"", "h", "h:", ":1", "h:0", "h:65536", "h:x"} {
		if _, err := New(Options{Name: "test node", Scheme: "testd", Host: host}); adit.CodeOf(err) != adit.Invalid || !strings.Contains(err.Error(), "testd://HOST:PORT") {
			t.Errorf("%q: %v", host, err)
		}
	}
	for _, user := range []string{"a:b", "a\"b", "a\r\nb"} {
		if _, err := New(Options{Host: "h:1", User: user}); adit.CodeOf(err) != adit.Invalid {
			t.Errorf("%q: %v", user, err)
		}
	}
}

func FuzzParameters(f *testing.F) {
	f.Add(`qop="auth",algorithm=MD5,realm="x, y",nonce="n"`)
	f.Add(`a="b`)
	f.Add(`=,=",",`)
	f.Fuzz(func(t *testing.T, s string) {
		for k := range parameters(s) {
			if strings.ToLower(k) != k {
				t.Errorf("%q", k)
			}
		}
	})
}
