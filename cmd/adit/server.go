package main

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/api/client"
	"github.com/adit-mining/adit/cmd/adit/app"
)

// target is the server to ask and the secret to show it.
type target struct {
	url   string
	token string
	found string // how it was found, for errors
}

// connect finds the server and returns a client for it. Nothing is sent yet.
func (c *cli) connect() (*client.Client, error) {
	t, err := c.target()
	if err != nil {
		return nil, err
	}
	return client.New(t.url, t.token)
}

// target follows --server, ADIT_SERVER, then the runtime file of the data directory.
func (c *cli) target() (target, error) {
	t := target{url: c.server, found: "--server"}
	if t.url == "" {
		t = target{url: c.env("ADIT_SERVER"), found: "ADIT_SERVER"}
	}
	if t.url == "" {
		r, running, err := c.local()
		if err != nil {
			return t, err
		}
		if !running {
			return t, c.notRunning()
		}
		t = target{url: r.URL, found: "the data directory"}
	}
	u, err := url.Parse(t.url)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return t, app.WithHint(adit.InvalidField(t.found, "%q is not an address of a server", t.url),
			"Write it with its scheme and port.", "adit --server http://127.0.0.1:8080 status")
	}
	t.url = strings.TrimRight(u.String(), "/")
	t.token, err = c.token(u)
	return t, err
}

// token is ADIT_TOKEN, or the data directory's own, which is shown to a server on this computer only: anybody else's
// server could keep it.
func (c *cli) token(u *url.URL) (string, error) {
	if t := c.env("ADIT_TOKEN"); t != "" {
		return t, nil
	}
	if !loopback(u.Hostname()) {
		return "", app.WithHint(adit.Errorf(adit.Unauthorized, "%s is not on this computer, so the token of the data directory is not sent to it", u.Host),
			"Set ADIT_TOKEN to that server's token, or reach it through an SSH tunnel.", "ssh -N -L 8080:127.0.0.1:8080 "+u.Hostname())
	}
	dir, err := c.folder()
	if err != nil {
		return "", err
	}
	b, err := os.ReadFile(filepath.Join(dir, "token"))
	if errors.Is(err, fs.ErrNotExist) {
		return "", app.WithHint(adit.Errorf(adit.Unauthorized, "there is no token in the data directory %s", dir),
			"Name the data directory of the adit you ask, or set ADIT_TOKEN.", "adit --data-dir DIR --server "+u.String()+" status")
	}
	if err != nil {
		return "", app.WithHint(adit.Errorf(adit.Forbidden, "the token of the data directory cannot be read: %v", errors.Unwrap(err)),
			"Run the command as the user who runs adit.", "")
	}
	return strings.TrimSpace(string(b)), nil
}

func loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// local reads the runtime file of the data directory; running is false where no adit holds the folder. A coordinator that
// runs alone answers where no hub runs, and first where the crew is asked for.
func (c *cli) local() (r app.Runtime, running bool, err error) {
	dir, err := c.folder()
	if err != nil {
		return r, false, err
	}
	if c.crew || !app.Held(dir) {
		if r, ok, err := app.ReadCoopRuntime(dir); err == nil && ok && app.CoopHeld(dir) {
			return r, true, nil
		}
	}
	r, ok, err := app.ReadRuntime(dir)
	if err != nil {
		return r, false, app.WithHint(adit.Errorf(adit.Invalid, "the runtime file of %s cannot be read: %w", dir, err),
			"Name the server yourself.", "adit --server http://127.0.0.1:8080 status")
	}
	return r, ok && app.Held(dir), nil
}

// elsewhere says that the user named a server, so that nothing may be settled on this computer's files.
func (c *cli) elsewhere() bool { return c.server != "" || c.env("ADIT_SERVER") != "" }

func (c *cli) notRunning() error {
	dir, err := c.folder()
	if err != nil {
		return err
	}
	if c.crew {
		return app.WithHint(adit.Errorf(adit.Unreachable, "no coordinator runs on the data directory %s", dir),
			"Start it, or name the server with --server.", "adit coordinator --config coordinator.yaml      or, where a hub coordinates: adit up")
	}
	return app.WithHint(adit.Errorf(adit.Unreachable, "no adit runs on the data directory %s", dir),
		"Start it, or name the server with --server.", "adit up")
}

// withServer runs fn against the server, with a limit on the wait.
func (c *cli) withServer(ctx context.Context, fn func(context.Context, *client.Client) error) error {
	s, err := c.connect()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, askLimit)
	defer cancel()
	return fn(ctx, s)
}
