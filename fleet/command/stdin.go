package command

import (
	"context"
	"strings"
	"unicode"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/link/wire"
)

// MaxInput bounds one line for a program, in bytes.
const MaxInput = 4096

// Stdin writes one line to a program's standard input. The line may be a secret, so that it is not written down.
func (s *Service) Stdin(ctx context.Context, actor adit.Actor, t Target, input string) error {
	if err := actor.May(adit.ScopeControl); err != nil {
		return err
	}
	line := strings.TrimRight(input, "\r\n")
	switch {
	case line == "":
		return adit.InvalidField("input", "give one line for the program")
	case len(line) > MaxInput:
		return adit.InvalidField("input", "it is too long: at most %d bytes", MaxInput)
	case strings.ContainsFunc(line, unicode.IsControl):
		return adit.InvalidField("input", "give one line without control characters")
	}
	_, err := s.carry(ctx, actor, order{verb: wire.VerbStdin, target: t, within: orderWithin,
		args: wire.StdinArgs{Line: line}, shown: wire.StdinArgs{Line: "(kept out)"}})
	return err
}
