package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/adit-mining/adit/api/client"
	"github.com/adit-mining/adit/coop/view"
)

func (c *cli) coopOnCommand() *cobra.Command {
	var w view.SettingsRequest
	var pools []string
	var wallet, password, stratum, grpc string
	cmd := &cobra.Command{
		Use: "on", Short: "Make the adit that runs here the coordinator of a crew",
		Long: `Make the adit that runs here the coordinator of a crew. It stays one, also after a restart, until adit coop off.

--pool-address is where the work comes from and may be given again for failover: stratum+tcp://HOST:PORT and
stratum+ssl://HOST:PORT are pools, monerod://HOST:PORT and bitcoind://USER:PASSWORD@HOST:PORT nodes of your own, practice: is real work that
earns nothing. Without it the settings of the last time are taken. Members connect where --stratum-listen and
--grpc-listen say.`,
		Example: `  adit coop on --pool-address practice:
  adit coop on --pool-address stratum+ssl://pool.example:443 --pool-wallet YOUR_ADDRESS --stratum-listen 192.0.2.10:3333`,
		Args: takes(0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			r := view.ConfigRequest{Mode: "on"}
			for _, address := range pools {
				p := view.PoolRequest{Address: address, Wallet: wallet}
				if cmd.Flags().Changed("pool-password") {
					p.Password = &password
				}
				w.Pools = append(w.Pools, p)
			}
			for flag, set := range map[string]func(){
				"stratum-listen": func() { w.Stratum = &view.DoorSetting{Listen: stratum} },
				"grpc-listen":    func() { w.GRPC = &view.DoorSetting{Listen: grpc} },
			} {
				if cmd.Flags().Changed(flag) {
					set()
				}
			}
			if len(w.Pools) > 0 {
				r.Settings = &w
			} else if cmd.Flags().Changed("stratum-listen") || cmd.Flags().Changed("grpc-listen") || w.Cluster != "" || wallet != "" {
				return usageError(cmd, "name --pool-address too: settings are changed as a whole")
			}
			return c.switchCrew(cmd.Context(), r)
		},
	}
	f := cmd.Flags()
	f.StringArrayVar(&pools, "pool-address", nil, "`where` the work comes from; again for failover")
	f.StringVar(&wallet, "pool-wallet", "", "payout `address`, or login at the pool")
	f.StringVar(&password, "pool-password", "", "`password` at the pool")
	f.StringVar(&stratum, "stratum-listen", "", "`host:port` for miners (default: as it was, 127.0.0.1:3333 at first)")
	f.StringVar(&grpc, "grpc-listen", "", "`host:port` for workers (default: as it was, closed at first)")
	f.StringVar(&w.Cluster, "cluster-name", "", "`name` of the crew (default: this computer's)")
	return cmd
}

func (c *cli) coopOffCommand() *cobra.Command {
	return &cobra.Command{
		Use: "off", Short: "Stop being a coordinator; ledger and members stay for the next time", Example: "  adit coop off", Args: takes(0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.switchCrew(cmd.Context(), view.ConfigRequest{Mode: "off"})
		},
	}
}

// switchCrew asks the hub: a coordinator that runs alone is what its command line says.
func (c *cli) switchCrew(ctx context.Context, r view.ConfigRequest) error {
	return c.withServer(ctx, func(ctx context.Context, s *client.Client) error {
		if err := closedAtFirst(ctx, s, r.Settings); err != nil {
			return err
		}
		got, err := s.SetCoopConfig(ctx, r)
		if err != nil {
			return err
		}
		return c.answer(got, func() {
			switch {
			case got.Mode == "off":
				c.printf("This adit coordinates no crew any more. Its ledger stays.\n")
			case !got.Running:
				c.printf("The coordinator is on but does not run: %s\n", got.Why)
			default:
				c.printf("This adit coordinates the crew %s. See it: adit coop status\n", got.Settings.Cluster)
				c.printDoors(ctx, s)
			}
		})
	})
}

// closedAtFirst keeps the doors of a first crew to this computer, unless they are named: nobody else is let near by a
// default.
func closedAtFirst(ctx context.Context, s *client.Client, w *view.SettingsRequest) error {
	if w == nil || w.Stratum != nil && w.GRPC != nil {
		return nil
	}
	now, err := s.CoopConfig(ctx)
	if err != nil || len(now.Settings.Pools) > 0 {
		return err
	}
	if w.Stratum == nil {
		w.Stratum = &view.DoorSetting{Listen: "127.0.0.1:3333"}
	}
	if w.GRPC == nil {
		w.GRPC = &view.DoorSetting{}
	}
	return nil
}

// printDoors says where members connect. A port that was left open is known once the coordinator listens.
func (c *cli) printDoors(ctx context.Context, s *client.Client) {
	st, err := s.Coop(ctx)
	if err != nil || st.Glance == nil {
		return // the order was carried out all the same
	}
	for _, d := range st.Glance.Doors {
		switch d.Kind {
		case "stratum":
			c.printf("Point miners at %s\n", doorWords(d))
		case "grpc":
			c.printf("Workers join at %s: adit coop invite NAME\n", d.Address)
		}
	}
}
