package main

import (
	"github.com/spf13/cobra"

	"github.com/adit-mining/adit/cmd/adit/app"
	"github.com/adit-mining/adit/coop/config"
)

// crewFile reports whether a word names a file of the crew: coordinator or worker.
func crewFile(word string) bool { return word == config.ForCoordinator || word == config.ForWorker }

// printCrew prints every setting of a coordinator or a worker with where it comes from. Secrets are left out.
func (c *cli) printCrew(kind, file string) error {
	dir, err := c.folder()
	if err != nil {
		return err
	}
	settings, warnings, err := config.Check(kind, config.Source{File: file, Environ: config.Environ(), Joined: app.JoinedCoordinator(dir)})
	if err != nil {
		return err
	}
	err = c.answer(settings, func() {
		t := table{head: []string{"KEY", "VALUE", "SAID BY"}}
		for _, s := range settings {
			t.rows = append(t.rows, []string{s.Key, plainWord(s.Value), s.Origin})
		}
		c.print(t)
	})
	for _, w := range warnings {
		c.say("Note: %s\n", w)
	}
	return err
}

// validateCrew says what is wrong with a file of the crew. Variables count as they would when it is used.
func (c *cli) validateCrew(kind, name string) error {
	data, err := c.readFile(name, maxConfigFile)
	if err != nil {
		return err
	}
	if len(data) == 0 {
		data = []byte("{}")
	}
	_, warnings, err := config.Check(kind, config.Source{File: name, Data: data, Environ: config.Environ()})
	if err != nil {
		return err
	}
	v := struct {
		OK       bool     `json:"ok"`
		Warnings []string `json:"warnings"`
	}{true, append([]string{}, warnings...)}
	return c.answer(v, func() {
		c.printf("It is well formed.\n")
		for _, w := range warnings {
			c.printf("Note: %s\n", w)
		}
	})
}

// schemaCrew prints the schema of a file of the crew.
func (c *cli) schemaCrew(cmd *cobra.Command, kind string) error {
	if !crewFile(kind) {
		return usageError(cmd, "%q is neither coordinator nor worker", kind)
	}
	s, err := config.Schema(kind)
	if err != nil {
		return err
	}
	if c.output == "table" {
		c.output = "json"
	}
	return c.answer(s, nil)
}
