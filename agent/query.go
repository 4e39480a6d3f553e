package agent

import (
	"context"
	"encoding/json"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/agent/proc"
	"github.com/adit-mining/adit/device"
	"github.com/adit-mining/adit/link/bus"
	"github.com/adit-mining/adit/link/wire"
)

const (
	queryPatience = 10 * time.Second
	logLines      = 500 // where a query names no limit
	logLinesMax   = 2000
	queriesAtOnce = 16
)

// The kinds of queries.
var queries = map[string]func(*Agent, context.Context, wire.Query) (any, error){
	"logs":   (*Agent).logs,
	"doctor": (*Agent).doctor,
	"miners": (*Agent).miners,
	"render": (*Agent).rendered,

	wire.QueryPolicy:      (*Agent).policyAsked,
	wire.QuerySecurity:    (*Agent).security,
	wire.QueryConnections: (*Agent).connections,

	wire.QueryInstalls:  (*Agent).installs,
	wire.QueryCatalogue: (*Agent).catalogue,
	wire.QueryJob:       (*Agent).installJob,
}

// takeQuery is called by the bus for each question.
func (a *Agent) takeQuery(m bus.Msg) {
	q, err := wire.Unmarshal[wire.Query](m.Data)
	if err != nil {
		a.reply(m, wire.Unanswered(err))
		return
	}
	select {
	case a.asking <- struct{}{}:
	default:
		a.reply(m, wire.Answer{Code: adit.Unreachable, Reason: "the agent is busy with other questions"})
		return
	}
	a.loops.Go(func() {
		defer func() { <-a.asking }()
		a.reply(m, a.answer(q))
	})
}

func (a *Agent) answer(q wire.Query) wire.Answer {
	ctx, cancel := context.WithTimeout(a.run, queryPatience)
	defer cancel()
	ask, ok := queries[q.Kind]
	if !ok {
		return wire.Answer{Code: adit.Unsupported, Reason: "this agent knows no question " + q.Kind}
	}
	v, err := ask(a, ctx, q)
	var out wire.Answer
	if err == nil {
		out.Result, err = json.Marshal(v)
	}
	if err != nil {
		return wire.Unanswered(err)
	}
	return out
}

// logs returns a running program's lines, or what is on disk of one that does not run: without times then, numbered
// from 1.
func (a *Agent) logs(ctx context.Context, q wire.Query) (any, error) {
	u, err := a.unit(q.Device)
	if err != nil {
		return nil, err
	}
	limit := q.Limit
	if limit <= 0 {
		limit = logLines
	}
	limit = min(limit, logLinesMax)
	out := []wire.LogLine{}
	if p := u.running(); p != nil {
		lines, err := p.Logs(ctx, q.After, limit)
		for _, l := range lines {
			out = append(out, wire.LogLine{Seq: l.Seq, At: l.At, Text: l.Text})
		}
		return out, err
	}
	lines, err := a.sup.Tail(u.name, limit)
	for i, l := range lines {
		if n := uint64(i + 1); n > q.After {
			out = append(out, wire.LogLine{Seq: n, Text: l})
		}
	}
	return out, err
}

// rendered tells how a program would be run, and whether its driver refuses a setting. Nothing is written.
func (a *Agent) rendered(_ context.Context, q wire.Query) (any, error) {
	s, err := wire.Unmarshal[wire.StartArgs](q.Args)
	if err != nil {
		return nil, err
	}
	d, err := a.checkWish(&s)
	if err != nil {
		return nil, err
	}
	path, err := a.find(d, s.Name)
	if err != nil {
		path = ""
	}
	w := want{Args: s, Token: "(made at the start)"}
	l, err := a.launchOf(d, w, path)
	if err != nil {
		return nil, err
	}
	out := wire.Rendered{Path: path, Args: l.Args, Files: map[string]string{}}
	for name, content := range l.Files {
		out.Files[name] = string(content)
	}
	return out, nil
}

// miners lists the mining programs this build can drive, installed or not.
func (a *Agent) miners(ctx context.Context, _ wire.Query) (any, error) {
	out := []wire.Available{}
	for _, d := range a.o.Registry.Kind(device.KindSoftware) {
		out = append(out, a.available(ctx, d))
	}
	return out, nil
}

func (a *Agent) available(ctx context.Context, d device.Driver) wire.Available {
	v := wire.Available{Name: d.Name, Aliases: d.Aliases, FeePercent: d.FeePercent, Description: d.Description}
	path, err := a.find(d, d.Name)
	if err != nil {
		v.Why = reasonOf(err)
		a.installed(&v)
		return v
	}
	v.Path = path
	a.installed(&v)
	if d.Version == nil || v.Managed || !mayAsk(d.Name, a.account()) {
		return v
	}
	if err := a.shield(d.Name, "version", func() (err error) { v.Version, err = d.Version(ctx, path); return err }); err != nil {
		v.Why = reasonOf(err)
	}
	return v
}

// mayAsk reports whether a program found on this computer may be run only to hear its version. Where programs run as
// another user it would run as root: adit's own engine may, and of another program the version stays unknown.
func mayAsk(program string, as *proc.Account) bool { return as == nil || program == ownEngine }
