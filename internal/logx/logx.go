package logx

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"

	"golang.org/x/term"
	"gopkg.in/natefinch/lumberjack.v2"

	"github.com/adit-mining/adit"
)

// Options for New, as the flags --log-level, --log-format and --log-file give them.
type Options struct {
	// Level is the least that is written: debug, info, warn or error; "" is info.
	Level string
	// Format of what goes to Out: "text", "json", or "" for text on a terminal and JSON off it.
	Format string
	// File also gets the log, always as JSON, readable by the owner only; at 10 MiB it is rotated and three old files
	// are kept. "" is none.
	File string
	// Out is where the log goes; nil is standard error.
	Out io.Writer
}

// Log is a logger whose level may be changed while it runs.
type Log struct {
	*slog.Logger
	Level *slog.LevelVar
	file  *lumberjack.Logger
}

// New makes a logger. Close it at the end.
func New(o Options) (*Log, error) {
	level, err := ParseLevel(o.Level)
	if err != nil {
		return nil, err
	}
	l := &Log{Level: new(slog.LevelVar)}
	l.Level.Set(level)
	out, err := outHandler(o, l.Level)
	if err != nil {
		return nil, err
	}
	handlers := []slog.Handler{out}
	if o.File != "" {
		if err := writable(o.File); err != nil {
			return nil, err
		}
		l.file = &lumberjack.Logger{Filename: o.File, MaxSize: 10, MaxBackups: 3}
		handlers = append(handlers, slog.NewJSONHandler(l.file, &slog.HandlerOptions{Level: l.Level}))
	}
	l.Logger = slog.New(discreet{slog.NewMultiHandler(handlers...)})
	return l, nil
}

// Close closes the log file; the logger still writes to Out.
func (l *Log) Close() error {
	if l.file == nil {
		return nil
	}
	return l.file.Close()
}

// ParseLevel reads a level's name, in any case.
func ParseLevel(s string) (slog.Level, error) {
	switch strings.ToLower(s) {
	case "debug":
		return slog.LevelDebug, nil
	case "", "info":
		return slog.LevelInfo, nil
	case "warn", "warning":
		return slog.LevelWarn, nil
	case "error":
		return slog.LevelError, nil
	}
	return 0, adit.InvalidField("log-level", "%q is none of debug, info, warn, error", s)
}

func outHandler(o Options, level slog.Leveler) (slog.Handler, error) {
	out := o.Out
	if out == nil {
		out = os.Stderr
	}
	f, isFile := out.(*os.File)
	tty := isFile && term.IsTerminal(int(f.Fd()))
	switch o.Format {
	case "text":
	case "json":
		return slog.NewJSONHandler(out, &slog.HandlerOptions{Level: level}), nil
	case "":
		if !tty {
			return slog.NewJSONHandler(out, &slog.HandlerOptions{Level: level}), nil
		}
	default:
		return nil, adit.InvalidField("log-format", "%q is none of text, json", o.Format)
	}
	colour := tty && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
	return NewTerminal(out, level, colour), nil
}

// writable tells at the start, not at the first line, that the log file cannot be written.
func writable(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return &adit.Error{Code: adit.Invalid, Field: "log-file", Msg: fmt.Sprintf("log-file: it cannot be written: %v", errors.Unwrap(err)), Err: err}
	}
	return f.Close()
}
