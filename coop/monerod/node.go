package monerod

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop"
	"github.com/adit-mining/adit/coop/noderpc"
	"github.com/adit-mining/adit/coop/nodework"
	"github.com/adit-mining/adit/internal/address"
	"github.com/adit-mining/adit/stratum/upstream"
)

// Options of a Node. Host and Address are needed; ParseAddress fills Host and login from one text.
type Options struct {
	Host           string // HOST:PORT of its RPC
	User, Password string // --rpc-login, "" = none; never logged
	Address        string // who is paid; monerod pays blocks to no subaddress

	Poll    time.Duration // how often the node is asked for its newest block; 0 = 500 ms
	Refresh time.Duration // age at which a template is replaced though no block came; 0 = 20 s

	Transport http.RoundTripper // nil = HTTP over TCP
	Log       *slog.Logger      // nil = silent
}

// Node is a Monero node as a Source of work and as the Chain that tells of blocks. Its methods may be called concurrently.
type Node struct {
	o        Options
	rpc      *noderpc.Client
	instance [8]byte       // ours in every template, so that no two coordinators mine the same
	number   atomic.Uint32 // of the last template
	claims   nodework.Claims
}

var (
	_ upstream.Source = (*Node)(nil)
	_ coop.Chain      = (*Node)(nil)
)

func rpcOptions() noderpc.Options {
	return noderpc.Options{Name: "Monero node", Scheme: "monerod", Path: "/json_rpc", Digest: true}
}

// ParseAddress reads "monerod://[USER:PASSWORD@]HOST:PORT". Its error repeats no login.
func (o *Options) ParseAddress(s string) error {
	r := rpcOptions()
	if err := r.Parse(s); err != nil {
		return err
	}
	o.Host, o.User, o.Password = r.Host, r.User, r.Password
	return nil
}

// New checks the options. The node is asked by Connect.
func New(o Options) (*Node, error) {
	info, err := address.Check("XMR", o.Address)
	if err == nil && info.Kind == address.Subaddress {
		err = adit.InvalidField("address", "this is a subaddress, and a Monero node pays blocks to none: give the wallet's first address (it begins with 4)")
	}
	if err != nil {
		if e, ok := adit.AsError(err); ok {
			e.Field = "pool.wallet"
		}
		return nil, err
	}
	if o.Refresh <= 0 {
		o.Refresh = 20 * time.Second
	}
	r := rpcOptions()
	r.Host, r.User, r.Password, r.Transport = o.Host, o.User, o.Password, o.Transport
	n := &Node{o: o}
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

// Connect implements upstream.Source.
func (n *Node) Connect(ctx context.Context) (upstream.Conn, error) {
	f, err := nodework.Follow(ctx, nodework.Options{RPC: n.rpc, Poll: n.o.Poll, Refresh: n.o.Refresh, Log: n.o.Log, Newest: n.newest, Template: n.work})
	if err != nil {
		return nil, err
	}
	return &conn{f, n}, nil
}

// template asks for work and says in words why there is none.
func (n *Node) template(ctx context.Context) (*template, error) {
	var a templateAnswer
	ask := map[string]any{"wallet_address": n.o.Address, "reserve_size": reserveSize}
	err := n.rpc.Call(ctx, nodework.TemplateTimeout, "get_block_template", ask, &a)
	if err != nil {
		return nil, n.refusal(ctx, err)
	}
	t, err := a.read()
	if err != nil {
		return nil, adit.Errorf(adit.Unreachable, "the Monero node at %s gives work that adit cannot use: %w", n.o.Host, err)
	}
	t.block.stamp(n.instance, n.number.Add(1))
	return t, nil
}

// The codes of monero src/rpc/core_rpc_server_error_codes.h that are told apart.
const (
	codeWrongParameter = -1
	codeTooBigHeight   = -2
	codeWrongWallet    = -4
	codeInternal       = -5
	codeNotAccepted    = -7
	codeBusy           = -9
	codeSubaddress     = -12
)

func (n *Node) refusal(ctx context.Context, err error) error {
	switch noderpc.CodeOf(err) {
	case 0:
		return err
	case codeBusy:
		return adit.Errorf(adit.Unreachable, "the Monero node at %s is still catching up with its network%s: it gives work when it is done", n.o.Host, n.progress(ctx))
	case codeWrongWallet, codeSubaddress:
		return adit.InvalidField("pool.wallet", "the Monero node at %s does not pay to this address (%v): is it one of its network?", n.o.Host, err)
	}
	return adit.Errorf(adit.Refused, "the Monero node at %s gives no work: %v", n.o.Host, err)
}

// progress tells how far a node is that catches up, "" where it does not say.
func (n *Node) progress(ctx context.Context) string {
	var info struct {
		Height uint64 `json:"height"`
		Target uint64 `json:"target_height"`
	}
	if err := n.rpc.Call(ctx, nodework.AskTimeout, "get_info", nil, &info); err != nil || info.Target <= info.Height {
		return ""
	}
	return fmt.Sprintf(" (block %d of %d)", info.Height, info.Target)
}
