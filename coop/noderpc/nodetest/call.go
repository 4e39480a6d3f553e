package nodetest

import (
	"net/http"
	"testing"

	"github.com/adit-mining/adit/coop/noderpc"
)

// Client speaks to a program, without keeping connections: it may end at any time.
func Client(t testing.TB, o noderpc.Options) *noderpc.Client {
	t.Helper()
	o.Transport = &http.Transport{DisableKeepAlives: true}
	c, err := noderpc.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}
