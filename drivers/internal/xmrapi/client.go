package xmrapi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/device"
)

// maxAnswer bounds what is read of an answer.
const maxAnswer = 1 << 20

// Client speaks HTTP with one program on loopback; it uses no proxy and follows no redirect.
type Client struct {
	host, port, token string
	told              func() int
	who               string
	http              *http.Client
}

// NewClient makes a client for the address a. told is asked before each request for the port the program really took;
// 0 leaves the address's own, and a port 0 there means that it is not known yet. who is the program's name in errors.
// The address must be on loopback, because the token travels unencrypted.
func NewClient(a device.Address, who string, told func() int) (*Client, error) {
	u, err := url.Parse(a.URL)
	if err != nil || u.Scheme != "http" || u.Port() == "" || u.User != nil {
		return nil, adit.InvalidField("url", "give the API of %s as http://127.0.0.1:PORT", who)
	}
	if ip := net.ParseIP(u.Hostname()); ip == nil || !ip.IsLoopback() {
		return nil, adit.InvalidField("url", "%s is not a loopback address: the API of %s is for this computer only", u.Hostname(), who)
	}
	tr := &http.Transport{
		DialContext:     (&net.Dialer{Timeout: 2 * time.Second}).DialContext,
		MaxIdleConns:    2,
		IdleConnTimeout: 30 * time.Second,
		ReadBufferSize:  8 << 10,
	}
	return &Client{host: u.Hostname(), port: u.Port(), token: a.Token, told: told, who: who, http: &http.Client{
		Transport:     tr,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, // the token goes nowhere else
	}}, nil
}

// Close lets go of idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// base is where the program listens.
func (c *Client) base() (string, error) {
	port := c.port
	if n := c.told(); n != 0 {
		port = fmt.Sprint(n)
	}
	if port == "0" {
		return "", adit.Errorf(adit.Unreachable, "%s has not opened its API yet", c.who)
	}
	return "http://" + net.JoinHostPort(c.host, port), nil
}

// Get reads a path into to.
func (c *Client) Get(ctx context.Context, path string, to any) error {
	b, err := c.do(ctx, http.MethodGet, path, nil)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(b, to); err != nil {
		return adit.Errorf(adit.Refused, "the answer of %s to %s is not understood: %w", c.who, path, err)
	}
	return nil
}

// Put writes body, as JSON, to a path.
func (c *Client) Put(ctx context.Context, path string, body any) error {
	_, err := c.do(ctx, http.MethodPut, path, body)
	return err
}

// Call runs a JSON-RPC method; an answer with an error object is a refusal with the program's own words.
func (c *Client) Call(ctx context.Context, method string) error {
	b, err := c.do(ctx, http.MethodPost, "/json_rpc", map[string]any{"jsonrpc": "2.0", "id": 1, "method": method})
	if err != nil {
		return err
	}
	var r struct {
		Result json.RawMessage
		Error  *struct{ Message string }
	}
	if err := json.Unmarshal(b, &r); err != nil || r.Error == nil && r.Result == nil {
		return adit.Errorf(adit.Refused, "the answer of %s to %s is not understood", c.who, method)
	}
	if r.Error != nil {
		return adit.Errorf(adit.Refused, "%s refused to %s: %s", c.who, method, r.Error.Message)
	}
	return nil
}

func (c *Client) do(ctx context.Context, verb, path string, body any) ([]byte, error) {
	base, err := c.base()
	if err != nil {
		return nil, errors.Join(context.Cause(ctx), err)
	}
	var send io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return nil, fmt.Errorf("xmrapi: %w", err)
		}
		send = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, verb, base+path, send)
	if err != nil {
		return nil, fmt.Errorf("xmrapi: %w", err)
	}
	req.Header.Set("Authorization", "Bearer "+c.token)
	if body != nil {
		req.Header.Set("Content-Type", "application/json") // else 415: Httpd.cpp
	}
	res, err := c.http.Do(req)
	if err != nil {
		return nil, c.reached(ctx, err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	if err != nil {
		return nil, c.reached(ctx, err)
	}
	return b, c.verdict(res.StatusCode, path, b)
}

// reached puts a code on errors of the connection.
func (c *Client) reached(ctx context.Context, err error) error {
	var timeout interface{ Timeout() bool }
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return ctx.Err()
	case ctx.Err() != nil:
		return adit.Errorf(adit.Timeout, "%s did not answer in time: %w", c.who, ctx.Err())
	case errors.As(err, &timeout) && timeout.Timeout():
		return adit.Errorf(adit.Timeout, "%s did not answer in time: %w", c.who, err)
	}
	return adit.Errorf(adit.Unreachable, "%s does not answer: %w", c.who, err)
}

// verdict turns an HTTP status into an error. Source of the codes: src/base/api/Httpd.cpp and requests/HttpApiRequest.cpp.
func (c *Client) verdict(status int, path string, body []byte) error {
	switch {
	case len(body) > maxAnswer:
		return adit.Errorf(adit.Refused, "the answer of %s to %s is over %d bytes", c.who, path, maxAnswer)
	case status == http.StatusOK, status == http.StatusNoContent:
		return nil
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return adit.Errorf(adit.Unauthorized, "%s does not accept adit's token: another program may have taken its port; restart it", c.who)
	case status == http.StatusNotFound:
		return adit.Errorf(adit.Unsupported, "there is no %s: is it really %s that answers?", path, c.who)
	}
	return adit.Errorf(adit.Refused, "%s answered %s with %d %s", c.who, path, status, reason(body))
}

// reason finds the words of an error answer, {"status":400,"error":"…"}.
func reason(body []byte) string {
	var e struct{ Error string }
	if json.Unmarshal(body, &e) != nil {
		return ""
	}
	return strings.ToValidUTF8(e.Error[:min(len(e.Error), 300)], "")
}
