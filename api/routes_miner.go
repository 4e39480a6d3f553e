package api

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/api/body"
	"github.com/adit-mining/adit/fleet/command"
	"github.com/adit-mining/adit/fleet/telemetry/view"
)

func (s *server) minerRoutes() {
	start := op("miner-start", http.MethodPost, mining+"/miners/{type}", "Start a mining program", tagMining)
	start.Description = "Every key is acted on or refused by name. The wallet is checked and has no default."
	register(s, start, adit.ScopeControl, s.start)
	register(s, op("miner-stop", http.MethodDelete, mining+"/miners/{name}", "Stop a mining program; it stays stopped", tagMining),
		adit.ScopeControl, s.stop)
}

// startInput is the input of a start.
type startInput struct {
	Type string `path:"type" maxLength:"64" doc:"driver name or alias, such as native"`
	Body body.Config
}

func (s *server) start(ctx context.Context, actor adit.Actor, in *startInput) (*answer[body.Miner], error) {
	r, err := in.Body.Request(in.Type)
	if err != nil {
		return nil, err
	}
	t, err := s.Command.Start(ctx, actor, r)
	if err != nil {
		return nil, err
	}
	if raw, err := json.Marshal(in.Body); err == nil {
		if err := s.Sheet.Remember(ctx, actor, in.Type, raw); err != nil {
			s.Log.WarnContext(ctx, "the configuration used last was not kept", "err", err)
		}
	}
	return give(s.started(ctx, actor, t.Name, in.Type, string(t.Rig.Device(t.Name))), nil)
}

// started is a program that was just started, with what is known of it by now.
func (s *server) started(ctx context.Context, actor adit.Actor, name, kind, device string) body.Miner {
	if d, err := s.Telemetry.Named(ctx, actor, name); err == nil && d.ID == device && d.Headline.State != "stopped" {
		return minerOf(d)
	}
	return body.Miner{Name: name, Type: kind, Device: device, State: "starting"}
}

func (s *server) stop(ctx context.Context, actor adit.Actor, in *Named) (*answer[body.Done], error) {
	d, err := s.Telemetry.Named(ctx, actor, in.Name)
	if err != nil {
		return nil, err
	}
	return give(body.Done{Status: "stopped", Name: d.Name}, s.Command.Stop(ctx, actor, target(d)))
}

func target(d view.Device) command.Target {
	return command.Target{Rig: adit.RigID(d.Rig), Name: d.Name}
}
