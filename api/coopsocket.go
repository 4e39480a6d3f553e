package api

import (
	"context"
	"encoding/json"
	"net/http"
	"sync"
	"time"

	"github.com/coder/websocket"
	"github.com/danielgtaylor/huma/v2"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/api/body"
	"github.com/adit-mining/adit/coop/view"
	"github.com/adit-mining/adit/internal/httpx"
	"github.com/adit-mining/adit/internal/problem"
)

// How often CoopMine's feed tells, and to how many at most.
const (
	pushEvery  = 2 * time.Second
	maxPushers = 100
)

// pushes makes each message of CoopMine's feed once for all who listen.
type pushes struct {
	mu   sync.Mutex
	open int
	at   time.Time
	text []byte
}

// push is one message.
type push struct {
	Type      string             `json:"type"`
	Data      body.CoopMineStats `json:"data"`
	Timestamp int64              `json:"timestamp"`
}

// coopSocketRoute is CoopMine's feed. It hands the connection over, so it is no huma operation.
func (s *server) coopSocketRoute() {
	o := op("coopmine-events", http.MethodGet, "/ws", "The crew in CoopMine's shape, every two seconds, over WebSocket", tagCoopMine)
	o.Description = `Text messages {"type":"stats","data":<as /api/stats>,"timestamp":<unix seconds>}, the first at once. What a client says is not looked at. ` +
		`It is closed with 1001 when the coordinator ends.`
	o.Responses = map[string]*huma.Response{"101": {Description: "the feed"}}
	httpx.Describe(&o, adit.ScopeRead)
	s.api.OpenAPI().AddOperation(&o)
	s.mux.HandleFunc("GET /ws", s.coopSocket)
}

func (s *server) coopSocket(w http.ResponseWriter, r *http.Request) {
	if err := adit.ActorFrom(r.Context()).May(adit.ScopeRead); err != nil {
		problem.Of(err).Write(w)
		return
	}
	if _, err := s.crew(); err != nil {
		problem.Of(err).Write(w)
		return
	}
	if !s.pushes.enter() {
		problem.Of(adit.Errorf(adit.Conflict, "%d clients listen already: close one, or try again later", maxPushers)).Write(w)
		return
	}
	defer s.pushes.leave()
	ended, stop, err := s.watch(r)
	if err != nil {
		problem.Of(err).Write(w)
		return
	}
	defer stop()
	s.socket(w, r, func(conn *websocket.Conn) (websocket.StatusCode, string) {
		return s.pushLoop(r, conn, listenTo(r, conn, func([]byte) {}), ended)
	})
}

func (s *server) pushLoop(r *http.Request, conn *websocket.Conn, gone, ended <-chan struct{}) (websocket.StatusCode, string) {
	tick := time.NewTicker(pushEvery)
	defer tick.Stop()
	ping := time.NewTicker(livePing)
	defer ping.Stop()
	for next := true; ; next = true {
		c := s.source()
		if c == nil {
			return websocket.StatusGoingAway, "the coordinator has ended"
		}
		text, err := s.pushes.newest(r.Context(), adit.ActorFrom(r.Context()), c)
		if err != nil {
			return websocket.StatusTryAgainLater, "the crew cannot be asked now"
		}
		if s.send(r.Context(), conn, text) != nil {
			return 0, ""
		}
		for next {
			select {
			case <-tick.C:
				next = false
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
}

func (p *pushes) enter() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.open >= maxPushers {
		return false
	}
	p.open++
	return true
}

func (p *pushes) leave() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.open--
}

// newest is the message of now; who asks within a second of another gets the same bytes.
func (p *pushes) newest(ctx context.Context, actor adit.Actor, c view.Source) ([]byte, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	if p.text != nil && now.Sub(p.at) < time.Second {
		return p.text, nil
	}
	data, err := mineStats(ctx, actor, c)
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(push{"stats", data, now.Unix()})
	if err != nil {
		return nil, err
	}
	p.at, p.text = now, text
	return text, nil
}
