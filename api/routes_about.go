package api

import (
	"context"
	"net/http"
	"strings"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/api/body"
	"github.com/adit-mining/adit/internal/problem"
)

// The roles that pages tell apart.
const (
	roleHub         = "hub"
	roleCoordinator = "coordinator"
)

func (s *server) aboutRoute() {
	register(s, op("about", http.MethodGet, "/api/v1/about", "Which adit this is and what runs in it", tagOwn), adit.ScopeRead,
		func(context.Context, adit.Actor, *none) (*answer[body.About], error) {
			out := body.About{Version: adit.Version, Roles: []string{}}
			if s.Telemetry != nil {
				out.Roles = append(out.Roles, roleHub)
			}
			if s.source() != nil {
				out.Roles = append(out.Roles, roleCoordinator)
			}
			return give(out, nil)
		})
}

// lone are the operations that an adit without a hub answers, by the beginning of their paths, and whether the service
// behind them is there. All others under /api/v1 are the hub's.
func (s *server) lone() map[string]bool {
	return map[string]bool{
		coopBase: true, "/api/v1/about": true, "/api/v1/live": true, "/api/v1/events/stream": true, "/api/v1/state": true,
		"/api/v1/session": true, "/api/v1/sessions": true, "/api/v1/links": true, "/api/v1/tokens": true,
		"/api/v1/journal": s.Journal != nil, "/api/v1/backup": s.Backup != nil,
	}
}

// present lets pass what this adit has; where it has no hub, the hub's operations are 404 with the reason.
func (s *server) present(next http.Handler) http.Handler {
	if s.Telemetry != nil {
		return next
	}
	has := s.lone()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, known := s.mux.Handler(r); known == "/" || !strings.HasPrefix(r.URL.Path, "/api/v1/") || hasPart(has, r.URL.Path) {
			next.ServeHTTP(w, r)
			return
		}
		if err := adit.ActorFrom(r.Context()).May(adit.ScopeRead); err != nil {
			problem.Of(err).Write(w)
			return
		}
		problem.Of(adit.Errorf(adit.NotFound, "this adit only coordinates a crew and has no hub: `adit up` runs one")).Write(w)
	})
}

func hasPart(has map[string]bool, path string) bool {
	for begin, yes := range has {
		if yes && (path == begin || strings.HasPrefix(path, begin+"/")) {
			return true
		}
	}
	return false
}
