package api

import (
	"strings"
	"testing"

	"github.com/adit-mining/adit/coop/view"
)

// TestCoopPayee: an address is checked by the crew, the error names the field, and only the owner changes it.
func TestCoopPayee(t *testing.T) {
	h := openHub(t)
	var p view.Payee
	h.wants(200, "GET", "/api/v1/coop/members/home%2Fattic/payee", "", &p)
	if p.Member != "home/attic" || p.Address != "" || p.UpdatedAt != nil {
		t.Errorf("%+v", p)
	}
	if text := h.wants(400, "PUT", "/api/v1/coop/members/home%2Fattic/payee", `{"address":"typo"}`, nil); !strings.Contains(text, "mistyped") {
		t.Error(text)
	}
	h.wants(200, "PUT", "/api/v1/coop/members/home%2Fattic/payee", `{"address":"good","minPayout":"5"}`, &p)
	if p.Address != "good" || p.MinPayout == nil || *p.MinPayout != 5 {
		t.Errorf("%+v", p)
	}
	h.wants(200, "GET", "/api/v1/coop/members/home%2Fattic/payee", "", &p)
	if p.Address != "good" {
		t.Errorf("%+v", p)
	}
}
