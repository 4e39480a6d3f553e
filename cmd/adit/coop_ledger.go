package main

import (
	"context"
	"net/url"
	"os"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/adit-mining/adit/api/client"
	"github.com/adit-mining/adit/cmd/adit/app"
	"github.com/adit-mining/adit/coop/config"
	"github.com/adit-mining/adit/coop/view"
)

func (c *cli) coopLedgerCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "ledger", Short: "Verify, export or repair the ledger of shares",
		Example: `  adit coop ledger verify
  adit coop ledger export -o csv > ledger.csv`,
		Args: noSuchCommand,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(c.coopVerifyCommand(), c.coopExportCommand(), c.coopRepairCommand())
	return cmd
}

func (c *cli) coopVerifyCommand() *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use: "verify", Short: "Read the whole ledger again and say whether all of it agrees",
		Long: `Read the whole ledger again: every checksum, every number, every division is made anew. It changes nothing.

A coordinator that runs is asked; where none does, the files of the data directory are read. The exit code is 1 where
something does not agree.`,
		Example: `  adit coop ledger verify
  adit coop ledger verify --data-dir /var/lib/adit-coordinator
  adit coop ledger verify --config coordinator.yaml      # at rest, where ledger.database is PostgreSQL`,
		Args: takes(0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			v, err := c.verifyLedger(cmd.Context(), file)
			if err != nil {
				return err
			}
			if err := c.answer(v, func() { c.printLedgerCheck(v) }); err != nil || v.OK {
				return err
			}
			return silent(exitError)
		},
	}
	cmd.Flags().StringVar(&file, "config", "", "the crew's settings, a `file`: where its database is, for a coordinator that does not run")
	return cmd
}

// verifyLedger asks the coordinator that runs, or reads what one that does not run has left.
func (c *cli) verifyLedger(ctx context.Context, file string) (v view.Check, err error) {
	dir, err := c.folder()
	if err != nil {
		return v, err
	}
	if c.elsewhere() || app.CoopHeld(dir) {
		err = c.withCrewLong(ctx, func(ctx context.Context, s *client.Client) error {
			v, err = s.CoopVerify(ctx)
			return err
		})
		return v, err
	}
	if file == "" {
		file = app.CrewSettings(dir)
	}
	database := ""
	if file != "" {
		cfg, err := config.LoadCoordinator(config.Source{File: file, Environ: os.Environ()})
		if err != nil {
			return v, err
		}
		database = cfg.Ledger.Database
	}
	if err := app.OwnFolder(dir); err != nil {
		return v, err
	}
	return app.VerifyCrew(ctx, dir, database)
}

func (c *cli) printLedgerCheck(v view.Check) {
	if v.OK {
		c.printf("All of it agrees: %d records in %d segments, %d rounds worked out again, in %s.\n", v.Records, v.Segments, v.Rounds, seconds(v.Took))
	} else {
		c.printf("The ledger does not agree with itself:\n")
		for _, e := range v.Errors {
			c.printf("  %s\n", e)
		}
	}
	c.printf("Digest of the newest record and all before it: %s\n", v.Head)
}

func (c *cli) coopExportCommand() *cobra.Command {
	var from, to uint64
	var member string
	cmd := asCSV(&cobra.Command{
		Use: "export", Short: "Write the ledger's shares, the oldest first",
		Long: "Write the ledger's shares to standard output, the oldest first, as JSON or with -o csv as a table. It is as long as the ledger is.",
		Example: `  adit coop ledger export -o csv > ledger.csv
  adit coop ledger export --from 1000 --to 1999 -o json | jq length`,
		Args: takes(0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			format := "json"
			switch c.output {
			case "csv":
				format = "csv"
			case "yaml":
				return usageError(cmd, "--output yaml: the ledger is written as json or csv")
			}
			q := url.Values{}
			for key, n := range map[string]uint64{"from": from, "to": to} {
				if n != 0 {
					q.Set(key, strconv.FormatUint(n, 10))
				}
			}
			if member != "" {
				q.Set("member", member)
			}
			return c.withCrewLong(cmd.Context(), func(ctx context.Context, s *client.Client) error {
				return s.CoopFile(ctx, client.CoopLedgerFile, format, q, c.out)
			})
		},
	})
	cmd.Flags().Uint64Var(&from, "from", 0, "`number` of the first share (default: the oldest)")
	cmd.Flags().Uint64Var(&to, "to", 0, "`number` of the last share (default: the newest)")
	cmd.Flags().StringVar(&member, "member", "", "only those of this `member`")
	return cmd
}

func (c *cli) coopStatementCommand() *cobra.Command {
	var since, until string
	cmd := asCSV(&cobra.Command{
		Use: "statement MEMBER", Short: "Show a member's account",
		Example: `  adit coop statement rig-7
  adit coop statement rig-7 --since 30d -o csv > rig-7.csv`,
		Args: takes(1, "a MEMBER: adit coop members lists them"), ValidArgsFunction: c.completeMembers,
		RunE: func(cmd *cobra.Command, args []string) error {
			from, err := optionalMoment(cmd, "since", since)
			if err != nil {
				return err
			}
			to, err := optionalMoment(cmd, "until", until)
			if err != nil {
				return err
			}
			return c.withCrew(cmd.Context(), func(ctx context.Context, s *client.Client) error {
				if c.output == "csv" {
					return c.file(ctx, s, client.CoopStatementFile(args[0]), client.CoopStatementQuery(from, to))
				}
				st, err := s.CoopStatement(ctx, args[0], from, to)
				if err != nil {
					return err
				}
				return c.answer(st, func() { c.printStatement(st) })
			})
		},
	})
	cmd.Flags().StringVar(&since, "since", "", "a `length` before now (30d) or a time (2026-01-31) (default: from the beginning)")
	cmd.Flags().StringVar(&until, "until", "", "a `length` before now or a time (default: now)")
	return cmd
}

// optionalMoment reads a flag that is a moment; nil where it is not given.
func optionalMoment(cmd *cobra.Command, name, text string) (*time.Time, error) {
	if text == "" {
		return nil, nil
	}
	t, err := moment(text, time.Now())
	if err != nil {
		return nil, usageError(cmd, "--%s: %v", name, err)
	}
	return &t, nil
}

func (c *cli) printStatement(st view.Statement) {
	c.printf("%s, %s\n", st.Name, st.Coin.Name)
	t := table{head: []string{"WHEN", "WHAT", "IN", "OUT", "BALANCE"}, right: map[int]bool{2: true, 3: true, 4: true}}
	side := func(a *view.Atomic) string {
		if a == nil {
			return ""
		}
		return st.Coin.Text(*a)
	}
	for _, l := range st.Lines {
		t.rows = append(t.rows, []string{clock(l.At), l.Kind + ": " + l.Text, side(l.In), side(l.Out), st.Coin.Text(l.Balance)})
	}
	if len(t.rows) == 0 {
		c.printf("Nothing was booked in this time.\n")
	} else {
		c.print(t)
	}
	c.printf("Opening %s, closing %s %s\n", st.Coin.Text(st.Opening), st.Coin.Text(st.Closing), st.Coin.Symbol)
}
