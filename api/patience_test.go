package api

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/fleet/upload"
)

// line is a connection that remembers its deadlines.
type line struct {
	*httptest.ResponseRecorder
	reads, writes []time.Time
}

func (l *line) SetReadDeadline(t time.Time) error  { l.reads = append(l.reads, t); return nil }
func (l *line) SetWriteDeadline(t time.Time) error { l.writes = append(l.writes, t); return nil }

// within checks that there was a deadline within d, and that none is left.
func within(t *testing.T, what string, list []time.Time, d time.Duration) {
	t.Helper()
	if len(list) < 2 || list[0].IsZero() || time.Until(list[0]) > d || !list[len(list)-1].IsZero() {
		t.Errorf("%s: deadlines %v", what, list)
	}
}

// TestNobodyHoldsABody: who sends or takes nothing is not waited for for ever, and the next answer has no deadline.
func TestNobodyHoldsABody(t *testing.T) {
	s, err := newServer(Options{Uploads: upload.New(upload.Options{Dir: t.TempDir()})})
	if err != nil {
		t.Fatal(err)
	}
	ask := func(path, body string) *http.Request {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		return r.WithContext(adit.WithActor(r.Context(), adit.LocalOwner("token")))
	}
	l := &line{ResponseRecorder: httptest.NewRecorder()}
	s.upload(l, ask("/api/v1/archives", "")) // an empty one is refused
	within(t, "an upload", l.reads, bodyStall)

	l = &line{ResponseRecorder: httptest.NewRecorder()}
	got := ""
	s.promAnswer(l, ask("/api/v1/query", "query=up"), promRoute{do: func(_ *server, r *http.Request) (promData, error) {
		got = r.Form.Get("query")
		return promData{}, nil
	}})
	within(t, "a form", l.reads, formWait)
	if got != "up" {
		t.Errorf("the form says %q", got)
	}

	l = &line{ResponseRecorder: httptest.NewRecorder()}
	p := patient{w: l, c: http.NewResponseController(l)}
	if _, err := p.Write([]byte("x")); err != nil {
		t.Fatal(err)
	}
	p.done()
	within(t, "a backup", l.writes, bodyStall)
}
