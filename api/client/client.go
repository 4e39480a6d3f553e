package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/api/body"
)

// maxAnswer bounds an answer in bytes.
const maxAnswer = 64 << 20

// Client talks to one server. Its methods may be called from several goroutines.
type Client struct {
	base  *url.URL
	token string
	http  *http.Client
}

// New makes a client of the server at baseURL ("http://127.0.0.1:8080"). It contacts nothing. token "" = none.
func New(baseURL, token string) (*Client, error) {
	u, err := url.Parse(strings.TrimRight(baseURL, "/"))
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, adit.InvalidField("server", "it is no server address: write http://HOST:PORT")
	}
	return &Client{base: u, token: token, http: &http.Client{
		Timeout:       2 * time.Minute,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// BaseURL is the address of the server.
func (c *Client) BaseURL() string { return c.base.String() }

// Error is the server's refusal. Code is the kind of error, Detail its words, Field the part of the request at fault.
type Error struct {
	Status int
	Code   adit.Code
	Detail string
	Field  string
	Fields []body.ProblemField
}

// Error returns the server's words.
func (e *Error) Error() string { return e.Detail }

// Unwrap makes adit.CodeOf and adit.AsError work.
func (e *Error) Unwrap() error { return &adit.Error{Code: e.Code, Field: e.Field, Msg: e.Detail} }

// call sends one request and decodes the answer into out, which may be nil.
func (c *Client) call(ctx context.Context, method, path string, in, out any) error {
	var content io.Reader
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return err
		}
		content = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.base.String()+path, content)
	if err != nil {
		return err
	}
	req.Header.Set("Accept", "application/json")
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	res, err := c.http.Do(req)
	if err != nil {
		return c.unreachable(ctx, err)
	}
	defer res.Body.Close()
	return c.answer(ctx, res, out)
}

func (c *Client) unreachable(ctx context.Context, err error) error {
	var ue *url.Error
	if errors.As(err, &ue) {
		err = ue.Err // without the method and the address, said below
	}
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, context.DeadlineExceeded), ue != nil && ue.Timeout():
		return adit.Errorf(adit.Timeout, "%s did not answer in time", c.base)
	}
	return adit.Errorf(adit.Unreachable, "%s does not answer: %w", c.base, err)
}

func (c *Client) answer(ctx context.Context, res *http.Response, out any) error {
	b, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	switch {
	case err != nil:
		return c.unreachable(ctx, err)
	case len(b) > maxAnswer:
		return adit.Errorf(adit.Internal, "the answer of %s is too big", c.base)
	case res.StatusCode >= 300:
		return c.refusal(res, b)
	case out == nil:
		return nil
	}
	if err := json.Unmarshal(b, out); err != nil {
		return adit.Errorf(adit.Internal, "the answer of %s cannot be read; is it adit, and of this version? %w", c.base, err)
	}
	return nil
}

func (c *Client) refusal(res *http.Response, b []byte) error {
	e := &Error{Status: res.StatusCode, Code: codeOf(res.StatusCode)}
	var p body.Problem
	if ct, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type")); strings.HasSuffix(ct, "json") && json.Unmarshal(b, &p) == nil {
		e.Detail, e.Fields = p.Detail, p.Fields
		if p.Code != "" {
			e.Code = adit.Code(p.Code)
		}
		if len(p.Fields) > 0 {
			e.Field = p.Fields[0].Location
		}
	}
	switch {
	case e.Detail != "":
	case res.StatusCode < 400:
		e.Detail = fmt.Sprintf("%s answers with a redirect, which is not followed: give the server's own address", c.base)
	default:
		e.Detail = fmt.Sprintf("%s answered %s", c.base, res.Status)
	}
	return e
}

// codeOf is the kind of error where the answer does not tell.
func codeOf(status int) adit.Code {
	switch status {
	case http.StatusUnauthorized:
		return adit.Unauthorized
	case http.StatusForbidden, http.StatusMisdirectedRequest:
		return adit.Forbidden
	case http.StatusNotFound:
		return adit.NotFound
	case http.StatusConflict:
		return adit.Conflict
	case http.StatusBadGateway, http.StatusServiceUnavailable:
		return adit.Unreachable
	case http.StatusRequestTimeout, http.StatusGatewayTimeout:
		return adit.Timeout
	}
	if status >= 400 && status < 500 {
		return adit.Invalid
	}
	return adit.Internal
}
