package bitcoin

import (
	"bytes"
	"encoding/json"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/internal/wording"
	"github.com/adit-mining/adit/stratum/jsonline"
)

// take handles one line of a pool. An error ends the connection.
func (c *Client) take(line []byte, onWork func(Work)) error {
	m, err := parseMessage(line)
	if err != nil {
		return err
	}
	if m.Method == "" {
		return c.answered(m)
	}
	switch m.Method {
	case "mining.notify":
		return c.newJob(m, onWork)
	case "mining.set_difficulty":
		return c.setDifficulty(m)
	case "mining.set_extranonce":
		return c.setExtranonce(m)
	case "mining.set_version_mask":
		return c.takeMask(m, onWork)
	case "client.reconnect":
		return c.redirected(m)
	case "client.show_message":
		if l, err := m.list(); err == nil && len(l) > 0 {
			c.log.Info("the pool says", "message", jsonline.Clip(loose(l, 0)))
		}
		return c.reply(m, true)
	case "client.get_version":
		agent, _ := c.subscribeParams()[0].(string)
		return c.reply(m, agent)
	case "mining.ping":
		return c.reply(m, "pong")
	}
	c.log.Debug("unknown method from the pool", "method", jsonline.Clip(m.Method))
	if !m.HasID() {
		return nil
	}
	return c.conn.Send(jsonline.Encode(reply{ID: m.ID, Error: &Fault{CodeOther, "unknown method"}}))
}

// reply answers a request of the pool; a notification gets nothing.
func (c *Client) reply(m message, result any) error {
	if !m.HasID() {
		return nil
	}
	return c.conn.Send(jsonline.Encode(reply{ID: m.ID, Result: result}))
}

// answered gives a reply to the call it belongs to.
func (c *Client) answered(m message) error {
	id, ok := m.Number()
	c.mu.Lock()
	k := c.pending[id]
	if !ok || k == nil {
		c.mu.Unlock()
		if f := m.fault(); f != nil {
			c.log.Warn("the pool reports an error", "text", f.Text)
		}
		return nil
	}
	delete(c.pending, id)
	took := time.Since(k.sent)
	c.info.Ping = &took
	c.mu.Unlock()
	if k.verdict == nil {
		return k.answer(m)
	}
	v := verdictOf(m)
	v.RoundTrip = took
	k.verdict <- v
	if v.Outcome == adit.ShareUnauthorized { // nothing more will be taken here
		return adit.Errorf(adit.Refused, "the pool says: %s", v.Text)
	}
	return nil
}

// newJob takes a job, or ignores one that is there already.
func (c *Client) newJob(m message, onWork func(Work)) error {
	if !c.subscribed {
		c.early = &m
		return nil
	}
	l, err := m.list()
	j := &Job{Extranonce1: c.next.one, Extranonce2Size: c.next.size, VersionMask: c.mask}
	if err == nil {
		err = j.parseNotify(l)
	}
	if err != nil {
		return adit.Errorf(adit.Invalid, "the pool sent a job that cannot be used: %w", err)
	}
	// Whatever the pool says of older work: with another extranonce1 it cannot know it any more.
	j.Clean = j.Clean || c.next.changed
	c.next.changed = false
	c.hand(Work{Job: j, Difficulty: c.difficulty, At: time.Now()}, onWork)
	return nil
}

// rework hands the job at hand on again; its difficulty and the time it came stay.
func (c *Client) rework(j *Job, onWork func(Work)) {
	w := c.Work()
	c.hand(Work{Job: j, Difficulty: w.Difficulty, At: w.At}, onWork)
}

// hand makes a job as it came the newest work and passes it on, unless nothing in it is new.
func (c *Client) hand(w Work, onWork func(Work)) {
	j := w.Job
	before := c.received
	c.received = j
	c.mu.Lock()
	if before != nil && before.same(j) && c.work.Difficulty == w.Difficulty {
		c.work.At = w.At
		c.mu.Unlock()
		return
	}
	c.mu.Unlock()
	if c.moved = c.moved + timeStep; before == nil || !before.alike(j) {
		c.moved = 0
	}
	if c.moved > 0 {
		later := *j
		later.Time += min(c.moved, mostTimeStep)
		w.Job = &later
	}
	c.mu.Lock()
	c.work = w
	c.mu.Unlock()
	onWork(w)
}

// The same header under another id, difficulty or mask is handed on with a later time, which pools take: miners begin a job
// anew, and would find and be paid for the same shares twice.
const (
	timeStep     = 10  // seconds
	mostTimeStep = 120 // seconds; NOMP takes 180 s ahead of its clock
)

func (c *Client) heardJob() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.work.At
}

// same reports whether two jobs are the same work. Clean is no part of it.
func (j *Job) same(o *Job) bool {
	return j.ID == o.ID && j.VersionMask == o.VersionMask && j.alike(o)
}

// alike reports whether the same headers can be made of two jobs.
func (j *Job) alike(o *Job) bool {
	return j.PrevHash == o.PrevHash && j.Version == o.Version && j.Bits == o.Bits && j.Time == o.Time &&
		j.Extranonce2Size == o.Extranonce2Size &&
		bytes.Equal(j.Extranonce1, o.Extranonce1) && bytes.Equal(j.Coinbase1, o.Coinbase1) &&
		bytes.Equal(j.Coinbase2, o.Coinbase2) && slices.Equal(j.Branches, o.Branches)
}

// setDifficulty is for the next job and those after it; NiceHash says so in as many words, ckpool keeps the old one for
// the jobs before.
func (c *Client) setDifficulty(m message) error {
	l, err := m.list()
	if err == nil {
		c.difficulty, err = parseDifficulty(l)
	}
	if err != nil {
		return adit.Errorf(adit.Invalid, "the pool sent a difficulty that cannot be used: %w", err)
	}
	return nil
}

// setExtranonce is for the next job, too.
func (c *Client) setExtranonce(m message) error {
	l, err := m.list()
	if err != nil {
		return adit.Errorf(adit.Invalid, "the pool sent an extranonce that cannot be used: %w", err)
	}
	one, size, err := parseExtranonce(l)
	if err != nil {
		return adit.Errorf(adit.Invalid, "the pool sent an extranonce that cannot be used: %w", err)
	}
	if !bytes.Equal(one, c.next.one) || size != c.next.size {
		c.next = extranonce{one, size, true}
	}
	return nil
}

func (c *Client) takeMask(m message, onWork func(Work)) error {
	l, err := m.list()
	if err != nil {
		return adit.Errorf(adit.Invalid, "the pool sent a version mask that cannot be used: %w", err)
	}
	mask, err := word(l, 0, "mask")
	if err != nil {
		return adit.Errorf(adit.Invalid, "the pool sent a version mask that cannot be used: %w", err)
	}
	return c.setMask(mask&c.asked.mask, onWork)
}

// setMask takes effect at once (BIP310): the job at hand is handed on again, and where bits were lost what was rolled
// before does not count any more.
func (c *Client) setMask(mask uint32, onWork func(Work)) error {
	was := c.mask
	c.mask = mask
	if c.received == nil || was == mask {
		return nil
	}
	j := *c.received
	j.VersionMask = mask
	j.Clean = was&^mask != 0
	c.rework(&j, onWork)
	return nil
}

// Redirect is why a Client ended that was sent on by client.reconnect, within the rule of Pool.FollowAnywhere.
type Redirect struct {
	URL  string        // where to
	Wait time.Duration // before that
}

// Error says it in words.
func (r *Redirect) Error() string {
	s := "the pool asks to reconnect to " + r.URL
	if r.Wait > 0 {
		s += " in " + wording.Length(r.Wait)
	}
	return s
}

// Unwrap gives it a code.
func (r *Redirect) Unwrap() error { return errRedirect }

var errRedirect = adit.Errorf(adit.Unreachable, "the pool asks to reconnect")

const mostWait = 5 * time.Minute // that a pool may ask for

// redirected reads client.reconnect: [], or [host, port, seconds to wait], where "" and 0 mean the same as now. Who sits
// between could send the work to itself this way, so another host must be a relative of this one.
func (c *Client) redirected(m message) error {
	l, err := m.list()
	if err != nil {
		return adit.Errorf(adit.Invalid, "the pool sent client.reconnect: %w", err)
	}
	scheme, host, at := c.pool.endpoint()
	from := host
	if to := loose(l, 0); to != "" {
		host = to
	}
	if p := loose(l, 1); p != "" && p != "0" {
		at = p
	}
	if n, err := strconv.ParseUint(at, 10, 16); err != nil || n == 0 || !hostname(host) {
		c.log.Warn("the pool asks to reconnect to what is no address; not followed", "host", jsonline.Clip(host), "port", jsonline.Clip(at))
		return c.reply(m, false)
	}
	if !c.pool.FollowAnywhere && !related(from, host) {
		c.log.Warn("the pool asks to reconnect to another domain; not followed", "host", jsonline.Clip(host), "port", at)
		return c.reply(m, false)
	}
	wait, _ := strconv.ParseFloat(loose(l, 2), 64)
	r := &Redirect{URL: scheme + "://" + net.JoinHostPort(host, at)}
	if wait > 0 {
		r.Wait = time.Duration(min(wait, mostWait.Seconds()) * float64(time.Second))
	}
	if err := c.reply(m, true); err != nil {
		return err
	}
	return r
}

// loose reads a parameter that may be a string or a number.
func loose(l []json.RawMessage, i int) string {
	if i >= len(l) || jsonline.Absent(l[i]) {
		return ""
	}
	var s string
	if json.Unmarshal(l[i], &s) == nil {
		return s
	}
	return string(l[i])
}

// hostname takes names and addresses, nothing that could be more of a URL.
func hostname(s string) bool {
	if s == "" || len(s) > 253 {
		return false
	}
	if net.ParseIP(s) != nil {
		return true
	}
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._"
	return strings.Trim(s, letters) == ""
}
