package app

import (
	"context"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/adit-mining/adit/api"
	"github.com/adit-mining/adit/ui"
)

// openAPI puts the real handler behind people's listener, which has answered "starting" until now.
func openAPI(_ context.Context, h *House) (Service, error) {
	handler, err := api.New(api.Options{
		Account: h.accounts, Inventory: h.inventory, Telemetry: h.telemetry, Command: h.commands, Journal: h.journal,
		Sheet: h.plans.sheet, Setting: h.plans.setting, Estimate: h.plans.estimate,
		Backup: h.newBackup(), Fees: h.fees, Coop: h.coop.Crew, CoopSwitch: h.coop, Collectors: []prometheus.Collector{h.coop.metrics},
		Uploads: h.newUploads(), UI: ui.Files(), Log: h.o.Log,
	})
	if err != nil {
		return nil, err
	}
	h.counter.front.set(handler)
	return idle, nil
}
