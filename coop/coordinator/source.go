package coordinator

import (
	"context"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop"
	"github.com/adit-mining/adit/coop/config"
	"github.com/adit-mining/adit/coop/practice"
	"github.com/adit-mining/adit/internal/pipes"
	"github.com/adit-mining/adit/stratum"
	"github.com/adit-mining/adit/stratum/bitcoin"
	"github.com/adit-mining/adit/stratum/upstream"
)

// sources are the configured upstreams in order, and what some of them need to run.
type sources struct {
	list     []upstream.Source
	chains   map[string]coop.Chain // by URL: nodes that tell what became of a block
	practice *practice.Server      // nil = no upstream is practice
	inside   *pipes.Listener       // where practice listens
}

func (s *sources) get() []upstream.Source { return s.list }

func (o Options) sources() (s sources, err error) {
	s.chains = map[string]coop.Chain{}
	for _, p := range o.Config.Pools {
		var src upstream.Source
		switch p.Kind {
		case config.KindPool:
			src, err = o.pool(p)
		case config.KindPractice:
			src, err = o.practice(&s)
		case config.KindMonerod, config.KindBitcoind:
			src, err = o.node(p, &s)
		default:
			err = adit.InvalidField("pool.address", "%q is no kind of upstream", p.Kind)
		}
		if err != nil {
			return s, err
		}
		s.list = append(s.list, src)
	}
	return s, nil
}

// pool is a pool in the dialect of the coin's algorithm.
func (o Options) pool(p config.Pool) (upstream.Source, error) {
	to := stratum.Pool{
		URL: p.URL, User: p.Wallet, Password: p.Password, Fingerprint: p.Fingerprint,
		Algorithms: []adit.Algorithm{o.Config.Coin.Algorithm},
	}
	if o.Config.Coin.Algorithm == adit.SHA256d {
		to.Algorithms = nil
		return upstream.NewPoolBitcoin(bitcoin.Pool{Pool: to, ExtranonceSubscribe: p.Xnsub}, nil, o.Log)
	}
	return upstream.NewPoolXMR(to, nil, o.Log)
}

// practiceGoal is how often practice wants a share of each connection. A crew is one miner there, so its difficulty follows
// the crew.
const practiceGoal = 5 * time.Second

func (o Options) practice(s *sources) (upstream.Source, error) {
	if o.Config.Coin.Algorithm != adit.RandomX {
		return nil, adit.InvalidField("pool.address", "practice hands out RandomX work alone: it is for %s", adit.Coins[0].Name)
	}
	if s.practice == nil {
		s.inside = pipes.Listen()
		checker := o.Checker
		if checker == nil {
			checker = unchecked{}
		}
		srv, err := practice.Open(practice.Options{Listener: s.inside, Checker: checker, Goal: practiceGoal, Log: o.Log})
		if err != nil {
			return nil, err
		}
		s.practice = srv
	}
	return upstream.NewPractice("stratum+tcp://127.0.0.1:1", s.inside.Dial, o.Log)
}

// unchecked answers practice where nothing can hash.
type unchecked struct{}

func (unchecked) Hash(context.Context, adit.Algorithm, [32]byte, [][]byte) ([][32]byte, error) {
	return nil, adit.Errorf(adit.NotFound, "adit-miner, which checks shares, is missing")
}
