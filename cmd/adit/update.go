package main

import (
	"context"
	"errors"
	"fmt"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/api/body"
	"github.com/adit-mining/adit/api/client"
)

// updateFlags is what `adit update` was asked for.
type updateFlags struct {
	check, unpin bool
	pin, use     string
}

func (c *cli) updateCommand() *cobra.Command {
	var f updateFlags
	cmd := &cobra.Command{
		Use:   "update [PROGRAM]",
		Short: "Bring mining programs to the catalogue's newest version",
		Long: `Install the newest version of the catalogue for each installed program, or for one. Nothing is asked of any server
to find out what is new: the catalogue comes with adit, or was added with its signature (adit catalogue add).

The old version stays installed, so that you can go back to it with --use. A running program goes on with the version it
has until it is restarted. A pinned program is left alone.`,
		Example: `  adit update --check
  adit update xmrig
  adit update xmrig --use 6.25.0    # back to an installed version
  adit update xmrig --pin 6.25.0    # and stay there`,
		GroupID:           "care",
		Args:              atMostOne,
		ValidArgsFunction: c.completeInstalled,
		RunE: func(cmd *cobra.Command, args []string) error {
			program := ""
			if len(args) == 1 {
				program = args[0]
			}
			given := 0
			for _, on := range []bool{f.check, f.unpin, f.pin != "", f.use != ""} {
				if on {
					given++
				}
			}
			if given > 1 {
				return usageError(cmd, "--check, --use, --pin and --unpin exclude each other")
			}
			if f.pin != "" || f.use != "" || f.unpin {
				if program == "" {
					return usageError(cmd, "say which PROGRAM is meant")
				}
				return c.chooseVersion(cmd.Context(), program, f)
			}
			ctx, stop := signal.NotifyContext(cmd.Context(), syscall.SIGINT, syscall.SIGTERM)
			defer stop()
			return c.update(ctx, program, f.check)
		},
	}
	cmd.Flags().BoolVar(&f.check, "check", false, "only say what is new")
	cmd.Flags().StringVar(&f.use, "use", "", "start this installed `version` from now on")
	cmd.Flags().StringVar(&f.pin, "pin", "", "keep the program at this installed `version`")
	cmd.Flags().BoolVar(&f.unpin, "unpin", false, "let the program follow the catalogue again")
	return cmd
}

func (c *cli) chooseVersion(ctx context.Context, program string, f updateFlags) error {
	return c.withServer(ctx, func(ctx context.Context, s *client.Client) error {
		words, err := "", error(nil)
		switch {
		case f.use != "":
			words, err = fmt.Sprintf("%s %s is started from now on.", program, f.use), s.UseVersion(ctx, program, f.use)
		case f.pin != "":
			words, err = fmt.Sprintf("%s stays at %s.", program, f.pin), s.Pin(ctx, program, f.pin)
		default:
			words, err = program+" follows the catalogue.", s.Pin(ctx, program, "")
		}
		if err != nil {
			return err
		}
		return c.answer(map[string]string{"program": program, "status": words}, func() { c.printf("%s\n", words) })
	})
}

func (c *cli) update(ctx context.Context, program string, check bool) error {
	s, err := c.connect()
	if err != nil {
		return err
	}
	all, err := s.Updates(ctx)
	if err != nil {
		return err
	}
	list := []body.Update{}
	for _, u := range all {
		if program == "" || u.Program == program {
			list = append(list, u)
		}
	}
	if check || len(list) == 0 {
		if program != "" && len(list) == 0 {
			if err := isInstalled(ctx, s, program); err != nil {
				return err
			}
		}
		return c.answer(list, func() { c.printUpdates(list) })
	}
	return c.updateAll(ctx, s, list)
}

func isInstalled(ctx context.Context, s *client.Client, program string) error {
	list, err := s.Installs(ctx)
	if err != nil {
		return err
	}
	for _, i := range list.Installed {
		if i.Program == program {
			return nil
		}
	}
	return adit.Errorf(adit.NotFound, "%s is not installed: adit install %s", program, program)
}

func (c *cli) printUpdates(list []body.Update) {
	if len(list) == 0 {
		c.printf("Everything installed is the newest of the catalogue.\n")
		return
	}
	t := table{head: []string{"PROGRAM", "INSTALLED", "NEWEST", ""}}
	for _, u := range list {
		note := ""
		if u.Pinned {
			note = "pinned"
		}
		t.rows = append(t.rows, []string{u.Program, u.From, u.To, note})
	}
	c.print(t)
}

// updateAll installs what is new, pinned programs left out.
func (c *cli) updateAll(ctx context.Context, s *client.Client, list []body.Update) error {
	var done []body.Update
	var failed []error
	for _, u := range list {
		if u.Pinned {
			c.say("%s is pinned at %s and left alone.\n", u.Program, u.From)
			continue
		}
		started, err := s.Install(ctx, u.Program, body.InstallRequest{Version: u.To})
		if err == nil {
			c.sayTerms(ctx, s, started.Job)
			_, err = c.follow(ctx, s, started.Job)
		}
		if ctx.Err() != nil {
			c.cancelInstall(s, started.Job)
			return silent(exitError)
		}
		if err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", u.Program, err))
			continue
		}
		done = append(done, u)
	}
	err := errors.Join(failed...)
	if err != nil && len(done) > 0 {
		err = partial{err}
	}
	if done == nil {
		done = []body.Update{}
	}
	return errors.Join(c.answer(done, func() {
		for _, u := range done {
			c.printf("%s is %s now; it was %s, which stays for --use. A running one changes with its restart.\n", u.Program, u.To, u.From)
		}
	}), err)
}
