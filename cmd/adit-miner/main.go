package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"syscall"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/pow/randomx"
)

const usage = `adit-miner: RandomX (rx/0) on this computer's CPUs

  adit-miner [mine] --pool URL --user ADDRESS [options]   mine; more than one --pool: the next ones are backups
  adit-miner [mine] --config FILE                         the same with pools and secrets in a file (mode 0600)
  adit-miner verify [--threads N] [--nice N]              hash for others: JSON lines on stdin, answers on stdout
  adit-miner bench [options]                              hashes per second of this machine, as JSON
  adit-miner version

adit-miner COMMAND --help lists a command's options.
`

func main() {
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// run is main with its surroundings handed in; it returns the exit status: 0 fine, 1 failed, 2 wrong use.
func run(args []string, in io.Reader, out, errs io.Writer) int {
	command := "mine"
	if len(args) > 0 && (args[0] == "" || args[0][0] != '-') {
		command, args = args[0], args[1:]
	} else if len(args) == 0 || args[0] == "--help" || args[0] == "-h" || args[0] == "-help" {
		_, _ = io.WriteString(out, usage)
		return 0
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends at once
	var err error
	switch command {
	case "mine":
		err = mineCommand(ctx, args, out, errs)
	case "verify":
		err = verifyCommand(ctx, args, in, out, errs)
	case "bench":
		stop() // nothing is lost: let a signal end it, even in the midst of the C loop
		err = benchCommand(context.Background(), args, out, errs)
	case "version":
		_, _ = fmt.Fprintf(out, "adit-miner %s (%s %s/%s, RandomX: %v)\n", adit.Version, runtime.Version(), runtime.GOOS, runtime.GOARCH, randomx.Available)
	case "help":
		_, _ = io.WriteString(out, usage)
	default:
		err = adit.InvalidField("command", "%q is none of mine, verify, bench, version", command)
	}
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return 0
	case adit.CodeOf(err) == adit.Invalid:
		_, _ = fmt.Fprintln(errs, "adit-miner:", err)
		return 2
	}
	_, _ = fmt.Fprintln(errs, "adit-miner:", err)
	return 1
}

// flags makes a command's flag set with its help.
func flags(name, help string, errs io.Writer) *flag.FlagSet {
	fs := flag.NewFlagSet("adit-miner "+name, flag.ContinueOnError)
	fs.SetOutput(errs)
	fs.Usage = func() {
		_, _ = fmt.Fprintf(errs, "%s\n\nOptions:\n", help)
		fs.PrintDefaults()
	}
	return fs
}

// parse reads flags; what is left over is a mistake.
func parse(fs *flag.FlagSet, args []string) error {
	if err := fs.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return err
		}
		return adit.Errorf(adit.Invalid, "%w; --help lists the options", err)
	}
	if fs.NArg() > 0 {
		return adit.InvalidField("arguments", "%q is not expected; options begin with --", fs.Arg(0))
	}
	return nil
}
