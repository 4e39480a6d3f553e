package noderpc

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"syscall"
	"unicode"

	"github.com/adit-mining/adit"
)

var (
	errSlow    = errors.New("no answer in time")
	errTooMuch = errors.New("the answer is larger than any a node gives")
)

// unreachable says why there is no answer, without what Go's HTTP client says.
func (c *Client) unreachable(ctx context.Context, err error) error {
	var dns *net.DNSError
	switch {
	case errors.Is(context.Cause(ctx), errSlow):
		return adit.Errorf(adit.Timeout, "the %s at %s did not answer in time: is it very busy, or the line down?", c.o.Name, c.o.Host)
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.Is(err, errTooMuch):
		return c.garbage("a call")
	case errors.Is(err, syscall.ECONNREFUSED):
		return adit.Errorf(adit.Unreachable, "nothing answers at %s: is the %s running there, with this RPC port?", c.o.Host, c.o.Name)
	case errors.As(err, &dns):
		return adit.Errorf(adit.Unreachable, "the name in %s is not known: is it spelt right?", c.o.Host)
	}
	return adit.Errorf(adit.Unreachable, "the %s at %s cannot be reached or hung up: see that it runs and that the address is right", c.o.Name, c.o.Host)
}

// judge reads the HTTP status. Bitcoin Core sends its JSON refusals with 500 and 404.
func (c *Client) judge(status int, raw []byte) error {
	switch {
	case status == http.StatusOK:
		return nil
	case status == http.StatusUnauthorized && c.o.User == "":
		return adit.Errorf(adit.Unauthorized, "the %s at %s wants a login: write %s://USER:PASSWORD@%s", c.o.Name, c.o.Host, c.o.Scheme, c.o.Host)
	case status == http.StatusUnauthorized:
		return adit.Errorf(adit.Unauthorized, "the %s at %s refuses the login: compare user and password with its configuration", c.o.Name, c.o.Host)
	case status == http.StatusForbidden:
		return adit.Errorf(adit.Forbidden, "the %s at %s lets this computer not ask: allow its address there", c.o.Name, c.o.Host)
	case status == http.StatusServiceUnavailable || status == http.StatusTooManyRequests:
		return adit.Errorf(adit.Unreachable, "the %s at %s has too much to do (HTTP %d)", c.o.Name, c.o.Host, status)
	case len(raw) > 0 && bytes.HasPrefix(bytes.TrimSpace(raw), []byte("{")):
		return nil // an answer of JSON-RPC, or garbage: found out by who reads it
	}
	return adit.Errorf(adit.Unreachable, "what answers at %s is no %s (HTTP %d): is this its RPC port?", c.o.Host, c.o.Name, status)
}

func (c *Client) garbage(what string) error {
	return adit.Errorf(adit.Unreachable, "what answers at %s says to %s what no %s would: is this its RPC port, and its version one that adit knows?", c.o.Host, what, c.o.Name)
}

// maxWords bounds how much of a node's words is repeated.
const maxWords = 200

// Printable keeps a node's own words fit for logs and pages.
func Printable(s string) string {
	s = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, s)
	if r := []rune(s); len(r) > maxWords {
		return string(r[:maxWords]) + "…"
	}
	return s
}
