package tsdb

import (
	"context"
	"log/slog"
)

// calm passes the engine's records on, its everyday "info" as "debug": normal operation is quiet.
type calm struct{ slog.Handler }

// Enabled implements slog.Handler.
func (c calm) Enabled(ctx context.Context, level slog.Level) bool {
	return c.Handler.Enabled(ctx, lower(level))
}

// afterKill is what the engine warns of after every end that was not tidy; it repairs what is to be repaired and says so.
const afterKill = "A lockfile from a previous execution already existed. It was replaced"

// Handle implements slog.Handler.
func (c calm) Handle(ctx context.Context, r slog.Record) error {
	r.Level = lower(r.Level)
	if r.Message == afterKill {
		r.Level = slog.LevelDebug
		if !c.Handler.Enabled(ctx, r.Level) {
			return nil
		}
	}
	return c.Handler.Handle(ctx, r)
}

// WithAttrs implements slog.Handler.
func (c calm) WithAttrs(attrs []slog.Attr) slog.Handler { return calm{c.Handler.WithAttrs(attrs)} }

// WithGroup implements slog.Handler.
func (c calm) WithGroup(name string) slog.Handler { return calm{c.Handler.WithGroup(name)} }

func lower(level slog.Level) slog.Level {
	if level >= slog.LevelInfo && level < slog.LevelWarn {
		return slog.LevelDebug
	}
	return level
}
