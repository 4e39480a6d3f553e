package api

import (
	"io"
	"net/http"
	"time"
)

// How long the other side of a body that may be long may do nothing, and how long it has for a short one.
const (
	bodyStall = time.Minute
	formWait  = 10 * time.Second
)

// patient reads or writes a body as long as the other side goes on. What it holds meanwhile, others cannot have.
type patient struct {
	r io.Reader
	w io.Writer
	c *http.ResponseController // nil = there is no connection
}

// Read implements io.Reader.
func (p patient) Read(b []byte) (int, error) {
	if p.c != nil {
		_ = p.c.SetReadDeadline(time.Now().Add(bodyStall)) // a connection without deadlines waits
	}
	return p.r.Read(b)
}

// Write implements io.Writer.
func (p patient) Write(b []byte) (int, error) {
	if p.c != nil {
		_ = p.c.SetWriteDeadline(time.Now().Add(bodyStall))
	}
	return p.w.Write(b)
}

// done takes the deadlines back: the next answer on the connection has none.
func (p patient) done() {
	if p.c != nil {
		_ = p.c.SetReadDeadline(time.Time{})
		_ = p.c.SetWriteDeadline(time.Time{})
	}
}
