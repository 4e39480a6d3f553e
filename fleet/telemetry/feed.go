package telemetry

import "github.com/adit-mining/adit/internal/livefeed"

// Feed gives every listener the same frames: one snapshot first, then deltas, numbered without gaps.
type Feed = livefeed.Feed

// Subscription is one listener. Frames ends when the listener was too slow, or the hub ends.
type Subscription = livefeed.Subscription
