package main

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/api"
	"github.com/adit-mining/adit/api/client"
	"github.com/adit-mining/adit/fleet/command"
)

func (c *cli) configCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "config",
		Short: "Look at and check configurations of mining programs and of the crew",
		Long: `Look at and check configurations of mining programs (what a profile or a start may say, with the Mining Platform's
keys) and of the crew (the files of adit coordinator and adit worker, with CoopMine's keys). Settings of adit itself: adit
settings.`,
		Example: `  adit config schema -o yaml
  adit config validate config.yaml --type xmrig
  adit config validate coordinator.yaml --type coordinator
  adit config print worker --config worker.yaml`,
		GroupID: "mine",
		Args:    noSuchCommand,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(c.configPrintCommand(), c.configValidateCommand(), c.configSchemaCommand())
	return cmd
}

func (c *cli) configPrintCommand() *cobra.Command {
	var last, file string
	cmd := &cobra.Command{
		Use: "print [PROFILE|coordinator|worker]", Short: "Print the configuration of a profile, of the crew, or what was used last",
		Long: `Print the configuration of a profile, or with --last the one a program was started with last. Secrets are left out, so
that the output can be edited and given to adit profile edit --file.

adit config print coordinator and adit config print worker show each setting of theirs, and whether the file of --config,
a COOPMINE_* variable or the default says it.`,
		Example: `  adit config print desk > config.json
  adit config print --last native -o yaml
  adit config print coordinator --config coordinator.yaml`,
		Args: atMost(1, "a PROFILE"), ValidArgsFunction: c.completeProfiles,
		RunE: func(cmd *cobra.Command, args []string) error {
			if (len(args) == 1) == (last != "") {
				return usageError(cmd, "name a PROFILE, or a program with --last")
			}
			if last == "" && crewFile(args[0]) {
				return c.printCrew(args[0], file)
			}
			if file != "" {
				return usageError(cmd, "--config is for coordinator and worker")
			}
			if c.output == "table" {
				c.output = "json" // a configuration is a file
			}
			return c.withServer(cmd.Context(), func(ctx context.Context, s *client.Client) error {
				if last == "" {
					p, err := profileNamed(ctx, s, args[0])
					if err != nil {
						return err
					}
					return c.answer(p.Config, nil)
				}
				list, err := s.LastConfigs(ctx)
				if err != nil {
					return err
				}
				for _, l := range list {
					if l.MinerType == last {
						return c.answer(l.Config, nil)
					}
				}
				return adit.Errorf(adit.NotFound, "nothing was started yet as %q", last)
			})
		},
	}
	cmd.Flags().StringVar(&file, "config", "", "the `file` of the coordinator or worker")
	cmd.Flags().StringVar(&last, "last", "", "the configuration this `program` was started with last")
	return cmd
}

func (c *cli) configValidateCommand() *cobra.Command {
	var kind string
	cmd := &cobra.Command{
		Use: "validate FILE", Short: "Say what is wrong with a configuration file",
		Long: `Say what is wrong with a configuration in a JSON or YAML file: keys, types, ranges, pool and address. Where an adit runs,
the program is asked too, and how it would be run is shown. Nothing is started. Exit code 2: it would be refused.

With --type coordinator or --type worker it is a file of the crew.`,
		Example: `  adit config validate config.json
  adit config validate coordinator.yaml --type coordinator
  adit config validate config.yaml --type xmrig -o json`,
		Args: takes(1, "a FILE (- = standard input)"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if crewFile(kind) {
				return c.validateCrew(kind, args[0])
			}
			keys, err := c.configFile(args[0])
			if err != nil {
				return err
			}
			raw, err := json.Marshal(keys)
			if err != nil {
				return err
			}
			if _, running, err := c.local(); err == nil && (running || c.elsewhere()) {
				return c.withServer(cmd.Context(), func(ctx context.Context, s *client.Client) error { return c.checked(ctx, s, kind, raw, "") })
			}
			if !adit.ValidName(kind) {
				return usageError(cmd, "--type %q is no name of a mining program", kind)
			}
			if _, err := command.CheckedConfig(kind, raw); err != nil {
				return err
			}
			v := struct {
				OK  bool   `json:"ok"`
				Why string `json:"why"`
			}{true, "no adit runs here, so the program itself was not asked"}
			return c.answer(v, func() { c.printf("It is well formed; %s.\n", v.Why) })
		},
	}
	cmd.Flags().StringVar(&kind, "type", "native", "mining `program` it is for, or coordinator or worker")
	return cmd
}

func (c *cli) configSchemaCommand() *cobra.Command {
	return &cobra.Command{
		Use: "schema [coordinator|worker]", Short: "Print the JSON schema of a configuration",
		Long:    "Print the JSON schema (draft 2020-12) of a configuration: each key with its type and what it means. Editors can check and complete with it.",
		Example: "  adit config schema > adit-config.schema.json\n  adit config schema coordinator > coordinator.schema.json",
		Args:    atMost(1, "coordinator or worker"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				return c.schemaCrew(cmd, args[0])
			}
			schema, err := configSchema()
			if err != nil {
				return err
			}
			if c.output == "table" {
				c.output = "json"
			}
			return c.answer(schema, nil)
		},
	}
}

// configSchema is the schema of Config, out of the OpenAPI document, with what it refers to.
func configSchema() (map[string]any, error) {
	doc, err := api.Document()
	if err != nil {
		return nil, err
	}
	var d struct {
		Components struct {
			Schemas map[string]json.RawMessage `json:"schemas"`
		} `json:"components"`
	}
	if err := json.Unmarshal(doc, &d); err != nil {
		return nil, err
	}
	wanted, defs := []string{"Config"}, map[string]any{}
	for len(wanted) > 0 {
		name := wanted[0]
		wanted = wanted[1:]
		raw, ok := d.Components.Schemas[name]
		if _, done := defs[name]; done || !ok {
			continue
		}
		text := string(raw)
		for _, other := range slices.Sorted(maps.Keys(d.Components.Schemas)) {
			if strings.Contains(text, `"#/components/schemas/`+other+`"`) {
				wanted = append(wanted, other)
			}
		}
		var v map[string]any
		if err := json.Unmarshal([]byte(strings.ReplaceAll(text, "#/components/schemas/", "#/$defs/")), &v); err != nil {
			return nil, err
		}
		defs[name] = v
	}
	out, _ := defs["Config"].(map[string]any)
	if out == nil {
		return nil, adit.Errorf(adit.Internal, "the schema of a configuration is not in the document")
	}
	delete(defs, "Config")
	out["$schema"], out["title"] = "https://json-schema.org/draft/2020-12/schema", "adit: configuration of a mining program"
	if len(defs) > 0 {
		out["$defs"] = defs
	}
	return out, nil
}
