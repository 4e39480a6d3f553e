package api

import (
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/internal/httpx"
	"github.com/adit-mining/adit/internal/livefeed"
	"github.com/adit-mining/adit/internal/problem"
)

// How long a lost stream waits before it connects again, and how often a silent one shows that it lives.
const (
	streamRetry = 2 * time.Second
	streamBeat  = 15 * time.Second
)

// streamRoute is the live feed as server-sent events, for who has no WebSocket.
func (s *server) streamRoute() {
	o := op("stream", http.MethodGet, "/api/v1/events/stream", "Live state as server-sent events", tagOwn)
	o.Description = `The frames of /api/v1/live, one event each: "data" is the frame, "id" its number. The first is a snapshot, also for who comes back ` +
		`with Last-Event-ID. A comment every 15 s shows that the stream lives; who reads too slowly is dropped and connects again.`
	o.Responses = map[string]*huma.Response{"200": {Description: "the feed", Content: map[string]*huma.MediaType{
		"text/event-stream": {Schema: &huma.Schema{Type: "string"}}}}}
	httpx.Describe(&o, adit.ScopeRead)
	s.api.OpenAPI().AddOperation(&o)
	s.mux.HandleFunc("GET /api/v1/events/stream", s.stream)
}

func (s *server) stream(w http.ResponseWriter, r *http.Request) {
	sub, ended, stop, err := s.follow(r)
	if err != nil {
		problem.Of(err).Write(w)
		return
	}
	defer stop()
	if sw, ok := w.(*statusWriter); ok {
		sw.lasting = true
	}
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("X-Accel-Buffering", "no") // a proxy that collects would hold the stream back
	w.WriteHeader(http.StatusOK)
	out := sse{w: w, c: http.NewResponseController(w)}
	defer func() { _ = out.c.SetWriteDeadline(time.Time{}) }() // the next answer on this connection has none
	if out.write(fmt.Sprintf("retry: %d\n\n", streamRetry.Milliseconds())) != nil {
		return
	}
	s.pour(r, &out, sub, ended)
}

// pour writes events until the reader goes or is too slow, is signed out, or adit ends.
func (s *server) pour(r *http.Request, out *sse, sub *livefeed.Subscription, ended <-chan struct{}) {
	beat := time.NewTicker(streamBeat)
	defer beat.Stop()
	for {
		var err error
		select {
		case frame, open := <-sub.Frames:
			if !open {
				return
			}
			err = out.event(frame)
		case <-beat.C:
			if !s.signedIn(r) {
				return
			}
			err = out.write(": still here\n\n")
		case <-ended:
			return
		case <-r.Context().Done():
			return
		}
		if err != nil {
			return
		}
	}
}

// sse writes server-sent events (WHATWG HTML, section 9.2).
type sse struct {
	w http.ResponseWriter
	c *http.ResponseController
}

// event writes one frame; it is JSON without line breaks.
func (o *sse) event(frame []byte) error {
	return o.write(fmt.Sprintf("id: %d\ndata: %s\n\n", frameNumber(frame), frame))
}

func (o *sse) write(text string) error {
	if err := o.c.SetWriteDeadline(time.Now().Add(liveWrite)); err != nil {
		return err
	}
	if _, err := o.w.Write([]byte(text)); err != nil {
		return err
	}
	return o.c.Flush()
}
