package stratum

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"io"
	"net"
	"slices"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/internal/wording"
)

// talk reads lines and answers them until the connection ends.
func (s *Session) talk(ctx context.Context) error {
	if left := s.srv.bans.banned(s.remote.Addr()); left > 0 {
		// Said with XMRig's own login id, so that it shows the text.
		s.refuse(json.RawMessage("1"), "IP Address currently banned")
		return adit.Errorf(adit.Forbidden, "the address is banned for another %s", wording.Length(left))
	}
	s.raw.SetReadDeadline(s.since.Add(s.srv.o.LoginTime))
	if err := s.sniff(ctx); err != nil {
		return err
	}
	s.lines = newLineReader(s.conn, s.srv.o.MaxLine)
	s.lines.before = s.deadline
	for {
		line, err := s.lines.next()
		if err != nil {
			if errors.As(err, new(*adit.Error)) {
				s.refuse(nil, err.Error())
			}
			return s.inWords(err)
		}
		s.begun = time.Time{}
		if s.ended() {
			return nil // the cause is known
		}
		if !s.flood.take(s.srv.o.Rate, s.srv.o.Burst) {
			s.refuse(nil, "too many requests")
			return adit.Errorf(adit.Forbidden, "a flood: more than %.0f lines per second", s.srv.o.Rate)
		}
		if err := s.take(ctx, line); err != nil {
			return err
		}
	}
}

// sniffed gives back the byte that told plain from TLS.
type sniffed struct {
	net.Conn
	first []byte
}

func (c *sniffed) Read(b []byte) (int, error) {
	if len(c.first) > 0 {
		n := copy(b, c.first)
		c.first = c.first[n:]
		return n, nil
	}
	return c.Conn.Read(b)
}

// CloseWrite ends the sending half where the connection has halves.
func (c *sniffed) CloseWrite() error {
	if h, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return h.CloseWrite()
	}
	return errors.ErrUnsupported
}

const tlsHello = 0x16 // the first byte of a TLS connection; Stratum begins with '{'

// sniff reads one byte and puts TLS between where the miner begins it.
func (s *Session) sniff(ctx context.Context) error {
	first := make([]byte, 1)
	if _, err := io.ReadFull(s.raw, first); err != nil {
		return s.inWords(err)
	}
	conn := net.Conn(&sniffed{Conn: s.raw, first: first})
	if first[0] == tlsHello {
		if s.srv.o.TLS == nil {
			return errors.New("TLS, but this port is plain")
		}
		secure := tls.Server(conn, s.srv.o.TLS)
		if err := secure.HandshakeContext(ctx); err != nil {
			return s.inWords(err)
		}
		s.version = tls.VersionName(secure.ConnectionState().Version)
		conn = secure
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.conn = conn
	if s.over {
		conn.Close()
		return s.cause
	}
	return nil
}

// deadline sets the time by which the next bytes must come: the login in all by LoginTime, later a whole line within
// IdleTime and a begun one within LoginTime, however slowly its bytes drip.
func (s *Session) deadline(partial bool) {
	if !s.logged {
		return
	}
	d := time.Now()
	switch {
	case !partial:
		d = d.Add(s.srv.o.IdleTime)
	case s.begun.IsZero():
		s.begun = d
		fallthrough
	default:
		d = s.begun.Add(s.srv.o.LoginTime)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.over {
		s.raw.SetReadDeadline(d)
	}
}

// inWords says why reading ended.
func (s *Session) inWords(err error) error {
	var timeout net.Error
	switch {
	case errors.As(err, new(*adit.Error)):
		return err
	case errors.As(err, &timeout) && timeout.Timeout():
		switch {
		case !s.logged:
			return errors.New("no login in time")
		case !s.begun.IsZero():
			return errors.New("a line was begun and not ended")
		}
		return errors.New("idle for too long")
	case errors.Is(err, io.EOF):
		return errors.New("the miner closed the connection")
	}
	return err
}

// take answers one line. An error ends the session, after what it said is written.
func (s *Session) take(ctx context.Context, line []byte) error {
	m, err := parseMessage(line)
	if err != nil {
		s.refuse(nil, err.Error())
		return err
	}
	switch {
	case m.Method == "login":
		return s.takeLogin(ctx, m)
	case m.Method == "":
		return nil // an answer to nothing we asked
	case !s.logged:
		s.refuse(m.ID, DefaultText(adit.ShareUnauthorized))
		return adit.Errorf(adit.Unauthorized, "%q before login", clip(m.Method))
	case m.Method == "submit":
		s.takeSubmit(m)
	case m.Method == "keepalived":
		s.answer(m.ID, wireStatus{"KEEPALIVED"})
	case m.hasID():
		s.refuse(m.ID, "Invalid method")
	}
	return nil
}

func (s *Session) takeLogin(ctx context.Context, m message) error {
	if s.logged {
		s.refuse(m.ID, "already logged in")
		return nil
	}
	l, err := parseLogin(m.Params)
	if err != nil {
		s.refuse(m.ID, err.Error())
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, s.srv.o.LoginTime)
	defer cancel()
	first, err := s.srv.o.Handler.Login(ctx, s, l)
	if err != nil {
		s.refuse(m.ID, err.Error())
		return adit.Errorf(adit.CodeOf(err), "login refused: %w", err)
	}
	s.logged = true
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.job.ID == "" { // else the handler sent a newer one already
		s.job = first
	}
	s.ready = true
	job, err := s.job.MarshalJSON()
	if err != nil {
		return err
	}
	s.queue(encode(wireAnswer{ID: orNull(m.ID), Version: "2.0", Result: wireWelcome{
		ID: s.id, Job: job, Extensions: []string{"algo", "keepalive"}, Status: "OK",
	}}))
	return nil
}

// parseLogin checks what a miner says about itself.
func parseLogin(params json.RawMessage) (Login, error) {
	var w wireLogin
	if err := json.Unmarshal(params, &w); err != nil {
		return Login{}, adit.InvalidField("params", "login needs an object of strings")
	}
	for field, v := range map[string]string{"login": w.Login, "pass": w.Pass, "agent": w.Agent, "rigid": w.RigID} {
		if len(v) > maxLoginField {
			return Login{}, adit.InvalidField(field, "longer than %d characters", maxLoginField)
		}
	}
	if w.Login == "" {
		return Login{}, adit.InvalidField("login", "missing login")
	}
	if len(w.Algorithm) > 100 || slices.ContainsFunc(w.Algorithm, func(a adit.Algorithm) bool { return len(a) > maxAlgorithm }) {
		return Login{}, adit.InvalidField("algo", "at most 100 names of %d characters are expected", maxAlgorithm)
	}
	if len(w.Extensions) > 32 || slices.ContainsFunc(w.Extensions, func(e string) bool { return len(e) > maxAlgorithm }) {
		return Login{}, adit.InvalidField("extensions", "at most 32 names of %d characters are expected", maxAlgorithm)
	}
	return Login{User: w.Login, Password: w.Pass, Agent: w.Agent, RigID: w.RigID, Algorithms: w.Algorithm, Extensions: w.Extensions}, nil
}

func (s *Session) takeSubmit(m message) {
	b := Submission{Session: s, At: time.Now(), id: m.ID}
	share, session, err := parseSubmit(m.Params)
	switch {
	case err != nil:
		b.Reply(Verdict{Outcome: adit.ShareMalformed, Text: "Malformed share: " + err.Error()})
		return
	case session != s.id:
		b.Reply(Verdict{Outcome: adit.ShareUnauthorized})
		return
	}
	b.Share = share
	s.srv.o.Handler.Submit(b)
}
