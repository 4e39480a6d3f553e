package client

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strconv"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/api/body"
)

const profiles = mining + "/profiles"

// Profiles lists the profiles, by name.
func (c *Client) Profiles(ctx context.Context) ([]body.Profile, error) {
	return get[[]body.Profile](ctx, c, profiles)
}

// CreateProfile saves a new profile. Its config is JSON, so that a secret that is "" is not the same as none.
func (c *Client) CreateProfile(ctx context.Context, req ProfileRequest) (out body.Profile, err error) {
	err = c.call(ctx, "POST", profiles, req, &out)
	return out, err
}

// ProfileRequest is body.ProfileRequest with the config as it is sent.
type ProfileRequest struct {
	Name        string          `json:"name"`
	Description string          `json:"description,omitempty"`
	MinerType   string          `json:"minerType"`
	Config      json.RawMessage `json:"config"`
	Autostart   *bool           `json:"autostart,omitempty"`
	Version     *int64          `json:"version,omitempty"`
}

// UpdateProfile changes a profile; a secret that is left out stays.
func (c *Client) UpdateProfile(ctx context.Context, id string, req ProfileRequest) (out body.Profile, err error) {
	err = c.call(ctx, "PUT", profiles+"/"+esc(id), req, &out)
	return out, err
}

// DeleteProfile deletes a profile; a program that runs from it goes on.
func (c *Client) DeleteProfile(ctx context.Context, id string) error {
	return c.call(ctx, "DELETE", profiles+"/"+esc(id), nil, nil)
}

// StartProfile starts a program from a profile.
func (c *Client) StartProfile(ctx context.Context, id string) (out body.Miner, err error) {
	err = c.call(ctx, "POST", profiles+"/"+esc(id)+"/start", struct{}{}, &out)
	return out, err
}

// ProfileVersions are the saved states of a profile, newest first.
func (c *Client) ProfileVersions(ctx context.Context, id string) ([]body.ProfileVersion, error) {
	return get[[]body.ProfileVersion](ctx, c, profiles+"/"+esc(id)+"/versions")
}

// RevertProfile makes an old version the newest; expected is the version that was looked at.
func (c *Client) RevertProfile(ctx context.Context, id string, version, expected int64) (out body.Profile, err error) {
	err = c.call(ctx, "POST", profiles+"/"+esc(id)+"/revert", body.RevertRequest{Version: version, Expected: &expected}, &out)
	return out, err
}

// ExportProfiles is the profiles as a file, "json" or "yaml"; no ids = all.
func (c *Client) ExportProfiles(ctx context.Context, format string, secrets bool, ids ...string) ([]byte, error) {
	q := url.Values{"format": {format}, "secrets": {strconv.FormatBool(secrets)}, "id": ids}
	return c.fetch(ctx, v1+"/profiles/export?"+q.Encode())
}

// ImportProfiles takes profiles from a file.
func (c *Client) ImportProfiles(ctx context.Context, req body.ImportRequest) (out body.ImportResult, err error) {
	err = c.call(ctx, "POST", v1+"/profiles/import", req, &out)
	return out, err
}

// CheckConfig says what is wrong with a configuration and how the program would be run. Nothing is started.
func (c *Client) CheckConfig(ctx context.Context, kind string, config json.RawMessage, profile string) (out body.CheckResult, err error) {
	err = c.call(ctx, "POST", v1+"/profiles/check", map[string]any{"minerType": kind, "config": config, "profileId": profile}, &out)
	return out, err
}

// LastConfigs are the configurations each program was started with last, newest first.
func (c *Client) LastConfigs(ctx context.Context) ([]body.LastConfig, error) {
	return get[[]body.LastConfig](ctx, c, v1+"/profiles/last")
}

// Pools are the recommended pools; coin "" = of all coins.
func (c *Client) Pools(ctx context.Context, coin string) ([]body.CoinPools, error) {
	return get[[]body.CoinPools](ctx, c, v1+"/pools?"+url.Values{"coin": {coin}}.Encode())
}

// Settings are what people set about adit itself.
func (c *Client) Settings(ctx context.Context) (body.Settings, error) {
	return get[body.Settings](ctx, c, v1+"/settings")
}

// ChangeSettings applies a JSON merge patch.
func (c *Client) ChangeSettings(ctx context.Context, patch any) (out body.Settings, err error) {
	err = c.call(ctx, "PUT", v1+"/settings", patch, &out)
	return out, err
}

// Estimate says what a mining program would bring and cost a day.
func (c *Client) Estimate(ctx context.Context, req body.EstimateRequest) (out body.Estimate, err error) {
	err = c.call(ctx, "POST", v1+"/estimate", req, &out)
	return out, err
}

// NoteBenchmark tells what a benchmark on the server's computer showed.
func (c *Client) NoteBenchmark(ctx context.Context, req body.BenchmarkRequest) error {
	return c.call(ctx, "POST", v1+"/estimate/benchmark", req, nil)
}

// fetch reads a file of the server as it is.
func (c *Client) fetch(ctx context.Context, path string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base.String()+path, nil)
	if err != nil {
		return nil, err
	}
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	res, err := c.http.Do(req)
	if err != nil {
		return nil, c.unreachable(ctx, err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	switch {
	case err != nil:
		return nil, c.unreachable(ctx, err)
	case len(b) > maxAnswer:
		return nil, adit.Errorf(adit.Internal, "the answer of %s is too big", c.base)
	case res.StatusCode >= 300:
		return nil, c.refusal(res, b)
	}
	return b, nil
}
