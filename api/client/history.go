package client

import (
	"context"
	"net/url"
	"strconv"
	"time"

	"github.com/adit-mining/adit/api/body"
)

// HistoryStatus says what is kept over time.
func (c *Client) HistoryStatus(ctx context.Context) (body.HistoryStatus, error) {
	return get[body.HistoryStatus](ctx, c, mining+"/history/status")
}

// HistoryMiners summarizes what was recorded of every miner.
func (c *Client) HistoryMiners(ctx context.Context) ([]body.MinerHistory, error) {
	return get[[]body.MinerHistory](ctx, c, mining+"/history/miners")
}

// HistoryMiner is one of HistoryMiners.
func (c *Client) HistoryMiner(ctx context.Context, name string) (body.MinerHistory, error) {
	return get[body.MinerHistory](ctx, c, mining+"/history/miners/"+esc(name))
}

// MinerHashrate is a miner's hashrate from since until until; zero times are the server's choice.
func (c *Client) MinerHashrate(ctx context.Context, name string, since, until time.Time) ([]body.HashratePoint, error) {
	return get[[]body.HashratePoint](ctx, c, mining+"/history/miners/"+esc(name)+"/hashrate?"+spanOf(since, until).Encode())
}

// Sessions lists runs of mining programs, the newest first; device "" = all, limit 0 = the server's choice.
func (c *Client) Sessions(ctx context.Context, device string, since, until time.Time, limit int) ([]body.MinerSession, error) {
	q := spanOf(since, until)
	if device != "" {
		q.Set("device", device)
	}
	if limit > 0 {
		q.Set("limit", strconv.Itoa(limit))
	}
	return get[[]body.MinerSession](ctx, c, v1+"/history/sessions?"+q.Encode())
}

func spanOf(since, until time.Time) url.Values {
	q := url.Values{}
	if !since.IsZero() {
		q.Set("since", since.UTC().Format(time.RFC3339))
	}
	if !until.IsZero() {
		q.Set("until", until.UTC().Format(time.RFC3339))
	}
	return q
}

// Stdin writes one line to a program's standard input.
func (c *Client) Stdin(ctx context.Context, name, input string) error {
	return c.call(ctx, "POST", mining+"/miners/"+esc(name)+"/stdin", body.StdinRequest{Input: input}, nil)
}

// Tokens lists the keys of programs, without their secrets.
func (c *Client) Tokens(ctx context.Context) ([]body.Token, error) {
	return get[[]body.Token](ctx, c, v1+"/tokens")
}

// NewToken makes a key for a program; its secret is told this once.
func (c *Client) NewToken(ctx context.Context, req body.TokenRequest) (out body.NewToken, err error) {
	err = c.call(ctx, "POST", v1+"/tokens", req, &out)
	return out, err
}

// RevokeToken ends a key.
func (c *Client) RevokeToken(ctx context.Context, id string) error {
	return c.call(ctx, "DELETE", v1+"/tokens/"+esc(id), nil, nil)
}

// Logins lists the browsers that are signed in.
func (c *Client) Logins(ctx context.Context) ([]body.Login, error) {
	return get[[]body.Login](ctx, c, v1+"/sessions")
}

// EndLogin signs a browser out.
func (c *Client) EndLogin(ctx context.Context, id string) error {
	return c.call(ctx, "DELETE", v1+"/sessions/"+esc(id), nil, nil)
}
