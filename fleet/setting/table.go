package setting

import (
	"context"
	"database/sql"
	"encoding/json"
	"time"

	"github.com/adit-mining/adit/store/sqldb"
)

// The sections, beside statusSection.
const statusSection = "feed-status"

func sections(s *Settings) map[string]any {
	return map[string]any{
		"general": &s.General, "power": &s.Power, "figures": &s.Figures, "feed": &s.Feed, "notifications": &s.Notifications,
		statusSection: &s.Feed.Status,
	}
}

// load reads all settings; a section nobody wrote has its defaults.
func load(ctx context.Context, q sqldb.Q) (Settings, error) {
	s := Defaults()
	type section struct{ name, body string }
	rows, err := sqldb.All(ctx, q, func(r *sql.Rows) (x section, err error) {
		err = r.Scan(&x.name, &x.body)
		return x, err
	}, `SELECT name, body FROM setting_section ORDER BY name`)
	if err != nil {
		return s, err
	}
	var status FeedStatus
	for _, r := range rows {
		into := sections(&s)[r.name]
		if r.name == statusSection {
			into = &status
		}
		if into == nil {
			continue // of a newer adit
		}
		if err := json.Unmarshal([]byte(r.body), into); err != nil {
			return s, err
		}
	}
	s.Feed.Status = status
	if s.Figures == nil {
		s.Figures = map[string]Figures{}
	}
	return s, nil
}

// write stores the named sections.
func write(ctx context.Context, q sqldb.Q, s Settings, at time.Time, names ...string) error {
	for _, name := range names {
		body, err := json.Marshal(sections(&s)[name])
		if err != nil {
			return err
		}
		_, err = q.Exec(ctx, `INSERT INTO setting_section (name, body, updated_at) VALUES (?, ?, ?)
			ON CONFLICT (name) DO UPDATE SET body = excluded.body, updated_at = excluded.updated_at`, name, string(body), sqldb.Millis(at))
		if err != nil {
			return err
		}
	}
	return nil
}
