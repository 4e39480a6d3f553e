package logx_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/internal/logx"
)

// lumberjack has a goroutine per file that rotates and never ends; a program has one such file.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("gopkg.in/natefinch/lumberjack%2ev2.(*Logger).millRun"))
}

func logger(t *testing.T, o logx.Options) (*logx.Log, *bytes.Buffer) {
	t.Helper()
	var out bytes.Buffer
	o.Out = &out
	l, err := logx.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return l, &out
}

func TestJSONOffTheTerminal(t *testing.T) {
	l, out := logger(t, logx.Options{})
	l.Debug("not shown")
	l.With(logx.KeyRig, "r1").Info("started", logx.KeyPID, 7, logx.Err(errors.New("no")))
	var line map[string]any
	if err := json.Unmarshal(out.Bytes(), &line); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if line["msg"] != "started" || line["level"] != "INFO" || line["rig"] != "r1" || line["pid"] != 7.0 || line["err"] != "no" {
		t.Errorf("got %s", out)
	}
}

func TestTextForPeople(t *testing.T) {
	l, out := logger(t, logx.Options{Format: "text", Level: "debug"})
	at := time.Date(2026, 11, 21, 12, 30, 5, 0, time.Local)
	f := func(level slog.Level, msg, want string, args ...any) {
		t.Helper()
		out.Reset()
		r := slog.NewRecord(at, level, msg, 0)
		r.Add(args...)
		if err := l.With("a", 1).WithGroup("g").Handler().Handle(t.Context(), r); err != nil {
			t.Error(err)
		}
		if got := out.String(); got != want+"\n" {
			t.Errorf("got  %q\nwant %q", got, want)
		}
	}
	f(slog.LevelInfo, "ready", "12:30:05 ready a=1")
	f(slog.LevelWarn, "slow", `12:30:05 WARN slow a=1 g.took=2s g.why="two words"`, "took", 2*time.Second, "why", "two words")
	f(slog.LevelError, "bad", `12:30:05 ERROR bad a=1 g.in.x="" g.err="a=b"`, slog.Group("in", "x", ""), logx.Err(errors.New("a=b")))
	f(slog.LevelDebug, "nil", `12:30:05 DEBUG nil a=1 g.err=<nil> g.at=2026-11-21T12:30:05Z`, "err", error(nil), "at", time.Date(2026, 11, 21, 12, 30, 5, 0, time.UTC))
	f(slog.LevelInfo, "from a pool: \x1b[2J\nFAKE line", `12:30:05 from a pool: \x1b[2J\nFAKE line a=1 g.text="\x1b]0;title\a"`, "text", "\x1b]0;title\a")
}

func TestLevelMayChange(t *testing.T) {
	l, out := logger(t, logx.Options{Format: "text", Level: "Warn"})
	l.Info("hidden")
	l.Level.Set(slog.LevelDebug)
	l.Debug("shown")
	if got := out.String(); strings.Contains(got, "hidden") || !strings.Contains(got, "shown") {
		t.Errorf("got %q", got)
	}
}

type nilStringer struct{ s string }

func (n *nilStringer) String() string { return n.s }

func TestSecretsDoNotGetThrough(t *testing.T) {
	const secret = "hunter2hunter2"
	for _, format := range []string{"text", "json"} {
		l, out := logger(t, logx.Options{Format: format, Level: "debug", File: filepath.Join(t.TempDir(), "adit.log")})
		l.Info("a", "password", secret, "Pool.Pass", "x", "pass", secret, "rigToken", secret, "Authorization", "Bearer "+secret)
		l.Info("b", slog.Group("deep", slog.Group("er", "secret", secret), "cookie", []byte(secret)), "apiKey", []string{secret})
		l.With("token", secret).WithGroup("g").With("dsn", secret).Info("c")
		l.Info("open http://127.0.0.1:8080/#token="+secret+" now", "url", "postgres://adit:"+secret+"@host/db")
		l.Info("d", logx.Err(fmt.Errorf("dial stratum+tcp://w:%s@pool:3333: %w", secret, errors.New("refused"))), "header", "bearer "+secret, "query", "a=1&password="+secret+"&b=2")
		l.Info("e", "typed", logx.Secret(secret), "formatted", fmt.Sprintf("%v %s %#v", logx.Secret(secret), logx.Secret(secret), logx.Secret(secret)))
		l.Info("f", "nil", (*nilStringer)(nil))
		got := out.String()
		if strings.Contains(got, secret) {
			t.Errorf("%s shows the secret:\n%s", format, got)
		}
		for _, keep := range []string{"//127.0.0.1:8080/#token=[hidden] now", "postgres://adit:[hidden]@host/db", "refused", "b=2", "[hidden]"} {
			if !strings.Contains(strings.ReplaceAll(got, `\u0026`, "&"), keep) {
				t.Errorf("%s lost %q:\n%s", format, keep, got)
			}
		}
	}
	l, out := logger(t, logx.Options{Format: "text"})
	l.Info("x", "tokens", 3, "passwordSet", true, "bypass", "road", "mail", "a@b.c")
	if !strings.HasSuffix(out.String(), "x tokens=3 passwordSet=true bypass=road mail=a@b.c\n") {
		t.Errorf("hides what is no secret: %q", out)
	}
}

func TestFileIsPrivateAndRotated(t *testing.T) {
	path := filepath.Join(t.TempDir(), "adit.log")
	l, _ := logger(t, logx.Options{File: path, Format: "text"})
	line := strings.Repeat("x", 1<<10)
	for range 11 << 10 { // 11 MiB
		l.Info(line)
	}
	files, _ := filepath.Glob(filepath.Join(filepath.Dir(path), "*"))
	if len(files) != 2 {
		t.Errorf("found %v, want the log and one old one", files)
	}
	for _, f := range files {
		info, err := os.Stat(f)
		if err != nil || info.Mode().Perm()&0o077 != 0 || info.Size() > 10<<20 {
			t.Errorf("%s: %v, %d bytes, %v", f, info.Mode(), info.Size(), err)
		}
	}
	b, _ := os.ReadFile(path)
	if first, _, _ := bytes.Cut(b, []byte("\n")); !json.Valid(first) {
		t.Errorf("the file is not JSON: %.80s", first)
	}
}

func TestBadOptionsAreExplained(t *testing.T) {
	f := func(o logx.Options, want string) {
		t.Helper()
		if _, err := logx.New(o); adit.CodeOf(err) != adit.Invalid || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %q", o, err, want)
		}
	}
	f(logx.Options{Level: "loud"}, `log-level: "loud" is none of debug, info, warn, error`)
	f(logx.Options{Format: "xml"}, `log-format: "xml" is none of text, json`)
	f(logx.Options{File: filepath.Join(t.TempDir(), "no", "dir.log")}, "log-file: it cannot be written")
}
