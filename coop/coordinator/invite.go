package coordinator

import (
	"context"
	"strconv"

	"google.golang.org/grpc"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop/coopv1"
	"github.com/adit-mining/adit/coop/enrol"
	"github.com/adit-mining/adit/coop/view"
	"github.com/adit-mining/adit/link/pki"
)

// openEnrol makes the service that takes in who was invited. It needs the gRPC port, and this data directory's own CA.
func (c *Coordinator) openEnrol(listen string) (register func(grpc.ServiceRegistrar), err error) {
	ca := pki.At(c.o.PKI, pki.Options{})
	if !ca.Exists() {
		return nil, nil
	}
	c.enrol, err = enrol.New(enrol.Options{DB: c.o.DB, CA: ca, Terms: c.terms, Listen: listen, Dir: c.o.Dir, Journal: c.o.Journal, Log: c.o.Log})
	if err != nil {
		return nil, err
	}
	return func(r grpc.ServiceRegistrar) { coopv1.RegisterEnrolServer(r, c.enrol.Server()) }, nil
}

// terms are what a joiner agrees to.
func (c *Coordinator) terms() enrol.Terms {
	cfg := c.o.Config
	g := view.Glance{Payout: c.book.Rule()}
	g.Tell()
	return enrol.Terms{
		Operator: cfg.Payout.Operator, ClusterID: cfg.Cluster.ID, ClusterName: cfg.Cluster.Name, Coin: cfg.Coin.Symbol,
		Algorithm: string(cfg.Coin.Algorithm), Fee: percent(cfg.Payout.FeePPM), PayoutRule: g.Payout.Words,
	}
}

// noInvites says why nobody can be invited.
func (c *Coordinator) noInvites() error {
	switch {
	case c.o.Config.GRPC.Listen == "":
		return adit.Errorf(adit.Conflict, "nobody can be invited: the port for workers is switched off (grpc.listen)")
	case !c.o.Config.GRPC.TLS.Enabled:
		return adit.Errorf(adit.Conflict, "nobody needs to be invited: grpc.tls.enabled is false, so whoever reaches the port may join")
	}
	return adit.Errorf(adit.Conflict, "invitations need a certificate authority on this data directory: make one with adit pki init")
}

// Invites implements view.Invites.
func (c *Coordinator) Invites(ctx context.Context, actor adit.Actor) ([]view.Invite, error) {
	if c.enrol == nil {
		return []view.Invite{}, actor.May(adit.ScopeRead)
	}
	return c.enrol.Invites(ctx, actor)
}

// Invite implements view.Invites.
func (c *Coordinator) Invite(ctx context.Context, actor adit.Actor, r view.InviteRequest) (view.NewInvite, error) {
	if err := actor.May(adit.ScopeOwner); err != nil {
		return view.NewInvite{}, err
	}
	if c.enrol == nil {
		return view.NewInvite{}, c.noInvites()
	}
	return c.enrol.Invite(ctx, actor, r)
}

// RevokeInvite implements view.Invites.
func (c *Coordinator) RevokeInvite(ctx context.Context, actor adit.Actor, id string) error {
	if err := actor.May(adit.ScopeOwner); err != nil {
		return err
	}
	if c.enrol == nil {
		return c.noInvites()
	}
	return c.enrol.RevokeInvite(ctx, actor, id)
}

// percent writes millionths as per cent.
func percent(ppm uint32) string { return strconv.FormatFloat(float64(ppm)/10_000, 'f', -1, 64) + " %" }
