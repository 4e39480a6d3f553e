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

// maxSaid bounds one message of a listener in bytes.
const maxSaid = 16 << 10

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
	wire := &catcher{ResponseWriter: w}
	conn, err := websocket.Accept(wire, r, nil) // its Origin was checked, and is once more
	if err != nil {
		return // Accept has answered
	}
	conn.SetReadLimit(maxSaid)
	s.counts.sockets.Add(1)
	defer s.counts.sockets.Add(-1)
	code, reason := s.attend(r, conn, actor, ended)
	if code == 0 {
		_ = conn.CloseNow() // it is gone already
		return
	}
	t := time.AfterFunc(closeWait, func() { _ = wire.conn.Close() })
	defer t.Stop()
	_ = conn.Close(code, reason)
}

// attend speaks with one listener until it goes. Code 0 means that there is nobody to tell.
func (s *server) attend(r *http.Request, conn *websocket.Conn, actor adit.Actor, ended <-chan struct{}) (websocket.StatusCode, string) {
	l, err := s.events.join(r.Context(), actor, s.Telemetry)
	if err != nil {
		return websocket.StatusTryAgainLater, err.Error()
	}
	defer s.events.leave(l)
	// A context that ends would cut the connection before a goodbye could be sent, so reading has one of its own.
	gone := make(chan struct{})
	go func() { // ends with the connection
		defer close(gone)
		for {
			kind, text, err := conn.Read(context.WithoutCancel(r.Context()))
			if err != nil {
				return
			}
			if kind == websocket.MessageText {
				s.events.hear(l, text)
			}
		}
	}()
	return s.eventLoop(r, conn, l, gone, ended)
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
