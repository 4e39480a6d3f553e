package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/cmd/adit/app"
	"github.com/adit-mining/adit/internal/wording"
)

// Exit codes, the same for every command.
const (
	exitOK       = 0
	exitError    = 1
	exitUsage    = 2 // the command line or a value in it is wrong
	exitPartial  = 3 // some of it was done
	exitNotFound = 4
	exitDenied   = 5
	exitTimeout  = 6
)

// codes maps kinds of errors to exit codes; what is not named is exitError.
var codes = map[adit.Code]int{
	adit.Invalid:      exitUsage,
	adit.NotFound:     exitNotFound,
	adit.Unauthorized: exitDenied,
	adit.Forbidden:    exitDenied,
	adit.NoConsent:    exitDenied,
	adit.Timeout:      exitTimeout,
}

// partial is an error after which some of the work was done.
type partial struct{ error }

// silent ends the process with a code and prints nothing: what there was to say has been said.
type silent int

func (s silent) Error() string { return fmt.Sprintf("exit code %d", int(s)) }

// exitCode is what the process ends with for err.
func exitCode(err error) int {
	var s silent
	var p partial
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &s):
		return int(s)
	case errors.As(err, &p):
		return exitPartial
	case errors.Is(err, context.DeadlineExceeded):
		return exitTimeout
	}
	if n, ok := codes[adit.CodeOf(err)]; ok {
		return n
	}
	return exitError
}

// report prints an error (cause, next step, command to copy) and returns the exit code.
func (c *cli) report(err error) int {
	var s silent
	if errors.As(err, &s) {
		return int(s)
	}
	label := "adit: "
	if c.color {
		label = "\x1b[31madit:\x1b[0m "
	}
	c.say("%s%s\n", label, wording.Plain(strings.TrimSpace(err.Error())))
	h := app.HintOf(err)
	if h == nil {
		h = hintFor(err)
	}
	if h != nil && h.Next != "" {
		c.say("  %s\n", h.Next)
	}
	if h != nil && h.Try != "" {
		c.say("  try: %s\n", h.Try)
	}
	return exitCode(err)
}

// hintFor knows the next step of errors that come from the server without one.
func hintFor(err error) *app.Hint {
	switch adit.CodeOf(err) {
	case adit.NoConsent:
		return &app.Hint{Next: "Mining needs the permission of this computer's owner, once.", Try: "adit consent grant"}
	case adit.Unauthorized:
		return &app.Hint{Next: "The token of this data directory is not the server's, or none was sent. For a server elsewhere set ADIT_TOKEN.", Try: "ADIT_TOKEN=… adit --server URL status"}
	case adit.Timeout:
		return &app.Hint{Next: "See whether adit is well.", Try: "adit status"}
	}
	return nil
}

// usageError says what is wrong with the command line and where its help is.
func usageError(cmd *cobra.Command, format string, args ...any) error {
	return app.WithHint(adit.Errorf(adit.Invalid, format, args...), "", cmd.CommandPath()+" --help")
}

// noSuchCommand is the argument check of commands that only hold others.
func noSuchCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		return app.WithHint(adit.Errorf(adit.Invalid, "there is no command %q", args[0]), "Did you mean this?", cmd.CommandPath()+" "+near[0])
	}
	return usageError(cmd, "there is no command %q", args[0])
}

// takes checks the number of arguments and names what is expected.
func takes(n int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case len(args) == n:
			return nil
		case n == 0:
			return usageError(cmd, "%s takes no argument, got %q", cmd.CommandPath(), strings.Join(args, " "))
		case len(args) < n:
			return usageError(cmd, "%s needs %s", cmd.CommandPath(), what)
		}
		return usageError(cmd, "%s takes %s alone, got %q", cmd.CommandPath(), what, strings.Join(args, " "))
	}
}
