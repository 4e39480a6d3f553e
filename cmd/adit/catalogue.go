package main

import (
	"context"
	"os"

	"github.com/spf13/cobra"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/api/body"
	"github.com/adit-mining/adit/api/client"
	"github.com/adit-mining/adit/cmd/adit/app"
)

func (c *cli) catalogueCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "catalogue",
		Aliases: []string{"catalog"},
		Short:   "Show where mining programs come from and how they are known",
		Long: `The catalogue names archives of mining programs, the digest each is known by, and the public source of that digest.
It is part of adit. A newer one is accepted only with a signature of adit's release key.`,
		Example: `  adit catalogue
  adit catalogue add catalogue.json      # with catalogue.json.minisig beside it`,
		GroupID: "care",
		Args:    noSuchCommand,
		RunE:    func(cmd *cobra.Command, _ []string) error { return c.listCatalogue(cmd.Context()) },
	}
	cmd.AddCommand(&cobra.Command{
		Use:   "list",
		Short: "List all archives of the catalogue",
		Args:  takes(0, ""),
		RunE:  func(cmd *cobra.Command, _ []string) error { return c.listCatalogue(cmd.Context()) },
	}, &cobra.Command{
		Use:     "add FILE",
		Short:   "Add a signed catalogue; its signature lies beside it as FILE.minisig",
		Example: "  adit catalogue add catalogue.json",
		Args:    takes(1, "a FILE"),
		RunE:    func(cmd *cobra.Command, args []string) error { return c.addCatalogue(cmd.Context(), args[0]) },
	})
	return cmd
}

func (c *cli) listCatalogue(ctx context.Context) error {
	return c.withServer(ctx, func(ctx context.Context, s *client.Client) error {
		cat, err := s.Catalogue(ctx)
		if err != nil {
			return err
		}
		return c.answer(cat, func() { c.printCatalogue(cat) })
	})
}

func (c *cli) printCatalogue(cat body.Catalogue) {
	t := table{head: []string{"PROGRAM", "VERSION", "FOR", "LICENCE", "FEE", "SHA256"}}
	for _, e := range cat.Entries {
		t.rows = append(t.rows, []string{e.Program, e.Version, e.Platform, e.Licence, fee(e.FeePercent), e.SHA256})
	}
	c.print(t)
	said := map[string]bool{}
	for _, e := range cat.Entries {
		if !said[e.DigestSource] {
			said[e.DigestSource] = true
			c.printf("%s %s: digests from %s\n", e.Program, e.Version, e.DigestSource)
		}
	}
	for _, n := range cat.Notes {
		c.printf("%s\n", n)
	}
	c.printf("Catalogue number %d, %s.\n", cat.Serial, cat.Origin)
	if cat.Words != "" {
		c.say("%s\n", cat.Words)
	}
}

// maxCatalogueFile is far over what any catalogue needs.
const maxCatalogueFile = 700 << 10

func (c *cli) addCatalogue(ctx context.Context, path string) error {
	raw, err := readSmall(path)
	if err != nil {
		return err
	}
	sig, err := readSmall(path + ".minisig")
	if err != nil {
		return app.WithHint(err, "A catalogue is accepted only with its signature beside it.", "")
	}
	return c.withServer(ctx, func(ctx context.Context, s *client.Client) error {
		cat, err := s.AddCatalogue(ctx, body.SignedCatalogue{Catalogue: string(raw), Signature: string(sig)})
		if err != nil {
			return err
		}
		return c.answer(cat, func() {
			c.printf("Catalogue number %d with %d archives is in use.\n", cat.Serial, len(cat.Entries))
		})
	})
}

func readSmall(path string) ([]byte, error) {
	st, err := os.Stat(path)
	switch {
	case os.IsNotExist(err):
		return nil, adit.Errorf(adit.NotFound, "there is no file %s", path)
	case err != nil:
		return nil, adit.Errorf(adit.Invalid, "%s cannot be read: %w", path, err)
	case !st.Mode().IsRegular() || st.Size() > maxCatalogueFile:
		return nil, adit.Errorf(adit.Invalid, "%s is no catalogue: it is no file, or too big", path)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, adit.Errorf(adit.Invalid, "%s cannot be read: %w", path, err)
	}
	return b, nil
}
