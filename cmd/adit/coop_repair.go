package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/cmd/adit/app"
	"github.com/adit-mining/adit/coop/ledger"
	"github.com/adit-mining/adit/internal/wording"
	"github.com/adit-mining/adit/store/sqldb"
)

func (c *cli) coopRepairCommand() *cobra.Command {
	return &cobra.Command{
		Use: "repair", Short: "Mend damaged files of the ledger",
		Long: `Mend files of the ledger that a disk or a hand has damaged. The coordinator must not run.

What can be read stays, byte for byte; what cannot is left out, and the ledger says from then on which shares are missing.
The damaged file is kept beside the mended one. Put a file back from a backup rather than mend it where you can: a mended
one has lost shares that were acknowledged. A ledger that is not damaged is not changed.`,
		Example: "  adit coop ledger repair",
		Args:    takes(0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if c.elsewhere() {
				return usageError(cmd, "adit coop ledger repair works on a data directory of this computer, not on a server")
			}
			dir, err := c.folder()
			if err != nil {
				return err
			}
			list, err := repairLedger(cmd.Context(), app.CoopDir(dir))
			if err != nil {
				return err
			}
			return c.answer(list, func() { c.printMended(list) })
		},
	}
}

// repairLedger mends the ledger in the coordinator's folder.
func repairLedger(ctx context.Context, dir string) (list []ledger.Mended, err error) {
	o := ledger.Options{Dir: filepath.Join(dir, "ledger")}
	if _, err := os.Stat(o.Dir); errors.Is(err, os.ErrNotExist) {
		return nil, adit.Errorf(adit.NotFound, "there is no ledger in %s", dir)
	}
	if o.DB, err = sqldb.Open(ctx, filepath.Join(dir, "coop.db"), sqldb.Options{}); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, o.DB.Close()) }()
	return ledger.Repair(ctx, o)
}

func (c *cli) printMended(list []ledger.Mended) {
	if len(list) == 0 {
		c.printf("Nothing is damaged.\n")
		return
	}
	for _, m := range list {
		c.printf("%s: %s can be read, %s missing. The damaged file is kept as %s.\n", m.File, wording.Count(m.Shares, "share"),
			wording.Count(m.Missing, "is", "are"), m.Kept)
	}
}
