package journal

import (
	"context"
	"strings"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/store/sqldb"
)

// Filter chooses entries; its zero value chooses the oldest hundred.
type Filter struct {
	After, Before int64     // numbers strictly between; 0 = no bound
	Severity      string    // at least this: "info" (or "") all, "warn" warn and crit, "crit" only these
	Subject       string    // a device's or rig's id; a rig's id takes in its devices. "" = any
	Kind          string    // how the kind begins, "miner." say. "" = any
	Since         time.Time // not older; zero = any age
	NewestFirst   bool
	Limit         int // 1 to MaxList; 0 = 100
}

// Find returns the entries that a filter chooses.
func (s *Service) Find(ctx context.Context, actor adit.Actor, f Filter) ([]Entry, error) {
	if err := actor.May(adit.ScopeRead); err != nil {
		return nil, err
	}
	if f.Limit == 0 {
		f.Limit = 100
	}
	if f.Limit < 0 || f.Limit > MaxList {
		return nil, adit.InvalidField("limit", "it must be 1 to %d", MaxList)
	}
	where, args, err := f.where()
	if err != nil {
		return nil, err
	}
	order := "seq"
	if f.NewestFirst {
		order = "seq DESC"
	}
	return sqldb.All(ctx, s.DB, scan, `SELECT seq, at, kind, severity, subject, actor, text, data, prev_hash, hash
		FROM journal_event WHERE `+where+` ORDER BY `+order+` LIMIT ?`, append(args, f.Limit)...)
}

// where makes the condition; what a person gave goes into args alone.
func (f Filter) where() (string, []any, error) {
	all, args := []string{"seq > ?"}, []any{f.After}
	add := func(condition string, values ...any) {
		all = append(all, condition)
		args = append(args, values...)
	}
	if f.Before > 0 {
		add("seq < ?", f.Before)
	}
	switch f.Severity {
	case "", "info":
	case "warn":
		add("severity IN ('warn', 'crit')")
	case "crit":
		add("severity = 'crit'")
	default:
		return "", nil, adit.InvalidField("severity", "it must be info, warn or crit")
	}
	if f.Subject != "" {
		below := f.Subject + "/"
		add("(subject = ? OR substr(subject, 1, ?) = ?)", f.Subject, len([]rune(below)), below)
	}
	if f.Kind != "" {
		add("substr(kind, 1, ?) = ?", len([]rune(f.Kind)), f.Kind)
	}
	if !f.Since.IsZero() {
		add("at >= ?", sqldb.Millis(f.Since))
	}
	return strings.Join(all, " AND "), args, nil
}
