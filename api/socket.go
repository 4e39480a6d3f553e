package api

import (
	"bufio"
	"context"
	"net"
	"net/http"
	"time"

	"github.com/coder/websocket"
)

// How long who listens may take, and how often it is asked whether it is there and still signed in.
const (
	liveWrite = 10 * time.Second
	livePing  = 30 * time.Second
	closeWait = time.Second // to say goodbye
)

// maxSaid bounds one message of a listener in bytes.
const maxSaid = 16 << 10

// socket takes a connection over and lets talk speak, which returns how it ended. Code 0 means that there is nobody to
// tell.
func (s *server) socket(w http.ResponseWriter, r *http.Request, talk func(*websocket.Conn) (websocket.StatusCode, string)) {
	wire := &catcher{ResponseWriter: w}
	conn, err := websocket.Accept(wire, r, nil) // its Origin was checked, and is once more
	if err != nil {
		return // Accept has answered
	}
	s.counts.sockets.Add(1)
	defer s.counts.sockets.Add(-1)
	conn.SetReadLimit(maxSaid)
	code, reason := talk(conn)
	if code == 0 {
		_ = conn.CloseNow() // it is gone already
		return
	}
	// Say goodbye, but do not wait long for the answer: Close alone would wait for five seconds and more.
	t := time.AfterFunc(closeWait, func() { _ = wire.conn.Close() })
	defer t.Stop()
	_ = conn.Close(code, reason)
}

// catcher remembers the connection that a handler takes over.
type catcher struct {
	http.ResponseWriter
	conn net.Conn
}

// Hijack implements http.Hijacker.
func (c *catcher) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, rw, err := http.NewResponseController(c.ResponseWriter).Hijack()
	c.conn = conn
	return conn, rw, err
}

// listenTo gives what the other side says to hear until it goes, which closes gone. Reading also answers pings.
func listenTo(r *http.Request, conn *websocket.Conn, hear func(text []byte)) (gone <-chan struct{}) {
	// A context that ends would cut the connection before a goodbye could be sent, so reading has one of its own.
	ctx := context.WithoutCancel(r.Context())
	over := make(chan struct{})
	go func() { // ends with the connection
		defer close(over)
		for {
			kind, text, err := conn.Read(ctx)
			if err != nil {
				return
			}
			if kind == websocket.MessageText {
				hear(text)
			}
		}
	}()
	return over
}

func (s *server) send(ctx context.Context, conn *websocket.Conn, frame []byte) error {
	s.counts.messages.Add(1)
	ctx, cancel := context.WithTimeout(ctx, liveWrite)
	defer cancel()
	return conn.Write(ctx, websocket.MessageText, frame)
}

// stillThere asks the listener for a sign of life, and whether its session still holds.
func (s *server) stillThere(ctx context.Context, r *http.Request, conn *websocket.Conn) bool {
	if !s.signedIn(r) {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, liveWrite)
	defer cancel()
	return conn.Ping(ctx) == nil
}
