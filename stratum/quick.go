package stratum

import "github.com/adit-mining/adit"

// quickSubmit is a submit as miners write it, read without encoding/json. What it does not take goes the slow way and
// means the same there.
type quickSubmit struct {
	id     int64
	login  []byte // the strings point into the line
	job    []byte
	nonce  []byte
	result []byte
	algo   []byte
}

// cursor walks over one line.
type cursor struct{ rest []byte }

func (c *cursor) skip(b byte) bool {
	if len(c.rest) == 0 || c.rest[0] != b {
		return false
	}
	c.rest = c.rest[1:]
	return true
}

// text reads a string without escapes, of printable ASCII.
func (c *cursor) text() ([]byte, bool) {
	if !c.skip('"') {
		return nil, false
	}
	for i, b := range c.rest {
		if b == '"' {
			s := c.rest[:i]
			c.rest = c.rest[i+1:]
			return s, true
		}
		if b < ' ' || b > '~' || b == '\\' {
			return nil, false
		}
	}
	return nil, false
}

// number reads an integer in its only spelling, of at most 18 digits.
func (c *cursor) number() (n int64, ok bool) {
	i := 0
	for ; i < len(c.rest) && c.rest[i] >= '0' && c.rest[i] <= '9'; i++ {
		if i == 18 || i == 1 && n == 0 {
			return 0, false
		}
		n = 10*n + int64(c.rest[i]-'0')
	}
	c.rest = c.rest[i:]
	return n, i > 0
}

// parse reads a line. False: go the slow way.
func (q *quickSubmit) parse(line []byte) bool {
	c := cursor{line}
	if !c.skip('{') {
		return false
	}
	var method []byte
	hasID := false
	for {
		name, ok := c.text()
		if !ok || !c.skip(':') {
			return false
		}
		switch string(name) {
		case "id":
			if hasID {
				return false
			}
			q.id, hasID = c.number()
			ok = hasID
		case "jsonrpc":
			_, ok = c.text()
		case "method":
			ok = method == nil
			if ok {
				method, ok = c.text()
			}
		case "params":
			ok = q.login == nil && q.readParams(&c)
		default:
			return false
		}
		switch {
		case !ok:
			return false
		case c.skip('}'):
			return len(c.rest) == 0 && hasID && string(method) == "submit" && q.job != nil && q.nonce != nil && q.result != nil && q.login != nil
		case !c.skip(','):
			return false
		}
	}
}

func (q *quickSubmit) readParams(c *cursor) bool {
	if !c.skip('{') {
		return false
	}
	for {
		name, ok := c.text()
		if !ok || !c.skip(':') {
			return false
		}
		var into *[]byte
		switch string(name) {
		case "id":
			into = &q.login
		case "job_id":
			into = &q.job
		case "nonce":
			into = &q.nonce
		case "result":
			into = &q.result
		case "algo":
			into = &q.algo
		default:
			return false
		}
		if *into != nil {
			return false
		}
		if *into, ok = c.text(); !ok {
			return false
		}
		if c.skip('}') {
			return true
		}
		if !c.skip(',') {
			return false
		}
	}
}

// dehex decodes exactly as many bytes as into has.
func dehex(into, digits []byte) bool {
	if len(digits) != 2*len(into) {
		return false
	}
	for i := range into {
		hi, lo := nibble(digits[2*i]), nibble(digits[2*i+1])
		if hi|lo > 15 {
			return false
		}
		into[i] = hi<<4 | lo
	}
	return true
}

func nibble(c byte) byte {
	switch {
	case c >= '0' && c <= '9':
		return c - '0'
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10
	}
	return 255
}

// share makes the share. jobID is an id the caller holds already, so that it need not be copied once more.
func (q *quickSubmit) share(jobID string) (s Share, ok bool) {
	if len(q.job) == 0 || len(q.job) > maxJobID || len(q.nonce) != 8 && len(q.nonce) != 16 || len(q.algo) > maxAlgorithm {
		return s, false
	}
	s.Nonce = make([]byte, len(q.nonce)/2)
	if !dehex(s.Nonce, q.nonce) || !dehex(s.Result[:], q.result) {
		return s, false
	}
	s.JobID = jobID
	if jobID != string(q.job) {
		s.JobID = string(q.job)
	}
	s.Algorithm = adit.RandomX
	if string(q.algo) != string(adit.RandomX) {
		s.Algorithm = adit.Algorithm(q.algo)
	}
	return s, true
}

// quickOK reads the answer to a share that was taken, as most pools write it. False: go the slow way.
func quickOK(line []byte) (id int64, ok bool) {
	const head, tail = `{"id":`, `,"jsonrpc":"2.0","error":null,"result":{"status":"OK"}}`
	if len(line) < len(head)+len(tail) || string(line[:len(head)]) != head || string(line[len(line)-len(tail):]) != tail {
		return 0, false
	}
	c := cursor{line[len(head) : len(line)-len(tail)]}
	id, ok = c.number()
	return id, ok && len(c.rest) == 0
}
