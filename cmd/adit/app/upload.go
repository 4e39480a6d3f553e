package app

import (
	"path/filepath"

	"github.com/adit-mining/adit/fleet/upload"
)

// newUploads keeps archives that a browser sends, and removes at once what an earlier adit left for too long. Hub and
// agent share this computer here, so that the agent can read them.
func (h *House) newUploads() *upload.Service {
	u := upload.New(upload.Options{Dir: filepath.Join(h.o.Dir, "uploads")})
	if _, err := u.Sweep(); err != nil {
		h.o.Log.Warn("old uploads were not removed", "err", err)
	}
	return u
}
