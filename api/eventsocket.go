package api

import (
	"context"
	"net/http"
	"time"

	"github.com/coder/websocket"
	"github.com/danielgtaylor/huma/v2"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/internal/httpx"
	"github.com/adit-mining/adit/internal/problem"
)

// eventRoute is the Mining Platform's event feed. It hands the connection over, so it is no huma operation.
func (s *server) eventRoute() {
	o := op("mining-events", http.MethodGet, mining+"/ws/events", "The Mining Platform's events over WebSocket", tagMining)
	o.Description = `Text messages {"type","timestamp","data"}: first state.sync, then miner.starting, miner.started, miner.stopping, miner.stopped, miner.stats, ` +
		`miner.error, miner.connected. A client may say {"type":"subscribe","miners":["name"]} ("*" or none is all) and {"type":"ping"}, which pong answers. ` +
		`At most 100 clients; the next is closed with 1013 and the reason.`
	o.Responses = map[string]*huma.Response{"101": {Description: "the feed"}}
	httpx.Describe(&o, adit.ScopeRead)
	s.api.OpenAPI().AddOperation(&o)
	s.mux.HandleFunc("GET "+o.Path, s.eventSocket)
}

func (s *server) eventSocket(w http.ResponseWriter, r *http.Request) {
	actor := adit.ActorFrom(r.Context())
	if err := actor.May(adit.ScopeRead); err != nil {
		problem.Of(err).Write(w)
		return
	}
	ended, stop, err := s.watch(r)
	if err != nil {
		problem.Of(err).Write(w)
		return
	}
	defer stop()
	s.socket(w, r, func(conn *websocket.Conn) (websocket.StatusCode, string) { return s.attend(r, conn, actor, ended) })
}

// attend speaks with one listener until it goes.
func (s *server) attend(r *http.Request, conn *websocket.Conn, actor adit.Actor, ended <-chan struct{}) (websocket.StatusCode, string) {
	l, err := s.events.join(r.Context(), actor, s.Telemetry)
	if err != nil {
		return websocket.StatusTryAgainLater, err.Error()
	}
	defer s.events.leave(l)
	return s.eventLoop(r, conn, l, listenTo(r, conn, func(text []byte) { s.events.hear(l, text) }), ended)
}

func (s *server) eventLoop(r *http.Request, conn *websocket.Conn, l *listener, gone, ended <-chan struct{}) (websocket.StatusCode, string) {
	ping := time.NewTicker(livePing)
	defer ping.Stop()
	for {
		select {
		case text, open := <-l.out:
			switch {
			case !open && s.events.wasSlow(l):
				return websocket.StatusTryAgainLater, "this client is too slow: connect again"
			case !open || r.Context().Err() != nil:
				return websocket.StatusGoingAway, "adit is ending"
			case s.send(r.Context(), conn, text) != nil:
				return 0, ""
			}
		case <-ping.C:
			if !s.stillThere(context.WithoutCancel(r.Context()), r, conn) {
				return websocket.StatusPolicyViolation, "sign in again"
			}
		case <-ended:
			return websocket.StatusPolicyViolation, "sign in again"
		case <-r.Context().Done():
			return websocket.StatusGoingAway, "adit is ending"
		case <-gone:
			return 0, ""
		}
	}
}
