package journal

import (
	"context"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/link/wire"
)

// Note writes down what an actor did.
func (s *Service) Note(ctx context.Context, actor adit.Actor, kind, severity, subject, text string, data map[string]string) error {
	return s.Append(ctx, false, Entry{Kind: kind, Severity: severity, Subject: subject, Actor: actor.ID, Text: text, Data: data})
}

// Record takes over what agents report; a report that comes twice is written once.
func (s *Service) Record(ctx context.Context, rig adit.RigID, events []wire.Event) error {
	entries := make([]Entry, len(events))
	for i, e := range events {
		subject := string(e.Device)
		if subject == "" {
			subject = string(rig)
		}
		entries[i] = Entry{At: e.At, Kind: e.Kind, Severity: e.Severity, Subject: subject, Text: e.Text}
	}
	return s.Append(ctx, true, entries...)
}
