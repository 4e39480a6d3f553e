package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/cmd/adit/app"
	"github.com/adit-mining/adit/cmd/adit/service"
)

// cli is what every subcommand may use: the streams, the environment, the global flags. Tests fill it by hand.
type cli struct {
	args     []string
	in       io.Reader
	out, err io.Writer
	env      func(string) string
	terminal bool // a person sits at in and err
	color    bool // err understands colour and NO_COLOR is not set
	self     string
	services *service.System // where services are installed; nil = this computer

	dataDir string
	server  string
	output  string
	crew    bool // the coordinator is asked: one that runs alone before the hub
}

// system is the cli of a real process.
func system() *cli {
	self, _ := os.Executable()
	err := term.IsTerminal(int(os.Stderr.Fd()))
	return &cli{
		args: os.Args[1:], in: os.Stdin, out: os.Stdout, err: os.Stderr, env: os.Getenv, self: self,
		terminal: err && term.IsTerminal(int(os.Stdin.Fd())),
		color:    err && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb",
	}
}

// Main runs one command line and returns the exit code of the process.
func Main(ctx context.Context, c *cli) int {
	root := c.root()
	root.SetArgs(c.args)
	root.SetIn(c.in)
	root.SetOut(c.out)
	root.SetErr(c.err)
	if err := root.ExecuteContext(ctx); err != nil {
		return c.report(err)
	}
	return exitOK
}

func (c *cli) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "adit",
		Short: "The one way into everything that mines",
		Long: `adit mines with this computer, watches over it and tells the truth about it.

Nothing is mined before the owner of the computer agreed, and ` + "`adit pause`" + ` always wins.
Start with a practice run: real work that is really checked, no wallet, no network, nothing earned.`,
		Example: `  adit up --practice      # see this computer hash, in the browser and here
  adit status             # what runs now
  adit pause --for 2h     # the off switch`,
		Version:       adit.Version,
		SilenceErrors: true,

		SuggestionsMinimumDistance: 2,
		SilenceUsage:               true,
		Args:                       noSuchCommand,
		RunE:                       func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetVersionTemplate("adit {{.Version}}\n")
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error { return usageError(cmd, "%v", err) })
	root.CompletionOptions.HiddenDefaultCmd = false
	root.SetHelpCommand(c.helpCommand())

	f := root.PersistentFlags()
	f.StringVar(&c.dataDir, "data-dir", "", "folder with adit's `data` (default $XDG_DATA_HOME/adit; also ADIT_DATA_DIR)")
	f.StringVar(&c.server, "server", "", "`URL` of the adit to ask (default: the one that runs on the data folder; also ADIT_SERVER)")
	f.StringVarP(&c.output, "output", "o", "table", "`format` of the answer: table, json or yaml")
	c.complete(root, "output", "table", "json", "yaml")

	root.AddGroup(
		&cobra.Group{ID: "run", Title: "Run this computer:"},
		&cobra.Group{ID: "mine", Title: "Mining programs:"},
		&cobra.Group{ID: "look", Title: "Look and check:"},
		&cobra.Group{ID: "care", Title: "Install and take care:"},
	)
	root.AddCommand(
		c.upCommand(), c.coordinatorCommand(), c.workerCommand(), c.coopCommand(), c.pauseCommand(), c.resumeCommand(), c.statusCommand(), c.consentCommand(), c.linkCommand(),
		c.startCommand(), c.stopCommand(), c.restartCommand(), c.releaseCommand(), c.listCommand(), c.logsCommand(), c.practiceCommand(),
		c.benchCommand(), c.doctorCommand(), c.versionCommand(), c.shimCommand(),
		c.profileCommand(), c.configCommand(), c.settingsCommand(), c.estimateCommand(), c.poolsCommand(),
		c.policyCommand(), c.feesCommand(), c.securityCommand(), c.connectionsCommand(),
		c.backupCommand(), c.restoreCommand(), c.serviceCommand(), c.manCommand(), c.historyCommand(), c.tokenCommand(),
		c.installCommand(), c.uninstallCommand(), c.updateCommand(), c.catalogueCommand(), c.verifyBinaryCommand(), c.pkiCommand(),
	)
	root.PersistentPreRunE = func(cmd *cobra.Command, _ []string) error { return c.checkGlobals(cmd) }
	return root
}

func (c *cli) checkGlobals(cmd *cobra.Command) error {
	switch c.output {
	case "table", "json", "yaml":
		return nil
	case "csv":
		if cmd.Annotations["csv"] != "" {
			return nil
		}
	}
	return usageError(cmd, "--output %q: use table, json or yaml", c.output)
}

// complete offers fixed values to the shell.
func (c *cli) complete(cmd *cobra.Command, flag string, values ...string) {
	fn := cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp)
	if err := cmd.RegisterFlagCompletionFunc(flag, fn); err != nil {
		panic(err) // a flag that does not exist: a typing error here
	}
}

// folder is the data directory the command works on.
func (c *cli) folder() (string, error) {
	if c.dataDir != "" {
		return absolute(c.dataDir)
	}
	return app.DefaultDataDir(c.env)
}

func (c *cli) printf(format string, args ...any) { fmt.Fprintf(c.out, format, args...) }

// say is for people: notes, questions and progress go beside the answer, so that a pipe gets the answer alone.
func (c *cli) say(format string, args ...any) { fmt.Fprintf(c.err, format, args...) }

func (c *cli) helpCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "help [command]",
		Short: "Explain a command",
		RunE: func(cmd *cobra.Command, args []string) error {
			about, rest, err := cmd.Root().Find(args)
			if err != nil || len(rest) > 0 {
				return usageError(cmd.Root(), "there is no command %q", strings.Join(args, " "))
			}
			return about.Help()
		},
	}
}
