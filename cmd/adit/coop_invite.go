package main

import (
	"context"
	"net"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/adit-mining/adit/api/client"
	"github.com/adit-mining/adit/coop/view"
)

func (c *cli) coopInviteCommand() *cobra.Command {
	var r view.InviteRequest
	var expires string
	var uses int
	cmd := &cobra.Command{
		Use:   "invite",
		Short: "Make a code by which a computer joins the crew",
		Long: `Make a code by which a computer joins the crew of the coordinator that runs here, and print it, this once.

Hand it over like a password: whoever has it becomes a member, once (or --uses times), until it expires. It carries where the
coordinator is, which certificate authority it has, and a secret. With --host say the name or address by which the others reach
this computer; the coordinator's certificate is made to fit.`,
		Example: `  adit coop invite --name attic
  adit coop invite --host mine.example --expires 7d --uses 20
  adit coop invite list
  adit coop invite revoke ID`,
		Args: takes(0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if expires != "" {
				d, err := length(expires)
				if err != nil {
					return usageError(cmd, "--expires: %v", err)
				}
				if d < time.Minute || d > 30*24*time.Hour {
					return usageError(cmd, "--expires %s: use 1m to 30d", expires)
				}
				s := d.Seconds()
				r.Seconds = &s
			}
			if uses < 1 || uses > 1000 {
				return usageError(cmd, "--uses %d: use 1 to 1000", uses)
			}
			r.Uses = &uses
			return c.withCrew(cmd.Context(), func(ctx context.Context, s *client.Client) error { return c.invite(ctx, s, r) })
		},
	}
	cmd.Flags().StringVar(&r.Name, "name", "", "`name` of the member (default: who joins chooses)")
	cmd.Flags().StringVar(&expires, "expires", "", "`length` for which the code holds: 1h, 7d (default 24h)")
	cmd.Flags().IntVar(&uses, "uses", 1, "how many computers may join by it")
	cmd.Flags().StringVar(&r.Host, "host", "", "`name` or address by which others reach this computer (default: its own name)")
	cmd.AddCommand(c.coopInvitesCommand(), c.coopUninviteCommand())
	return cmd
}

func (c *cli) invite(ctx context.Context, s *client.Client, r view.InviteRequest) error {
	n, err := s.CoopInvite(ctx, r)
	if err != nil {
		return err
	}
	return c.answer(n, func() {
		c.printf("%s\n", n.Code)
		times := "one computer"
		if n.Uses != 1 {
			times = strconv.Itoa(n.Uses) + " computers"
		}
		c.say("It is shown once and lets %s join until %s. There:\n  adit coop join CODE\n", times, n.ExpiresAt.Local().Format("2006-01-02 15:04"))
		if st, err := s.Coop(ctx); err == nil && st.Glance != nil && onlyHere(st.Glance.Doors) {
			c.say("Note: the port for workers is open on this computer alone, so nobody else can join by it. Start the coordinator with --grpc-listen :50051 (a hub: on its page Coop, Settings), and name this computer with --host.\n")
		}
	})
}

// onlyHere reports whether workers come in from this computer alone.
func onlyHere(doors []view.Door) bool {
	for _, d := range doors {
		if host, _, err := net.SplitHostPort(d.Address); err == nil && d.Kind == "grpc" {
			return loopback(host)
		}
	}
	return false
}

func (c *cli) coopInvitesCommand() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the invitations, without their codes", Args: takes(0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.withCrew(cmd.Context(), func(ctx context.Context, s *client.Client) error {
				list, err := s.CoopInvites(ctx)
				if err != nil {
					return err
				}
				return c.answer(list, func() { c.printInvites(list) })
			})
		},
	}
}

func (c *cli) printInvites(list []view.Invite) {
	if len(list) == 0 {
		c.printf("Nobody is invited. Invite somebody:  adit coop invite\n")
		return
	}
	t := table{head: []string{"ID", "NAME", "STATE", "USED", "UNTIL", "BY", "LAST FROM"}}
	for _, i := range list {
		name := i.Name
		if name == "" {
			name = "(who joins chooses)"
		}
		t.rows = append(t.rows, []string{i.ID, name, i.State, strconv.Itoa(i.Used) + " of " + strconv.Itoa(i.Uses), i.ExpiresAt.Local().Format("2006-01-02 15:04"), i.By, i.UsedBy})
	}
	c.print(t)
}

func (c *cli) coopUninviteCommand() *cobra.Command {
	return &cobra.Command{
		Use: "revoke ID", Short: "Make an invitation worthless; who came by it stays", Example: "  adit coop invite revoke 7F3K", Args: takes(1, "ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.withCrew(cmd.Context(), func(ctx context.Context, s *client.Client) error {
				if err := s.CoopRevokeInvite(ctx, args[0]); err != nil {
					return err
				}
				return c.answer(map[string]any{"revoked": args[0]}, func() { c.printf("The invitation holds no longer.\n") })
			})
		},
	}
}
