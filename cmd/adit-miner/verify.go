package main

import (
	"context"
	"io"
	"os"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/pow/engine"
	"github.com/adit-mining/adit/pow/randomx"
	"github.com/adit-mining/adit/pow/verify"
)

const verifyHelp = `adit-miner verify: hash for another program, in light mode (256 MiB per seed, two seeds at most), or with --mode full with
the dataset of the seed that is asked for as well (2080 MiB more, about ten times as fast once it is built)

One JSON object per line on stdin, one answer per line on stdout:
  {"id":1,"algo":"rx/0","seed":"<64 hex>","blobs":["<hex>"]}
  {"id":1,"hashes":["<64 hex>"]}   or   {"id":1,"error":"…"}
It ends when stdin ends.`

// closable is a hasher with memory.
type closable interface {
	verify.Hasher
	Close()
}

func newHasher(lib engine.Library, mode string, threads int) closable {
	if mode == "full" {
		return verify.NewFullHasher(lib, threads)
	}
	return verify.NewLightHasher(lib, threads)
}

// openFor is the library for a hasher: one in light mode leaves reserved huge pages to miners.
func openFor(full, noHuge bool) (engine.Library, error) {
	return randomx.Open(randomx.Options{NoHugePages: noHuge || !full})
}

// verifyCommand answers on out what in asks, until in ends.
func verifyCommand(ctx context.Context, args []string, in io.Reader, out, errs io.Writer) error {
	fs := flags("verify", verifyHelp, errs)
	threads := fs.Int("threads", 1, "how many `N` threads hash the blobs of a request")
	mode := fs.String("mode", "light", "light or full `MODE`")
	nice := fs.Int("nice", 0, "niceness `N`")
	if err := parse(fs, args); err != nil {
		return err
	}
	if err := setNice(*nice); err != nil {
		return err
	}
	if *mode != "light" && *mode != "full" {
		return adit.InvalidField("--mode", "%q: use light or full", *mode)
	}
	lib, err := openFor(*mode == "full", false)
	if err != nil {
		return err
	}
	h := newHasher(lib, *mode, *threads)
	done := make(chan error, 1)
	go func() { done <- verify.Serve(ctx, in, out, h) }()
	select {
	case err := <-done:
		h.Close()
		return err
	case <-ctx.Done(): // a read of stdin cannot be broken off; the process ends with us
		if f, ok := in.(*os.File); ok {
			f.Close()
		}
		select {
		case <-done:
		case <-time.After(endWithin):
		}
		return nil
	}
}
