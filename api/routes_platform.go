package api

import (
	"context"
	"net/http"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/api/body"
)

// platformRoutes are the rest of what the Mining Platform has for one miner and for itself.
func (s *server) platformRoutes() {
	register(s, op("mining-metrics", http.MethodGet, mining+"/metrics", "Counters since adit started; Prometheus reads /metrics", tagMining),
		adit.ScopeMetrics, s.miningMetrics)
	register(s, op("mining-doctor", http.MethodPost, mining+"/doctor", "Look at this computer, as GET /api/v1/doctor", tagMining), adit.ScopeRead, s.doctor)
	register(s, op("miner-stdin", http.MethodPost, mining+"/miners/{name}/stdin", "Write a line to a program's standard input", tagMining),
		adit.ScopeControl, s.stdin)
}

// stdinInput is the input of a line for a program.
type stdinInput struct {
	Named
	Body body.StdinRequest
}

func (s *server) stdin(ctx context.Context, actor adit.Actor, in *stdinInput) (*answer[body.Done], error) {
	d, err := s.Telemetry.Named(ctx, actor, in.Name)
	if err != nil {
		return nil, err
	}
	return give(body.Done{Status: "input sent", Name: d.Name}, s.Command.Stdin(ctx, actor, target(d), in.Body.Input))
}
