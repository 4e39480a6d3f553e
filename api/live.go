package api

import (
	"context"
	"net/http"
	"time"

	"github.com/coder/websocket"
	"github.com/danielgtaylor/huma/v2"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/internal/httpx"
	"github.com/adit-mining/adit/internal/livefeed"
	"github.com/adit-mining/adit/internal/problem"
)

// liveRoute is the live feed. It is no huma operation, for it hands the connection over; the document has it all the same.
func (s *server) liveRoute() {
	o := op("live", http.MethodGet, "/api/v1/live", "Live state over WebSocket", tagOwn)
	o.Description = `Text frames: first {"t":"snapshot","seq":N,"state":{key:object}}, then at most one {"t":"delta","seq":N+1,"set":{key:object},"del":[key]} a second, ` +
		`and one at least every ten. Connect again where a number is missing. Keys: overview, consent, pause, practice, host, rig/<id>, device/<id>, install/<rig>/<program>, coop, coop/shares. An adit without a hub has the last two alone.`
	o.Responses = map[string]*huma.Response{"101": {Description: "the feed"}}
	httpx.Describe(&o, adit.ScopeRead)
	s.api.OpenAPI().AddOperation(&o)
	s.mux.HandleFunc("GET /api/v1/live", s.live)
}

// follow subscribes a request to the feed until stop is called; ended is closed when what let it in is revoked.
func (s *server) follow(r *http.Request) (sub *livefeed.Subscription, ended <-chan struct{}, stop func(), err error) {
	sub, leave, err := s.subscribe(r)
	if err != nil {
		return nil, nil, nil, err
	}
	ended, unwatch, err := s.watch(r)
	if err != nil {
		leave()
		return nil, nil, nil, err
	}
	return sub, ended, func() { unwatch(); leave() }, nil
}

func (s *server) live(w http.ResponseWriter, r *http.Request) {
	sub, ended, stop, err := s.follow(r)
	if err != nil {
		problem.Of(err).Write(w)
		return
	}
	defer stop()
	s.socket(w, r, func(conn *websocket.Conn) (websocket.StatusCode, string) {
		// A context that ends would cut the connection before a goodbye could be sent, so reading has one of its own.
		heard := make(chan error, 1)
		go func() {
			_, _, err := conn.Reader(context.WithoutCancel(r.Context())) // also answers pings; ends with the connection
			heard <- err
		}()
		return s.feed(r, conn, sub, heard, ended)
	})
}

// feed writes frames until the browser goes, talks, is too slow, or adit ends. Code 0 means that there is nobody to tell.
func (s *server) feed(r *http.Request, conn *websocket.Conn, sub *livefeed.Subscription, heard <-chan error, ended <-chan struct{}) (websocket.StatusCode, string) {
	ctx := context.WithoutCancel(r.Context())
	ping := time.NewTicker(livePing)
	defer ping.Stop()
	for {
		select {
		case frame, open := <-sub.Frames:
			switch {
			case !open && sub.Slow():
				return websocket.StatusTryAgainLater, "this browser is too slow: connect again"
			case !open:
				return websocket.StatusGoingAway, "adit is ending"
			case r.Context().Err() != nil:
				return websocket.StatusGoingAway, "adit is ending"
			case s.send(r.Context(), conn, frame) != nil:
				return 0, ""
			}
		case <-ping.C:
			if !s.stillThere(ctx, r, conn) {
				return websocket.StatusPolicyViolation, "sign in again"
			}
		case <-ended:
			return websocket.StatusPolicyViolation, "sign in again"
		case <-r.Context().Done():
			return websocket.StatusGoingAway, "adit is ending"
		case err := <-heard:
			if err == nil {
				return websocket.StatusPolicyViolation, "this feed only talks"
			}
			return 0, ""
		}
	}
}
