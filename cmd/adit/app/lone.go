package app

import (
	"context"

	"path/filepath"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/adit-mining/adit/api"
	"github.com/adit-mining/adit/coop/config"
	"github.com/adit-mining/adit/fleet/account"
	"github.com/adit-mining/adit/fleet/journal"
	"github.com/adit-mining/adit/store/sqldb"
	"github.com/adit-mining/adit/ui"
)

// A coordinator alone is a house with few rooms: neither bus nor time series, neither hub nor agent. Its database is that
// of the crew.

// loneRoles is what `adit coordinator` runs.
var loneRoles = []Role{RoleCoop, RoleAPI}

// loneTable is what there is in it and what each needs.
var loneTable = []part{
	{role: RoleStore, open: openLoneStore},
	{role: RoleOffice, needs: []Role{RoleStore}, open: openOffice},
	{role: RoleCoop, needs: []Role{RoleOffice}, open: openLoneCoop},
	{role: RoleAPI, needs: []Role{RoleCoop}, open: openLoneAPI},
}

func openLoneStore(ctx context.Context, h *House) (Service, error) {
	var err error
	if h.db, err = openCoopDB(ctx, h.o, *h.o.Coordinator); err != nil {
		return nil, err
	}
	return closer{idle, h.db.Close}, nil
}

// openCoopDB opens the crew's database: a file of the coordinator's folder, or the PostgreSQL its configuration names.
func openCoopDB(ctx context.Context, o Options, c config.Coordinator) (*sqldb.DB, error) {
	where := c.Ledger.Database
	if where == "" {
		where = filepath.Join(CoopDir(o.Dir), "coop.db")
	}
	return sqldb.Open(ctx, where, sqldb.Options{Log: o.Log})
}

func openOffice(ctx context.Context, h *House) (Service, error) {
	h.journal = &journal.Service{DB: h.db}
	var err error
	h.accounts, err = account.Open(ctx, account.Options{DB: h.db, TokenFile: filepath.Join(h.o.Dir, "token"), Journal: h.journal})
	return idle, err
}

func openLoneCoop(ctx context.Context, h *House) (Service, error) {
	h.coop = newCoopRole(h)
	h.coop.db, h.coop.at = h.db, h.o.Coordinator.Ledger.Database
	return closer{h.coop, h.coop.Close}, h.coop.open(ctx, *h.o.Coordinator)
}

func openLoneAPI(_ context.Context, h *House) (Service, error) {
	handler, err := api.New(api.Options{
		Account: h.accounts, Journal: h.journal, Backup: h.newBackup(), Coop: h.coop.Crew, CoopSwitch: h.coop, Collectors: []prometheus.Collector{h.coop.metrics}, UI: ui.Files(), Log: h.o.Log,
	})
	if err != nil {
		return nil, err
	}
	h.counter.front.set(handler)
	return idle, nil
}
