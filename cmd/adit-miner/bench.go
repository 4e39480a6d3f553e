package main

import (
	"context"
	"io"
)

func benchCommand(ctx context.Context, args []string, out, errs io.Writer) error { return nil }
