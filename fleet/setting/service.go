package setting

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/store/sqldb"
)

// Journal writes down who changed what. fleet/journal fills it.
type Journal interface {
	Note(ctx context.Context, actor adit.Actor, kind, severity, subject, text string, data map[string]string) error
}

// Options of a Service. DB and Journal are needed.
type Options struct {
	DB      *sqldb.DB
	Journal Journal
	Client  *http.Client     // for the feed; nil = one of its own
	Now     func() time.Time // nil = time.Now
	Log     *slog.Logger     // nil = silent
}

// Service is the noun. Its methods may be called from several goroutines.
type Service struct {
	o    Options
	news chan struct{} // holds a token while the feed's loop has not seen the newest settings
}

// New makes the service.
func New(o Options) *Service {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Client == nil {
		o.Client = feedClient()
	}
	return &Service{o: o, news: make(chan struct{}, 1)}
}

// Get returns the settings. The feed's address may carry a key, so that only the owner sees all of it.
func (s *Service) Get(ctx context.Context, actor adit.Actor) (Settings, error) {
	if err := actor.May(adit.ScopeRead); err != nil {
		return Settings{}, err
	}
	out, err := load(ctx, s.o.DB)
	if err == nil {
		out.Feed.Status.NextAt = out.Feed.nextFrom(s.o.Now())
		if actor.May(adit.ScopeOwner) != nil {
			out.Feed.URL = bare(out.Feed.URL)
		}
	}
	return out, err
}

// bare is an address without what may be a key.
func bare(raw string) string {
	u, err := url.Parse(raw)
	if err != nil || raw == "" {
		return ""
	}
	return (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}).String()
}

// Put changes settings. patch is a JSON merge patch (RFC 7396): what it leaves out stays.
func (s *Service) Put(ctx context.Context, actor adit.Actor, patch json.RawMessage) (Settings, error) {
	if err := actor.May(adit.ScopeOwner); err != nil {
		return Settings{}, err
	}
	now := s.o.Now().UTC().Truncate(time.Millisecond)
	var was, next Settings
	var names []string
	err := s.o.DB.InTx(ctx, func(q sqldb.Q) (err error) {
		if err := sqldb.Lock(ctx, q, "setting_section"); err != nil {
			return err
		}
		if was, err = load(ctx, q); err != nil {
			return err
		}
		if next, err = changed(was, patch, now); err != nil {
			return err
		}
		if next.Feed.asks(was.Feed) {
			next.Feed.Status.Fails, next.Feed.Status.Error = 0, "" // another question: what went wrong with the old one is past
		}
		if names, err = differing(was, next); err != nil {
			return err
		}
		return write(ctx, q, next, now, names...)
	})
	if err != nil {
		return Settings{}, err
	}
	if len(names) > 0 {
		s.tell(ctx, actor, names, was, next)
	}
	next.Feed.Status.NextAt = next.Feed.nextFrom(s.o.Now())
	return next, nil
}

// asks reports whether the feed is asked something else than before.
func (f Feed) asks(was Feed) bool {
	f.Status, was.Status = FeedStatus{}, FeedStatus{}
	return f != was
}

// differing are the sections that changed, by name.
func differing(was, next Settings) ([]string, error) {
	var out []string
	a, b := sections(&was), sections(&next)
	for _, name := range slices.Sorted(maps.Keys(a)) {
		old, err := json.Marshal(a[name])
		if err != nil {
			return nil, err
		}
		now, err := json.Marshal(b[name])
		if err != nil {
			return nil, err
		}
		if !bytes.Equal(old, now) {
			out = append(out, name)
		}
	}
	return out, nil
}

// tell writes the change into the journal and wakes the feed's loop. The feed is named by its host alone.
func (s *Service) tell(ctx context.Context, actor adit.Actor, names []string, was, next Settings) {
	text := "settings were changed: " + strings.Join(slices.DeleteFunc(slices.Clone(names), func(n string) bool { return n == statusSection }), ", ")
	if was.Feed.Enabled != next.Feed.Enabled {
		text += map[bool]string{true: "; the feed is on", false: "; the feed is off"}[next.Feed.Enabled]
	}
	data := map[string]string{}
	if u, err := url.Parse(next.Feed.URL); err == nil && next.Feed.Enabled {
		data["feed"] = u.Host
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if err := s.o.Journal.Note(ctx, actor, "settings.changed", "info", "settings", text, data); err != nil {
		s.o.Log.ErrorContext(ctx, "a change of settings was not written into the journal", "err", err)
	}
	select {
	case s.news <- struct{}{}:
	default:
	}
}
