package api

import (
	"context"
	"net/http"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop/view"
)

func (s *server) coopPayeeRoutes() {
	const payee = coopBase + "/members/{id}/payee"
	register(s, op("coop-payee", http.MethodGet, payee, "Where a member is paid to", tagCoop), adit.ScopeRead,
		func(ctx context.Context, actor adit.Actor, in *CoopMember) (*answer[view.Payee], error) {
			return asked(s, func(c view.Source) (view.Payee, error) { return c.Payee(ctx, actor, in.ID) })
		})
	register(s, op("coop-payee-set", http.MethodPut, payee, "Say where a member is paid to, and from which amount on", tagCoop), adit.ScopeOwner,
		func(ctx context.Context, actor adit.Actor, in *payeeChange) (*answer[view.Payee], error) {
			return asked(s, func(c view.Source) (view.Payee, error) { return c.SetPayee(ctx, actor, in.ID, in.Body) })
		})
}

// payeeChange is the input of where a member is paid to.
type payeeChange struct {
	CoopMember
	Body view.PayeeRequest
}
