package monerodtest

import (
	"context"
	"net"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"github.com/adit-mining/adit"
	"github.com/adit-mining/adit/coop/noderpc"
	"github.com/adit-mining/adit/coop/noderpc/nodetest"
	"github.com/adit-mining/adit/internal/address/addresstest"
)

// Options of a node.
type Options struct {
	Difficulty uint64 // of every block; 0 = 1, which any hash meets
	Login      string // "USER:PASSWORD" that the RPC asks for; "" = none, and then Call works
}

// Node is a running monerod --regtest --offline.
type Node struct {
	Host    string // of its RPC
	URL     string // "monerod://HOST"
	Address string // a payout address that it takes; nobody holds its keys

	*nodetest.Process
	t   testing.TB
	rpc *noderpc.Client
}

// Start starts a node that ends with the test.
func Start(t testing.TB, o Options) *Node {
	t.Helper()
	path, err := exec.LookPath("monerod")
	if err != nil {
		t.Skip("monerod is not installed (Debian package monero): what a real node says is not tested")
	}
	if o.Difficulty == 0 {
		o.Difficulty = 1
	}
	n := &Node{t: t, Address: addresstest.Monero(t)}
	n.Process = nodetest.Start(t, func() *exec.Cmd { return n.command(path, o) }, func(ctx context.Context) bool {
		err := n.rpc.Call(ctx, time.Minute, "get_info", nil, nil)
		return err == nil || adit.CodeOf(err) == adit.Unauthorized
	})
	return n
}

// command is a node on free ports.
func (n *Node) command(path string, o Options) *exec.Cmd {
	n.t.Helper()
	port := nodetest.FreePort(n.t)
	n.Host = net.JoinHostPort("127.0.0.1", port)
	n.URL = "monerod://" + n.Host
	args := []string{"--regtest", "--offline", "--fixed-difficulty", strconv.FormatUint(o.Difficulty, 10), "--data-dir", n.t.TempDir(),
		"--rpc-bind-ip", "127.0.0.1", "--rpc-bind-port", port, "--no-zmq", "--p2p-bind-ip", "127.0.0.1", "--p2p-bind-port", nodetest.FreePort(n.t),
		"--non-interactive", "--no-igd", "--check-updates", "disabled", "--log-level", "0"}
	n.rpc = nodetest.Client(n.t, noderpc.Options{Name: "monerod", Path: "/json_rpc", Host: n.Host})
	if o.Login != "" {
		args = append(args, "--rpc-login", o.Login)
	}
	return exec.Command(path, args...)
}

// Call makes a JSON-RPC call and reads its result, which may be nil.
func (n *Node) Call(method string, params, result any) error {
	return n.rpc.Call(n.t.Context(), time.Minute, method, params, result)
}

// Height is the number of blocks of its chain, the first one counted.
func (n *Node) Height() uint64 {
	n.t.Helper()
	var a struct {
		Count uint64 `json:"count"`
	}
	if err := n.Call("get_block_count", nil, &a); err != nil {
		n.t.Fatal(err)
	}
	return a.Count
}

// Generate makes the node find blocks itself, for somebody else. It wants a difficulty of 1.
func (n *Node) Generate(blocks int) {
	n.t.Helper()
	ask := map[string]any{"wallet_address": addresstest.Monero(n.t), "amount_of_blocks": blocks}
	if err := n.Call("generateblocks", ask, nil); err != nil {
		n.t.Fatal(err)
	}
}
