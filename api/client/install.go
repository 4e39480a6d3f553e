package client

import (
	"context"
	"net/url"
	"strconv"

	"github.com/adit-mining/adit/api/body"
)

// Install begins an installation and answers at once; InstallJob tells how far it is.
func (c *Client) Install(ctx context.Context, program string, req body.InstallRequest) (out body.Installation, err error) {
	err = c.call(ctx, "POST", mining+"/miners/"+esc(program)+"/install?wait="+strconv.FormatBool(false), req, &out)
	return out, err
}

// InstallJob is how far an installation is.
func (c *Client) InstallJob(ctx context.Context, id string) (body.InstallJob, error) {
	return get[body.InstallJob](ctx, c, v1+"/install-jobs/"+esc(id))
}

// CancelInstall ends an installation.
func (c *Client) CancelInstall(ctx context.Context, id string) error {
	return c.call(ctx, "DELETE", v1+"/install-jobs/"+esc(id), nil, nil)
}

// Installs lists what is installed and being installed.
func (c *Client) Installs(ctx context.Context) (body.Installs, error) {
	return get[body.Installs](ctx, c, v1+"/installs")
}

// Uninstall removes one version of a program, or ("") all of them.
func (c *Client) Uninstall(ctx context.Context, program, version string) error {
	path := mining + "/miners/" + esc(program) + "/uninstall"
	if version != "" {
		path += "?" + url.Values{"version": {version}}.Encode()
	}
	return c.call(ctx, "DELETE", path, nil, nil)
}

// Updates lists newer versions in the catalogue than those in use.
func (c *Client) Updates(ctx context.Context) ([]body.Update, error) {
	return get[[]body.Update](ctx, c, v1+"/updates")
}

// Pin keeps a program at a version; "" lets it follow the catalogue again.
func (c *Client) Pin(ctx context.Context, program, version string) error {
	path := v1 + "/installs/" + esc(program) + "/pin"
	if version == "" {
		return c.call(ctx, "DELETE", path, nil, nil)
	}
	return c.call(ctx, "PUT", path, body.VersionRequest{Version: version}, nil)
}

// UseVersion makes an installed version the one that is started.
func (c *Client) UseVersion(ctx context.Context, program, version string) error {
	return c.call(ctx, "PUT", v1+"/installs/"+esc(program)+"/current", body.VersionRequest{Version: version}, nil)
}

// Catalogue lists the programs adit knows where to get.
func (c *Client) Catalogue(ctx context.Context) (body.Catalogue, error) {
	return get[body.Catalogue](ctx, c, v1+"/catalogue")
}

// AddCatalogue adds a signed catalogue.
func (c *Client) AddCatalogue(ctx context.Context, req body.SignedCatalogue) (out body.Catalogue, err error) {
	err = c.call(ctx, "POST", v1+"/catalogue", req, &out)
	return out, err
}
