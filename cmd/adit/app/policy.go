package app

import (
	"context"

	"github.com/adit-mining/adit/link/wire"
)

// Use sets how much of this computer mining may use: one of wire's Use words.
func (h *House) Use(ctx context.Context, use string) error {
	return h.whenAgentKnown(ctx, func() error {
		_, err := h.commands.SetPolicy(ctx, terminal(), wire.PolicyChange{Use: &use})
		return err
	})
}

// PolicyWords says when mining may use this computer, and whether it may now.
func (h *House) PolicyWords(ctx context.Context) (string, error) {
	var words string
	err := h.whenAgentKnown(ctx, func() error {
		p, err := h.commands.Policy(ctx, terminal())
		words = p.Words
		if err == nil && p.Damaged != "" {
			words = p.Damaged
		}
		return err
	})
	return words, err
}
