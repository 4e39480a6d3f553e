package main

import (
	"context"
	"encoding/json"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/api/body"
	"github.com/adit-mining/adit/api/client"
	"github.com/adit-mining/adit/internal/atomicfile"
)

func (c *cli) profileExportCommand() *cobra.Command {
	var format, file string
	var secrets bool
	cmd := &cobra.Command{
		Use: "export [NAME...]", Short: "Write profiles to a file",
		Long: `Write profiles to a file, or to the standard output. Secrets are left out unless --secrets asks for them; a file with
secrets is readable by you alone.`,
		Example: `  adit profile export --file profiles.yaml
  adit profile export desk -o yaml
  adit profile export --secrets --file all.json`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case format == "" && (c.output == "yaml" || strings.HasSuffix(file, ".yaml") || strings.HasSuffix(file, ".yml")):
				format = "yaml"
			case format == "":
				format = "json"
			case format != "json" && format != "yaml":
				return usageError(cmd, "--format %q: use json or yaml", format)
			}
			return c.withServer(cmd.Context(), func(ctx context.Context, s *client.Client) error {
				var ids []string
				for _, name := range args {
					p, err := profileNamed(ctx, s, name)
					if err != nil {
						return err
					}
					ids = append(ids, p.ID)
				}
				b, err := s.ExportProfiles(ctx, format, secrets, ids...)
				if err != nil {
					return err
				}
				if file == "" || file == "-" {
					_, err := c.out.Write(b)
					return err
				}
				if err := atomicfile.Write(file, b, 0o600); err != nil {
					return adit.Errorf(adit.Invalid, "%s cannot be written: %w", file, pathless(err))
				}
				c.say("Written to %s.\n", file)
				return nil
			})
		},
	}
	fl := cmd.Flags()
	fl.StringVar(&format, "format", "", "`json` or yaml (default: as the file is called, else json)")
	fl.StringVar(&file, "file", "", "`file` to write (default: standard output)")
	fl.BoolVar(&secrets, "secrets", false, "with passwords and tokens")
	c.complete(cmd, "format", "json", "yaml")
	return cmd
}

func (c *cli) profileImportCommand() *cobra.Command {
	req := body.ImportRequest{}
	cmd := &cobra.Command{
		Use: "import FILE", Short: "Take profiles from a file",
		Long: `Take profiles from a file: adit's own export (JSON or YAML), or what the Mining Platform leaves behind in
~/.config/lethean-desktop: mining_profiles.json, mining_config.json, miners/config.json.

An entry that could not be started (no valid address, say) is refused by name and the others are made; adit has no
wallet to put there instead. A file that is cut off is refused whole. Exit code 3: some entries were refused.`,
		Example: `  adit profile import profiles.yaml --dry-run
  adit profile import ~/.config/lethean-desktop/mining_profiles.json`,
		Args: takes(1, "a FILE (- = standard input)"),
		RunE: func(cmd *cobra.Command, args []string) error {
			b, err := c.readFile(args[0], maxConfigFile)
			if err != nil {
				return err
			}
			req.Content = string(b)
			if ext := filepath.Ext(args[0]); ext == ".yaml" || ext == ".yml" {
				req.Format = "yaml"
			}
			return c.withServer(cmd.Context(), func(ctx context.Context, s *client.Client) error {
				got, err := s.ImportProfiles(ctx, req)
				if err != nil {
					return err
				}
				if err := c.answer(got, func() { c.printImport(got) }); err != nil {
					return err
				}
				return importOutcome(got)
			})
		},
	}
	cmd.Flags().BoolVar(&req.DryRun, "dry-run", false, "say what would be made, write nothing")
	cmd.Flags().BoolVar(&req.Replace, "replace", false, "a profile of the same name becomes what the file says, as a new version")
	return cmd
}

func (c *cli) printImport(r body.ImportResult) {
	t := table{head: []string{"ENTRY", "NAME", "PROGRAM", "OUTCOME", "WHY"}}
	words := map[string]string{"create": "made", "update": "replaced", "same": "there already", "refuse": "refused"}
	if r.DryRun {
		words["create"], words["update"], words["refuse"] = "would be made", "would be replaced", "would be refused"
	}
	for _, e := range r.Items {
		t.rows = append(t.rows, []string{e.Source, e.Name, e.MinerType, words[e.Outcome], e.Why})
	}
	c.print(t)
	for _, e := range r.Items {
		for _, n := range e.Notes {
			c.printf("%s: %s\n", e.Source, n)
		}
	}
	for _, n := range r.Notes {
		c.printf("%s\n", n)
	}
}

// importOutcome is the error of an import that refused some entries, or all.
func importOutcome(r body.ImportResult) error {
	refused := 0
	for _, e := range r.Items {
		if e.Outcome == "refuse" {
			refused++
		}
	}
	err := adit.Errorf(adit.Invalid, "%d of %d entries were refused", refused, len(r.Items))
	switch {
	case refused == 0:
		return nil
	case refused == len(r.Items):
		return err
	}
	return partial{err}
}

func (c *cli) profileCheckCommand() *cobra.Command {
	return c.oneProfile("check NAME", "Say whether a profile could be started, and how", "  adit profile check desk",
		func(ctx context.Context, s *client.Client, p body.Profile) error {
			raw, err := json.Marshal(p.Config)
			if err != nil {
				return err
			}
			return c.checked(ctx, s, p.MinerType, raw, p.ID)
		})
}

// checked asks the server about a configuration, prints the answer and returns what is wrong.
func (c *cli) checked(ctx context.Context, s *client.Client, kind string, config json.RawMessage, profile string) error {
	got, err := s.CheckConfig(ctx, kind, config, profile)
	if err != nil {
		return err
	}
	if err := c.answer(got, func() { c.printCheck(got) }); err != nil {
		return err
	}
	if got.OK {
		return nil
	}
	if c.output != "table" {
		return silent(exitUsage)
	}
	var words []string
	for _, e := range got.Errors {
		words = append(words, e.Message)
	}
	return adit.Errorf(adit.Invalid, "%s", strings.Join(words, "; "))
}

func (c *cli) printCheck(r body.CheckResult) {
	switch {
	case !r.OK:
		return
	case r.Rendered == nil:
		c.printf("It is well formed. How the program would be run is not known: %s\n", r.Why)
		return
	}
	where := r.Rendered.Path
	if where == "" {
		where = "(not installed)"
	}
	c.printf("It could be started, like this:\n  %s %s\n", where, strings.Join(r.Rendered.Args, " "))
	for name, content := range r.Rendered.Files {
		c.printf("%s:\n%s\n", name, content)
	}
}
