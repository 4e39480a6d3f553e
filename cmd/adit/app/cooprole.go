package app

import (
	"context"
	"errors"
	"sync"

	"github.com/adit-mining/adit/coop/config"
	"github.com/adit-mining/adit/coop/coordinator"
	"github.com/adit-mining/adit/store/sqldb"
)

// coopRole keeps the crew's coordinator: always in `adit coordinator`, in `adit up` while it is switched on.
type coopRole struct {
	h        *House
	verifier *Verifier
	db       *sqldb.DB // of the crew

	mu  sync.Mutex
	now *coordinator.Coordinator // nil = it does not run
}

func newCoopRole(h *House) *coopRole {
	return &coopRole{h: h, verifier: &Verifier{Miner: h.o.Miner, Exe: h.o.Exe, Log: h.o.Log}, db: h.db}
}

// open makes the coordinator, which does not run yet.
func (r *coopRole) open(ctx context.Context, c config.Coordinator) error {
	now, err := coordinator.Open(ctx, coordinator.Options{
		Config: c, Dir: CoopDir(r.h.o.Dir), PKI: PKIDir(r.h.o.Dir), DB: r.db, Checker: r.verifier, Missing: r.verifier.Missing,
		Journal: r.h.journal, Log: r.h.o.Log,
	})
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.now = now
	return nil
}

// Run implements Service.
func (r *coopRole) Run(ctx context.Context) error {
	r.mu.Lock()
	now := r.now
	r.mu.Unlock()
	return now.Run(ctx)
}

// Close ends the coordinator and the verifier.
func (r *coopRole) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	var err error
	if r.now != nil {
		err = r.now.Close()
	}
	return errors.Join(err, r.verifier.Close())
}

// CrewWords says where members connect and what the crew works for, one line each.
func (h *House) CrewWords(ctx context.Context) ([]string, error) {
	h.coop.mu.Lock()
	now := h.coop.now
	h.coop.mu.Unlock()
	if now == nil {
		return nil, nil
	}
	return now.Words(ctx)
}
