package stratum

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/stratum/jsonline"
	"github.com/adit-mining/adit/stratum/port"
)

// counter is the Server's face towards the port.
type counter struct{ *Server }

// Open begins a session.
func (d counter) Open(c *port.Conn) error {
	c.Data = newSession(d.Server, c)
	return nil
}

// Line takes one line of a session.
func (d counter) Line(c *port.Conn, line []byte) {
	s := c.Data.(*Session)
	if s.logged && s.quick(line) {
		return
	}
	if err := s.take(line); err != nil {
		c.Close(err, true)
	}
}

// Closed ends a session. One whose login is at work is ended by it.
func (d counter) Closed(c *port.Conn, cause error) {
	s := c.Data.(*Session)
	s.mu.Lock()
	s.over = true
	admitted := s.ready
	if g := s.greet; g != nil {
		g.cause = cause
		if g.cancel != nil {
			g.cancel()
		}
	}
	s.mu.Unlock()
	if admitted {
		d.o.Handler.Gone(s, cause)
	}
}

// quick takes a submit as almost all are written. False: nothing was done.
func (s *Session) quick(line []byte) bool {
	var q quickSubmit
	if !q.parse(line) || string(q.login) != s.id {
		return false
	}
	s.mu.Lock()
	id := s.jobID
	s.mu.Unlock()
	share, ok := q.share(id)
	if ok {
		s.srv.o.Handler.Submit(Submission{Ticket: Ticket{Session: s, num: q.id}, Share: share, At: time.Now()})
	}
	return ok
}

// take answers one line. An error ends the session, after what it said is written.
func (s *Session) take(line []byte) error {
	m, err := parseMessage(line)
	if err != nil {
		s.refuse(nil, err.Error())
		return err
	}
	switch {
	case m.Method == "login":
		return s.takeLogin(m)
	case m.Method == "":
		return nil // an answer to nothing we asked
	case !s.logged:
		s.refuse(m.ID, DefaultText(adit.ShareUnauthorized))
		return adit.Errorf(adit.Unauthorized, "%q before login", jsonline.Clip(m.Method))
	case m.Method == "submit":
		s.takeSubmit(m)
	case m.Method == "keepalived":
		s.answer(m.ID, wireStatus{"KEEPALIVED"})
	case m.HasID():
		s.refuse(m.ID, "Invalid method")
	}
	return nil
}

// takeLogin reads a login and has it decided elsewhere, as that may take time. No line is read until it is.
func (s *Session) takeLogin(m message) error {
	if s.logged {
		s.refuse(m.ID, "already logged in")
		return nil
	}
	l, err := parseLogin(m.Params)
	if err != nil {
		s.refuse(m.ID, err.Error())
		return err
	}
	id := slices.Clone(m.ID)
	s.logged = true
	ctx, cancel := context.WithTimeout(context.Background(), s.srv.o.LoginTime)
	s.mu.Lock()
	s.greet.cancel = cancel
	s.mu.Unlock()
	s.conn.Pause()
	s.srv.login(func() {
		defer cancel()
		s.admit(ctx, id, l)
		s.conn.Resume()
	})
	return nil
}

// admit asks the handler and answers the login.
func (s *Session) admit(ctx context.Context, id json.RawMessage, l Login) {
	var first Job
	var err error
	if ctx.Err() != nil { // the miner may be gone, or tired, before its turn
		err = adit.Errorf(adit.Timeout, "too many log in at once; try again")
	} else {
		first, err = s.srv.o.Handler.Login(ctx, s, l)
	}
	if err != nil {
		s.refuse(id, err.Error())
		s.conn.Close(adit.Errorf(adit.CodeOf(err), "login refused: %w", err), true)
		return
	}
	if first.ID != "" && !s.begun() { // else the handler sent a newer one already
		s.SendJob(first)
	}
	s.mu.Lock()
	s.conn.Settle()
	g := s.greet
	b := append([]byte(`{"id":`), orNull(id)...)
	b = append(b, `,"jsonrpc":"2.0","error":null,"result":{"id":"`...)
	b = append(append(b, s.id...), '"')
	if g.first != nil {
		b = append(append(b, `,"job":`...), g.first...)
	}
	b = append(b, `,"extensions":["algo","keepalive"`...)
	for _, e := range g.extensions {
		b = appendString(append(b, ','), e)
	}
	b = append(b, "],\"status\":\"OK\"}}\n"...)
	s.conn.Send(b)
	s.ready, s.greet = true, nil
	over := s.over
	s.mu.Unlock()
	if over {
		s.srv.o.Handler.Gone(s, g.cause)
	}
}

func (s *Session) begun() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.greet.first != nil
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
	if len(w.Extensions) > 20 || slices.ContainsFunc(w.Extensions, func(e string) bool { return len(e) > maxAlgorithm }) {
		return Login{}, adit.InvalidField("extensions", "at most 20 names of %d characters are expected", maxAlgorithm)
	}
	return Login{
		User: w.Login, Password: w.Pass, Agent: w.Agent, RigID: w.RigID,
		Algorithms: w.Algorithm, Extensions: w.Extensions,
	}, nil
}

func (s *Session) takeSubmit(m message) {
	b := Submission{Ticket: Ticket{Session: s, raw: slices.Clone(orNull(m.ID))}, At: time.Now()}
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
