package client

import (
	"context"

	"github.com/adit-mining/adit/coop/view"
)

// CoopPayee is where a member is paid to.
func (c *Client) CoopPayee(ctx context.Context, id string) (view.Payee, error) {
	return get[view.Payee](ctx, c, coopMember(id)+"/payee")
}

// CoopSetPayee says where a member is paid to.
func (c *Client) CoopSetPayee(ctx context.Context, id string, r view.PayeeRequest) (out view.Payee, err error) {
	return out, c.call(ctx, "PUT", coopMember(id)+"/payee", r, &out)
}
