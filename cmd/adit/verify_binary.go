package main

import (
	"time"

	"github.com/spf13/cobra"

	"github.com/adit-mining/adit/agent"
	"github.com/adit-mining/adit/agent/install"
)

func (c *cli) verifyBinaryCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "verify-binary PATH",
		Short: "Say what a mining program's file is and whether it is the right one",
		Long: `Compare a file with what adit knows: a program it installed, a copy of one, or an archive of the catalogue. It tells the
digest, who vouches for it and where that was published, licence and fee. It works without a running adit, reads only,
and asks no server.

Exit code 1 where the file is not what it should be, 4 where adit does not know it.`,
		Example: `  adit verify-binary ~/Downloads/xmrig-6.26.0-linux-static-x64.tar.gz
  adit verify-binary "$(adit list --available -o json | jq -r '.[] | select(.name == "xmrig") | .path')"`,
		GroupID: "care",
		Args:    takes(1, "the PATH of a file"),
		RunE:    func(_ *cobra.Command, args []string) error { return c.verifyBinary(args[0]) },
	}
}

func (c *cli) verifyBinary(path string) error {
	dir, err := c.folder()
	if err != nil {
		return err
	}
	r, err := install.Examine(agent.ProgramsDir(dir), path, nil)
	if err != nil {
		return err
	}
	if err := c.answer(r, func() { c.printReport(r) }); err != nil {
		return err
	}
	if r.Verdict != install.VerdictOK {
		return silent(exitError)
	}
	return nil
}

func (c *cli) printReport(r install.Report) {
	kind := map[string]string{"installed": "installed by adit", "copy": "a copy of what adit installed", "archive": "an archive of the catalogue"}[r.Kind]
	verdict := "it is the right one"
	if r.Verdict != install.VerdictOK {
		verdict = "NOT the right one"
	}
	or := func(s string) string {
		if s == "" {
			return unknown
		}
		return s
	}
	c.pairs("file", r.Path, "is", r.Program+" "+r.Version+" for "+or(r.Platform)+", "+kind, "verdict", verdict,
		"sha256", or(r.SHA256), "expected", or(r.Expected), "vouched for by", map[string]string{"catalogue": "the catalogue", "you": "you"}[r.Vouched],
		"published in", or(r.DigestSource), "comes from", or(r.URL), "licence", or(r.Licence), "source", or(r.Source), "fee", fee(r.FeePercent))
	if !r.InstalledAt.IsZero() {
		c.pairs("installed", r.InstalledAt.Local().Format(time.DateTime))
	}
	if r.Words != "" {
		c.printf("%s\n", r.Words)
	}
}
