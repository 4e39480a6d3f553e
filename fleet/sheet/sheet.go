package sheet

import (
	"context"
	"encoding/json"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/link/wire"
)

// Checker knows what a configuration means. fleet/command fills it.
type Checker interface {
	// CheckConfig reads a configuration strictly, checks it as a start would, and returns it in one form.
	CheckConfig(ctx context.Context, actor adit.Actor, kind string, config json.RawMessage) (json.RawMessage, error)
	// RenderConfig asks the agent how it would run the program. Nothing is started; secrets stay out.
	RenderConfig(ctx context.Context, actor adit.Actor, kind string, config json.RawMessage) (wire.Rendered, error)
}

// Starter starts programs. fleet/command fills it.
type Starter interface {
	// StartProfile starts a program for a profile under the given instance name, and returns its device.
	StartProfile(ctx context.Context, actor adit.Actor, profile, instance, kind string, config json.RawMessage) (adit.DeviceID, error)
}

// Watcher knows what runs. fleet/telemetry fills it.
type Watcher interface {
	// RunningProfiles are the ids of the profiles whose program is meant to run, with its instance name.
	RunningProfiles(ctx context.Context, actor adit.Actor) (map[string]string, error)
	// MayMine reports whether the agent can be heard and its owner allowed mining.
	MayMine(ctx context.Context, actor adit.Actor) (bool, error)
}

// Journal writes down who changed what. fleet/journal fills it.
type Journal interface {
	Note(ctx context.Context, actor adit.Actor, kind, severity, subject, text string, data map[string]string) error
}
