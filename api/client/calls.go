package client

import (
	"context"
	"net/url"
	"strconv"
	"time"

	"github.com/adit-mining/adit/api/body"
	"github.com/adit-mining/adit/fleet/telemetry/view"
)

const (
	v1     = "/api/v1"
	mining = v1 + "/mining"
)

func esc(s string) string { return url.PathEscape(s) }

func get[T any](ctx context.Context, c *Client, path string) (out T, err error) {
	err = c.call(ctx, "GET", path, nil, &out)
	return out, err
}

// Ready returns nil when the server is ready, else what it waits for.
func (c *Client) Ready(ctx context.Context) error { return c.call(ctx, "GET", "/ready", nil, nil) }

// State is everything a page shows.
func (c *Client) State(ctx context.Context) (view.State, error) {
	out, err := get[struct {
		Seq   uint64     `json:"seq"`
		State view.State `json:"state"`
	}](ctx, c, v1+"/state")
	return out.State, err
}

// Info is the computer adit runs on.
func (c *Client) Info(ctx context.Context) (body.SystemInfo, error) {
	return get[body.SystemInfo](ctx, c, mining+"/info")
}

// Miners lists the mining programs, running or not.
func (c *Client) Miners(ctx context.Context) ([]body.Miner, error) {
	return get[[]body.Miner](ctx, c, mining+"/miners")
}

// Available lists the programs adit could run.
func (c *Client) Available(ctx context.Context) ([]body.AvailableMiner, error) {
	return get[[]body.AvailableMiner](ctx, c, mining+"/miners/available")
}

// Miner is one of Miners.
func (c *Client) Miner(ctx context.Context, name string) (body.Miner, error) {
	return get[body.Miner](ctx, c, mining+"/miners/"+esc(name))
}

// Stats are a miner's numbers in the Mining Platform's shape.
func (c *Client) Stats(ctx context.Context, name string) (body.MinerStats, error) {
	return get[body.MinerStats](ctx, c, mining+"/miners/"+esc(name)+"/stats")
}

// Start starts a mining program; kind is a driver's name or alias ("native").
func (c *Client) Start(ctx context.Context, kind string, cfg body.Config) (out body.Miner, err error) {
	err = c.call(ctx, "POST", mining+"/miners/"+esc(kind), cfg, &out)
	return out, err
}

// Stop stops a mining program; it stays stopped.
func (c *Client) Stop(ctx context.Context, name string) error {
	return c.call(ctx, "DELETE", mining+"/miners/"+esc(name), nil, nil)
}

// Restart stops and starts a program.
func (c *Client) Restart(ctx context.Context, rig, name string) error {
	return c.call(ctx, "POST", device(rig, name)+"/restart", struct{}{}, nil)
}

// Release takes a program out of quarantine.
func (c *Client) Release(ctx context.Context, rig, name string) error {
	return c.call(ctx, "POST", device(rig, name)+"/release", struct{}{}, nil)
}

// SetPools replaces the pools of a running program without a restart.
func (c *Client) SetPools(ctx context.Context, rig, name string, req body.PoolsRequest) error {
	return c.call(ctx, "PUT", device(rig, name)+"/pools", req, nil)
}

func device(rig, name string) string { return v1 + "/devices/" + esc(rig) + "/" + esc(name) }

// Logs returns lines of a miner's output with a number greater than after (0 = the newest that are kept), and the
// number to ask with next. limit 0 is the server's choice.
func (c *Client) Logs(ctx context.Context, name string, after uint64, limit int) (body.Log, error) {
	m, err := c.Miner(ctx, name)
	if err != nil {
		return body.Log{}, err
	}
	q := url.Values{"after": {strconv.FormatUint(after, 10)}}
	if limit > 0 {
		q.Set("limit", strconv.Itoa(limit))
	}
	rig := m.Device[:max(0, len(m.Device)-len(m.Name)-1)]
	return get[body.Log](ctx, c, device(rig, name)+"/log?"+q.Encode())
}

// History is the hashrate of the last minutes; device "" = all of one algorithm together.
func (c *Client) History(ctx context.Context, minutes int, device string) (body.History, error) {
	q := url.Values{"minutes": {strconv.Itoa(minutes)}}
	if device != "" {
		q.Set("device", device)
	}
	return get[body.History](ctx, c, v1+"/history/hashrate?"+q.Encode())
}

// Pause pauses all mining on the computer; d 0 = until resumed.
func (c *Client) Pause(ctx context.Context, d time.Duration) error {
	var req body.PauseRequest
	if s := d.Seconds(); d > 0 {
		req.ForSeconds = &s
	}
	return c.call(ctx, "POST", v1+"/pause", req, nil)
}

// Resume ends a pause.
func (c *Client) Resume(ctx context.Context) error {
	return c.call(ctx, "POST", v1+"/resume", struct{}{}, nil)
}

// Consent is the recorded permission to mine on the computer.
func (c *Client) Consent(ctx context.Context) (view.Consent, error) {
	return get[view.Consent](ctx, c, v1+"/consent")
}

// GrantConsent records the owner's permission and how it was given: "terminal" or "flag".
func (c *Client) GrantConsent(ctx context.Context, via string) error {
	return c.call(ctx, "POST", v1+"/consent", body.ConsentRequest{Via: via}, nil)
}

// RevokeConsent takes the permission back; mining stops.
func (c *Client) RevokeConsent(ctx context.Context) error {
	return c.call(ctx, "DELETE", v1+"/consent", nil, nil)
}

// StartPractice starts practice and a miner on it; threads nil = the program's choice.
func (c *Client) StartPractice(ctx context.Context, threads *int) error {
	return c.call(ctx, "POST", v1+"/practice", body.PracticeRequest{Threads: threads}, nil)
}

// StopPractice stops the miner on practice, and practice.
func (c *Client) StopPractice(ctx context.Context) error {
	return c.call(ctx, "DELETE", v1+"/practice", nil, nil)
}

// Doctor asks the agent to look at its computer.
func (c *Client) Doctor(ctx context.Context) ([]body.Finding, error) {
	return get[[]body.Finding](ctx, c, v1+"/doctor")
}

// Events reads the journal after a number, oldest first.
func (c *Client) Events(ctx context.Context, after int64, limit int) ([]body.Event, error) {
	q := url.Values{"after": {strconv.FormatInt(after, 10)}, "limit": {strconv.Itoa(limit)}}
	return get[[]body.Event](ctx, c, v1+"/journal?"+q.Encode())
}

// LoginLink makes a one-time link that signs a browser in.
func (c *Client) LoginLink(ctx context.Context) (out body.Link, err error) {
	err = c.call(ctx, "POST", v1+"/session/link", struct{}{}, &out)
	return out, err
}
