package api

import (
	"net/http"

	"github.com/adit-mining/adit"
)

// watch tells when what let a request in is revoked, so that a connection that lasts ends then. Whoever was revoked in
// this very moment is refused. Call stop at the end.
func (s *server) watch(r *http.Request) (ended <-chan struct{}, stop func(), err error) {
	c := credentials(r)
	ended, stop = s.Account.Ended(c)
	if _, err := s.Account.Authenticate(r.Context(), c); err != nil {
		stop()
		return nil, nil, err
	}
	return ended, stop, nil
}

// signedIn reports whether the credentials of a request that lasts still hold; a database that does not answer is no reason
// to end it.
func (s *server) signedIn(r *http.Request) bool {
	_, err := s.Account.Authenticate(r.Context(), credentials(r))
	return adit.CodeOf(err) != adit.Unauthorized
}
