package coordinator

import (
	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop/bitcoind"
	"github.com/adit-mining/adit/coop/config"
	"github.com/adit-mining/adit/coop/monerod"
	"github.com/adit-mining/adit/stratum/upstream"
)

// node is a node whose templates the crew solves; it tells what became of blocks, too.
func (o Options) node(p config.Pool, s *sources) (upstream.Source, error) {
	coin := o.Config.Coin
	if p.Kind == config.KindMonerod {
		if coin.Symbol != "XMR" {
			return nil, adit.InvalidField("pool.address", "%s is a node of Monero, and %s is mined", p.URL, coin.Name)
		}
		n, err := monerod.New(monerod.Options{
			Host: p.Host, User: p.RPCUser, Password: p.RPCPassword, Address: p.Wallet, Log: o.Log,
		})
		if err != nil {
			return nil, err
		}
		s.chains[p.URL] = n
		return n, nil
	}
	n, err := bitcoind.New(bitcoind.Options{
		Host: p.Host, User: p.RPCUser, Password: p.RPCPassword, Coin: coin.Symbol, Address: p.Wallet, Log: o.Log,
	})
	if err != nil {
		return nil, err
	}
	s.chains[p.URL] = n
	return n, nil
}
