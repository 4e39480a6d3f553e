package stratum

import (
	"encoding/hex"
	"strconv"
	"time"

	"github.com/adit-mining/adit/stratum/jsonline"
)

// lateEach is how often shares of Send are looked after: one is lost after 30 to 40 s.
const lateEach = 10 * time.Second

// Send sends shares in one write and does not wait: done is called once for each, with its index, when the pool answers
// it, or with an error where it never will. The calls come from the goroutine of Run or from whoever ends the
// connection, in no order, and must not block.
func (c *Client) Send(shares []Share, done func(i int, v Verdict, err error)) {
	calls := make([]call, len(shares))
	line := make([]byte, 0, 256*len(shares))
	c.mu.Lock()
	if err := c.conn.Alive(); err != nil {
		c.mu.Unlock()
		for i := range shares {
			done(i, Verdict{}, err)
		}
		return
	}
	now := time.Now()
	for i := range shares {
		c.id++
		calls[i] = call{sent: now, done: func(v Verdict, err error) { done(i, v, err) }}
		c.pending[c.id] = &calls[i]
		line = shares[i].append(line, c.id, c.session)
	}
	c.mu.Unlock()
	if err := c.conn.Send(line); err != nil {
		c.conn.End(err)
	}
}

// append writes the request that submits a share, with its end of line.
func (s *Share) append(b []byte, id int64, session string) []byte {
	b = append(b, `{"id":`...)
	b = strconv.AppendInt(b, id, 10)
	b = append(b, `,"jsonrpc":"2.0","method":"submit","params":{"id":`...)
	b = appendString(b, session)
	b = append(b, `,"job_id":`...)
	b = appendString(b, s.JobID)
	b = append(b, `,"nonce":"`...)
	b = hex.AppendEncode(b, s.Nonce)
	b = append(b, `","result":"`...)
	b = hex.AppendEncode(b, s.Result[:])
	b = append(b, '"')
	if s.Algorithm != "" {
		b = append(b, `,"algo":`...)
		b = appendString(b, string(s.Algorithm))
	}
	if s.Commitment != nil {
		b = append(b, `,"commitment":"`...)
		b = hex.AppendEncode(b, s.Commitment[:])
		b = append(b, '"')
	}
	return append(b, "}}\n"...)
}

// overdue ends the connection where a share of Send was not answered in time.
func (c *Client) overdue() {
	c.mu.Lock()
	late := false
	for _, k := range c.pending {
		late = late || k.done != nil && time.Since(k.sent) >= submitTimeout
	}
	c.mu.Unlock()
	if late {
		c.conn.End(jsonline.Late())
	}
}

// abandon answers what Send still waits for. It is called once, after the end.
func (c *Client) abandon() {
	var lost []*call
	c.mu.Lock()
	for id, k := range c.pending {
		if k.done != nil {
			lost = append(lost, k)
			delete(c.pending, id)
		}
	}
	c.mu.Unlock()
	for _, k := range lost {
		k.done(Verdict{}, c.conn.Unanswered())
	}
}
