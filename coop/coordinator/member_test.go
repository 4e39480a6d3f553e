package coordinator

import (
	"testing"

	"github.com/adit-mining/adit/coop"
	"github.com/adit-mining/adit/coop/crew"
)

// TestInvitedBy: a worker was invited by who made the invitation that its certificate came from; a miner over Stratum has
// no certificate, whatever its name.
func TestInvitedBy(t *testing.T) {
	c, m := new(Coordinator), &money{invited: map[string]string{"attic": "owner", "own": ""}}
	for _, x := range []struct {
		id   coop.MemberID
		via  string
		want string // "" = null
	}{
		{"attic/w1", coop.ViaGRPC, "owner"},
		{"attic/w2", coop.ViaGRPC, "owner"},
		{"cellar/w1", coop.ViaGRPC, ""},
		{"own/w1", coop.ViaGRPC, ""},
		{"attic", coop.ViaGRPC, ""}, // no certificate: anybody may take that worker's name
		{"attic/w1", coop.ViaStratum, ""},
	} {
		v := c.memberView(&crew.Member{ID: x.id, Via: x.via}, m)
		if got := v.InvitedBy; got == nil && x.want != "" || got != nil && *got != x.want {
			t.Errorf("%s over %s: %v, want %q", x.id, x.via, got, x.want)
		}
	}
}
