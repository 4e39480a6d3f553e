package main

import (
	"context"
	"crypto/x509"
	"encoding/hex"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/adit-mining/adit/link/pki"
)

func (c *cli) pkiCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "pki",
		Short: "Certificates of a crew's machines",
		Long: `Make, renew and take back the certificates by which a coordinator and its workers know each other.

The certificate authority is adit's own and lies in the data folder, under pki/. A coordinator and workers on the same data
folder find their certificates there without any flag; on other computers ` + "`adit coop join CODE`" + ` brings them, or
--tls-cert, --tls-key and --tls-ca name them. A running coordinator sees every change by itself.`,
		Example: `  adit pki init --host mine.example           # once, on the coordinator's computer
  adit pki list
  adit pki issue attic --out /media/usb       # for a machine that you carry it to; adit coop invite needs no files
  adit pki revoke attic                       # cut off at once
  adit pki rotate                             # a new authority; the old one counts until adit pki rotate --finish`,
		GroupID: "care",
		Args:    noSuchCommand,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(c.pkiInitCommand(), c.pkiIssueCommand(), c.pkiRotateCommand(), c.pkiRevokeCommand(), c.pkiListCommand())
	return cmd
}

// authority is the one of the data folder.
func (c *cli) authority() (*pki.Folder, error) {
	dir, err := c.folder()
	if err != nil {
		return nil, err
	}
	return pki.At(filepath.Join(dir, "pki"), pki.Options{}), nil
}

// validFor reads --valid.
func validFor(cmd *cobra.Command, text string) (time.Duration, error) {
	if text == "" {
		return 0, nil
	}
	d, err := length(text)
	if err != nil {
		return 0, usageError(cmd, "--valid: %v", err)
	}
	if d < time.Hour || d > 5*365*24*time.Hour {
		return 0, usageError(cmd, "--valid %s: use 1h to 1825d", text)
	}
	return d, nil
}

// madeCertificate is a certificate as this command tells of it.
type madeCertificate struct {
	Name        string    `json:"name"`
	Serial      string    `json:"serial"`
	Fingerprint string    `json:"fingerprint"`
	NotAfter    time.Time `json:"notAfter"`
	Hosts       []string  `json:"hosts,omitempty"`
}

func toldOf(c *x509.Certificate) *madeCertificate {
	if c == nil {
		return nil
	}
	f := pki.Fingerprint(c)
	return &madeCertificate{
		Name: c.Subject.CommonName, Serial: c.SerialNumber.Text(16), Fingerprint: hex.EncodeToString(f[:]), NotAfter: c.NotAfter.UTC(), Hosts: pki.Hosts(c),
	}
}

type pkiMade struct {
	Folder string           `json:"folder"`
	CA     *madeCertificate `json:"ca"`
	Server *madeCertificate `json:"server,omitempty"`
	Client *madeCertificate `json:"client,omitempty"`
}

func (c *cli) tellMade(f *pki.Folder, m pki.Made, done, next string) error {
	out := pkiMade{Folder: f.Dir(), CA: toldOf(m.CA), Server: toldOf(m.Server), Client: toldOf(m.Client)}
	return c.answer(out, func() {
		c.printf("%s in %s\n", done, out.Folder)
		kv := []string{"Authority", colons(out.CA.Fingerprint), "", "until " + day(out.CA.NotAfter)}
		if out.Server != nil {
			kv = append(kv, "Coordinator", strings.Join(out.Server.Hosts, ", "), "", "until "+day(out.Server.NotAfter))
		}
		if out.Client != nil {
			kv = append(kv, "Workers here", out.Client.Name, "", "until "+day(out.Client.NotAfter))
		}
		c.pairs(kv...)
		c.printf("%s\n", next)
	})
}

func day(t time.Time) string { return t.Local().Format(time.DateOnly) }

// colons is a fingerprint as people compare it.
func colons(hexText string) string {
	var parts []string
	for n := 0; n+2 <= len(hexText); n += 2 {
		parts = append(parts, strings.ToUpper(hexText[n:n+2]))
	}
	return strings.Join(parts, ":")
}

func (c *cli) pkiInitCommand() *cobra.Command {
	var o pki.InitOptions
	var valid string
	cmd := &cobra.Command{
		Use:   "init",
		Short: "Make the certificate authority, and certificates for this computer",
		Long: `Make the certificate authority of a crew, a certificate for the coordinator and one for workers on this computer.

The coordinator's is for localhost, 127.0.0.1, ::1, this computer's name and each --host. Make it under every name and
address by which workers will reach it; more can be added later, by this command again or ` + "`adit pki issue --server --host NAME`" + `.
A coordinator that starts without certificates makes them itself, for this computer's names.`,
		Example: `  adit pki init
  adit pki init --host mine.example --host 192.0.2.7`,
		Args: takes(0, ""),
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			if o.Life, err = validFor(cmd, valid); err != nil {
				return err
			}
			f, err := c.authority()
			if err != nil {
				return err
			}
			if f.Exists() && !o.Again && len(o.Hosts) > 0 && o.Client == "" {
				m, err := f.IssueServer(cmd.Context(), o.Hosts, o.Life)
				if err != nil {
					return err
				}
				return c.tellMade(f, m, "There is an authority already, which stays; the coordinator's certificate is made anew",
					"A running coordinator shows it from the next connection on.")
			}
			m, err := f.Init(cmd.Context(), o)
			if err != nil {
				return err
			}
			return c.tellMade(f, m, "The crew's certificates are made", "Start the coordinator:  adit coordinator\nBring a machine in:     adit coop invite")
		},
	}
	cmd.Flags().StringSliceVar(&o.Hosts, "host", nil, "further `name` or address of the coordinator; several with commas, or again")
	cmd.Flags().StringVar(&o.Client, "name", "", "`name` of the certificate for workers here (default: this computer's)")
	cmd.Flags().StringVar(&valid, "valid", "", "`length` for which both certificates count: 90d (default 365d; they are renewed by themselves)")
	cmd.Flags().BoolVar(&o.Again, "again", false, "begin anew although there is an authority: every machine must join again")
	return cmd
}

func (c *cli) pkiIssueCommand() *cobra.Command {
	var (
		r      pki.Request
		hosts  []string
		out    string
		valid  string
		server bool
	)
	cmd := &cobra.Command{
		Use:   "issue NAME | --server",
		Short: "Make a certificate for a member, or the coordinator's anew",
		Long: `Make key and certificate for a member and write NAME.crt, NAME.key and ca.crt into a folder, to be carried to its
machine. ` + "`adit coop invite`" + ` does that without files: then the key never leaves the machine.

With --server the coordinator's own certificate is made anew, with the names it has and those of --host.`,
		Example: `  adit pki issue attic --out /media/usb
  adit worker --tls-cert attic.crt --tls-key attic.key --tls-ca ca.crt      # on that machine
  adit pki issue --server --host mine.example`,
		Args: func(cmd *cobra.Command, args []string) error {
			switch {
			case server && len(args) > 0:
				return usageError(cmd, "--server makes the coordinator's certificate and takes no NAME")
			case !server && len(args) != 1:
				return usageError(cmd, "say the NAME of one member, or --server")
			case !server && len(hosts) > 0:
				return usageError(cmd, "--host goes with --server")
			case server && (out != "" || r.Again):
				return usageError(cmd, "--out and --again go with a NAME")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if r.Life, err = validFor(cmd, valid); err != nil {
				return err
			}
			f, err := c.authority()
			if err != nil {
				return err
			}
			if server {
				m, err := f.IssueServer(cmd.Context(), hosts, r.Life)
				if err != nil {
					return err
				}
				return c.tellMade(f, m, "The coordinator's certificate is made anew", "A running coordinator shows it from the next connection on.")
			}
			r.Name = args[0]
			return c.issue(cmd.Context(), f, r, out)
		},
	}
	cmd.Flags().StringVar(&out, "out", "", "`folder` to write into (default: the current one)")
	cmd.Flags().StringSliceVar(&hosts, "host", nil, "further `name` or address of the coordinator, with --server")
	cmd.Flags().StringVar(&valid, "valid", "", "`length` for which it counts: 90d (default 365d)")
	cmd.Flags().BoolVar(&server, "server", false, "make the coordinator's certificate anew")
	cmd.Flags().BoolVar(&r.Again, "again", false, "NAME was revoked and is to count again; its old certificates stay revoked")
	return cmd
}

func (c *cli) issue(ctx context.Context, f *pki.Folder, r pki.Request, out string) error {
	if out == "" {
		out = "."
	}
	dir, err := absolute(out)
	if err != nil {
		return err
	}
	files, cert, err := f.Issue(ctx, r, dir)
	if err != nil {
		return err
	}
	type issued struct {
		*madeCertificate
		Cert string `json:"cert"`
		Key  string `json:"key"`
		CA   string `json:"ca"`
	}
	return c.answer(issued{toldOf(cert), files.Cert, files.Key, files.CA}, func() {
		c.pairs("Member", cert.Subject.CommonName, "Until", day(cert.NotAfter), "Certificate", files.Cert, "Key", files.Key, "Authority", files.CA)
		c.printf("Carry the three files to its machine, keep the key secret, then there:\n  adit worker --coordinator HOST:50051 --tls-cert %s --tls-key %s --tls-ca %s\n",
			filepath.Base(files.Cert), filepath.Base(files.Key), filepath.Base(files.CA))
	})
}

func (c *cli) pkiRotateCommand() *cobra.Command {
	var finish, cut bool
	cmd := &cobra.Command{
		Use:   "rotate",
		Short: "Make a new certificate authority; the old one counts until --finish",
		Long: `Make a new certificate authority. The old one keeps counting, so nobody is cut off: machines that joined by a code
renew their certificates by themselves within minutes while they are connected; for those that you carried files to, run
` + "`adit pki issue`" + ` again. When all have renewed, ` + "`adit pki rotate --finish`" + ` ends the old one's trust.`,
		Example: `  adit pki rotate
  adit pki rotate --finish`,
		Args: takes(0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if cut && !finish {
				return usageError(cmd, "--cut goes with --finish")
			}
			f, err := c.authority()
			if err != nil {
				return err
			}
			if finish {
				return c.finishRotation(cmd.Context(), f, cut)
			}
			m, err := f.Rotate(cmd.Context())
			if err != nil {
				return err
			}
			return c.tellMade(f, m, "There is a new authority", "The old one still counts. When all machines have renewed:  adit pki rotate --finish")
		},
	}
	cmd.Flags().BoolVar(&finish, "finish", false, "trust the newest authority alone from now on")
	cmd.Flags().BoolVar(&cut, "cut", false, "with --finish: also where members have not renewed yet; they must join again")
	return cmd
}

func (c *cli) finishRotation(ctx context.Context, f *pki.Folder, cut bool) error {
	left, err := f.Finish(ctx, cut)
	if err != nil {
		return err
	}
	if left == nil {
		left = []string{}
	}
	return c.answer(map[string]any{"finished": true, "cutOff": left}, func() {
		c.printf("Only the newest authority counts now.\n")
		if len(left) > 0 {
			c.printf("Cut off until they join again: %s\n", strings.Join(left, ", "))
		}
	})
}

func (c *cli) pkiRevokeCommand() *cobra.Command {
	var reason string
	cmd := &cobra.Command{
		Use:   "revoke NAME | SERIAL",
		Short: "Take certificates back: who holds them is cut off at once",
		Long: `Take back all certificates of a member by its NAME, or one certificate by its serial or fingerprint (8 or more digits, as
` + "`adit pki list`" + ` shows them). A running coordinator cuts their connections within two seconds. What a member has earned stays.`,
		Example: `  adit pki revoke attic --reason "machine was sold"
  adit pki revoke 3f9a27c1`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usageError(cmd, "say one NAME or SERIAL")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			f, err := c.authority()
			if err != nil {
				return err
			}
			taken, err := f.Revoke(cmd.Context(), args[0], reason)
			if err != nil {
				return err
			}
			return c.answer(taken, func() {
				c.printf("%s: %d certificate(s) taken back.\n", taken[0].Name, len(taken))
				if taken[0].Name == args[0] {
					c.printf("The name counts no longer, until:  adit pki issue %s --again\n", args[0])
				}
			})
		},
	}
	cmd.Flags().StringVar(&reason, "reason", "", "`why`, for the list")
	return cmd
}

func (c *cli) pkiListCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List the certificates that were given out",
		Args:  takes(0, ""),
		RunE: func(*cobra.Command, []string) error {
			f, err := c.authority()
			if err != nil {
				return err
			}
			list, err := f.List()
			if err != nil {
				return err
			}
			now := time.Now()
			type row struct {
				pki.Issued
				State string `json:"state"`
			}
			rows := make([]row, 0, len(list))
			t := table{head: []string{"NAME", "KIND", "STATE", "UNTIL", "SERIAL", "FINGERPRINT"}}
			for _, i := range list {
				rows = append(rows, row{i, i.State(now)})
				t.rows = append(t.rows, []string{i.Name, i.Kind, i.State(now), day(i.NotAfter), i.Serial[:min(16, len(i.Serial))], i.Fingerprint[:min(16, len(i.Fingerprint))]})
			}
			return c.answer(rows, func() { c.print(t) })
		},
	}
}
