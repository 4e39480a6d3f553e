package aditminer

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/adit-mining/adit"
)

// maxAnswer bounds what is read of an answer.
const maxAnswer = 1 << 20

// client speaks HTTP with one engine on loopback; it uses no proxy.
type client struct {
	host, port, portFile string
	token                string
	http                 *http.Client
}

func newClient(host, port, portFile, token string) *client {
	tr := &http.Transport{
		DialContext:     (&net.Dialer{Timeout: 2 * time.Second}).DialContext,
		MaxIdleConns:    2,
		IdleConnTimeout: 30 * time.Second,
		ReadBufferSize:  8 << 10,
	}
	return &client{host: host, port: port, portFile: portFile, token: token, http: &http.Client{
		Transport:     tr,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, // the token goes nowhere else
	}}
}

func (c *client) close() { c.http.CloseIdleConnections() }

// base is where the engine listens: the port it wrote down, else the one it was asked to take.
func (c *client) base() (string, error) {
	port := c.port
	if c.portFile != "" {
		if b, err := os.ReadFile(c.portFile); err == nil {
			if n, err := strconv.ParseUint(strings.TrimSpace(string(b)), 10, 16); err == nil && n > 0 {
				port = strconv.FormatUint(n, 10)
			}
		}
	}
	if port == "0" {
		return "", adit.Errorf(adit.Unreachable, "the engine has not opened its API yet")
	}
	return "http://" + net.JoinHostPort(c.host, port), nil
}

func (c *client) get(ctx context.Context, path string, to any) error {
	b, err := c.do(ctx, http.MethodGet, path, nil)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(b, to); err != nil {
		return adit.Errorf(adit.Refused, "the engine's answer to %s is not understood: %w", path, err)
	}
	return nil
}

func (c *client) put(ctx context.Context, path string, body any) error {
	_, err := c.do(ctx, http.MethodPut, path, body)
	return err
}

// call runs a JSON-RPC method; an answer with an error object is a refusal with the engine's own words.
func (c *client) call(ctx context.Context, method string) error {
	b, err := c.do(ctx, http.MethodPost, "/json_rpc", map[string]any{"jsonrpc": "2.0", "id": 1, "method": method})
	if err != nil {
		return err
	}
	var r struct {
		Result json.RawMessage
		Error  *struct{ Message string }
	}
	if err := json.Unmarshal(b, &r); err != nil || r.Error == nil && r.Result == nil {
		return adit.Errorf(adit.Refused, "the engine's answer to %s is not understood", method)
	}
	if r.Error != nil {
		return adit.Errorf(adit.Refused, "the engine refused to %s: %s", method, r.Error.Message)
	}
	return nil
}

func (c *client) do(ctx context.Context, verb, path string, body any) ([]byte, error) {
	base, err := c.base()
	if err != nil {
		return nil, err
	}
	var send io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return nil, fmt.Errorf("aditminer: %w", err)
		}
		send = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, verb, base+path, send)
	if err != nil {
		return nil, fmt.Errorf("aditminer: %w", err)
	}
	req.Header.Set("Authorization", "Bearer "+c.token)
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := c.http.Do(req)
	if err != nil {
		return nil, reached(ctx, err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	if err != nil {
		return nil, reached(ctx, err)
	}
	return b, verdict(res.StatusCode, path, b)
}

// reached puts a code on errors of the connection.
func reached(ctx context.Context, err error) error {
	var timeout interface{ Timeout() bool }
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return ctx.Err()
	case ctx.Err() != nil, errors.As(err, &timeout) && timeout.Timeout():
		return adit.Errorf(adit.Timeout, "the engine did not answer in time: %w", errors.Join(ctx.Err(), err))
	}
	return adit.Errorf(adit.Unreachable, "the engine does not answer: %w", err)
}

// verdict turns an HTTP status into an error. Source of the codes: xmrig src/base/api/Httpd.cpp and requests/HttpApiRequest.cpp.
func verdict(status int, path string, body []byte) error {
	switch {
	case len(body) > maxAnswer:
		return adit.Errorf(adit.Refused, "the engine's answer to %s is over %d bytes", path, maxAnswer)
	case status == http.StatusOK, status == http.StatusNoContent:
		return nil
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return adit.Errorf(adit.Unauthorized, "the engine does not accept adit's token: another program may have taken its port; restart it")
	case status == http.StatusNotFound:
		return adit.Errorf(adit.Unsupported, "the engine knows no %s: is it adit-miner?", path)
	}
	return adit.Errorf(adit.Refused, "the engine answered %s with %d %s", path, status, reason(body))
}

// reason finds the words of an error answer, {"status":400,"error":"…"}.
func reason(body []byte) string {
	var e struct{ Error string }
	if json.Unmarshal(body, &e) != nil {
		return ""
	}
	return strings.ToValidUTF8(e.Error[:min(len(e.Error), 300)], "")
}
