package client

import (
	"context"

	"github.com/adit-mining/adit/api/body"
)

// Policy is when mining may use that computer, and whether it may now.
func (c *Client) Policy(ctx context.Context) (body.Policy, error) {
	return get[body.Policy](ctx, c, v1+"/policy")
}

// SetPolicy changes parts of the policy and returns what holds then.
func (c *Client) SetPolicy(ctx context.Context, change body.PolicyRequest) (out body.Policy, err error) {
	err = c.call(ctx, "PUT", v1+"/policy", change, &out)
	return out, err
}

// Fees is the ledger of what went to the authors of mining programs.
func (c *Client) Fees(ctx context.Context) (body.FeeLedger, error) {
	return get[body.FeeLedger](ctx, c, v1+"/fees")
}

// Security looks at that computer for what could be misused.
func (c *Client) Security(ctx context.Context) (body.Security, error) {
	return get[body.Security](ctx, c, v1+"/security")
}

// Connections is what adit and its programs are connected to outside that computer.
func (c *Client) Connections(ctx context.Context) (body.Connections, error) {
	return get[body.Connections](ctx, c, v1+"/connections")
}
