package api

import (
	"context"
	"net/http"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/api/body"
	"github.com/adit-mining/adit/fleet/command"
	"github.com/adit-mining/adit/fleet/journal"
)

// DeviceInput is the input of operations on one device of one rig; exported, because huma passes over what is embedded
// under an unexported name.
type DeviceInput struct {
	Rig  string `path:"rig" maxLength:"64" doc:"id of the computer"`
	Name string `path:"name" maxLength:"64" doc:"instance name"`
}

func (d DeviceInput) target() command.Target {
	return command.Target{Rig: adit.RigID(d.Rig), Name: d.Name}
}

func (s *server) deviceRoutes() {
	const base = "/api/v1/devices/{rig}/{name}"
	verbs := []struct {
		verb, done, summary string
		do                  func(context.Context, adit.Actor, command.Target) error
	}{
		{"restart", "restarted", "Stop a program and start it again", s.restart},
		{"release", "released", "Take a program out of quarantine", s.release},
		{"stop", "stopped", "Stop a program; it stays stopped", s.stopDevice},
		{"start", "started", "Start a stopped program again, with what it was started with", s.startAgain},
	}
	for _, v := range verbs {
		register(s, op("device-"+v.verb, http.MethodPost, base+"/"+v.verb, v.summary, tagOwn), adit.ScopeControl,
			func(ctx context.Context, actor adit.Actor, in *DeviceInput) (*answer[body.Done], error) {
				return give(body.Done{Status: v.done, Name: in.Name}, v.do(ctx, actor, in.target()))
			})
	}
	register(s, op("device-pools", http.MethodPut, base+"/pools", "Replace the pools of a running program, without a restart", tagOwn),
		adit.ScopeControl, s.setPools)
	register(s, op("device-log", http.MethodGet, base+"/log", "A program's output", tagOwn), adit.ScopeRead, s.deviceLog)
}

func (s *server) restart(ctx context.Context, actor adit.Actor, t command.Target) error {
	return s.Command.Restart(ctx, actor, t)
}

func (s *server) release(ctx context.Context, actor adit.Actor, t command.Target) error {
	return s.Command.Release(ctx, actor, t)
}

func (s *server) stopDevice(ctx context.Context, actor adit.Actor, t command.Target) error {
	return s.Command.Stop(ctx, actor, t)
}

// poolsInput is the input of new pools.
type poolsInput struct {
	DeviceInput
	Body body.PoolsRequest
}

func (s *server) setPools(ctx context.Context, actor adit.Actor, in *poolsInput) (*answer[body.Done], error) {
	err := s.Command.SetPools(ctx, actor, in.target(), in.Body.Coin, command.Pools(in.Body.Pools))
	return give(body.Done{Status: "set", Name: in.Name}, err)
}

// deviceLogInput is the input of a program's output.
type deviceLogInput struct {
	DeviceInput
	After uint64 `query:"after" doc:"only lines with a greater number"`
	Limit int    `query:"limit" minimum:"1" maximum:"5000" doc:"the newest so many of them; absent: 500"`
}

func (s *server) deviceLog(ctx context.Context, actor adit.Actor, in *deviceLogInput) (*answer[body.Log], error) {
	lines, err := s.Command.Logs(ctx, actor, in.target(), in.After, in.Limit)
	out := body.Log{Lines: make([]body.LogLine, 0, len(lines)), Next: in.After}
	for _, l := range lines {
		out.Lines = append(out.Lines, body.LogLine{Seq: l.Seq, At: l.At, Text: l.Text})
		out.Next = max(out.Next, l.Seq)
	}
	return give(out, err)
}

func (s *server) journalRoutes() {
	register(s, op("journal", http.MethodGet, "/api/v1/journal", "What happened", tagOwn), adit.ScopeRead, s.journal)
	register(s, op("journal-check", http.MethodGet, "/api/v1/journal/check", "Whether the journal is whole", tagOwn), adit.ScopeRead,
		func(ctx context.Context, actor adit.Actor, _ *none) (*answer[body.JournalCheck], error) {
			c, err := s.Journal.Verify(ctx, actor)
			return give(body.JournalCheck{Whole: c.Whole, Checked: c.Checked, Words: c.Words}, err)
		})
}

// journalInput is the input of a piece of the journal.
type journalInput struct {
	After    int64     `query:"after" minimum:"0" doc:"only entries with a greater number"`
	Before   int64     `query:"before" minimum:"0" doc:"only entries with a smaller number; 0: no bound"`
	Order    string    `query:"order" enum:"oldest,newest" doc:"what comes first; absent: the oldest"`
	Severity string    `query:"severity" enum:"info,warn,crit" doc:"at least this; absent: all"`
	Subject  string    `query:"subject" maxLength:"256" doc:"a device's or rig's id; a rig takes in its devices"`
	Kind     string    `query:"kind" maxLength:"64" doc:"how the kind begins: miner. say"`
	Since    time.Time `query:"since" doc:"only entries that are not older"`
	Limit    int       `query:"limit" minimum:"1" maximum:"1000" doc:"absent: 100"`
}

func (s *server) journal(ctx context.Context, actor adit.Actor, in *journalInput) (*answer[[]body.Event], error) {
	list, err := s.Journal.Find(ctx, actor, journal.Filter{After: in.After, Before: in.Before, Severity: in.Severity,
		Subject: in.Subject, Kind: in.Kind, Since: in.Since, NewestFirst: in.Order == "newest", Limit: in.Limit})
	out := make([]body.Event, 0, len(list))
	for _, e := range list {
		out = append(out, body.Event{Seq: e.Seq, At: e.At, Kind: e.Kind, Severity: e.Severity, Subject: e.Subject, Actor: e.Actor, Text: e.Text, Hash: e.Hash})
	}
	return give(out, err)
}

func (s *server) startAgain(ctx context.Context, actor adit.Actor, t command.Target) error {
	return s.Command.StartAgain(ctx, actor, t)
}
