package bitcoind

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop"
	"github.com/adit-mining/adit/coop/noderpc"
	"github.com/adit-mining/adit/coop/nodework"
	"github.com/adit-mining/adit/internal/address"
	"github.com/adit-mining/adit/stratum/upstream"
)

// Options of a Node. Host, User, Password and Address are needed; ParseAddress fills the first three from one text.
type Options struct {
	Host           string // HOST:PORT of its RPC
	User, Password string // never logged
	Coin           string // symbol; "" = BTC
	Address        string // who is paid
	Tag            string // text in the coinbase; "" = "/adit/"

	Poll    time.Duration // how often the node is asked for its newest block (a fourth as often beside a long poll); 0 = 500 ms
	Refresh time.Duration // age at which a template is replaced though no block came; 0 = 45 s

	Transport http.RoundTripper // nil = HTTP over TCP
	Log       *slog.Logger      // nil = silent
}

// Node is a node as a Source of work and as the Chain that tells of blocks. Its methods may be called concurrently.
type Node struct {
	o        Options
	coin     adit.Coin
	script   []byte // of the output that pays us
	info     address.Info
	rpc      *noderpc.Client
	instance [4]byte       // ours in every coinbase, so that no two coordinators mine the same
	number   atomic.Uint32 // of the last template
	claims   nodework.Claims

	mu      sync.Mutex
	rewards map[string]uint64 // of blocks that were read, see chain.go
}

var (
	_ upstream.Source = (*Node)(nil)
	_ coop.Chain      = (*Node)(nil)
)

// listenTimeout is how long a long poll may take.
const listenTimeout = 10 * time.Minute

const maxTag = 32

func rpcOptions(coin adit.Coin) noderpc.Options {
	return noderpc.Options{Name: coin.Name + " node", Scheme: "bitcoind", Path: "/"}
}

// ParseAddress reads "bitcoind://USER:PASSWORD@HOST:PORT". Its error repeats no login.
func (o *Options) ParseAddress(s string) error {
	r := noderpc.Options{Name: "node", Scheme: "bitcoind"}
	if err := r.Parse(s); err != nil {
		return err
	}
	o.Host, o.User, o.Password = r.Host, r.User, r.Password
	return nil
}

// New checks the options. The node is asked by Connect.
func New(o Options) (*Node, error) {
	if o.Coin == "" {
		o.Coin = "BTC"
	}
	coin, ok := adit.CoinNamed(o.Coin)
	if !ok || coin.Header != adit.HeaderBitcoin {
		return nil, adit.InvalidField("pool.address", "bitcoind:// gives work of coins like Bitcoin, and %s is none", o.Coin)
	}
	n := &Node{coin: coin, rewards: map[string]uint64{}}
	var err error
	if n.script, n.info, err = address.Script(coin.Symbol, o.Address); err != nil {
		if e, ok := adit.AsError(err); ok {
			e.Field = "pool.wallet"
		}
		return nil, err
	}
	if o.Tag == "" {
		o.Tag = "/adit/"
	}
	if len(o.Tag) > maxTag {
		return nil, adit.InvalidField("tag", "at most %d characters have room in a coinbase", maxTag)
	}
	if o.Refresh <= 0 {
		o.Refresh = 45 * time.Second
	}
	n.o = o
	r := rpcOptions(coin)
	r.Host, r.User, r.Password, r.Transport = o.Host, o.User, o.Password, o.Transport
	if n.rpc, err = noderpc.New(r); err != nil {
		return nil, err
	}
	_, _ = rand.Read(n.instance[:]) // never fails
	return n, nil
}

// URL implements upstream.Source.
func (n *Node) URL() string { return n.rpc.URL() }

// Close gives idle connections back.
func (n *Node) Close() { n.rpc.Close() }

// Connect implements upstream.Source. It makes sure that the address is one of the node's network.
func (n *Node) Connect(ctx context.Context) (upstream.Conn, error) {
	var chain struct {
		Chain string `json:"chain"`
	}
	if err := n.rpc.Call(ctx, nodework.AskTimeout, "getblockchaininfo", []any{}, &chain); err != nil {
		return nil, n.refusal(ctx, err)
	}
	if !belongs(chain.Chain, n.info) {
		return nil, adit.InvalidField("pool.wallet", "this is a %s address, and the %s node at %s works on %q: blocks would pay nobody there", n.info.Network, n.coin.Name, n.o.Host, chain.Chain)
	}
	c := &conn{node: n}
	var err error
	c.Follower, err = nodework.Follow(ctx, nodework.Options{RPC: n.rpc, Poll: n.o.Poll, Refresh: n.o.Refresh, Log: n.o.Log, Newest: n.newest, Template: c.renew})
	if err != nil {
		return nil, err
	}
	return c, nil
}

// belongs reports whether an address is of the chain that a node names. A name that is not known is let pass.
func belongs(chain string, i address.Info) bool {
	base58 := i.Kind == address.PubKeyHash || i.Kind == address.ScriptHash
	switch chain {
	case "main", "mainnet":
		return i.Network == address.Mainnet
	case "test", "testnet3", "testnet4", "signet":
		return i.Network == address.Testnet
	case "regtest":
		return i.Network == address.Regtest || i.Network == address.Testnet && base58
	case "simnet":
		return i.Network == address.Simnet
	}
	return true
}

// template asks for work and says in words why there is none.
func (n *Node) template(ctx context.Context) (*template, error) {
	var a templateAnswer
	if err := n.rpc.Call(ctx, nodework.TemplateTimeout, "getblocktemplate", []any{ask("")}, &a); err != nil {
		return nil, n.refusal(ctx, err)
	}
	return n.read(ctx, &a)
}

// ask is the request of getblocktemplate; with an id it is a long poll.
func ask(longPoll string) map[string]any {
	m := map[string]any{"rules": []string{"segwit"}, "capabilities": []string{"coinbasevalue", "longpoll"}}
	if longPoll != "" {
		m["longpollid"] = longPoll
	}
	return m
}

// The codes of bitcoin src/rpc/protocol.h that are told apart.
const (
	codeOutOfRange   = -1 // btcd's for a height above the chain
	codeBadParameter = -8 // Bitcoin Core's for a height above the chain
	codeNotConnected = -9
	codeSyncing      = -10
	codeDecode       = -22
	codeStarting     = -28
	codeNoMethod     = -32601
)

func (n *Node) refusal(ctx context.Context, err error) error {
	switch noderpc.CodeOf(err) {
	case 0:
		return err
	case codeSyncing:
		return adit.Errorf(adit.Unreachable, "the %s node at %s is still catching up with its network%s: it gives work when it is done", n.coin.Name, n.o.Host, n.progress(ctx))
	case codeNotConnected:
		return adit.Errorf(adit.Unreachable, "the %s node at %s has no connection to its network: it gives work when it has one", n.coin.Name, n.o.Host)
	case codeStarting:
		return adit.Errorf(adit.Unreachable, "the %s node at %s is starting (%v)", n.coin.Name, n.o.Host, err)
	case codeNoMethod:
		return adit.Errorf(adit.Refused, "what answers at %s is no %s node that can give work (%v)", n.o.Host, n.coin.Name, err)
	}
	return adit.Errorf(adit.Refused, "the %s node at %s gives no work: %v", n.coin.Name, n.o.Host, err)
}

// progress tells how far a node is that catches up, "" where it does not say.
func (n *Node) progress(ctx context.Context) string {
	var info struct {
		Blocks  uint64 `json:"blocks"`
		Headers uint64 `json:"headers"`
	}
	if err := n.rpc.Call(ctx, nodework.AskTimeout, "getblockchaininfo", []any{}, &info); err != nil || info.Headers <= info.Blocks {
		return ""
	}
	return fmt.Sprintf(" (block %d of %d)", info.Blocks, info.Headers)
}
