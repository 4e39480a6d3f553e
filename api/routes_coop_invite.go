package api

import (
	"context"
	"net/http"
	"strings"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/api/body"
	"github.com/adit-mining/adit/coop/view"
)

func (s *server) coopInviteRoutes() {
	const invites = coopBase + "/invites"
	register(s, op("coop-invites", http.MethodGet, invites, "The invitations, without their codes", tagCoop), adit.ScopeRead,
		func(ctx context.Context, actor adit.Actor, _ *none) (*answer[[]view.Invite], error) {
			return asked(s, func(c view.Source) ([]view.Invite, error) { return c.Invites(ctx, actor) })
		})
	create := op("coop-invite", http.MethodPost, invites, "Invite a worker; the code is told this once", tagCoop)
	create.DefaultStatus = http.StatusCreated
	register(s, create, adit.ScopeOwner, s.invite)
	register(s, op("coop-invite-revoke", http.MethodDelete, invites+"/{id}", "Make an invitation worthless", tagCoop), adit.ScopeOwner,
		func(ctx context.Context, actor adit.Actor, in *idInput) (*answer[body.Done], error) {
			return ordered(s, "revoked", in.ID, func(c view.Source) error { return c.RevokeInvite(ctx, actor, in.ID) })
		})
}

// inviteInput is the input of an invitation.
type inviteInput struct{ Body view.InviteRequest }

func (s *server) invite(ctx context.Context, actor adit.Actor, in *inviteInput) (*answer[view.NewInvite], error) {
	r := in.Body
	r.Name, r.Host = strings.TrimSpace(r.Name), strings.TrimSpace(r.Host)
	if r.Name == "" && in.Body.Name != "" {
		return nil, adit.InvalidField("name", "say who is invited, or leave it out: then who joins chooses")
	}
	return asked(s, func(c view.Source) (view.NewInvite, error) { return c.Invite(ctx, actor, r) })
}
