package main

import (
	"context"
	"flag"
	"fmt"
	"net"
	"net/http"
	_ "net/http/pprof"
	"os"

	"golang.org/x/sync/errgroup"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop/crew"
	"github.com/adit-mining/adit/coop/gate"
	"github.com/adit-mining/adit/coop/ledger"
	"github.com/adit-mining/adit/stratum"
	"github.com/adit-mining/adit/stratum/port"
	"github.com/adit-mining/adit/stratum/upstream"
)

// runCrew is gate, crew and ledger alone, as a coordinator wires them, with the profiler open where it is asked for.
func runCrew(ctx context.Context, args []string) error {
	fs := flag.NewFlagSet("crew", flag.ContinueOnError)
	listen := fs.String("listen", "127.0.0.1:3333", "for miners")
	pool := fs.String("pool", "127.0.0.1:4444", "the upstream")
	dir := fs.String("dir", "", "for the ledger")
	always := fs.Bool("sync", false, "acknowledge after fsync")
	profile := fs.String("pprof", "", "HOST:PORT of the profiler; empty: closed")
	if err := fs.Parse(args); err != nil {
		return err
	}
	book, err := ledger.Open(ctx, ledger.Options{Dir: *dir, SyncAlways: *always})
	if err != nil {
		return err
	}
	defer book.Close()
	coin, _ := adit.CoinNamed("XMR")
	source, err := upstream.NewPoolXMR(stratum.Pool{URL: "stratum+tcp://" + *pool, User: "load"}, nil, nil)
	if err != nil {
		return err
	}
	c, err := crew.Open(ctx, crew.Options{
		Sources: func() []upstream.Source { return []upstream.Source{source} }, Coin: coin, Ledger: book,
	})
	if err != nil {
		return err
	}
	ln, err := net.Listen("tcp", *listen)
	if err != nil {
		return err
	}
	g := gate.NewXMR(gate.XMROptions{Crew: c, Port: port.Options{}})
	if *profile != "" {
		go func() { fmt.Fprintln(os.Stderr, http.ListenAndServe(*profile, nil)) }()
	}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return c.Run(ctx) })
	group.Go(func() error { return g.Serve(ctx, ln) })
	return group.Wait()
}
