package account

import (
	"context"
	"strings"
	"time"
	"unicode"

	"github.com/adit-mining/adit"
)

// maxAgent bounds what is kept of a browser's name for itself, in characters.
const maxAgent = 200

// Login is a browser that is signed in.
type Login struct {
	ID        string
	CreatedAt time.Time
	ExpiresAt time.Time
	SeenAt    *time.Time // to about five minutes; nil = not since it signed in
	Agent     string     // what the browser calls itself, "" = not told
	Current   bool       // it is the one that asks
}

// Logins lists the browsers that are signed in, the newest first; c marks the one that asks.
func (s *Service) Logins(ctx context.Context, actor adit.Actor, c Credentials) ([]Login, error) {
	if err := actor.May(adit.ScopeOwner); err != nil {
		return nil, err
	}
	list, err := openSessions(ctx, s.o.DB, s.o.Now())
	if err != nil {
		return nil, err
	}
	mine := ""
	if c.Cookie != "" && len(c.Cookie) <= maxSecret {
		mine = s.hash("cookie", c.Cookie)
	}
	out := make([]Login, 0, len(list))
	for _, x := range list {
		out = append(out, Login{ID: x.ID, CreatedAt: x.Created, ExpiresAt: x.Expires, SeenAt: x.Seen, Agent: x.Agent, Current: x.Hash == mine})
	}
	return out, nil
}

// EndLogin signs a browser out; what it has open ends at once.
func (s *Service) EndLogin(ctx context.Context, actor adit.Actor, id string) error {
	if err := actor.May(adit.ScopeOwner); err != nil {
		return err
	}
	hash, err := takeSession(ctx, s.o.DB, id)
	switch {
	case adit.CodeOf(err) == adit.NotFound:
		return adit.Errorf(adit.NotFound, "there is no open login of that id: it has ended already, or the id is wrong")
	case err != nil:
		return err
	}
	s.watchers.end(hash)
	return s.note(ctx, actor, "session.ended", id, "a browser was signed out")
}

// note writes down what happened to a login or token; its secret is never part of it.
func (s *Service) note(ctx context.Context, actor adit.Actor, kind, id, text string) error {
	if s.o.Journal == nil {
		return nil
	}
	return s.o.Journal.Note(ctx, actor, kind, "info", id, text, map[string]string{"via": actor.Via})
}

// plain keeps what can be shown of a foreign text, shortened.
func plain(text string, most int) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return -1
	}, strings.ToValidUTF8(text, ""))
	if r := []rune(text); len(r) > most {
		text = string(r[:most])
	}
	return strings.TrimSpace(text)
}
