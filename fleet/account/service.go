package account

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"sync"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/internal/wording"
	"github.com/adit-mining/adit/store/sqldb"
)

// How long a link and a session are good, and how many links may wait to be opened.
const (
	LinkLife    = 10 * time.Minute
	SessionLife = 30 * 24 * time.Hour
	maxLinks    = 16
)

// maxSecret bounds what is taken for a secret; longer ones cannot be right.
const maxSecret = 512

// Options of a Service. DB and TokenFile are needed.
type Options struct {
	DB        *sqldb.DB
	TokenFile string           // made (0600) where absent
	Journal   Journal          // nil = nothing is written down
	Now       func() time.Time // nil = time.Now
}

// Service is the noun. Its methods may be called from several goroutines.
type Service struct {
	o     Options
	token string // of the token file
	key   []byte // keys the hashes of links and cookies

	mu    sync.Mutex
	links map[string]time.Time // hash of a one-time link's token → when it expires

	watchers watchers
}

// Journal writes down who made and revoked what. fleet/journal fills it.
type Journal interface {
	Note(ctx context.Context, actor adit.Actor, kind, severity, subject, text string, data map[string]string) error
}

// Open reads the token file, or makes it, and forgets sessions that ended.
func Open(ctx context.Context, o Options) (*Service, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	token, err := loadToken(o.TokenFile)
	if err != nil {
		return nil, err
	}
	key := sha256.Sum256([]byte("adit session key\x00" + token))
	s := &Service{o: o, token: token, key: key[:], links: map[string]time.Time{}}
	return s, deleteExpired(ctx, o.DB, o.Now())
}

// Credentials is what a request carries; empty strings are absent.
type Credentials struct {
	Cookie   string // value of the session cookie
	Bearer   string // token in an Authorization header
	Password string // of HTTP Basic, for tools that know nothing else
}

// Authenticate tells who carries the credentials. Unauthorized where they are absent or wrong; it never says which.
func (s *Service) Authenticate(ctx context.Context, c Credentials) (adit.Actor, error) {
	if shown := cmp.Or(c.Bearer, c.Password); shown != "" {
		if s.isToken(shown) {
			return adit.LocalOwner("token"), nil
		}
		return s.checkToken(ctx, shown)
	}
	if c.Cookie == "" || len(c.Cookie) > maxSecret {
		return adit.Actor{}, noEntry()
	}
	if err := s.checkSession(ctx, c.Cookie); err != nil {
		return adit.Actor{}, err
	}
	return adit.LocalOwner("browser"), nil
}

func noEntry() error { return adit.Actor{}.May(adit.ScopeRead) }

// isToken compares digests, so that neither length nor content shows in the time it takes.
func (s *Service) isToken(given string) bool {
	a, b := sha256.Sum256([]byte(given)), sha256.Sum256([]byte(s.token))
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1
}

// NewLogin makes the token of a one-time link: good once, for LinkLife. It goes into a URL's fragment.
func (s *Service) NewLogin(ctx context.Context, actor adit.Actor) (token string, expires time.Time, err error) {
	if err := actor.May(adit.ScopeOwner); err != nil {
		return "", time.Time{}, err
	}
	now := s.o.Now()
	token, expires = newSecret(), now.Add(LinkLife)
	s.mu.Lock()
	defer s.mu.Unlock()
	for h, until := range s.links {
		if !now.Before(until) {
			delete(s.links, h)
		}
	}
	if len(s.links) >= maxLinks {
		return "", time.Time{}, adit.Errorf(adit.Conflict, "%d one-time links wait to be opened: use one of them, or wait %s", maxLinks, wording.Length(LinkLife))
	}
	s.links[s.hash("link", token)] = expires
	return token, expires, nil
}

// Redeem trades the token of a one-time link, or the token of the token file, for a session cookie. agent is what the
// browser calls itself, "" = unknown.
func (s *Service) Redeem(ctx context.Context, token, agent string) (cookie string, expires time.Time, err error) {
	if token == "" || len(token) > maxSecret || !s.takeLink(token) && !s.isToken(token) {
		return "", time.Time{}, adit.Errorf(adit.Unauthorized, "this link was used already or is too old: `adit link` prints a new one")
	}
	now := s.o.Now()
	if err := deleteExpired(ctx, s.o.DB, now); err != nil {
		return "", time.Time{}, err
	}
	cookie, expires = newSecret(), now.Add(SessionLife)
	return cookie, expires, insertSession(ctx, s.o.DB, session{
		ID: adit.NewID(), Hash: s.hash("cookie", cookie), Created: now, Expires: expires, Agent: plain(agent, maxAgent),
	})
}

func (s *Service) takeLink(token string) bool {
	h := s.hash("link", token)
	s.mu.Lock()
	defer s.mu.Unlock()
	until, ok := s.links[h]
	delete(s.links, h)
	return ok && s.o.Now().Before(until)
}

// Logout ends the session of a cookie; one that is not there has ended already.
func (s *Service) Logout(ctx context.Context, actor adit.Actor, cookie string) error {
	if err := actor.May(adit.ScopeRead); err != nil {
		return err
	}
	if cookie == "" || len(cookie) > maxSecret {
		return nil
	}
	h := s.hash("cookie", cookie)
	if err := deleteSession(ctx, s.o.DB, h); err != nil {
		return err
	}
	s.watchers.end(h)
	return nil
}

// seenEvery bounds how often the last use of a session or token is written.
const seenEvery = 5 * time.Minute

func (s *Service) checkSession(ctx context.Context, cookie string) error {
	h := s.hash("cookie", cookie)
	found, err := sessionByHash(ctx, s.o.DB, h)
	switch {
	case adit.CodeOf(err) == adit.NotFound:
		return noEntry()
	case err != nil:
		return err
	}
	now := s.o.Now()
	if !now.Before(found.Expires) {
		return noEntry()
	}
	if found.Seen == nil || now.Sub(*found.Seen) > seenEvery {
		_ = markSeen(ctx, s.o.DB, h, now) // on a full disk the session still holds
	}
	return nil
}

// hash keys what is kept of a secret, so that a copy of the database opens nothing.
func (s *Service) hash(use, secret string) string {
	m := hmac.New(sha256.New, s.key)
	m.Write([]byte(use + "\x00" + secret))
	return hex.EncodeToString(m.Sum(nil))
}

func newSecret() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails since Go 1.24
	return base64.RawURLEncoding.EncodeToString(b[:])
}
