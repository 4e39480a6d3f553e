package main

import (
	"context"
	"fmt"
	"io"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/api/body"
	"github.com/adit-mining/adit/api/client"
	"github.com/adit-mining/adit/cmd/adit/app"
)

const (
	watchInstall = 250 * time.Millisecond // between two looks
	tellInstall  = 3 * time.Second        // between two lines, where there is no terminal
	cancelWithin = 5 * time.Second
)

// installFlags is how a person wants a program installed.
type installFlags struct{ version, archive, sha256 string }

func (c *cli) installCommand() *cobra.Command {
	var f installFlags
	cmd := &cobra.Command{
		Use:   "install [PROGRAM]",
		Short: "Install a mining program",
		Long: `Install a mining program from the catalogue, or from an archive that you have.

adit comes without any other mining program. What it installs is checked against a digest of a public source, unpacked
where only adit looks for it, and checked again before each start. For an archive that the catalogue does not know you
vouch yourself, with the digest that its publisher gives.

Without PROGRAM it lists what can be installed on this computer, with licence and fee.`,
		Example: `  adit install xmrig
  adit install xmrig --version 6.25.0
  adit install xmrig --archive xmrig-6.26.0-linux-static-x64.tar.gz
  adit install xmrig --archive mine.tar.gz --sha256 DIGEST     # you vouch for it`,
		GroupID:           "care",
		Args:              atMostOne,
		ValidArgsFunction: c.completeCatalogue,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				if f != (installFlags{}) {
					return usageError(cmd, "say which PROGRAM to install")
				}
				return c.listInstallable(cmd.Context())
			}
			req, err := c.installRequest(cmd, f)
			if err != nil {
				return err
			}
			ctx, stop := signal.NotifyContext(cmd.Context(), syscall.SIGINT, syscall.SIGTERM)
			defer stop()
			return c.runInstall(ctx, args[0], req)
		},
	}
	cmd.Flags().StringVar(&f.version, "version", "", "`version` to install (default: the pinned one, else the newest of the catalogue)")
	cmd.Flags().StringVar(&f.archive, "archive", "", "install from this `file` on this computer instead of downloading")
	cmd.Flags().StringVar(&f.sha256, "sha256", "", "`digest` of the archive that you vouch for, where the catalogue has none")
	return cmd
}

// atMostOne takes the name of one program, or none.
func atMostOne(cmd *cobra.Command, args []string) error {
	if len(args) > 1 {
		return usageError(cmd, "%s takes one PROGRAM, got %q", cmd.CommandPath(), strings.Join(args, " "))
	}
	return nil
}

func (c *cli) installRequest(cmd *cobra.Command, f installFlags) (body.InstallRequest, error) {
	req := body.InstallRequest{Version: f.version, SHA256: strings.ToLower(f.sha256)}
	switch {
	case f.archive == "" && f.sha256 != "":
		return req, usageError(cmd, "--sha256 goes with --archive FILE")
	case f.archive == "":
		return req, nil
	case c.elsewhere():
		return req, app.WithHint(adit.Errorf(adit.Invalid, "--archive names a file on this computer, and the adit you ask may be on another"),
			"Run the command on that computer, without --server and ADIT_SERVER.", "")
	}
	path, err := absolute(f.archive)
	req.Archive = path
	return req, err
}

// runInstall installs and shows how far it is. An interrupt cancels; what was downloaded is kept for the next try.
func (c *cli) runInstall(ctx context.Context, program string, req body.InstallRequest) error {
	s, err := c.connect()
	if err != nil {
		return err
	}
	started, err := s.Install(ctx, program, req)
	if err != nil {
		return err
	}
	c.sayTerms(ctx, s, started.Job)
	j, err := c.follow(ctx, s, started.Job)
	if err != nil {
		if ctx.Err() != nil {
			c.cancelInstall(s, started.Job)
			return silent(exitError)
		}
		return err
	}
	return c.answerInstalled(ctx, s, j)
}

// sayTerms tells what the program costs and under which licence it comes, before it is there.
func (c *cli) sayTerms(ctx context.Context, s *client.Client, j body.InstallJob) {
	cat, err := s.Catalogue(ctx)
	if err != nil {
		return // its installation will say what is wrong
	}
	for _, e := range cat.Entries {
		if e.Program == j.Program && e.Version == j.Version && e.Here {
			c.say("%s %s: %s, %s source; fee of its author: %s\n", e.Title, e.Version, e.Licence, e.Source, fee(e.FeePercent))
			return
		}
	}
}

func fee(percent *float64) string {
	return orUnknown(percent, func(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) + " %" })
}

func (c *cli) cancelInstall(s *client.Client, j body.InstallJob) {
	ctx, cancel := context.WithTimeout(context.Background(), cancelWithin)
	defer cancel()
	switch err := s.CancelInstall(ctx, j.ID); {
	case err == nil:
		c.say("Cancelled; what was downloaded is kept for the next try.\n")
	case adit.CodeOf(err) != adit.Conflict: // it had ended
		c.say("The installation could not be cancelled and goes on: %v\n", err)
	}
}

// follow watches a job until it has ended.
func (c *cli) follow(ctx context.Context, s *client.Client, j body.InstallJob) (body.InstallJob, error) {
	show := c.installDisplay()
	defer show.end()
	t := time.NewTicker(watchInstall)
	defer t.Stop()
	for {
		show.job(j)
		switch j.Phase {
		case "done":
			return j, nil
		case "failed":
			return j, &adit.Error{Code: adit.Code(j.Code), Msg: j.Reason}
		case "cancelled":
			return j, adit.Errorf(adit.Conflict, "the installation was cancelled")
		}
		select {
		case <-ctx.Done():
			return j, ctx.Err()
		case <-t.C:
		}
		now, err := s.InstallJob(ctx, j.ID)
		if err != nil {
			return j, err
		}
		j = now
	}
}

func (c *cli) answerInstalled(ctx context.Context, s *client.Client, j body.InstallJob) error {
	list, err := s.Installs(ctx)
	if err != nil {
		return err
	}
	for _, i := range list.Installed {
		if i.Program != j.Program || i.Version != j.Version {
			continue
		}
		return c.answer(i, func() {
			c.printf("%s %s is installed: %s\n", i.Program, i.Version, i.Binary)
			if i.Vouched == "you" {
				c.printf("You vouched for its archive; the catalogue does not know it.\n")
			}
			c.printf("Start it:  adit start %s --pool stratum+tcp://HOST:PORT --address YOUR_ADDRESS\n", i.Program)
		})
	}
	return adit.Errorf(adit.Internal, "%s %s was installed and is not there: see `adit doctor`", j.Program, j.Version)
}

func (c *cli) listInstallable(ctx context.Context) error {
	return c.withServer(ctx, func(ctx context.Context, s *client.Client) error {
		cat, err := s.Catalogue(ctx)
		if err != nil {
			return err
		}
		list, err := s.Installs(ctx)
		if err != nil {
			return err
		}
		here := []body.CatalogueEntry{}
		for _, e := range cat.Entries {
			if e.Here {
				here = append(here, e)
			}
		}
		return c.answer(map[string]any{"installable": here, "installed": list.Installed}, func() { c.printInstallable(here, list, cat) })
	})
}

func (c *cli) printInstallable(here []body.CatalogueEntry, list body.Installs, cat body.Catalogue) {
	have := map[string]string{}
	t := table{head: []string{"PROGRAM", "VERSION", "INSTALLED", "LICENCE", "SOURCE", "FEE"}}
	for _, i := range list.Installed {
		have[i.Program+" "+i.Version] = installedWord(i)
	}
	for _, e := range here {
		key := e.Program + " " + e.Version
		word := have[key]
		if word == "" {
			word = "no"
		}
		delete(have, key)
		t.rows = append(t.rows, []string{e.Program, e.Version, word, e.Licence, e.Source, fee(e.FeePercent)})
	}
	for _, i := range list.Installed {
		if word := have[i.Program+" "+i.Version]; word != "" {
			t.rows = append(t.rows, []string{i.Program, i.Version, word, i.Licence, i.Source, fee(i.FeePercent)})
		}
	}
	if len(t.rows) == 0 {
		c.printf("The catalogue has no mining program for this computer (%s).\n", cat.Platform)
		return
	}
	c.print(t)
	for _, i := range list.Installed {
		if i.Words != "" {
			c.printf("%s %s: %s\n", i.Program, i.Version, i.Words)
		}
	}
	c.printf("Install one:  adit install %s\n", t.rows[0][0])
}

func installedWord(i body.Installed) string {
	word := "yes"
	switch {
	case i.State != "ok":
		return i.State
	case i.Current:
		word = "in use"
	}
	if i.Pinned {
		word += ", pinned"
	}
	return word
}

// completeCatalogue offers the programs of the catalogue to the shell.
func (c *cli) completeCatalogue(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	var names []string
	if len(args) == 0 {
		_ = c.withServer(cmd.Context(), func(ctx context.Context, s *client.Client) error {
			cat, err := s.Catalogue(ctx)
			for _, e := range cat.Entries {
				if e.Here {
					names = append(names, e.Program)
				}
			}
			return err
		})
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

// display shows an installation: a bar on a terminal, lines elsewhere, nothing beside JSON.
type display interface {
	job(body.InstallJob)
	end()
}

func (c *cli) installDisplay() display {
	switch {
	case c.output != "table":
		return quiet{}
	case c.terminal:
		return newBar(c.err)
	}
	return &lines{c: c}
}

type quiet struct{}

func (quiet) job(body.InstallJob) {}
func (quiet) end()                {}

// lines tells of each phase, and now and then how far it is.
type lines struct {
	c     *cli
	phase string
	told  time.Time
}

func (l *lines) job(j body.InstallJob) {
	if j.Phase == "waiting" || j.Phase == l.phase && time.Since(l.told) < tellInstall {
		return
	}
	l.phase, l.told = j.Phase, time.Now()
	l.c.say("%s\n", installLine(j))
}

func (l *lines) end() {}

// installLine is how far a job is, in words.
func installLine(j body.InstallJob) string {
	line := strings.TrimSpace(j.Program+" "+j.Version) + ": " + j.Phase
	if j.Phase == "downloading" && j.From != "" {
		line += " from " + j.From
	}
	if j.Total != nil && *j.Total > 0 && j.Done > 0 {
		line += fmt.Sprintf(" %d %%", 100*j.Done / *j.Total)
	}
	if j.Speed != nil {
		line += fmt.Sprintf(", %.1f MB/s", *j.Speed/1e6)
	}
	return line
}

// bar is one progress bar for all phases, begun anew with each.
type bar struct {
	all   *mpb.Progress
	now   *mpb.Bar
	phase string
}

func newBar(w io.Writer) *bar { return &bar{all: mpb.New(mpb.WithOutput(w), mpb.WithWidth(64))} }

func (b *bar) job(j body.InstallJob) {
	if j.Phase == "waiting" {
		return
	}
	if j.Phase != b.phase {
		b.finish()
		b.phase = j.Phase
		switch j.Phase {
		case "downloading", "checking", "unpacking":
			b.now = b.all.AddBar(0, mpb.BarRemoveOnComplete(),
				mpb.PrependDecorators(decor.Name(strings.TrimSpace(j.Program+" "+j.Version)+" "+j.Phase, decor.WC{C: decor.DindentRight | decor.DextraSpace})),
				mpb.AppendDecorators(decor.Percentage(decor.WCSyncSpace), decor.CountersKibiByte("% .1f / % .1f", decor.WCSyncSpace)))
		}
	}
	if b.now == nil {
		return
	}
	if j.Total != nil {
		b.now.SetTotal(*j.Total, false)
	}
	b.now.SetCurrent(j.Done)
}

func (b *bar) finish() {
	if b.now != nil {
		b.now.Abort(true)
		b.now = nil
	}
}

func (b *bar) end() {
	b.finish()
	b.all.Wait()
}
