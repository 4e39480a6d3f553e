package api

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/coder/websocket"
	"github.com/danielgtaylor/huma/v2"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/fleet/telemetry"
	"github.com/adit-mining/adit/internal/httpx"
	"github.com/adit-mining/adit/internal/problem"
)

// How long a browser may take, and how often it is asked whether it is there and still signed in.
const (
	liveWrite = 10 * time.Second
	livePing  = 30 * time.Second
)

// liveRoute is the live feed. It is no huma operation, for it hands the connection over; the document has it all the same.
func (s *server) liveRoute() {
	o := op("live", http.MethodGet, "/api/v1/live", "Live state over WebSocket", tagOwn)
	o.Description = `Text frames: first {"t":"snapshot","seq":N,"state":{key:object}}, then at most one {"t":"delta","seq":N+1,"set":{key:object},"del":[key]} a second, ` +
		`and one at least every ten. Connect again where a number is missing. Keys: overview, consent, pause, practice, host, rig/<id>, device/<id>.`
	o.Responses = map[string]*huma.Response{"101": {Description: "the feed"}}
	httpx.Describe(&o, adit.ScopeRead)
	s.api.OpenAPI().AddOperation(&o)
	s.mux.HandleFunc("GET /api/v1/live", s.live)
}

func (s *server) live(w http.ResponseWriter, r *http.Request) {
	sub, err := s.Telemetry.Subscribe(r.Context(), adit.ActorFrom(r.Context()))
	if err != nil {
		problem.Of(err).Write(w)
		return
	}
	defer sub.Close()
	conn, err := websocket.Accept(w, r, nil) // its Origin was checked, and is once more
	if err != nil {
		return // Accept has answered
	}
	code, reason := s.feed(r, conn, sub)
	if code == 0 {
		_ = conn.CloseNow() // it is gone already
		return
	}
	closeLive(conn, code, reason)
}

// feed writes frames until the browser goes, is too slow, or adit ends. Code 0 means that there is nobody to tell.
func (s *server) feed(r *http.Request, conn *websocket.Conn, sub *telemetry.Subscription) (websocket.StatusCode, string) {
	gone := conn.CloseRead(r.Context())
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
			case send(gone, conn, frame) != nil:
				return 0, ""
			}
		case <-ping.C:
			if !s.stillThere(r, gone, conn) {
				return websocket.StatusPolicyViolation, "sign in again"
			}
		case <-gone.Done():
			if errors.Is(context.Cause(r.Context()), context.Canceled) {
				return websocket.StatusGoingAway, "adit is ending"
			}
			return 0, ""
		}
	}
}

func send(ctx context.Context, conn *websocket.Conn, frame []byte) error {
	ctx, cancel := context.WithTimeout(ctx, liveWrite)
	defer cancel()
	return conn.Write(ctx, websocket.MessageText, frame)
}

// stillThere asks the browser for a sign of life, and whether its session still holds.
func (s *server) stillThere(r *http.Request, ctx context.Context, conn *websocket.Conn) bool {
	if _, err := s.Account.Authenticate(r.Context(), credentials(r)); adit.CodeOf(err) == adit.Unauthorized {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, liveWrite)
	defer cancel()
	return conn.Ping(ctx) == nil
}

// closeWait is how long a browser may take to say goodbye.
const closeWait = time.Second

// closeLive says goodbye, but does not wait long for the answer.
func closeLive(conn *websocket.Conn, code websocket.StatusCode, reason string) {
	t := time.AfterFunc(closeWait, func() { _ = conn.CloseNow() }) // an error means that it is closed
	defer t.Stop()
	_ = conn.Close(code, reason)
}
