package port

import (
	"errors"
	"net/netip"
	"sync"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/internal/wording"
)

const tlsHello = 0x16 // the first byte of a TLS connection; Stratum begins with '{'

// Conn is one miner's connection. Its methods may be called from any goroutine, except where they say otherwise.
type Conn struct {
	// Data is the handler's own, set in Open.
	Data any

	hall   *hall
	remote netip.AddrPort
	since  tick

	// Exactly one of them moves the bytes.
	wire *wire
	poll *poller
	fd   int32 // of poll

	// These belong to the reader.
	sniffed  bool
	opened   bool
	leaving  bool  // poll: the end was seen to, or it lingers
	begun    tick  // when the line began that has not ended yet; 0 = none has
	deadline tick  // poll: hung up on then
	flood    pace  //
	half     *half // poll: nil while no line is begun

	own score // guarded by Guard

	mu      sync.Mutex
	over    bool
	polite  bool // what waits is still written before the end
	settled bool
	paused  bool
	queued  bool // poll: it stands in the poller's list
	mailed  int  // poll: lines in its mail
	cause   error
	out     *backlog // nil while nothing waits
}

// half is what a poller holds of a line that has not ended yet, or of lines that wait for Resume.
type half struct {
	bytes    []byte
	searched int // so many without a line's end
}

// backlog waits to be written.
type backlog struct {
	bytes []byte
	since tick // poll: when it last became shorter
}

// tick is a moment, in nanoseconds since the server was made, on the clock that only goes forward.
type tick int64

func (t tick) after(d time.Duration) tick { return t + tick(d) }

// Remote is the miner's address; invalid where it has none.
func (c *Conn) Remote() netip.AddrPort { return c.remote }

// Since is when it connected.
func (c *Conn) Since() time.Time { return c.hall.born.Add(time.Duration(c.since)) }

// TLS returns "TLS 1.3" or the like, "" for a plain connection. It is known from Open on.
func (c *Conn) TLS() string {
	if c.wire == nil {
		return ""
	}
	return c.wire.version
}

// Settle says that the miner has logged in: from now on IdleTime counts instead of LoginTime.
func (c *Conn) Settle() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.settled = true
}

// Send writes a line, its end included, with one write, and never blocks: what the miner does not take at once waits in
// a bounded backlog. It reports false after the end, and keeps nothing of line.
func (c *Conn) Send(line []byte) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.send(line)
}

// Reply is Send for what may wait a moment: a poller at work writes the line itself, after what it is about.
func (c *Conn) Reply(line []byte) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.over && c.post(line) {
		return true
	}
	return c.send(line)
}

// send is called with mu held.
func (c *Conn) send(line []byte) bool {
	if c.over {
		return false
	}
	if c.mailed > 0 && c.post(line) { // not past what stands there
		return true
	}
	return c.put(line)
}

// put writes a line now as far as the miner takes it, and keeps the rest. It is called with mu held.
func (c *Conn) put(line []byte) bool {
	if c.wire == nil && c.out == nil {
		n, err := c.write(line)
		if err != nil {
			c.end(adit.Errorf(adit.Unreachable, "cannot write to the miner: %w", err), false)
			return false
		}
		if line = line[n:]; len(line) == 0 {
			return true
		}
	}
	if c.out == nil {
		c.out = &backlog{since: c.hall.now()}
	}
	if len(c.out.bytes)+len(line) > maxBacklog {
		c.end(errSlow, false)
		return false
	}
	c.out.bytes = append(c.out.bytes, line...)
	if c.wire != nil {
		c.wire.flushSoon(c)
	}
	return true
}

// Close hangs up; polite: once what waits is written. The first reason stands.
func (c *Conn) Close(reason error, polite bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.end(reason, polite)
}

// Judge counts a share's outcome, and hangs up politely on who lies too often: its address is banned then where the rule
// says so.
func (c *Conn) Judge(o adit.ShareOutcome) {
	if c.hall.o.Guard.judge(c.remote.Addr(), &c.own, o) {
		c.Close(adit.Errorf(adit.Forbidden, "too many invalid shares"), true)
	}
}

// Pause stops reading after the line at hand, so that a handler may do something slow elsewhere first. It may only be
// called within Handler.Line.
func (c *Conn) Pause() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.paused = true
}

// Resume goes on reading.
func (c *Conn) Resume() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.paused {
		return
	}
	c.paused = false
	c.wake()
}

// wake tells the reader that something changed. It is called with mu held.
func (c *Conn) wake() {
	if c.wire != nil {
		c.wire.wake()
	} else {
		c.poll.push(c)
	}
}

// end is called with mu held.
func (c *Conn) end(reason error, polite bool) {
	if c.over {
		return
	}
	c.over, c.cause, c.polite = true, reason, polite
	if !polite {
		c.out = nil
	}
	if c.wire != nil {
		c.wire.ending(polite)
		return
	}
	c.poll.push(c)
}

// state is read by the reader between lines.
func (c *Conn) state() (over, paused, settled bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.over, c.paused, c.settled
}

// refuse says the port's own last words, then ends.
func (c *Conn) refuse(cause error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.refused(cause)
}

// refused is refuse with mu held.
func (c *Conn) refused(cause error) {
	if c.over {
		return
	}
	if w := c.hall.o.Words(cause); len(w) > 0 {
		c.send(w)
	}
	c.end(cause, true)
}

// take gives one line to the handler. It reports false where no more may come now.
func (c *Conn) take(line []byte, now tick) bool {
	if !c.flood.take(now, c.hall.every, c.hall.o.Burst) {
		c.refuse(adit.Errorf(adit.Forbidden, "a flood: more than %.0f lines per second%w", c.hall.o.Rate, silent{ErrFlood}))
		return false
	}
	if len(line) == 0 {
		return true
	}
	if !c.opened {
		if err := c.hall.o.Handler.Open(c); err != nil {
			c.Close(err, true)
			return false
		}
		c.opened = true
	}
	c.hall.o.Handler.Line(c, line)
	over, paused, _ := c.state()
	return !over && !paused
}

// banned is the error for an address that is shut out.
func banned(left time.Duration) error {
	return adit.Errorf(adit.Forbidden, "the address is banned for another %s%w", wording.Length(left), silent{ErrBanned})
}

// tooLong is the error for a line beyond most bytes.
func tooLong(most int) error {
	return adit.Errorf(adit.Invalid, "a line longer than %d bytes: this is not Stratum%w", most, silent{ErrTooLong})
}

// silent marks an error with its kind without more words.
type silent struct{ error }

func (silent) Error() string   { return "" }
func (s silent) Unwrap() error { return s.error }

// Why reading ended, in words.
var (
	errNoLogin  = errors.New("no login in time")
	errBegun    = errors.New("a line was begun and not ended")
	errIdle     = errors.New("idle for too long")
	errLeft     = errors.New("the miner closed the connection")
	errPlain    = errors.New("TLS, but this port is plain")
	errSlow     = adit.Errorf(adit.Timeout, "the miner reads too slowly")
	errStopping = adit.Errorf(adit.Unreachable, "the server stops")
)

// late says which patience ended.
func (c *Conn) late(settled bool) error {
	switch {
	case !settled:
		return errNoLogin
	case c.begun != 0:
		return errBegun
	}
	return errIdle
}

// patience is until when the next bytes must come: the login in all by LoginTime, later a whole line within IdleTime and
// a begun one within LoginTime, however slowly its bytes drip.
func (c *Conn) patience(now tick, settled, partial bool) tick {
	switch {
	case !partial:
		c.begun = 0
	case c.begun == 0:
		c.begun = now
	}
	switch {
	case !settled:
		return c.since.after(c.hall.o.LoginTime)
	case partial:
		return c.begun.after(c.hall.o.LoginTime)
	}
	return now.after(c.hall.o.IdleTime)
}
