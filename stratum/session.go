package stratum

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/adit-mining/adit"
)

// maxBacklog is what may wait to be written to one miner, in bytes; beyond that it reads too slowly.
const maxBacklog = 64 << 10

// lingerTime is how long a refused miner may take to read why.
const lingerTime = 500 * time.Millisecond

// Session is one miner's connection. Its methods may be called from any goroutine.
type Session struct {
	srv    *Server
	id     string
	remote netip.AddrPort
	since  time.Time

	// These belong to the reading goroutine.
	raw     net.Conn
	lines   *lineReader
	begun   time.Time // of a line that has not ended yet
	flood   bucket
	logged  bool
	version string // of TLS

	mu       sync.Mutex
	conn     net.Conn // raw, or TLS over it
	out      []byte   // waits to be written
	flushing bool     // a goroutine writes
	writers  sync.WaitGroup
	over     bool
	polite   bool // what waits is still written before the end
	cause    error
	ready    bool // the login was answered: jobs may be sent
	job      Job  // sent last, or before ready the one to begin with
	score    score
}

func newSession(v *Server, conn net.Conn) *Session {
	var id [8]byte
	rand.Read(id[:])
	s := &Session{srv: v, id: hex.EncodeToString(id[:]), raw: conn, conn: conn, since: time.Now()}
	if a, err := netip.ParseAddrPort(conn.RemoteAddr().String()); err == nil {
		s.remote = netip.AddrPortFrom(a.Addr().Unmap(), a.Port())
	}
	return s
}

// ID is the name of this login, as the miner knows it.
func (s *Session) ID() string { return s.id }

// Remote is the miner's address; invalid where it has none.
func (s *Session) Remote() netip.AddrPort { return s.remote }

// Since is when it connected.
func (s *Session) Since() time.Time { return s.since }

// TLS returns "TLS 1.3" or the like, "" for a plain connection. It is known from Login on.
func (s *Session) TLS() string { return s.version }

// SendJob sends a job with one write and reports whether it did: not after the end, and never the same job twice,
// because XMRig hangs up then.
func (s *Session) SendJob(j Job) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over || s.job.ID != "" && s.job.Same(j) {
		return false
	}
	s.job = j
	if !s.ready {
		return true // goes out with the answer to the login
	}
	return s.queue(encode(wireNotification{Version: "2.0", Method: "job", Params: j}))
}

// Close hangs up.
func (s *Session) Close(reason error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.end(reason, false)
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
func (b Submission) Reply(v Verdict) {
	s := b.Session
	if v.Outcome.Accepted() {
		s.answer(b.id, wireStatus{"OK"})
	} else {
		s.refuse(b.id, wordsOr(v.Text, DefaultText(v.Outcome)))
	}
	if s.srv.bans.judge(s.remote.Addr(), &s.score, v.Outcome) {
		s.bye(adit.Errorf(adit.Forbidden, "too many invalid shares"))
	}
}

func (s *Session) answer(id json.RawMessage, result any) {
	line := encode(wireAnswer{ID: orNull(id), Version: "2.0", Result: result})
	s.mu.Lock()
	defer s.mu.Unlock()
	s.queue(line)
}

func (s *Session) refuse(id json.RawMessage, text string) {
	line := encode(wireAnswer{ID: orNull(id), Version: "2.0", Error: &wireError{Code: -1, Message: text}})
	s.mu.Lock()
	defer s.mu.Unlock()
	s.queue(line)
}

func orNull(id json.RawMessage) json.RawMessage {
	if len(id) == 0 {
		return json.RawMessage("null")
	}
	return id
}

// bye hangs up once what waits is written.
func (s *Session) bye(reason error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.end(reason, true)
}

// end is called with mu held.
func (s *Session) end(reason error, polite bool) {
	if s.over {
		return
	}
	s.over, s.cause = true, reason
	s.polite = polite
	if !polite {
		s.out = nil
		s.conn.Close()
		return
	}
	s.raw.SetReadDeadline(time.Now()) // wakes the reader, which closes
}

func (s *Session) ended() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.over
}

// queue appends a line and starts a writer where none is. It is called with mu held and reports whether the line will
// be written.
func (s *Session) queue(line []byte) bool {
	if s.over {
		return false
	}
	if len(s.out)+len(line) > maxBacklog {
		s.end(adit.Errorf(adit.Timeout, "the miner reads too slowly"), false)
		return false
	}
	s.out = append(s.out, line...)
	if !s.flushing {
		s.flushing = true
		s.writers.Go(s.flush)
	}
	return true
}

// flush writes until nothing waits.
func (s *Session) flush() {
	for {
		s.mu.Lock()
		batch := s.out
		s.out = nil
		if len(batch) == 0 {
			s.flushing = false
			s.mu.Unlock()
			return
		}
		s.mu.Unlock()
		s.conn.SetWriteDeadline(time.Now().Add(s.srv.o.WriteTime))
		if _, err := s.conn.Write(batch); err != nil {
			s.mu.Lock()
			s.end(adit.Errorf(adit.Unreachable, "cannot write to the miner: %w", err), false)
			s.out = nil
			s.mu.Unlock()
		}
	}
}

// serve is the session's goroutine, from the first byte to Gone.
func (s *Session) serve(ctx context.Context) {
	stop := context.AfterFunc(ctx, func() { s.Close(adit.Errorf(adit.Unreachable, "the server stops")) })
	defer stop()
	err := s.talk(ctx)
	s.mu.Lock()
	s.end(err, errors.As(err, new(*adit.Error)))
	cause, polite := s.cause, s.polite
	s.mu.Unlock()
	s.writers.Wait()
	if polite && ctx.Err() == nil {
		s.linger()
	}
	s.conn.Close()
	if s.logged {
		s.srv.o.Handler.Gone(s, cause)
	}
	s.srv.o.Log.Debug("session ended", "remote", s.remote, "reason", cause)
}

// linger lets the miner read the last words: closing with unread input would throw them away (TCP reset).
func (s *Session) linger() {
	if c, ok := s.conn.(interface{ CloseWrite() error }); ok {
		c.CloseWrite()
		s.conn.SetReadDeadline(time.Now().Add(lingerTime))
		io.CopyN(io.Discard, s.conn, 1<<20)
	}
}
