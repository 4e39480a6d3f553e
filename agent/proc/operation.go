package proc

import (
	"encoding/json"

	"github.com/adit-mining/adit"
)

// pageBytes bounds one answer with lines; JSON may need six bytes for one of text.
const pageBytes = maxReply / 8

// do carries out one operation. after, where not nil, goes on once the answer was sent.
func (c *session) do(req request) (result any, after func(), err error) {
	run := c.srv.run
	order := func(do func() error) (any, func(), error) { return nil, nil, run.post(c.ctx, do) }
	var why reasonArgs
	switch req.Op {
	case opPing:
		return nil, nil, nil
	case opStatus:
		s, _ := run.status.get()
		return s, nil, nil
	case opAttach:
		return c.attach()
	case opStop:
		return order(func() error { run.stop("stopped by the agent"); return nil })
	case opRelease:
		return order(run.release)
	case opRestart, opQuarantine:
		if err := decodeArgs(req, &why); err != nil {
			return nil, nil, err
		}
		if req.Op == opRestart {
			return order(func() error { return run.restart(why.Reason) })
		}
		return order(func() error { return run.quarantine(why.Reason) })
	case opLogs:
		return c.logs(req)
	case opFollow:
		return c.follow(req)
	case opStdin:
		return c.stdin(req)
	case opUpdate:
		return c.update(req)
	}
	return nil, nil, adit.Errorf(adit.Unsupported, "adit %s's shim does not know the operation %q", adit.Version, clean(req.Op, 64))
}

func (c *session) attach() (any, func(), error) {
	if !c.first(opAttach) {
		return nil, nil, adit.Errorf(adit.Conflict, "attached already")
	}
	var a attachReply
	if err := c.srv.run.post(c.ctx, func() error { a.Spec = c.srv.run.spec; return nil }); err != nil {
		return nil, nil, err
	}
	status, changed := c.srv.run.status.get()
	a.Status = status
	return a, func() { c.push(changed) }, nil
}

// push sends every new status; the last one, after which the shim ends, included.
func (c *session) push(changed <-chan struct{}) {
	for {
		select {
		case <-changed:
		case <-c.ctx.Done():
			return
		}
		var s Status
		s, changed = c.srv.run.status.get()
		raw, err := json.Marshal(s)
		if err != nil || c.send(message{Event: eventStatus, Result: raw}) != nil {
			_ = c.conn.Close()
			return
		}
		if s.Phase == Stopped {
			return
		}
	}
}

func (c *session) logs(req request) (any, func(), error) {
	var a logsArgs
	if err := decodeArgs(req, &a); err != nil {
		return nil, nil, err
	}
	if a.Limit < 0 {
		return nil, nil, adit.InvalidField("limit", "must not be negative")
	}
	lines, more, _ := c.srv.ring.page(a.After, a.Limit, pageBytes)
	return logsReply{Lines: lines, More: more}, nil, nil
}

func (c *session) follow(req request) (any, func(), error) {
	var a logsArgs
	if err := decodeArgs(req, &a); err != nil {
		return nil, nil, err
	}
	if !c.first(opFollow) {
		return nil, nil, adit.Errorf(adit.Conflict, "this connection follows already")
	}
	return nil, func() { c.pour(a.After) }, nil
}

// pour sends lines as they come. What the ring forgets before the follower has read it is lost to the follower.
func (c *session) pour(after uint64) {
	gone := c.srv.run.gone
	for {
		lines, _, more := c.srv.ring.page(after, 0, pageBytes)
		if len(lines) == 0 {
			if gone == nil {
				return
			}
			select {
			case <-more:
				continue
			case <-gone:
				gone = nil // one more look: nothing is added after this
				continue
			case <-c.ctx.Done():
				return
			}
		}
		after = lines[len(lines)-1].Seq
		raw, err := json.Marshal(logsReply{Lines: lines})
		if err != nil || c.send(message{Event: eventLines, Result: raw}) != nil {
			_ = c.conn.Close()
			return
		}
	}
}

func (c *session) stdin(req request) (any, func(), error) {
	var a stdinArgs
	if err := decodeArgs(req, &a); err != nil {
		return nil, nil, err
	}
	var to child
	err := c.srv.run.post(c.ctx, func() (err error) {
		to, err = c.srv.run.write(a.Data)
		return err
	})
	if err == nil {
		err = to.stdin(a.Data)
	}
	return nil, nil, err
}

func (c *session) update(req request) (any, func(), error) {
	var change Change
	if err := decodeArgs(req, &change); err != nil {
		return nil, nil, err
	}
	var s Spec
	err := c.srv.run.post(c.ctx, func() error {
		err := c.srv.run.update(change, c.srv.write)
		s = c.srv.run.spec
		return err
	})
	return s, nil, err
}
