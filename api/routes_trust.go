package api

import (
	"context"
	"fmt"
	"net/http"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/api/body"
)

// trustRoutes are what mining may do here, what it costs beside power, and what could be misused.
func (s *server) trustRoutes() {
	register(s, op("policy", http.MethodGet, "/api/v1/policy", "When mining may use this computer, and whether it may now", tagOwn), adit.ScopeRead,
		func(ctx context.Context, actor adit.Actor, _ *none) (*answer[body.Policy], error) {
			return give(s.Command.Policy(ctx, actor))
		})
	register(s, op("policy-set", http.MethodPut, "/api/v1/policy", "Change when mining may use this computer; what is left out stays", tagOwn), adit.ScopeControl,
		func(ctx context.Context, actor adit.Actor, in *policyInput) (*answer[body.Policy], error) {
			return give(s.Command.SetPolicy(ctx, actor, in.Body))
		})
	register(s, op("fees", http.MethodGet, "/api/v1/fees", "What of the mining time went to the authors of mining programs; adit takes nothing", tagOwn), adit.ScopeRead,
		s.fees)
	register(s, op("security", http.MethodGet, "/api/v1/security", "Look at this computer for what could be misused; each finding with its fix", tagOwn), adit.ScopeRead,
		s.security)
	register(s, op("connections", http.MethodGet, "/api/v1/connections", "What adit and its programs are connected to outside this computer, now", tagOwn), adit.ScopeRead,
		func(ctx context.Context, actor adit.Actor, _ *none) (*answer[body.Connections], error) {
			return give(s.Command.Connections(ctx, actor))
		})
}

// policyInput is the input of a change of policy.
type policyInput struct{ Body body.PolicyRequest }

func (s *server) fees(ctx context.Context, actor adit.Actor, _ *none) (*answer[body.FeeLedger], error) {
	if s.Fees == nil {
		return nil, adit.Errorf(adit.Unsupported, "this adit keeps no ledger of fees")
	}
	return give(s.Fees.Ledger(ctx, actor))
}

func (s *server) security(ctx context.Context, actor adit.Actor, _ *none) (*answer[body.Security], error) {
	list, err := s.Command.Security(ctx, actor)
	if err != nil {
		return nil, err
	}
	out := body.Security{Checks: make([]body.Finding, 0, len(list))}
	for _, f := range list {
		out.Checks = append(out.Checks, body.Finding{Name: f.Name, State: f.State, Text: f.Text, Fix: f.Fix, Group: f.Group, Command: f.Command})
		switch f.State {
		case "crit":
			out.Crit++
		case "warn":
			out.Warn++
		default:
			out.OK++
		}
	}
	switch {
	case out.Crit > 0:
		out.Words = fmt.Sprintf("%d of %d checks need you at once", out.Crit, len(list))
	case out.Warn > 0:
		out.Words = fmt.Sprintf("%d of %d checks could be better", out.Warn, len(list))
	default:
		out.Words = fmt.Sprintf("all %d checks are in order", len(list))
	}
	return give(out, nil)
}
