package stratum

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"hash/maphash"
	"net/netip"
	"sync"
	"time"

	"github.com/adit-mining/adit/stratum/jsonline"
	"github.com/adit-mining/adit/stratum/port"
)

// Session is one miner's connection. Its methods may be called from any goroutine.
type Session struct {
	// Data is the handler's own, set in Login.
	Data any

	srv  *Server
	conn *port.Conn
	id   string

	// These belong to the reader.
	logged bool // the login was taken; lines come only once it was answered

	mu    sync.Mutex
	ready bool      // the login was answered: jobs may be sent
	over  bool      // the connection is closed
	greet *greeting // before ready: what waits for the answer
	sent  uint64    // which job was sent last, see fresh; 0 = none
	jobID string    // its id
}

// greeting is what a session needs until its login is answered.
type greeting struct {
	cancel     context.CancelFunc // of the login at work, nil where none is
	cause      error              // why the connection was closed meanwhile
	first      []byte             // the job that goes with the answer
	extensions []string           // announced with it
}

func newSession(v *Server, c *port.Conn) *Session {
	var id [8]byte
	rand.Read(id[:])
	return &Session{srv: v, id: hex.EncodeToString(id[:]), conn: c, greet: new(greeting)}
}

// ID is the name of this login, as the miner knows it.
func (s *Session) ID() string { return s.id }

// Remote is the miner's address; invalid where it has none.
func (s *Session) Remote() netip.AddrPort { return s.conn.Remote() }

// Since is when it connected.
func (s *Session) Since() time.Time { return s.conn.Since() }

// TLS returns "TLS 1.3" or the like, "" for a plain connection. It is known from Login on.
func (s *Session) TLS() string { return s.conn.TLS() }

// Extend announces extensions with the answer to the login. It is called within Login.
func (s *Session) Extend(names ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.greet != nil {
		s.greet.extensions = append(s.greet.extensions, names...)
	}
}

// SendJob sends a job with one write and reports whether it did: not after the end, and never the same job twice,
// because XMRig hangs up then.
func (s *Session) SendJob(j Job) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over || !s.fresh(j.ID, j.Target, j.Blob, -1, 0, j.Place) {
		return false
	}
	params, err := j.MarshalJSON()
	if err != nil {
		return false
	}
	if !s.ready {
		s.greet.first = params
		return true
	}
	line := append(make([]byte, 0, len(jobHead)+len(params)+2), jobHead...)
	line = append(line, params...)
	return s.conn.Send(append(line, '}', '\n'))
}

const jobHead = `{"jsonrpc":"2.0","method":"job","params":`

// fresh reports whether a job is another one than was sent last, and notes it. at is where fixed replaces a byte of the
// blob, -1 where it does not. It is called with mu held.
func (s *Session) fresh(id string, target uint64, blob []byte, at int, fixed byte, p *NoncePlace) bool {
	var h maphash.Hash
	h.SetSeed(s.srv.seed)
	h.WriteString(id)
	h.WriteByte(0)
	var t [8]byte
	binary.LittleEndian.PutUint64(t[:], target)
	h.Write(t[:])
	if at >= 0 {
		h.Write(blob[:at])
		h.WriteByte(fixed)
		blob = blob[at+1:]
	}
	h.Write(blob)
	if p != nil {
		maphash.WriteComparable(&h, *p)
	}
	sum := max(h.Sum64(), 1)
	if sum == s.sent {
		return false
	}
	s.sent, s.jobID = sum, id
	return true
}

// Close hangs up.
func (s *Session) Close(reason error) { s.conn.Close(reason, false) }

// Bye hangs up once what waits is written, with last words for the miner.
func (s *Session) Bye(reason error) {
	s.refuse(nil, reason.Error())
	s.conn.Close(reason, true)
}

// Submission is a share that waits for its verdict.
type Submission struct {
	Ticket
	Share Share
	At    time.Time // when it came
}

// Ticket is what an answer to a share needs; small enough to be kept by thousands.
type Ticket struct {
	Session *Session
	num     int64           // the request's id, where raw is nil
	raw     json.RawMessage // the request's id where it is not a plain number
}

// Reply answers. Text "" is the outcome's own. A miner with too many invalid shares is hung up on, and banned where the
// rule says so.
func (t Ticket) Reply(v Verdict) {
	s := t.Session
	var room [160]byte
	b := append(room[:0], `{"id":`...)
	b = t.appendID(b)
	if v.Outcome.Accepted() {
		b = append(b, `,"jsonrpc":"2.0","error":null,"result":{"status":"OK"}}`...)
	} else {
		b = appendError(b, wordsOr(v.Text, DefaultText(v.Outcome)))
	}
	s.conn.Reply(append(b, '\n'))
	s.conn.Judge(v.Outcome)
}

func (s *Session) answer(id json.RawMessage, result any) {
	s.conn.Send(jsonline.Encode(wireAnswer{ID: orNull(id), Version: "2.0", Result: result}))
}

func (s *Session) refuse(id json.RawMessage, text string) {
	s.conn.Send(appendRefusal(nil, id, text))
}

func orNull(id json.RawMessage) json.RawMessage {
	if len(id) == 0 {
		return json.RawMessage("null")
	}
	return id
}
