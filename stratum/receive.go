package stratum

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/internal/wording"
	"github.com/adit-mining/adit/stratum/jsonline"
)

// take handles one line of a pool. An error ends the connection.
func (c *Client) take(line []byte, onJob func(Job)) error {
	if id, ok := quickOK(line); ok {
		c.mu.Lock()
		c.heard = time.Now()
		c.mu.Unlock()
		return c.settle(id, func() Verdict { return Verdict{Outcome: adit.ShareAccepted} })
	}
	m, err := parseMessage(line)
	if err != nil {
		return err
	}
	c.mu.Lock()
	c.heard = time.Now()
	c.mu.Unlock()
	switch {
	case m.Method == "job":
		return c.newJob(m.Params, onJob)
	case m.Method == "client.reconnect":
		// A pool, or who sits between, could send the work to itself this way; another pool is the owner's to choose.
		c.log.Warn("the pool asks to reconnect elsewhere; not followed")
		return nil
	case m.Method != "":
		c.log.Debug("unknown method from the pool", "method", jsonline.Clip(m.Method))
		if m.HasID() {
			return c.conn.Send(jsonline.Encode(wireAnswer{ID: m.ID, Version: "2.0", Error: &wireError{Code: -1, Message: "unknown method"}}))
		}
		return nil
	case m.HasID():
		return c.answer(m)
	}
	if text, bad := m.fault(); bad {
		c.log.Warn("the pool reports an error", "text", text)
		if Critical(text) {
			return adit.Errorf(adit.Refused, "the pool says: %s", text)
		}
	}
	return nil
}

// newJob takes a job, or ignores one it has already.
func (c *Client) newJob(raw json.RawMessage, onJob func(Job)) error {
	offered := c.pool.algorithms()
	var j Job
	if err := j.parse(raw, offered[0]); err != nil {
		return adit.Errorf(adit.CodeOf(err), "the pool sent a job that cannot be used: %w", err)
	}
	if !slices.Contains(offered, j.Algorithm) {
		return adit.Errorf(adit.Unsupported, "the pool sent a job of %s, which this engine did not offer (%s); mine the coin this pool is for with an engine that knows it", j.Algorithm, join(offered))
	}
	if j.Place != nil && !slices.Contains(c.pool.Extensions, NonceOffset) {
		return adit.Errorf(adit.Unsupported, "the pool moves the nonce of its jobs, which this miner did not offer")
	}
	j.Nicehash = j.Nicehash || c.pool.Nicehash && j.Place == nil
	c.mu.Lock()
	again := c.job.ID != "" && c.job.Same(j)
	c.jobAt = time.Now()
	if !again {
		c.job = j
	}
	c.mu.Unlock()
	if again {
		c.log.Debug("the pool sent a job again", "job", j.ID)
		return nil
	}
	onJob(j)
	return nil
}

// answer gives a reply to the call it belongs to.
func (c *Client) answer(m message) error {
	id, ok := m.Number()
	if !ok {
		c.log.Debug("an answer nobody waits for", "id", string(m.ID))
		return nil
	}
	return c.settle(id, func() Verdict { return verdictOf(m) })
}

// settle ends the call that waits for the answer of this id.
func (c *Client) settle(id int64, word func() Verdict) error {
	c.mu.Lock()
	k := c.pending[id]
	if k == nil {
		c.mu.Unlock()
		c.log.Debug("an answer nobody waits for", "id", id)
		return nil
	}
	delete(c.pending, id)
	took := time.Since(k.sent)
	c.ping = &took
	c.mu.Unlock()
	if k.verdict == nil && k.done == nil {
		return nil
	}
	v := word()
	v.RoundTrip = took
	if k.done != nil {
		k.done(v, nil)
	} else {
		k.verdict <- v
	}
	if Critical(v.Text) {
		return adit.Errorf(adit.Refused, "the pool says: %s", v.Text)
	}
	return nil
}

// verdictOf reads the answer to a submit.
func verdictOf(m message) Verdict {
	if text, bad := m.fault(); bad {
		return Verdict{Outcome: Classify(text), Text: text}
	}
	var yes bool
	if json.Unmarshal(m.Result, &yes) == nil && !jsonline.Absent(m.Result) {
		if yes {
			return Verdict{Outcome: adit.ShareAccepted}
		}
		return Verdict{Outcome: adit.ShareMalformed, Text: "refused without a reason"}
	}
	var w wireStatus
	if jsonline.Absent(m.Result) || json.Unmarshal(m.Result, &w) != nil {
		return Verdict{Outcome: adit.ShareMalformed, Text: "refused without a reason"}
	}
	if w.Status == "" || strings.EqualFold(w.Status, "OK") {
		return Verdict{Outcome: adit.ShareAccepted}
	}
	return Verdict{Outcome: Classify(w.Status), Text: jsonline.Clip(w.Status)}
}

// keep sends keepalives and watches for silence until the connection is over.
func (c *Client) keep() {
	every := c.pool.Keepalive
	if every == 0 && c.pings {
		every = keepaliveEach
	}
	var beat, deaf <-chan time.Time
	if every > 0 {
		t := time.NewTicker(every)
		defer t.Stop()
		beat = t.C
	}
	c.mu.Lock()
	silence := time.NewTimer(time.Until(c.jobAt.Add(jobTimeout)))
	c.mu.Unlock()
	defer silence.Stop()
	late := time.NewTicker(lateEach)
	defer late.Stop()
	var pinged time.Time
	for {
		select {
		case <-c.conn.Over():
			return
		case <-late.C:
			c.overdue()
		case <-beat:
			pinged = time.Now()
			if c.keepalive() && c.pings {
				deaf = time.After(responseTimeout)
			}
		case <-deaf:
			if c.last(&c.heard).Before(pinged) {
				c.conn.End(adit.Errorf(adit.Timeout, "the pool did not answer a keepalive within %s", wording.Length(responseTimeout)))
			}
		case <-silence.C:
			left := time.Until(c.last(&c.jobAt).Add(jobTimeout))
			if left <= 0 {
				c.conn.End(jsonline.Silent(jobTimeout))
				return
			}
			silence.Reset(left)
		}
	}
}

func (c *Client) last(t *time.Time) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return *t
}

// keepalive sends one; older ones without an answer are forgotten, as some pools never answer.
func (c *Client) keepalive() bool {
	c.mu.Lock()
	for id, k := range c.pending {
		if k.verdict == nil && k.done == nil {
			delete(c.pending, id)
		}
	}
	c.mu.Unlock()
	_, err := c.request("keepalived", map[string]string{"id": c.session}, &call{})
	return err == nil
}

func join(algorithms []adit.Algorithm) string {
	s := make([]string, len(algorithms))
	for i, a := range algorithms {
		s[i] = string(a)
	}
	return strings.Join(s, ", ")
}
