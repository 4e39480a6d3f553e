package app

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/adit-mining/adit"
)

func TestListenLoopbackRefusesTheRest(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for addr, want := range map[string]struct {
		code  adit.Code
		words string
	}{
		"0.0.0.0:8080":        {adit.Forbidden, "owner account and TLS"},
		":8080":               {adit.Forbidden, "owner account and TLS"},
		"[::]:0":              {adit.Forbidden, "owner account and TLS"},
		"192.0.2.1:0":         {adit.Forbidden, "owner account and TLS"},
		"example.org:80":      {adit.Forbidden, "owner account and TLS"},
		"8080":                {adit.Invalid, "is not HOST:PORT"},
		"127.0.0.1:http":      {adit.Invalid, "is not HOST:PORT"},
		"127.0.0.1:65536":     {adit.Invalid, "is not HOST:PORT"},
		"127.0.0.1:-1":        {adit.Invalid, "is not HOST:PORT"},
		"":                    {adit.Invalid, "is not HOST:PORT"},
		taken.Addr().String(): {adit.Conflict, "is taken by another program"},
	} {
		l, err := ListenLoopback(t.Context(), addr)
		if l != nil {
			l.Close()
		}
		if adit.CodeOf(err) != want.code || !strings.Contains(err.Error(), want.words) || HintOf(err) == nil {
			t.Errorf("%q: %v (%s)", addr, err, adit.CodeOf(err))
		}
	}
	for _, addr := range []string{"127.0.0.1:0", "localhost:0", "127.0.0.9:0"} {
		l, err := ListenLoopback(t.Context(), addr)
		if err != nil {
			t.Errorf("%q: %v", addr, err)
			continue
		}
		l.Close()
	}
}

func TestCounterAnswersBeforeTheHouseIsReady(t *testing.T) {
	t.Parallel()
	l, err := ListenLoopback(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f := new(front)
	c := &counter{first: l, addr: l.Addr().String(), front: f}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- c.Run(ctx) }()
	base := "http://" + l.Addr().String()
	for path, want := range map[string]int{"/health": 200, "/ready": 503, "/": 503, "/api/v1/state": 503} {
		if got := status(t, base+path); got != want {
			t.Errorf("%s answers %d, want %d", path, got, want)
		}
	}
	f.set(http.NotFoundHandler())
	if got := status(t, base+"/health"); got != 404 {
		t.Errorf("the house's own handler is not asked: %d", got)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	// A second run (after a failure) takes the same address again.
	ctx, cancel = context.WithCancel(t.Context())
	go func() { ended <- c.Run(ctx) }()
	for status(t, base+"/health") == 0 {
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func status(t *testing.T, url string) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), "GET", url, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Close = true
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0
	}
	defer res.Body.Close()
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		t.Fatal(err)
	}
	return res.StatusCode
}

func TestStartingPageIsClosed(t *testing.T) {
	t.Parallel()
	rec := httptest.NewRecorder()
	starting(rec, httptest.NewRequest("GET", "/anything", nil))
	if rec.Header().Get("Retry-After") != "1" || !strings.Contains(rec.Body.String(), "adit is starting") {
		t.Errorf("%d %v %q", rec.Code, rec.Header(), rec.Body)
	}
}
