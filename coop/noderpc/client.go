package noderpc

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/adit-mining/adit"
)

// maxAnswer bounds what a node may send: a template of full blocks as hex is a tenth of it.
const maxAnswer = 64 << 20

// Options of a Client. Name, Scheme and Host are needed.
type Options struct {
	Name   string // what people call it: "Monero node"
	Scheme string // of its address for people: "monerod"
	Path   string // where JSON-RPC is spoken: "/json_rpc" or "/"
	Host   string // HOST:PORT

	User, Password string // "" = no login; never logged
	Digest         bool   // the login is HTTP digest, else basic

	Transport http.RoundTripper // nil = HTTP over TCP of its own; tests hand in one
}

// Client asks one node. Its methods may be called concurrently.
type Client struct {
	o    Options
	http *http.Client
	own  *http.Transport // nil where it was handed in
	id   atomic.Uint64
	ip   atomic.Value // string
	most int64        // maxAnswer

	// turn is held by one call at a time where the login is digest: monerod counts its requests, and one that comes out of
	// order is asked to log in again. Nil elsewhere.
	turn chan struct{}

	mu     sync.Mutex
	digest *challenge // the last one asked of us
}

// New checks the options. It does not speak to the node yet.
func New(o Options) (*Client, error) {
	host, port, err := net.SplitHostPort(o.Host)
	if n, perr := strconv.ParseUint(port, 10, 16); err != nil || host == "" || perr != nil || n == 0 {
		return nil, adit.InvalidField("pool.address", "host and port of the %s are expected: %s://HOST:PORT", o.Name, o.Scheme)
	}
	if o.User == "" && o.Password != "" || strings.ContainsAny(o.User, ":\"\\\r\n") {
		return nil, adit.InvalidField("pool.address", "the user's name for the %s is missing or has characters that a login cannot carry", o.Name)
	}
	c := &Client{o: o, most: maxAnswer, http: &http.Client{Transport: o.Transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
	if o.Digest && o.User != "" {
		c.turn = make(chan struct{}, 1)
	}
	if o.Transport == nil {
		c.own = &http.Transport{DialContext: (&net.Dialer{Timeout: 10 * time.Second}).DialContext, DisableCompression: true,
			MaxIdleConnsPerHost: 2, IdleConnTimeout: 90 * time.Second}
		if o.Digest && o.User != "" {
			c.own.MaxConnsPerHost = 1 // monerod's digest nonces belong to a connection
		}
		c.http.Transport = c.own
	}
	return c, nil
}

// Parse reads an address such as "monerod://USER:PASSWORD@HOST:PORT" into Host, User and Password of o, whose Scheme it
// must have. Its error repeats neither user nor password.
func (o *Options) Parse(address string) error {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Scheme != o.Scheme || u.Host == "":
		return adit.InvalidField("pool.address", "write %s://HOST:PORT; in a password write %%40 for @, %%2F for / and %%3A for :", o.Scheme)
	case u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.Fragment != "":
		return adit.InvalidField("pool.address", "nothing may follow the port")
	}
	o.Host = u.Host
	if u.User != nil {
		o.User = u.User.Username()
		o.Password, _ = u.User.Password()
	}
	return nil
}

// URL is the node's address for people, without the login.
func (c *Client) URL() string { return c.o.Scheme + "://" + c.o.Host }

// IP is the address that last answered, "" before that.
func (c *Client) IP() string {
	ip, _ := c.ip.Load().(string)
	return ip
}

// Close gives idle connections back.
func (c *Client) Close() {
	if c.own != nil {
		c.own.CloseIdleConnections()
	}
}

// Error is the node's own refusal of a call.
type Error struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
}

func (e *Error) Error() string { return e.Message + " (" + strconv.Itoa(e.Code) + ")" }

// CodeOf returns the code of a node's refusal, 0 where err is none.
func CodeOf(err error) int {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return 0
}

// Call makes one JSON-RPC call within the timeout. An *Error is the node's refusal; all others say in words why there is
// no answer. out may be nil.
func (c *Client) Call(ctx context.Context, timeout time.Duration, method string, params, out any) error {
	body, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": c.id.Add(1), "method": method, "params": params})
	if err != nil {
		return adit.Errorf(adit.Internal, "a call of %s cannot be written: %w", method, err)
	}
	raw, err := c.fetch(ctx, timeout, http.MethodPost, c.o.Path, body)
	if err != nil {
		return err
	}
	var answer struct {
		Result json.RawMessage `json:"result"`
		Error  *Error          `json:"error"`
	}
	if json.Unmarshal(raw, &answer) != nil || answer.Result == nil && answer.Error == nil {
		return c.garbage(method)
	}
	if answer.Error != nil {
		answer.Error.Message = Printable(answer.Error.Message)
		return answer.Error
	}
	if out != nil && json.Unmarshal(answer.Result, out) != nil {
		return c.garbage(method)
	}
	return nil
}

// Get reads a path that answers with a JSON object.
func (c *Client) Get(ctx context.Context, timeout time.Duration, path string, out any) error {
	raw, err := c.fetch(ctx, timeout, http.MethodGet, path, nil)
	if err != nil {
		return err
	}
	if json.Unmarshal(raw, out) != nil {
		return c.garbage(path)
	}
	return nil
}

// fetch asks and reads the whole answer; where the node asks for a digest login it asks again with one.
func (c *Client) fetch(ctx context.Context, timeout time.Duration, method, path string, body []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, timeout, errSlow)
	defer cancel()
	if c.turn != nil {
		select {
		case c.turn <- struct{}{}:
			defer func() { <-c.turn }()
		case <-ctx.Done():
			return nil, c.unreachable(ctx, context.Cause(ctx))
		}
	}
	for try := 0; ; try++ {
		status, header, raw, err := c.once(ctx, method, path, body)
		if err != nil {
			return nil, c.unreachable(ctx, err)
		}
		if status == http.StatusUnauthorized && c.o.Digest && c.o.User != "" && try < 2 && c.challenged(header) {
			continue
		}
		return raw, c.judge(status, raw)
	}
}

func (c *Client) once(ctx context.Context, method, path string, body []byte) (int, http.Header, []byte, error) {
	trace := &httptrace.ClientTrace{GotConn: func(i httptrace.GotConnInfo) {
		if host, _, err := net.SplitHostPort(i.Conn.RemoteAddr().String()); err == nil {
			c.ip.Store(host)
		}
	}}
	req, err := http.NewRequestWithContext(httptrace.WithClientTrace(ctx, trace), method, "http://"+c.o.Host+path, bytes.NewReader(body))
	if err != nil {
		return 0, nil, nil, err
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
	switch {
	case c.o.User == "":
	case c.o.Digest:
		if h := c.authorize(method, path); h != "" {
			req.Header.Set("Authorization", h)
		}
	default:
		req.SetBasicAuth(c.o.User, c.o.Password)
	}
	res, err := c.http.Do(req)
	if err != nil {
		return 0, nil, nil, err
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(res.Body, c.most+1))
	if err == nil && int64(len(raw)) > c.most {
		err = errTooMuch
	}
	return res.StatusCode, res.Header, raw, err
}
