package bitcoin

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"slices"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/stratum"
	"github.com/adit-mining/adit/stratum/jsonline"
)

// take answers one line. It must not block.
func (s *Session) take(line []byte) {
	if s.quickly(line) {
		return
	}
	m, err := parseMessage(line)
	if err != nil {
		s.dismiss(nil, CodeOther, err)
		return
	}
	switch m.Method {
	case "mining.submit":
		s.submit(m)
	case "mining.configure", "mining.subscribe", "mining.authorize":
		s.greet(m)
	case "mining.extranonce.subscribe":
		s.mu.Lock()
		s.movable = true
		s.mu.Unlock()
		s.conn.Send(yes(m.ID))
	case "mining.suggest_difficulty", "mining.suggest_target":
		s.suggest(m)
	case "mining.ping":
		s.conn.Send(answer(m.ID, "pong"))
	case "": // an answer to nothing we asked
	case "login":
		s.otherDialect(m.ID)
	default:
		if m.HasID() {
			s.conn.Send(refusal(m.ID, &Fault{CodeOther, "unknown method " + jsonline.Clip(m.Method)}))
		}
	}
}

// dismiss says why and hangs up.
func (s *Session) dismiss(id json.RawMessage, code int, err error) {
	s.conn.Send(refusal(id, &Fault{code, err.Error()}))
	s.conn.Close(err, true)
}

// otherDialect tells a miner of the XMR dialect, in the form that XMRig shows.
func (s *Session) otherDialect(id json.RawMessage) {
	err := adit.Errorf(adit.Unsupported, "this port speaks the Bitcoin dialect of Stratum; the miner speaks another")
	s.conn.Send(jsonline.Encode(struct {
		ID      json.RawMessage `json:"id"`
		Version string          `json:"jsonrpc"`
		Error   any             `json:"error"`
	}{orNull(id), "2.0", map[string]any{"code": -1, "message": err.Error()}}))
	s.conn.Close(err, true)
}

// greet takes what may need the handler's time: the first of three messages to have a place, mining.authorize to be let in.
func (s *Session) greet(m message) {
	l, err := m.list()
	if err != nil {
		s.dismiss(m.ID, CodeOther, err)
		return
	}
	if m.Method == "mining.subscribe" && len(l) > 0 && !jsonline.Absent(l[0]) {
		if s.agent, err = text(l, 0, "agent", 0, maxText); err != nil {
			s.dismiss(m.ID, CodeOther, err)
			return
		}
	}
	if s.tried && m.Method != "mining.authorize" {
		s.welcome(m, l)
		return
	}
	s.slowly(func(ctx context.Context) {
		if !s.tried && !s.findPlace(ctx, m) {
			return
		}
		if m.Method == "mining.authorize" {
			s.authorize(ctx, m, l)
		} else {
			s.welcome(m, l)
		}
	})
}

func (s *Session) findPlace(ctx context.Context, m message) bool {
	s.tried = true
	p, err := s.srv.handler.Place(ctx, s)
	if err != nil {
		s.dismiss(m.ID, CodeOther, err)
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.placed, s.place = true, p
	return true
}

// welcome answers mining.configure and mining.subscribe, which need the place and nothing more.
func (s *Session) welcome(m message, l []json.RawMessage) {
	if m.Method == "mining.configure" {
		s.configure(m, l)
		return
	}
	s.mu.Lock()
	s.subscribed = true
	p := s.place
	s.mu.Unlock()
	s.conn.Send(answer(m.ID, []any{
		[][2]string{{"mining.set_difficulty", s.id}, {"mining.notify", s.id}},
		hex.EncodeToString(p.Extranonce1), p.Extranonce2Size,
	}))
	s.begin()
}

func (s *Session) configure(m message, l []json.RawMessage) {
	w, err := parseConfigure(l)
	if err != nil {
		s.dismiss(m.ID, CodeOther, err)
		return
	}
	s.mu.Lock()
	out := w.grant(s.place.VersionMask)
	if granted, _ := out[extRolling].(bool); granted {
		s.asked = w.mask
		s.mask = s.place.VersionMask & w.mask
	}
	s.movable = s.movable || w.extranonce
	s.mu.Unlock()
	if w.difficulty > 0 {
		if s.named { // too late to bind the handler
			out[extDifficulty] = false
			s.srv.handler.Wish(s, HashesOf(w.difficulty))
		} else {
			s.login.Least = HashesOf(w.difficulty)
		}
	}
	s.conn.Send(answer(m.ID, out))
}

func (s *Session) authorize(ctx context.Context, m message, l []json.RawMessage) {
	user, err := text(l, 0, "user", 1, maxText)
	password := ""
	if err == nil && len(l) > 1 && !jsonline.Absent(l[1]) {
		password, err = text(l, 1, "password", 0, maxText)
	}
	if err != nil {
		s.dismiss(m.ID, CodeUnauthorized, err)
		return
	}
	if s.named {
		if user == s.user {
			s.conn.Send(yes(m.ID))
		} else {
			s.conn.Send(refusal(m.ID, &Fault{CodeUnauthorized, "a connection has one login; open another for another worker"}))
		}
		return
	}
	s.login.User, s.login.Password, s.login.Agent = user, password, s.agent
	if err := s.srv.handler.Login(ctx, s, s.login); err != nil {
		s.conn.Send(jsonline.Encode(reply{ID: orNull(m.ID), Result: false, Error: &Fault{CodeUnauthorized, jsonline.Clip(err.Error())}}))
		s.conn.Close(adit.Errorf(adit.CodeOf(err), "login refused: %w", err), true)
		return
	}
	s.login = Login{} // the password is not kept
	s.named = true
	s.conn.Send(yes(m.ID))
	s.mu.Lock()
	s.authorized, s.user = true, user
	s.mu.Unlock()
	s.begin()
}

// suggest takes a wish for a difficulty, as such or as a target of 64 hex digits.
func (s *Session) suggest(m message) {
	l, err := m.list()
	var h adit.Hashes
	if err == nil && m.Method == "mining.suggest_target" {
		var raw []byte
		if raw, err = octets(l, 0, "target", 32, 32); err == nil {
			slices.Reverse(raw)
			h = number([32]byte(raw)).Hashes()
		}
	} else if err == nil {
		var d float64
		if d, err = parseDifficulty(l); err == nil {
			h = HashesOf(d)
		}
	}
	if err != nil {
		s.conn.Send(refusal(m.ID, &Fault{CodeOther, err.Error()}))
		return
	}
	if s.named {
		s.srv.handler.Wish(s, h)
	} else {
		s.login.Difficulty = h
	}
	if m.HasID() {
		s.conn.Send(yes(m.ID))
	}
}

// quickly takes a line that is a share without fault. It reports false where the line is to be read with care.
func (s *Session) quickly(line []byte) bool {
	var q quickSubmit
	if !q.parse(line) {
		return false
	}
	s.mu.Lock()
	ready, same, mask := s.ready(), string(q.params[0]) == s.user, s.mask
	s.mu.Unlock()
	if !ready || !same {
		return false
	}
	share, ok := q.share(mask)
	if !ok {
		return false
	}
	s.srv.handler.Submit(Submission{Session: s, Share: share, At: time.Now(), id: bytes.Clone(q.id)})
	return true
}

func (s *Session) submit(m message) {
	b := Submission{Session: s, At: time.Now(), id: m.ID}
	s.mu.Lock()
	subscribed, authorized, user, mask := s.subscribed, s.authorized, s.user, s.mask
	s.mu.Unlock()
	switch {
	case !subscribed:
		s.dismiss(b.id, CodeNotSubscribed, adit.Errorf(adit.Unauthorized, "Not subscribed"))
		return
	case !authorized:
		s.dismiss(b.id, CodeUnauthorized, adit.Errorf(adit.Unauthorized, "Unauthorized worker"))
		return
	}
	l, err := m.list()
	var worker string
	if err == nil {
		b.Share, worker, err = parseSubmit(l, mask)
	}
	switch {
	case err != nil:
		b.Reply(stratum.Verdict{Outcome: adit.ShareMalformed, Text: err.Error()})
	case worker != user:
		b.Reply(stratum.Verdict{Outcome: adit.ShareUnauthorized, Text: "Worker mismatch: this connection is logged in as another"})
	default:
		s.srv.handler.Submit(b)
	}
}
