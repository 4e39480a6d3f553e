package main

import (
	"context"
	"slices"

	"github.com/spf13/cobra"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/api/client"
	"github.com/adit-mining/adit/cmd/adit/app"
	"github.com/adit-mining/adit/drivers/all"
)

// wishes are the flags of `adit start` that describe a new program.
var wishes = []string{"pool", "address", "coin", "password", "rig-id", "tls-fingerprint", "threads", "name"}

// startAgain starts a stopped program by its name, where none of the flags of a new one was given; done is false where
// the argument names no program there is, so that it can only be a type.
func (c *cli) startAgain(cmd *cobra.Command, name string) (done bool, err error) {
	if slices.ContainsFunc(wishes, func(f string) bool { return cmd.Flags().Changed(f) }) || !adit.ValidName(name) {
		return false, nil
	}
	err = c.withServer(cmd.Context(), func(ctx context.Context, s *client.Client) error {
		m, err := s.Miner(ctx, name)
		if err != nil {
			return err
		}
		done = true
		if err := s.StartAgain(ctx, m.Device[:max(0, len(m.Device)-len(m.Name)-1)], m.Name); err != nil {
			return againHint(err, m.Name)
		}
		return c.answer(map[string]string{"name": m.Name, "done": "start"}, func() { c.printf("%s is started again.\n", m.Name) })
	})
	if err != nil && !done && !c.aType(name) { // then it can only be meant as a name
		return true, noSuchMiner(err)
	}
	return done, err
}

// aType reports whether a word names a kind of program that this adit knows.
func (c *cli) aType(word string) bool {
	_, err := all.Registry().Driver(word)
	return err == nil
}

func againHint(err error, name string) error {
	if adit.CodeOf(err) == adit.Conflict {
		return app.WithHint(err, "See what it does.", "adit list      or begin anew: adit restart "+name)
	}
	return err
}
