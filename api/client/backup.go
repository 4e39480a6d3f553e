package client

import (
	"context"
	"io"
	"net/http"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/api/body"
)

// Backup writes a backup of everything the server remembers to w, with its time series if wished. It takes as long as
// ctx lets it.
func (c *Client) Backup(ctx context.Context, history bool, w io.Writer) error {
	path := v1 + "/backup"
	if history {
		path += "?history=true"
	}
	return c.download(ctx, path, "the backup", w)
}

// BackupStatus says when the last backup was made.
func (c *Client) BackupStatus(ctx context.Context) (body.BackupStatus, error) {
	return get[body.BackupStatus](ctx, c, v1+"/backup/status")
}

// StartAgain starts a stopped program with what it was started with.
func (c *Client) StartAgain(ctx context.Context, rig, name string) error {
	return c.call(ctx, "POST", v1+"/devices/"+esc(rig)+"/"+esc(name)+"/start", nil, nil)
}

// download writes an answer to w as it comes. It takes as long as ctx lets it.
func (c *Client) download(ctx context.Context, path, what string, w io.Writer) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base.String()+path, nil)
	if err != nil {
		return err
	}
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	patient := *c.http
	patient.Timeout = 0
	res, err := patient.Do(req)
	if err != nil {
		return c.unreachable(ctx, err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return c.answer(ctx, res, nil)
	}
	if _, err := io.Copy(w, res.Body); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return adit.Errorf(adit.Unreachable, "%s did not arrive whole: %w", what, err)
	}
	return nil
}
