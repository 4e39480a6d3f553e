package xmrapi

import (
	"context"
	"errors"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/device"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// serve answers every request with a status and a body, and tells of what was asked.
func serve(t *testing.T, status int, body string, asked func(*http.Request)) *Client {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if asked != nil {
			asked(r)
		}
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}))
	t.Cleanup(srv.Close)
	c, err := NewClient(device.Address{URL: srv.URL, Token: "topsecret"}, "the program", func() int { return 0 })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func TestVerdicts(t *testing.T) {
	for status, want := range map[int]adit.Code{200: "", 204: "", 400: adit.Refused, 401: adit.Unauthorized, 403: adit.Unauthorized,
		404: adit.Unsupported, 415: adit.Refused, 500: adit.Refused, 302: adit.Refused} {
		body := `{"error":"its own words"}`
		if status == 204 {
			body = ""
		}
		err := serve(t, status, body, nil).Put(t.Context(), "/2/config", map[string]any{})
		if err == nil && want != "" || err != nil && adit.CodeOf(err) != want {
			t.Errorf("%d: got %v, want %q", status, err, want)
		}
		if status == 400 && !strings.Contains(err.Error(), "its own words") {
			t.Errorf("%d: %v", status, err)
		}
		if err != nil && strings.Contains(err.Error(), "topsecret") {
			t.Errorf("%d tells the token: %v", status, err)
		}
	}
}

func TestHeaders(t *testing.T) {
	var types, auth []string
	c := serve(t, 200, `{"result":{}}`, func(r *http.Request) {
		types, auth = append(types, r.Header.Get("Content-Type")), append(auth, r.Header.Get("Authorization"))
	})
	var out struct{}
	if err := errors.Join(c.Get(t.Context(), "/2/summary", &out), c.Put(t.Context(), "/2/config", out), c.Call(t.Context(), "pause")); err != nil {
		t.Fatal(err)
	}
	if types[0] != "" || types[1] != "application/json" || types[2] != "application/json" {
		t.Errorf("content types %q: without it XMRig answers 415", types)
	}
	for _, a := range auth {
		if a != "Bearer topsecret" {
			t.Errorf("authorization %q", a)
		}
	}
}

func TestCall(t *testing.T) {
	for body, want := range map[string]adit.Code{`{"result":{"status":"OK"}}`: "", `{"error":{"message":"no such thing"}}`: adit.Refused, `{}`: adit.Refused, `[]`: adit.Refused, `x`: adit.Refused} {
		if err := serve(t, 200, body, nil).Call(t.Context(), "pause"); err == nil && want != "" || err != nil && adit.CodeOf(err) != want {
			t.Errorf("%s: got %v, want %q", body, err, want)
		}
	}
}

func TestPortTold(t *testing.T) {
	c := serve(t, 200, `{}`, nil)
	var out struct{}
	c.told = func() int { return 1 } // nobody listens there
	if err := c.Get(t.Context(), "/", &out); adit.CodeOf(err) != adit.Unreachable {
		t.Errorf("the told port does not win: %v", err)
	}
	c.port, c.told = "0", func() int { return 0 }
	if err := c.Get(t.Context(), "/", &out); adit.CodeOf(err) != adit.Unreachable || !strings.Contains(err.Error(), "not opened") {
		t.Errorf("no port: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := c.Get(ctx, "/", &out); !errors.Is(err, context.Canceled) {
		t.Errorf("ended: %v", err)
	}
}

func TestNumbers(t *testing.T) {
	f := func(v float64) *float64 { return &v }
	for _, v := range []*float64{nil, f(-1), f(math.NaN()), f(math.Inf(1)), f(1e30)} {
		if As[uint64](v) != nil {
			t.Errorf("%v is believed", *v)
		}
	}
	if n := As[uint64](f(3.9)); n == nil || *n != 3 {
		t.Error("3.9 is 3 whole ones")
	}
	for _, v := range []*float64{nil, f(-1), f(1e13), f(1e11)} {
		if d := Duration(v, time.Second); d != nil {
			t.Errorf("%v s is %s", *v, *d)
		}
	}
	if d := Duration(f(1.5), time.Second); d == nil || *d != 1500*time.Millisecond {
		t.Errorf("1.5 s is %v", d)
	}
	if Rate([]*float64{f(1), nil}, 1) != nil || Rate([]*float64{f(1)}, 2) != nil || *Rate([]*float64{f(1)}, 0) != 1 {
		t.Error("a window that is not filled is not zero")
	}
}
