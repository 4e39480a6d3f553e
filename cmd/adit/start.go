package main

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/api/body"
	"github.com/adit-mining/adit/api/client"
	"github.com/adit-mining/adit/cmd/adit/app"
	"github.com/adit-mining/adit/fleet/command"
	"github.com/adit-mining/adit/internal/address"
)

// mineFlags say for whom and how to mine; `adit start` and `adit up` share them.
type mineFlags struct {
	pools       []string
	address     string
	coin        string
	password    string
	rigID       string
	fingerprint string
	name        string
	threads     int
}

func (m *mineFlags) add(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringArrayVar(&m.pools, "pool", nil, "`URL` of the pool, stratum+tcp://HOST:PORT or stratum+ssl://HOST:PORT; again for pools to fall back to")
	f.StringVar(&m.address, "address", "", "your payout `address`; it is checked and has no default")
	f.StringVar(&m.coin, "coin", "XMR", "`coin` the address belongs to")
	f.StringVar(&m.password, "password", "", "`password` for the pool, where it wants one (it is visible to others in the list of processes)")
	f.StringVar(&m.rigID, "rig-id", "", "`name` of this computer at the pool")
	f.StringVar(&m.fingerprint, "tls-fingerprint", "", "SHA-256 of the pool's certificate in `hex`: talk to no other (first pool)")
	m.addThreads(cmd)
}

func (m *mineFlags) addThreads(cmd *cobra.Command) {
	cmd.Flags().IntVar(&m.threads, "threads", 0, "`number` of threads to mine with (default: the program's own choice)")
}

// config checks the flags and renders what the server is asked for. Where a pool is missing the error says so.
func (m *mineFlags) config(cmd *cobra.Command) (body.Config, error) {
	cfg := body.Config{Name: m.name, Coin: m.coin, Wallet: m.address, Password: m.password, RigID: m.rigID, TLSFingerprint: m.fingerprint}
	if len(m.pools) == 0 {
		return cfg, usageError(cmd, "--pool is missing: name the pool to mine for, stratum+tcp://HOST:PORT")
	}
	if m.address == "" {
		return cfg, usageError(cmd, "--address is missing: adit has no wallet of its own; give the address that your wallet shows under Receive")
	}
	bare, _, _ := strings.Cut(m.address, ".") // ADDRESS.WORKER, as pools have it
	bare, _, _ = strings.Cut(bare, "+")
	if _, err := address.CheckMainnet(m.coin, bare); err != nil {
		return cfg, app.WithHint(fmt.Errorf("--%w", err), "Nothing was started.", "")
	}
	for _, p := range m.pools {
		if err := checkPool(cmd, p); err != nil {
			return cfg, err
		}
	}
	cfg.Pool = m.pools[0]
	for _, p := range m.pools[1:] {
		cfg.Pools = append(cfg.Pools, body.PoolConfig{Pool: p})
	}
	var err error
	cfg.Threads, err = m.count(cmd)
	return cfg, err
}

// count is --threads, nil where it was not given.
func (m *mineFlags) count(cmd *cobra.Command) (*int, error) {
	if !cmd.Flags().Changed("threads") {
		return nil, nil
	}
	if m.threads < 1 || m.threads > 1024 {
		return nil, usageError(cmd, "--threads %d: use 1 to 1024, or leave it out for the program's own choice", m.threads)
	}
	return &m.threads, nil
}

// checkPool finds what the server would refuse too, before anything is sent. It never repeats a user or password.
func checkPool(cmd *cobra.Command, p string) error {
	u, err := url.Parse(p)
	switch {
	case err != nil || u.Host == "":
		return usageError(cmd, "--pool: write it as stratum+tcp://HOST:PORT, or stratum+ssl://HOST:PORT where the pool encrypts")
	case u.User != nil:
		return usageError(cmd, "--pool: leave user and password out of it and use --address and --password")
	case u.Port() == "":
		return usageError(cmd, "--pool %s: the port is missing; the pool's page says which, for example %s:3333", p, p)
	case !strings.HasPrefix(u.Scheme, "stratum"):
		return usageError(cmd, "--pool %s: write stratum+tcp:// or stratum+ssl:// instead of %s://", p, u.Scheme)
	}
	return nil
}

// request renders the flags for a hub in this process.
func (m *mineFlags) request(cmd *cobra.Command) (*command.StartRequest, error) {
	cfg, err := m.config(cmd)
	if err != nil {
		return nil, err
	}
	r, err := cfg.Request("native")
	return &r, err
}

func (c *cli) startCommand() *cobra.Command {
	var m mineFlags
	var agreed bool
	cmd := &cobra.Command{
		Use:   "start TYPE|NAME",
		Short: "Start a mining program on your own pool and address, or a stopped one again",
		Long: `Start a mining program. TYPE is "native" (adit's own engine, adit-miner) or another program adit knows.
Without --pool and --address it is the NAME of a stopped program, which starts again as it was started before.

The pool pays to your address; adit takes nothing. The address is checked (checksum and network) and has no default:
without one nothing is mined. More --pool flags are pools to fall back to, in order; adit returns to the first.`,
		Example: `  adit start native --pool stratum+tcp://pool.example:3333 --address YOUR_ADDRESS
  adit start practice      # the stopped program of that name, again
  adit start native --pool stratum+ssl://a.example:443 --pool stratum+tcp://b.example:3333 --address YOUR_ADDRESS --threads 4`,
		GroupID: "mine",
		Args:    takes(1, `the TYPE of program, for example "native", or the NAME of a stopped one`),
		RunE: func(cmd *cobra.Command, args []string) error {
			if done, err := c.startAgain(cmd, args[0]); done {
				return err
			}
			cfg, err := m.config(cmd)
			if err != nil {
				return err
			}
			if !c.expectedOf(cmd.Context(), agreed, body.EstimateRequest{MinerType: args[0], Config: looseConfig(cfg)}) {
				return silent(exitError)
			}
			return c.withServer(cmd.Context(), func(ctx context.Context, s *client.Client) error {
				got, err := s.Start(ctx, args[0], cfg)
				if err != nil {
					return startHint(err)
				}
				return c.answer(got, func() {
					c.printf("%s is started for %s. See it: adit list\n", got.Name, cfg.Pool)
				})
			})
		},
	}
	cmd.Flags().StringVar(&m.name, "name", "", "`name` to give it (default: the program's)")
	cmd.Flags().BoolVar(&agreed, "yes", false, "do not ask, also where it is a loss")
	m.add(cmd)
	cmd.ValidArgsFunction = func(cmd *cobra.Command, args []string, start string) ([]string, cobra.ShellCompDirective) {
		names, how := c.completeMiners(cmd, args, start)
		return append(names, "native"), how
	}
	return cmd
}

func startHint(err error) error {
	switch adit.CodeOf(err) {
	case adit.NotFound:
		return app.WithHint(err, "These are there:", "adit list --available")
	case adit.Conflict:
		return app.WithHint(err, "Stop it first, or give the new one another --name.", "adit list")
	}
	return err
}
