package bitcoin

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"net/netip"
	"sync"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/stratum/jsonline"
	"github.com/adit-mining/adit/stratum/port"
)

// Session is one miner's connection. Its methods may be called from any goroutine.
type Session struct {
	// Data is the handler's own. It is set in Place.
	Data any

	srv    *Server
	conn   *port.Conn
	id     string
	ctx    context.Context // ends with the connection
	cancel context.CancelFunc

	// These belong to the reader: the port's goroutine, or the slow one while the port is paused.
	agent string
	login Login
	tried bool // Place was called
	named bool // Login was called and took it

	mu         sync.Mutex
	busy       bool  // a slow goroutine is at work
	over       bool  // the connection is closed
	cause      error // of that
	placed     bool
	subscribed bool
	authorized bool
	user       string
	movable    bool        // it takes mining.set_extranonce
	asked      uint32      // bits it wants to roll, 0 = it did not ask
	mask       uint32      // bits it may roll, as it was told
	place      Place       // as it was told
	difficulty adit.Hashes // as it was told
	offer      Offer       // sent last, or where not ready the one to begin with
	begun      bool        // a job was sent
}

func newSession(v *Server, c *port.Conn) *Session {
	s := &Session{srv: v, conn: c, id: rand.Text()[:16]}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	return s
}

// ID is the name of this session, as the miner knows it.
func (s *Session) ID() string { return s.id }

// Remote is the miner's address; invalid where it has none.
func (s *Session) Remote() netip.AddrPort { return s.conn.Remote() }

// Since is when it connected.
func (s *Session) Since() time.Time { return s.conn.Since() }

// TLS returns "TLS 1.3" or the like, "" for a plain connection.
func (s *Session) TLS() string { return s.conn.TLS() }

// Agent is the program, as it says in mining.subscribe. It may be called within Place and Login.
func (s *Session) Agent() string { return s.agent }

// Close hangs up, after what waits was written.
func (s *Session) Close(reason error) { s.conn.Close(reason, true) }

// Offer is a job for one miner.
type Offer struct {
	Notice     *Notice
	ID         string
	Clean      bool // older work no longer counts
	Difficulty adit.Hashes
	Place      Place

	// Later moves the job's time so many seconds on. A miner that gets the same job again under another id begins its
	// search anew and would find the same shares; with another time it does not.
	Later uint32
}

// Offer sends a job with one write, with what has to be said before it: another extranonce, mask, or difficulty. It
// reports whether the miner has it or will get it with its login: not after the end, and never the same job twice. A miner
// that must move to another extranonce and cannot is asked to reconnect and hung up on.
func (s *Session) Offer(o Offer) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over {
		return false
	}
	if !s.ready() {
		s.offer = o
		return true
	}
	return s.send(o)
}

func (s *Session) ready() bool { return s.subscribed && s.authorized }

// send is called with mu held.
func (s *Session) send(o Offer) bool {
	moved := !bytes.Equal(o.Place.Extranonce1, s.place.Extranonce1) || o.Place.Extranonce2Size != s.place.Extranonce2Size
	mask := o.Place.VersionMask & s.asked
	if s.begun && o.ID == s.offer.ID && o.Difficulty == s.difficulty && !moved && mask == s.mask {
		return false
	}
	if moved && !s.movable {
		s.conn.Send(jsonline.Encode(request{Method: "client.reconnect", Params: []any{}}))
		s.conn.Close(adit.Errorf(adit.Conflict, "its extranonce has moved, which this miner can only follow by a new connection"), true)
		return false
	}
	var b []byte
	if moved {
		b = append(b, jsonline.Encode(request{Method: "mining.set_extranonce", Params: []any{hex.EncodeToString(o.Place.Extranonce1), o.Place.Extranonce2Size}})...)
	}
	if mask != s.mask {
		b = append(b, jsonline.Encode(request{Method: "mining.set_version_mask", Params: []string{hexWord(mask)}})...)
	}
	if o.Difficulty != s.difficulty || !s.begun {
		b = append(b, jsonline.Encode(request{Method: "mining.set_difficulty", Params: []float64{Difficulty(o.Difficulty)}})...)
	}
	b = o.Notice.append(b, o.ID, o.Clean || moved || !s.begun, o.Later)
	s.begun, s.offer, s.place, s.mask, s.difficulty = true, o, o.Place, mask, o.Difficulty
	return s.conn.Send(b)
}

// begin sends the job that waits, once the miner is both subscribed and authorized.
func (s *Session) begin() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.begun || !s.ready() {
		return
	}
	s.conn.Settle()
	if s.offer.Notice != nil {
		s.send(s.offer)
	}
}

// closed is called by the port, once.
func (s *Session) closed(cause error) {
	s.cancel()
	s.mu.Lock()
	s.over, s.cause = true, cause
	busy := s.busy
	s.mu.Unlock()
	if !busy {
		s.gone()
	}
}

// gone ends it, when neither port nor slow goroutine will call the handler again.
func (s *Session) gone() {
	if s.tried {
		s.srv.handler.Gone(s, s.cause)
	}
}

// slowly runs what may wait beside the port, which reads on when it is done.
func (s *Session) slowly(do func(ctx context.Context)) {
	s.mu.Lock()
	s.busy = true
	s.mu.Unlock()
	s.conn.Pause()
	s.srv.slow.Go(func() {
		ctx, cancel := context.WithTimeout(s.ctx, s.srv.patient)
		defer cancel()
		do(ctx)
		s.mu.Lock()
		s.busy = false
		over := s.over
		s.mu.Unlock()
		if over {
			s.gone()
			return
		}
		s.conn.Resume()
	})
}
