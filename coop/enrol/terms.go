package enrol

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop/coopv1"
)

// Terms is what a member agrees to, in words. The coordinator fills it from its configuration.
type Terms struct {
	Operator    string `json:"operator"` // who runs it and takes the fee
	ClusterID   string `json:"clusterId"`
	ClusterName string `json:"clusterName"`
	Coin        string `json:"coin"` // symbol
	Algorithm   string `json:"algorithm"`
	Fee         string `json:"fee"`        // "1.5 %"
	PayoutRule  string `json:"payoutRule"` // in plain words
	More        string `json:"more"`       // further terms, "" = none
}

// Hash names exactly these terms: what was agreed to.
func (t Terms) Hash() string {
	b, _ := json.Marshal(t) // strings only: it does not fail
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// Offer is what who joins is shown.
type Offer struct {
	Terms   Terms
	Member  string // the name the invitation gives, "" = who joins chooses
	Address string // of the coordinator
	Expires time.Time
}

func (t Terms) message(member string, expires time.Time) *coopv1.EnrolTerms {
	return &coopv1.EnrolTerms{
		Operator: t.Operator, ClusterId: t.ClusterID, ClusterName: t.ClusterName, Coin: t.Coin, Algo: t.Algorithm, Fee: t.Fee,
		PayoutRule: t.PayoutRule, More: t.More, Member: member, Hash: t.Hash(), ExpiresAt: expires.UnixMilli(),
	}
}

// readTerms trusts the words it will show, not the hash that came with them.
func readTerms(m *coopv1.EnrolTerms) (t Terms, err error) {
	t = Terms{
		Operator: m.GetOperator(), ClusterID: m.GetClusterId(), ClusterName: m.GetClusterName(), Coin: m.GetCoin(),
		Algorithm: m.GetAlgo(), Fee: m.GetFee(), PayoutRule: m.GetPayoutRule(), More: m.GetMore(),
	}
	if t.Hash() != m.GetHash() {
		return t, adit.Errorf(adit.Refused, "the coordinator's terms and their hash do not fit: one of the two adits is too old")
	}
	return t, nil
}
