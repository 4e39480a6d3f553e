package port

import "sync"

// mail is what others want written to a poller's connections while it is at work: it writes that between two turns, to
// sockets that it has just read from and that are still near to the processor. A poller that waits is not woken for it:
// the sender writes then.
type mail struct {
	mu      sync.Mutex
	busy    bool // the poller looks here before it waits
	text    []byte
	letters []letter

	// The other pair, the poller's own.
	lastText    []byte
	lastLetters []letter
}

// letter is one connection's part of the text.
type letter struct {
	to  *Conn
	end int // it begins where the one before ends
}

const mostMail = 256 << 10 // bytes of text kept for the next turns

// post leaves a line for the poller. It reports false where the sender must write itself. It is called with mu held.
func (c *Conn) post(line []byte) bool {
	if c.poll == nil || c.out != nil {
		return false
	}
	m := &c.poll.mail
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.busy {
		return false
	}
	m.text = append(m.text, line...)
	m.letters = append(m.letters, letter{c, len(m.text)})
	c.mailed++
	return true
}

// work says that from now on the poller looks here.
func (m *mail) work() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.busy = true
}

// rest reports whether the poller may wait: nothing is left to be written.
func (m *mail) rest() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.busy = len(m.letters) > 0
	return !m.busy
}

// take returns what was posted, until the next take.
func (m *mail) take() ([]byte, []letter) {
	clear(m.lastLetters)
	if cap(m.lastText) > mostMail { // a burst is over
		m.lastText, m.lastLetters = nil, nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.text, m.lastText = m.lastText[:0], m.text
	m.letters, m.lastLetters = m.lastLetters[:0], m.letters
	return m.lastText, m.lastLetters
}

// deliver writes what was posted.
func (p *poller) deliver() {
	text, letters := p.mail.take()
	from := 0
	for _, l := range letters {
		l.to.delivered(text[from:l.end])
		from = l.end
	}
}

// delivered writes a line that was posted; after the end too, if what waits is still to be written.
func (c *Conn) delivered(line []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.mailed--
	if c.fd < 0 || c.over && !c.polite {
		return
	}
	c.put(line)
	if c.over && c.mailed == 0 && c.out == nil {
		c.poll.push(c)
	}
}
