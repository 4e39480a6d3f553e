package app

import (
	"context"
	"net/http"

	"github.com/adit-mining/adit"
)

// Well asks this house over its own listener whether it lives; an error says that it does not answer.
func (h *House) Well(ctx context.Context) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, h.url+"/health", nil)
	if err != nil {
		return err
	}
	req.Close = true
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	_ = res.Body.Close() // its status says all
	if res.StatusCode != http.StatusOK {
		return adit.Errorf(adit.Unreachable, "it answers %s", res.Status)
	}
	return nil
}
