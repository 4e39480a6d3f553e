package bitcoin

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"sync"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/stratum"
	"github.com/adit-mining/adit/stratum/jsonline"
	"github.com/adit-mining/adit/stratum/port"
)

// Handler decides; the Server only speaks. Its methods are called from many goroutines; those of one session come one
// after the other. Place and Login may wait, the others must not block.
type Handler interface {
	// Place finds room for a miner that has not said yet who it is, on whatever it says first. Its error is for the miner,
	// which is hung up on.
	Place(ctx context.Context, s *Session) (Place, error)
	// Login says who it is, after Place and once. From its return on the handler sends jobs (Session.Offer); what is offered
	// earlier waits. Its error is for the miner, which is hung up on.
	Login(ctx context.Context, s *Session, l Login) error
	// Submit judges a share and calls its Reply once, now or later, from any goroutine.
	Submit(b Submission)
	// Wish asks for another difficulty after the login.
	Wish(s *Session, difficulty adit.Hashes)
	// Gone is called once for each session for which Place was, after its last call.
	Gone(s *Session, reason error)
}

// Place is a miner's part of the work: no two miners of a pool connection have extranonces in common.
type Place struct {
	Extranonce1     []byte
	Extranonce2Size int
	VersionMask     uint32 // what may be rolled here, 0 = nothing
}

// Login is what a miner says about itself. Texts are at most 512 characters long.
type Login struct {
	User       string
	Password   string
	Agent      string      // of mining.subscribe, "" where it did not say
	Difficulty adit.Hashes // wished for with mining.suggest_difficulty, zero = none
	Least      adit.Hashes // minimum-difficulty of mining.configure, zero = none
}

// ServerOptions configure a Server.
type ServerOptions struct {
	Handler Handler      // required
	Port    port.Options // bounds, TLS, log; its Handler and Words are the Server's own
}

// Server is the miners' end of the dialect.
type Server struct {
	handler Handler
	port    *port.Server
	patient time.Duration  // for Place and Login
	slow    sync.WaitGroup // Place and Login
}

// NewServer fills in the defaults.
func NewServer(o ServerOptions) *Server {
	v := &Server{handler: o.Handler, patient: o.Port.LoginTime}
	if v.patient == 0 {
		v.patient = 10 * time.Second
	}
	o.Port.Handler, o.Port.Words = ear{v}, words
	v.port = port.New(o.Port)
	return v
}

// Serve takes connections until ctx ends (nil) or the listener breaks. It closes the listener and every session, and
// returns when all their goroutines have ended.
func (v *Server) Serve(ctx context.Context, ln net.Listener) error {
	defer v.slow.Wait()
	return v.port.Serve(ctx, ln) // who is closed cancels what is slow for it
}

// Sessions returns how many connections are open, logged in or not.
func (v *Server) Sessions() int { return v.port.Conns() }

// words are the last ones of the port itself.
func words(cause error) []byte {
	code := CodeOther
	text := cause.Error()
	switch {
	case errors.Is(cause, port.ErrBanned):
		code = CodeUnauthorized
	case errors.Is(cause, port.ErrFlood):
		text = "too many requests"
	}
	return refusal(nil, &Fault{code, text})
}

// ear hears for the Server what comes through the port.
type ear struct{ v *Server }

func (e ear) Open(c *port.Conn) error {
	s := newSession(e.v, c)
	c.Data = s
	return nil
}

func (e ear) Line(c *port.Conn, line []byte) { c.Data.(*Session).take(line) }

func (e ear) Closed(c *port.Conn, cause error) { c.Data.(*Session).closed(cause) }

// refusal is an answer that says no. result is false where the request was about a yes or no.
func refusal(id json.RawMessage, f *Fault) []byte {
	return jsonline.Encode(reply{ID: orNull(id), Error: f})
}

func answer(id json.RawMessage, result any) []byte {
	return jsonline.Encode(reply{ID: orNull(id), Result: result})
}

// yes is by far the most frequent answer.
func yes(id json.RawMessage) []byte {
	b := make([]byte, 0, len(id)+36)
	b = append(b, `{"id":`...)
	b = append(b, orNull(id)...)
	return append(b, ",\"result\":true,\"error\":null}\n"...)
}

// Submission is a share that waits for its verdict.
type Submission struct {
	Session *Session
	Share   Share
	At      time.Time // when it came
	id      json.RawMessage
}

// Reply answers. Text "" is the outcome's own. A miner with too many invalid shares is hung up on, and banned where the
// rule says so.
func (b Submission) Reply(v stratum.Verdict) {
	if v.Outcome.Accepted() {
		b.Session.conn.Reply(yes(b.id))
	} else {
		b.Session.conn.Reply(refusal(b.id, FaultOf(v.Outcome, v.Text)))
	}
	b.Session.conn.Judge(v.Outcome)
}
